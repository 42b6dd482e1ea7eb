"""Redirects: every old address to the new one, none through another, none from what is alive."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import make_identity, make_record, tmp_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.model import SITE_KIND, State
from wp_sync.normalize.engine import addresses_of, normalize_site
from wp_sync.normalize.links.redirects import FOLLOWED_KIND, REDIRECT_KIND, redirects_of
from wp_sync.normalize.rules import (
    LinkRules,
    Match,
    NewSite,
    Rules,
    Target,
    TaxonomyRules,
    TermRule,
)
from wp_sync.normalize.text import decoded_slug
from wp_sync.publish.redirects.choose import Chosen
from wp_sync.publish.redirects.entries import KEEP, Old, Redirect, key_of, old_of, target_of
from wp_sync.publish.redirects.gather import Gathering, gather
from wp_sync.publish.redirects.new import NewAddresses, Place, Shape
from wp_sync.publish.redirects.old import addresses_of as addresses_at
from wp_sync.publish.redirects.old import home_of
from wp_sync.publish.redirects.ruled import RuledAddresses
from wp_sync.publish.redirects.write import Written, write_redirects
from wp_sync.publish.redirects.writers import FORMATS

OLD, NEW = "blog.example.com", "www.example.org"
HOME = f"https://{OLD}"
# Slugs as WordPress keeps them, and what an address may hold when somebody means harm.
ODD = {
    21: "%e3%81%93%e3%82%93%e3%81%ab%e3%81%a1%e3%81%af",
    22: "caf%C3%A9-au-lait",
    23: "a%20space",
    24: "%22%3b%7d%20return%20200%3b",
    25: "c%2B%2B-(notes)+[1].*",
    26: "%24uri-%24%7bHOME%7d",
    27: "cut-%e3%81",
    28: "back%5cslash",
    29: "100%25-sure",
    30: "UPPER-Case",
    31: "it's,~fine;=@!&:x",
    32: "%7b%24HOME%7d",
}


class Static:
    """A new site of files on the old one's host: posts below /journal/, pages where they were."""

    def __init__(self) -> None:
        self.shape = Shape("", suffixes=False, dates=False, feed="/index.xml", archive="/journal/")

    def of(self, places: Sequence[Place]) -> Sequence[str]:
        return [self._one(place) for place in places]

    def _one(self, place: Place) -> str:
        if place.kind == "posts/post":
            return f"/journal/{place.id}/"
        if place.family == "terms":
            return f"/topics/{place.slug}/"
        if place.kind == "posts/page":
            return f"/{place.slug}/"
        return ""

    def alive(self) -> Iterator[str]:
        yield "/journal/page/2/"
        yield "/2017/11/back-pain/3/"  # in form the third page of an old post


@dataclass
class Made:
    """The redirects of an archive, and what is alive at the new site."""

    redirects: list[Redirect]
    new: NewAddresses
    alive: list[str]
    files: dict[str, bytes] = field(default_factory=dict)
    written: Written = field(default_factory=lambda: Written(0))

    def lay(self, format: str, folder: Path) -> None:
        """Put the files of a format into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.files.items():
            if name.startswith(f"{format}/"):
                (folder / name.partition("/")[2]).write_bytes(data)

    def to(self, address: str) -> str | None:
        """Where an old address leads: ``410``, or None where nothing is said of it."""
        old = old_of(address, home_of(HOME))
        assert old is not None
        keys = {key_of(each.old): each for each in self.redirects}
        found = keys.get(key_of(old))
        return None if found is None or found.to == KEEP else found.to or "410"


def fill(site: SiteArchive) -> None:
    site.set_site(make_identity(OLD))
    run = site.begin_run("pull", "anonymous")
    old_name = make_record("posts/post", 5, slug="sore-back", link=f"{HOME}/2017/11/sore-back/")
    site.save(run, [old_name])
    posts = [
        make_record("posts/post", 5, slug="back-pain", link=f"{HOME}/2017/11/back-pain/",
                    date="2017-11-30T23:30:00", date_gmt="2017-12-01T05:30:00", categories=[7, 8]),
        make_record("posts/post", 6, slug="gone-post", link=f"{HOME}/2018/01/gone-post/"),
        make_record("posts/post", 9, slug="also-gone", link=f"{HOME}/2018/02/also-gone/"),
        make_record("posts/post", 7, slug="draft", link=f"{HOME}/?p=7", status="draft"),
        make_record("posts/post", 8, slug="2", link=f"{HOME}/2017/11/back-pain/2/",
                    date="2017-11-30T10:00:00", date_gmt="2017-11-30T16:00:00"),
        *(make_record("posts/post", id, slug=slug, link=f"{HOME}/2020/02/{slug}/",
                      date="2020-02-01T10:00:00", date_gmt="2020-02-01T16:00:00")
          for id, slug in ODD.items()),
    ]  # fmt: skip
    site.save(run, posts)
    site.save(
        run,
        [
            make_record("posts/page", 11, slug="team", link=f"{HOME}/about/team/", parent=12),
            make_record("posts/page", 12, slug="about", link=f"{HOME}/about/"),
            make_record("posts/exercise", 13, slug="plank", link=f"{HOME}/exercise/plank/"),
            make_record(
                "posts/attachment", 14, slug="spine", status="inherit", post=5,
                link=f"{HOME}/2017/11/back-pain/spine/",
                source_url=f"{HOME}/wp-content/uploads/2017/11/spine.jpg",
            ),
            make_record("terms/category", 7, slug="pain", link=f"{HOME}/category/pain/"),
            make_record(
                "terms/category", 8, slug="back", parent=7, link=f"{HOME}/category/pain/back/"
            ),
            make_record("terms/category", 9, slug="aches", link=f"{HOME}/category/aches/"),
            make_record("terms/post_tag", 10, slug="kranker-r%c3%bccken",
                        link=f"{HOME}/tag/kranker-r%c3%bccken/"),
            make_record("users/user", 1, slug="mara", link=f"{HOME}/author/mara/"),
            make_record(SITE_KIND, 0, timezone_string="America/Chicago", gmt_offset=-6),
            make_record(REDIRECT_KIND, 3, url="/promo/", action_data={"url": "/2017/11/sore-back/"},
                        action_type="url", match_type="url"),
            make_record(REDIRECT_KIND, 4, url="/partner", action_type="url", match_type="url",
                        action_data={"url": "https://partner.example/x?a=$b"}),
            make_record(FOLLOWED_KIND, 5, url=f"{HOME}/painful-backs/", answer=200,
                        leads_to=f"{HOME}/2017/11/back-pain/"),
            make_record(FOLLOWED_KIND, 7, url=f"{HOME}/2018/02/also-gone/", answer=200,
                        leads_to=f"{HOME}/about/team/"),
            make_record(FOLLOWED_KIND, 6, url=f"{HOME}/nothing/", answer=404, leads_to=""),
            make_record(REDIRECT_KIND, 7, url="/opening-hours", action_type="url",
                        match_type="url", action_data={"url": "/about/#hours"}),
        ],
    )  # fmt: skip
    site.vanish(run, "posts/post", {6: State.GONE, 9: State.GONE})


RULES = Rules(
    links=LinkRules(new=NewSite(f"https://{NEW}", "/%category%/%postname%/")),
    taxonomies={
        "category": TaxonomyRules(
            "category", rules=(TermRule(Match(ids=(9,)), into=(Target("category 7"),)),)
        )
    },
)


@contextmanager
def archived(rules: Rules) -> Iterator[SiteArchive]:
    with tmp_archive() as archive:
        site = archive.of(OLD)
        fill(site)
        normalize_site(site, rules)
        yield site


class _Kept:
    def __init__(self) -> None:
        self.files: dict[str, io.BytesIO] = {}

    def __call__(self, name: str) -> io.BytesIO:
        return self.files.setdefault(name, io.BytesIO())


# The days of the clinic's posts, on the clinic's clock.
DATES = ("2017", "2017/11", "2017/11/30", "2020", "2020/02", "2020/02/01")


def standing(site: SiteArchive) -> Iterator[Place]:
    for link, kind, id, slug, state, status in site.urls():
        if state is State.LIVE:
            yield Place(kind, id, link, decoded_slug(slug), state, status)


@cache
def made_site(kind: str = "moved") -> Made:
    """The made site on its way to another host (``moved``), or to files on its own (``static``)."""
    rules = RULES if kind == "moved" else Rules()
    with archived(rules) as site:
        new: NewAddresses = RuledAddresses(site, rules.links) if kind == "moved" else Static()
        index = addresses_of(site, rules)
        what = Gathering(
            site, rules.links, new, lambda url: index.meaning(url, index.home), gone=True
        )
        shape = new.shape
        alive = [shape.at(path) for path in ("/", shape.feed, shape.comments_feed, shape.archive)]
        alive += [shape.at(f"/{path}/") for path in DATES if shape.dates]
        alive += [address for each in standing(site) for address in new.of([each])]
        redirects = list(gather(what))
        kept = _Kept()
        written = write_redirects(what, FORMATS, kept)
    files = {name: file.getvalue() for name, file in kept.files.items()}
    return Made(redirects, new, [*filter(None, alive), *new.alive()], files, written)


@pytest.fixture(params=["moved", "static"])
def either(request: pytest.FixtureRequest) -> Made:
    return made_site(request.param)


@pytest.fixture
def moved() -> Made:
    return made_site("moved")


@pytest.fixture
def static() -> Made:
    return made_site("static")


def keyed(made: Made) -> dict[int, Redirect]:
    return {key_of(each.old): each for each in made.redirects}


def test_each_old_address_stands_once_and_leads_to_what_is_alive(either: Made) -> None:
    here = home_of(HOME)
    alive = {key for each in either.alive if (key := spot(target_of(each))) is not None}
    assert len(keyed(either)) == len(either.redirects) > 50
    for each in either.redirects:
        if each.to in ("", KEEP) or "partner.example" in each.to:
            continue
        assert spot(each.to) in alive, each
        old = old_of(each.to, here)
        if urlsplit(each.to).hostname in (None, OLD):  # no chain, no circle
            assert old is not None
            assert key_of(old) not in keyed(either)


def spot(url: str) -> tuple[str, int] | None:
    old = old_of(url, home_of(HOME))
    return (urlsplit(url).hostname or OLD, key_of(old)) if old else None


def test_nothing_alive_on_the_same_host_is_redirected(static: Made) -> None:
    redirected = {key_of(each.old) for each in static.redirects if each.to != KEEP}
    for address in static.alive:
        old = old_of(address, home_of(HOME))
        assert old is not None
        assert key_of(old) not in redirected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/2017/11/back-pain/", "/pain/back-pain/"),
        ("/2017/11/sore-back/", "/pain/back-pain/"),  # as it was called before
        ("/?p=5", "/pain/back-pain/"),
        ("/promo/", "/pain/back-pain/"),  # the old site's own redirect, straight to its end
        ("/painful-backs/", "/pain/back-pain/"),  # where the old site sent us on to
        ("/opening-hours", "/about/#hours"),
        ("/about/team/", "/about/team/"),
        ("/?page_id=11", "/about/team/"),
        ("/category/aches/", "/category/pain/"),  # merged by a rule
        ("/?cat=9", "/category/pain/"),
        ("/category/pain/back/", "/category/pain/back/"),
        ("/?tag=kranker-r%C3%BCcken", "/tag/kranker-r%c3%bccken/"),
        ("/exercise/plank/", "/exercise/plank/"),
        ("/?exercise=plank", "/exercise/plank/"),
        ("/author/mara/", "/author/mara/"),
        ("/?author=1", "/author/mara/"),
        ("/2017/11/back-pain/spine/", "/wp-content/uploads/2017/11/spine.jpg"),
        ("/?attachment_id=14", "/wp-content/uploads/2017/11/spine.jpg"),
        ("/2017/11/30/", "/2017/11/30/"),  # the clinic's day, not London's
        ("/?m=201711", "/2017/11/"),
        ("/feed/", "/feed/"),
        ("/?feed=rss2", "/feed/"),
        ("/comments/feed/", "/comments/feed/"),
        ("/", "/"),
    ],
)
def test_every_sort_of_address_leads_on(moved: Made, old: str, new: str) -> None:
    assert moved.to(HOME + old) == f"https://{NEW}{new}"


def test_what_is_gone_says_so_and_what_was_never_seen_says_nothing(moved: Made) -> None:
    assert moved.to(f"{HOME}/2018/01/gone-post/") == "410"
    assert moved.to(f"{HOME}/?p=6") == "410"
    assert moved.to(f"{HOME}/?p=7") is None  # a draft
    assert moved.to(f"{HOME}/2018/02/also-gone/") == f"https://{NEW}/about/team/"  # as before
    assert moved.to(f"{HOME}/?p=9") == "410"
    assert moved.to(f"{HOME}/2017/12/01/") is None
    assert moved.to(f"{HOME}/nothing/") is None


def test_gone_is_said_only_where_it_is_wanted() -> None:
    with archived(RULES) as site:
        assert all(each.to for each in gather(_what(site, gone=False)))


def _what(site: SiteArchive, *, gone: bool) -> Gathering:
    index = addresses_of(site, RULES)
    return Gathering(
        site,
        RULES.links,
        RuledAddresses(site, RULES.links),
        lambda url: index.meaning(url, index.home),
        gone,
    )


def test_a_site_that_stays_where_it_is_redirects_only_what_moved() -> None:
    rules = Rules()
    with archived(rules) as site:
        index = addresses_of(site, rules)
        new = RuledAddresses(site, rules.links)
        what = Gathering(site, rules.links, new, lambda url: index.meaning(url, index.home))
        found = {str(each.old): each.to for each in gather(what) if each.to != KEEP}
    assert found["/2017/11/sore-back"] == "/2017/11/back-pain/"
    assert found["/?p=5"] == "/2017/11/back-pain/"
    assert "/2017/11/back-pain" not in found
    assert "/" not in found


def test_a_page_of_a_redirected_post_that_is_a_post_itself_stays(static: Made) -> None:
    chosen = Chosen(home_of(HOME), [OLD])
    chosen.alive("/a/2/")
    chosen.alive("/b/2/")
    assert chosen.claim(Old("/a"), "/journal/1/", "posts/post", "address", more=True)
    assert [(each.old.path, each.to) for each in chosen.kept()] == [("/a/2", KEEP)]


def test_no_chain_even_where_nobody_knows_what_stands_at_the_end() -> None:
    chosen = Chosen(home_of(HOME), [OLD])
    assert chosen.claim(Old("/a"), "/b/", "", "redirect")
    assert chosen.claim(Old("/b"), "/c/", "", "redirect") is None  # /a leads there
    assert chosen.claim(Old("/c"), "/d/", "", "redirect")
    assert chosen.claim(Old("/e"), "/c/", "", "redirect") is None
    assert chosen.claim(Old("/f"), "/F", "", "redirect") is None  # itself, to most servers
    assert [note.address for note in chosen.notes] == ["/e"]


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x/", "//evil.example/", "https:///x", "javascript:alert(1)", "https://a b/",
     "/a\nb", "/a\r\nSet-Cookie: x", "https://x/" + "a" * 2000, "x/y", "https://ex\"ample/"],
)  # fmt: skip
def test_what_is_no_address_leads_nowhere(url: str) -> None:
    assert target_of(url) == ""


@given(st.text(max_size=60))
def test_a_target_has_no_sign_that_a_server_gives_a_meaning(path: str) -> None:
    made = target_of(f"/{path}")
    assert not set(made) & set("\"'`\\$*{}<>|^[] :\t\r\n;") - {";"}
    assert made.isascii()
    assert made == target_of(made)


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_an_old_address_is_read_as_it_is_spelled(path: str) -> None:
    old = Old("/" + path.strip("/").replace("\\", "_"))
    again = old_of(str(old), home_of(HOME))
    if again is not None and not {"", ".", ".."} & set(old.path[1:].split("/")):
        assert again == old


def test_the_table_has_no_formula_and_every_redirect(either: Made) -> None:
    rows = list(csv.DictReader(io.StringIO(either.files["redirects.csv"].decode())))
    assert len(rows) == len([each for each in either.redirects if each.to != KEEP])
    assert not [
        row
        for row in rows
        if row["source"][:1] != "/" or (row["target"][:1] in "=+-@\t\r" and row["target"])
    ]
    assert {row["code"] for row in rows} == {"301", "410"}


def test_the_plugin_takes_its_file_back(moved: Made) -> None:
    text = moved.files["redirection/redirects.json"].decode()
    plain = {each.source: each.target for each in redirects_of(text) if not each.pattern}
    assert plain["/2017/11/back-pain"] == f"https://{NEW}/pain/back-pain/"
    assert plain["/?p=5"] == f"https://{NEW}/pain/back-pain/"
    codes = [each["action_code"] for each in json.loads(text)["redirects"]]
    assert codes.count(410) == 4
    assert len(json.loads(text)["groups"]) == 1


def test_hosts_are_told_what_they_can_read(moved: Made) -> None:
    for name, most in (("netlify", 10**6), ("cloudflare", 2000)):
        lines = moved.files[f"{name}/_redirects"].decode().splitlines()
        assert 20 < len(lines) <= most
        for line in lines:
            words = line.split(" ")
            assert len(words) in (3, 4), line
            assert words[0].startswith("/")
            assert words[-1] in ("301", "301!", "200")
    netlify = moved.files["netlify/_redirects"].decode()
    assert f"/ p=5 https://{NEW}/pain/back-pain/ 301!" in netlify
    assert "?p=" not in moved.files["cloudflare/_redirects"].decode()
    told = {each.format: each for each in moved.written.told}
    assert any("argument" in why for why in told["cloudflare"].left_out)


def test_cloudflare_gets_the_lines_that_weigh_most_and_the_rest_is_counted() -> None:
    kept = _Kept()
    writer = FORMATS["cloudflare"](kept, Shape(), "/")
    for number in range(2500):
        writer.add(Redirect(Old(f"/{number}"), "/to/", "posts/post", "address"))
    writer.add(Redirect(Old("/" + "a" * 990), "/to/", "posts/post", "address"))
    told = writer.finish()
    lines = kept.files["cloudflare/_redirects"].getvalue().decode().splitlines()
    assert lines[0] == "/0/ /to/ 301"
    assert len(lines) == told.rules == 2000
    assert told.left_out == {"more than 2,000 lines": 500, "longer than 1,000 characters": 1}


def test_the_same_archive_gives_the_same_files(moved: Made) -> None:
    assert made_site.__wrapped__("moved").files == moved.files


def test_an_address_with_a_control_character_is_nobodys() -> None:
    for path in ("/a%0ab", "/a%00b", "/a%0d%0ab", "/%7f", "/?p=%0a"):
        assert old_of(HOME + path, home_of(HOME)) is None


def test_a_site_in_a_folder_is_redirected_below_it() -> None:
    home = home_of("https://old.example/blog/")
    chosen = Chosen(home, ["old.example"])
    place = Place("posts/post", 5, "https://old.example/blog/a/", "a", State.LIVE, "publish")
    found = [old for old, _ in addresses_at(place, home)]
    assert found == [Old("/blog/a"), Old("/blog", "p", "5")]
    assert chosen.root == "/blog"

"""What links become on a new site, by links.toml."""

from __future__ import annotations

import pytest

from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.model import State
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.links.moves import Moves, archived_addresses
from wp_sync.normalize.links.permalinks import PermalinkFacts, permalink
from wp_sync.normalize.links.rewrite import rewrite
from wp_sync.normalize.links.urls import UrlIndex
from wp_sync.normalize.rules import ExternalRule, LinkRules, NewSite, Rules

HOME = "https://old.example/blog"
RULES = LinkRules(
    aliases=("staging.example",),
    clean=True,
    external=(
        ExternalRule("partner.example", "https://partner.example.org"),
        ExternalRule("partner.example/shop", "shop.example"),
    ),
    new=NewSite("https://new.example", "/%year%/%postname%/", "https://cdn.example/files"),
)


def index(rules: LinkRules) -> UrlIndex:
    made = UrlIndex(HOME, rules)
    made.add(f"{HOME}/2017/11/back-pain/", "posts/post", 5, "back-pain", State.LIVE, "publish")
    made.add(f"{HOME}/?p=6", "posts/post", 6, "plain", State.LIVE, "publish")
    made.add(f"{HOME}/about/team/", "posts/page", 7, "team", State.LIVE, "publish")
    made.add(f"{HOME}/category/pain/", "terms/category", 3, "pain", State.LIVE, "")
    made.add_file(f"{HOME}/wp-content/uploads/2017/a.jpg", 9)
    made.add_redirect("/blog/old/", "/blog/2017/11/back-pain/")
    return made


def address_of(kind: str, id: int) -> str:
    known = {5: "/2017/back-pain/", 6: "/2017/plain/"}
    return known.get(id, "") if kind == "posts/post" else ""


def becomes(url: str, rules: LinkRules = RULES) -> str | None:
    made = index(rules)
    return Moves(made, rules, address_of).becomes(url, made.base(f"{HOME}/about/team/"), 7)


@pytest.mark.parametrize(
    ("url", "new"),
    [
        (f"{HOME}/2017/11/back-pain/", "https://new.example/2017/back-pain/"),
        ("/blog/2017/11/back-pain/#part", "https://new.example/2017/back-pain/#part"),
        ("/blog/2017/11/back-pain/?utm_source=x&a=1", "https://new.example/2017/back-pain/?a=1"),
        ("/blog/2017/11/back-pain/feed/", "https://new.example/2017/back-pain/feed/"),
        ("/blog/2017/11/back-pain/2/", "https://new.example/2017/back-pain/2/"),
        ("http://staging.example/2017/11/back-pain", "https://new.example/2017/back-pain/"),
        (f"{HOME}/?p=5", "https://new.example/2017/back-pain/"),
        # where permalinks are plain, that is its own address
        (f"{HOME}/?p=6", "https://new.example/2017/plain/"),
        ("/blog/old/", "https://new.example/2017/back-pain/"),
        ("/blog/about/team/", "https://new.example/about/team/"),
        ("/blog/category/pain/page/2/", "https://new.example/category/pain/page/2/"),
        ("/blog/No/Such%20Thing", "https://new.example/No/Such%20Thing"),
        (HOME, "https://new.example/"),
        (f"{HOME}/?s=pain", "https://new.example/?s=pain"),
        ("/blog/wp-content/uploads/2017/a-30x30.jpg", "https://cdn.example/files/2017/a-30x30.jpg"),
        ("https://i0.wp.com/old.example/blog/wp-content/uploads/2017/a.jpg?w=3",
         "https://cdn.example/files/2017/a.jpg"),
        ("#part", None),
        ("mailto:a@b.example", None),
        ("javascript:alert(1)", None),
        ("https://old.example/elsewhere/", None),
        ("https://other.example/?b=1&utm_source=x#y", "https://other.example/?b=1#y"),
        ("http://www.partner.example/shop/x?a=1", "https://shop.example/x?a=1"),
        ("http://partner.example/shopping", "https://partner.example.org/shopping"),
        ("http://partner.example.evil.example/shop", None),
    ],
)  # fmt: skip
def test_what_a_link_becomes(url: str, new: str | None) -> None:
    assert becomes(url) == new


def test_without_rules_no_link_changes() -> None:
    moves = Moves(index(LinkRules()), LinkRules())
    assert not moves.needed
    assert becomes("/blog/about/team/?utm_source=x", LinkRules()) is None


@pytest.mark.parametrize(
    ("structure", "path"),
    [
        ("/%postname%/", "/back-pain/"),
        ("/%category%/%postname%/", "/body/pain/back-pain/"),
        ("/%year%/%monthnum%/%day%/%postname%.html", "/2017/03/09/back-pain.html"),
        ("/archives/%post_id%", "/archives/5"),
        ("%author%/%hour%%minute%%second%/%postname%", "/jane/080102/back-pain"),
    ],
)
def test_permalinks(structure: str, path: str) -> None:
    facts = PermalinkFacts(5, "back-pain", "2017-03-09T08:01:02", "body/pain", "jane")
    assert permalink(structure, facts) == path


def test_permalinks_of_posts_that_lack_something() -> None:
    assert permalink("/%category%/%postname%/", PermalinkFacts(5, "x")) == "/x/"
    assert permalink("/%year%/%postname%/", PermalinkFacts(5, "x", "0000")) == ""
    assert permalink("/%postname%/", PermalinkFacts(5, "сон")) == "/%d1%81%d0%be%d0%bd/"


def test_addresses_from_the_archive_and_a_whole_body() -> None:
    rules = LinkRules(new=NewSite("https://new.example", "/%category%/%postname%/"))
    with tmp_archive() as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        run = site.begin_run("test", "")
        home = make_identity().home.rstrip("/")
        site.save(
            run,
            [
                make_record("terms/category", 1, name="Body", slug="body"),
                make_record("terms/category", 2, name="Pain", slug="pain", parent=1),
                make_record("posts/post", 3, slug="back", link=f"{home}/back/", categories=[2]),
            ],
        )
        normalize_site(site, Rules(links=rules))
        made = UrlIndex(home, rules)
        for row in site.urls():
            made.add(*row)
        moves = Moves(made, rules, archived_addresses(site, rules))
        body = "<p  class=x>See <A HREF='/back/#a'>it</A> &nbsp;<br/>"
        assert rewrite(body, moves.of(f"{home}/other/", 9)) == body.replace(
            "/back/#a", "https://new.example/body/pain/back/#a"
        )

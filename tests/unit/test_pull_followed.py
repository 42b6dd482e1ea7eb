"""Links that lead to nothing known: the site is asked, and its answers are used as redirects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fake_source import FakeSite, FakeSource
from tests.rest_server import Asked, Reply, Site, serving
from tests.unit.test_normalize_incremental import Watched, posts_read, tables
from tests.unit.test_source_listing import quick
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.errors import TryLater
from wp_sync.model import Outcome
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.pull import followed
from wp_sync.pull.followed import KIND
from wp_sync.pull.options import PullOptions
from wp_sync.run import follow_links, pull

HOME = "https://blog.example"
FOLLOW = PullOptions(follow_links=True)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[SiteArchive]:
    with open_archive(tmp_path / "archive") as opened:
        yield opened.of("blog.example")


@pytest.fixture
def source() -> FakeSource:
    """Two posts that are found, and links to an old address, to nothing, and to elsewhere."""
    site = FakeSite()
    site.add(id=10, slug="new", link=f"{HOME}/new/")
    site.add(id=11, slug="newer", link=f"{HOME}/newer/")
    linking(site, 12, "/former/#part", "/nothing/", "/new/", "https://elsewhere.example/x")
    source = FakeSource(site)
    source.leads = {f"{HOME}/former/": f"{HOME}/new/"}
    return source


def linking(site: FakeSite, id: int, *urls: str) -> None:
    text = " ".join(f'<a href="{url}">x</a>' for url in urls)
    site.add(id=id, slug=f"p{id}", link=f"{HOME}/p{id}/", content={"rendered": text})


def asked(source: FakeSource) -> list[str]:
    """The paths that were visited since, but for the one that nobody has."""
    found = [one.removeprefix(f"visit {HOME}") for one in source.log if one.startswith("visit")]
    source.log.clear()
    return sorted(one for one in found if "asks-for-nothing" not in one)


def links(archive: SiteArchive, post: int = 12) -> dict[str, tuple[Any, ...]]:
    rows = archive.query("SELECT url, state, via, target FROM links WHERE post = :p", p=post)
    return {str(row["url"]): (row["state"], row["via"], row["target"]) for row in rows}


def learned(source: FakeSource, archive: SiteArchive, options: PullOptions = FOLLOW) -> Any:
    """A pull, a normalization, and a pull that follows what it found; then another of these."""
    pull(source, archive, PullOptions())
    normalize_site(archive, Rules())
    result = pull(source, archive, options)
    normalize_site(archive, Rules())
    return result


def kept(archive: SiteArchive) -> dict[str, tuple[int, str]]:
    return {
        str(one.data["url"]).removeprefix(HOME): (one.data["answer"], one.data["leads_to"])
        for one in archive.current(KIND)
    }


def test_a_link_is_followed_to_where_the_site_sends_its_visitors(
    source: FakeSource, archive: SiteArchive
) -> None:
    result = learned(source, archive)
    assert result.outcome is Outcome.DONE
    assert result.tallies[KIND].new == 2
    assert asked(source) == ["/former/", "/nothing/"]
    assert kept(archive) == {"/former/": (200, f"{HOME}/new/"), "/nothing/": (404, "")}
    assert links(archive) == {
        "/former/#part": ("moved", "redirect", 10),
        "/nothing/": ("missing", "", 0),
        "/new/": ("resolved", "address", 10),
        "https://elsewhere.example/x": ("outside", "", 0),
    }


def test_an_answer_counts_for_a_month_and_is_no_new_version_when_it_comes_again(
    source: FakeSource, archive: SiteArchive
) -> None:
    learned(source, archive)
    asked(source)
    source.world.tick(days=29)
    pull(source, archive, FOLLOW)
    assert asked(source) == []
    pull(source, archive, PullOptions(follow_links=True, refetch=True))
    assert asked(source) == ["/former/", "/nothing/"]
    source.world.tick(days=29)
    pull(source, archive, FOLLOW)
    assert asked(source) == []
    source.world.tick(days=2)
    assert pull(source, archive, FOLLOW).tallies[KIND].unchanged == 2
    assert asked(source) == ["/former/", "/nothing/"]
    assert [len(archive.versions(KIND, one.id)) for one in archive.known(KIND)] == [1, 1]


def test_what_leads_nowhere_any_more_is_missing_again(
    source: FakeSource, archive: SiteArchive
) -> None:
    learned(source, archive)
    source.world.tick(days=31)
    source.leads = {f"{HOME}/nothing/": f"{HOME}/newer/"}
    pull(source, archive, FOLLOW)
    seen = Watched(archive)
    normalize_site(seen, Rules())
    assert links(archive)["/former/#part"] == ("missing", "", 0)
    assert links(archive)["/nothing/"] == ("moved", "redirect", 11)
    assert posts_read(seen) == {12}


def test_an_answer_derives_the_posts_that_link_there_and_ends_as_from_scratch(
    source: FakeSource, archive: SiteArchive
) -> None:
    for id in range(100, 120):
        linking(source.world, id, "/new/", "/?x=1" if id == 110 else "/p100/")
    linking(source.world, 120, "/Former")
    pull(source, archive, PullOptions())
    normalize_site(archive, Rules())
    pull(source, archive, FOLLOW)
    seen = Watched(archive)
    normalize_site(seen, Rules())
    assert posts_read(seen) == {12, 120}
    assert links(archive, 120) == {"/Former": ("moved", "redirect", 10)}
    stood = tables(archive)
    archive.set_derived_under("")
    normalize_site(archive, Rules())
    assert tables(archive) == stood


def test_what_says_nothing_of_the_page_is_not_kept_and_asked_again(
    source: FakeSource, archive: SiteArchive
) -> None:
    unclear: dict[str, Any] = {
        "/former/": f"{HOME}/",
        "/tracked/": f"{HOME}/?utm_source=404",
        "/members/": f"{HOME}/wp-login.php?redirect_to=x",
        "/circle/": 302,
        "/broken/": 500,
        "/silent/": TryLater("silence"),
    }
    linking(source.world, 13, *unclear)
    source.leads = {HOME + path: answer for path, answer in unclear.items()}
    assert learned(source, archive).outcome is Outcome.DONE
    assert kept(archive) == {"/nothing/": (404, "")}
    assert {state for state, _, _ in links(archive, 13).values()} == {"missing"}
    asked(source)
    pull(source, archive, FOLLOW)
    assert asked(source) == sorted(unclear)


@pytest.mark.parametrize("elsewhere", [f"{HOME}/new/?lost=7", "https://sorry.example/", 200])
def test_where_a_site_sends_all_that_it_does_not_have_is_no_answer(
    source: FakeSource, archive: SiteArchive, elsewhere: Any
) -> None:
    source.leads |= {"*": elsewhere, f"{HOME}/former/": f"{HOME}/newer/"}
    learned(source, archive)
    assert kept(archive) == {"/former/": (200, f"{HOME}/newer/")}


def test_a_page_that_rest_does_not_tell_of_is_not_asked_for_every_time(
    source: FakeSource, archive: SiteArchive
) -> None:
    source.leads[f"{HOME}/nothing/"] = 200
    learned(source, archive)
    assert kept(archive)["/nothing/"] == (200, "")
    assert links(archive)["/nothing/"] == ("missing", "", 0)


def test_a_way_to_another_site_is_remembered_as_that(
    source: FakeSource, archive: SiteArchive
) -> None:
    source.leads[f"{HOME}/nothing/"] = "https://partner.example/offer"
    learned(source, archive)
    assert links(archive)["/nothing/"] == ("outside", "redirect", 0)


@pytest.mark.parametrize("answer", [TryLater("answer 500"), 403])
def test_a_site_that_fails_three_times_in_a_row_is_left_alone(
    source: FakeSource, archive: SiteArchive, answer: Any
) -> None:
    linking(source.world, 13, *(f"/dead-{number}/" for number in range(120)))
    source.leads |= {f"{HOME}/dead-{number}/": answer for number in range(120)}
    result = learned(source, archive)
    assert result.outcome is Outcome.DONE
    assert any("the rest waits" in note for note in result.notes)
    assert len(asked(source)) < 60


@pytest.mark.parametrize("answer", [TryLater("answer 500"), f"{HOME}/wp-login.php"])
def test_a_site_that_shows_visitors_nothing_is_asked_nothing(
    source: FakeSource, archive: SiteArchive, answer: Any
) -> None:
    source.leads["*"] = answer
    assert any("the rest waits" in note for note in learned(source, archive).notes)
    assert asked(source) == []
    assert not kept(archive)


def test_a_run_asks_so_much_and_tells_that_there_is_more(
    source: FakeSource, archive: SiteArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "MOST", 3)
    linking(source.world, 13, "/a/", "/b/", "/c/", "/d/")
    result = learned(source, archive)
    assert [note for note in result.notes if "3 more wait" in note]
    assert len(asked(source)) == len(kept(archive)) == 3
    assert not pull(source, archive, FOLLOW).notes
    assert len(asked(source)) == 3
    assert len(kept(archive)) == 6


def test_two_addresses_of_one_digest_keep_an_answer_each(
    source: FakeSource, archive: SiteArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "_number", lambda text: 2**63 - 1)
    source.leads[f"{HOME}/nothing/"] = f"{HOME}/newer/"
    learned(source, archive)
    assert {one.id for one in archive.known(KIND)} == {2**63 - 1, 0}
    assert links(archive)["/nothing/"] == ("moved", "redirect", 11)
    pull(source, archive, PullOptions(follow_links=True, refetch=True))
    assert {len(archive.versions(KIND, one.id)) for one in archive.known(KIND)} == {1}


def test_where_no_link_is_due_the_site_is_asked_nothing(
    source: FakeSource, archive: SiteArchive
) -> None:
    learned(source, archive)
    source.log.clear()
    assert follow_links(source, archive, clock=lambda: source.world.now) is None
    assert not source.log
    source.world.tick(days=31)
    asked_again = follow_links(source, archive, clock=lambda: source.world.now)
    assert asked_again is not None
    assert asked_again.requests == len(source.log) == 4  # who we are, a nonsense, and both links
    assert archive.runs()[0].command == "links"


def test_without_a_normalization_nothing_is_asked_and_it_is_said(
    source: FakeSource, archive: SiteArchive
) -> None:
    result = pull(source, archive, FOLLOW)
    assert [note for note in result.notes if "wp-sync normalize" in note]
    assert asked(source) == []


# -- the visitor, over HTTP


class Ways:
    """A site's ways: an address that moved, circles, ways out, and a way into the private net."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def __call__(self, asked: Asked) -> Reply | None:
        to = {
            "/former/": "/half-way#part",
            "/half-way": f"{self.site.url}/post-1/?p=1",
            "/circle/": "/circle-2/",
            "/circle-2/": "/circle/",
            "/out/": "https://elsewhere.example/x?y=1",
            "/inward/": "http://169.254.169.254/latest/",
            "/port/": re.sub(r":\d+$", ":9/", self.site.url),
            "/script/": "javascript:alert(1)",
            "/secret/": self.site.url.replace("//", "//me:pass@"),
            "/odd/": "http://[::1/",
        }.get(asked.path)
        if to is not None:
            return Reply(b"moved", 301, {"Location": to})
        if asked.path == "/broken/":
            return Reply(b"critical error", 500)
        if asked.path == "/post-1/":
            return Reply(b"<html>" + b"x" * 3_000_000)
        return None


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.fill(1)
        site.password = "open sesame"
        site.hooks.append(Ways(site))
        yield site


@pytest.mark.parametrize(
    ("path", "status", "ends", "outside"),
    [
        ("/former/", 200, "/post-1/?p=1#part", False),
        ("/nothing/", 404, "/nothing/", False),
        ("/circle/", 301, "/circle-2/", False),
        ("/out/", 301, "https://elsewhere.example/x?y=1", True),
        ("/inward/", 301, "http://169.254.169.254/latest/", True),
        ("/port/", 301, ":9/", True),
        ("/script/", 301, "/script/", False),
        ("/secret/", 301, "/secret/", False),
        ("/odd/", 301, "/odd/", False),
    ],
)
def test_a_visitor_goes_where_the_site_sends_it_and_no_further(
    site: Site, path: str, status: int, ends: str, outside: bool
) -> None:
    with quick(site, user="me", password=site.password) as source:
        source.identify()
        site.asked.clear()
        found = source.leads_to(site.url + path)
    assert found is not None
    assert (found.status, found.outside) == (status, outside)
    assert found.url.endswith(ends)
    assert "authorization" not in {name for one in site.asked for name in one.headers}
    assert len(site.asked) <= 6


def test_a_visitor_asks_nobody_but_the_site_and_tells_failures(site: Site) -> None:
    with quick(site) as source:
        source.identify()
        with pytest.raises(TryLater):
            source.leads_to(f"{site.url}/broken/")
        site.asked.clear()
        for url in ("https://elsewhere.example/", "http://[::1/", "ftp://x/", "x", site.url + "0/"):
            assert source.leads_to(url) is None
        assert not site.asked

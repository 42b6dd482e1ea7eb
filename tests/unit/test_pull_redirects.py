"""The Redirection plugin's redirects: asked for where they may be seen, kept, and let go of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fake_source import FakeSite, FakeSource
from tests.rest_server import Asked, Reply, Site, error, serving
from tests.unit.test_source_listing import quick
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.model import Login, Outcome, State
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.pull.options import PullOptions
from wp_sync.pull.redirects import KIND
from wp_sync.run import pull
from wp_sync.source import redirection

EDITOR = Login(7, "frontdesk", ("editor",))


def redirect(id: int, url: str, target: str, **more: Any) -> dict[str, Any]:
    """A redirect as the plugin's route shows it."""
    return {
        "id": id, "url": url, "match_url": url.rstrip("/").lower(), "match_type": "url",
        "action_type": "url", "action_code": 301, "action_data": {"url": target}, "regex": False,
        "title": "", "hits": 3, "group_id": 1, "position": id, "last_access": "May 1, 2025",
        "enabled": True, **more,
    }  # fmt: skip


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[SiteArchive]:
    with open_archive(tmp_path / "archive") as opened:
        yield opened.of("blog.example")


@pytest.fixture
def source() -> FakeSource:
    site = FakeSite()
    site.add(id=10, link="https://blog.example/new/", content={"rendered": "<a href=/old/>x</a>"})
    source = FakeSource(site)
    source.login, source.namespaces = EDITOR, ("wp/v2", "redirection/v1")
    source.redirects_ = [redirect(id, f"/old-{id}/", "/new/") for id in range(1, 12)]
    source.redirects_.append(redirect(12, "/old/", "/new/"))
    return source


def states(archive: SiteArchive) -> dict[int, State]:
    return {one.id: one.state for one in archive.known(KIND)}


def links(archive: SiteArchive) -> list[tuple[Any, ...]]:
    normalize_site(archive, Rules())
    rows = archive.query("SELECT state, via, target FROM links")
    return [tuple(row.values()) for row in rows]


def test_links_through_a_redirect_of_the_site_reach_their_post(
    source: FakeSource, archive: SiteArchive
) -> None:
    first = pull(source, archive, PullOptions())
    assert (first.outcome, first.tallies[KIND].new) == (Outcome.DONE, 12)
    assert links(archive) == [("moved", "redirect", 10)]
    assert KIND not in pull(source, archive, PullOptions()).tallies
    assert source.redirects_ is not None
    source.redirects_.pop()
    assert pull(source, archive, PullOptions()).tallies[KIND].vanished == 1
    assert states(archive)[12] is State.GONE
    assert links(archive) == [("missing", "", 0)]
    source.redirects_.append(redirect(12, "/old/", "/new/"))
    pull(source, archive, PullOptions())
    assert links(archive) == [("moved", "redirect", 10)]


def test_nothing_goes_on_the_word_of_half_a_listing_or_past_the_guard(
    source: FakeSource, archive: SiteArchive
) -> None:
    pull(source, archive, PullOptions())
    assert source.redirects_ is not None
    kept, source.redirects_ = source.redirects_, source.redirects_[:3]
    source.incomplete = "it changed meanwhile"
    pull(source, archive, PullOptions())
    assert set(states(archive).values()) == {State.LIVE}
    source.incomplete, source.redirects_ = "", []
    assert pull(source, archive, PullOptions()).outcome is Outcome.REFUSED
    assert set(states(archive).values()) == {State.LIVE}
    source.redirects_ = kept[:8]
    pull(source, archive, PullOptions())
    assert sum(state is State.GONE for state in states(archive).values()) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"login": Login()},
        {"namespaces": ("wp/v2",)},
        {"redirects_": None},
    ],
)
def test_where_they_are_not_shown_none_are_asked_for_and_nothing_fails(
    source: FakeSource, archive: SiteArchive, change: dict[str, Any]
) -> None:
    for name, value in change.items():
        setattr(source, name, value)
    result = pull(source, archive, PullOptions())
    assert result.outcome is Outcome.DONE
    assert KIND not in archive.kinds()
    assert ("redirects" in source.log) == ("redirects_" in change)


# -- the route itself


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def serve(site: Site, items: list[Any], total: int | None = None) -> None:
    def hook(asked: Asked) -> Reply | None:
        if not asked.path.endswith("/redirection/v1/redirect"):
            return None
        size, page = int(asked.words["per_page"]), int(asked.words["page"])
        assert size <= 200
        some = items[page * size : (page + 1) * size]
        data = {"items": some, "total": len(items) if total is None else total}
        return Reply(json.dumps(data).encode(), headers={"Content-Type": "application/json"})

    site.hooks.append(hook)


def test_every_page_is_read_and_hits_make_no_version(site: Site) -> None:
    serve(site, [redirect(id, f"/old-{id}/", "/x/") for id in range(450, 0, -1)])
    with quick(site) as source:
        told = source.redirects()
    assert told is not None
    records, complete = told
    assert ([record.id for record in records], complete) == (list(range(1, 451)), True)
    assert not {"hits", "last_access"} & records[0].data.keys()
    assert json.loads(records[0].raw) == records[0].data
    assert {record.kind for record in records} == {KIND} == {redirection.KIND}
    site.hooks.clear()
    serve(site, [redirect(id, f"/old-{id}/", "/x/", hits=99) for id in range(1, 451)])
    with quick(site) as source:
        again = source.redirects()
    assert again is not None
    assert [record.stamp for record in again[0]] == [record.stamp for record in records]


def test_a_total_that_differs_and_items_of_any_shape(site: Site) -> None:
    serve(site, [redirect(5, "/a/", "/b/"), None, {"id": "x"}, {"id": True}, 7], total=2)
    with quick(site) as source:
        told = source.redirects()
    assert told is not None
    assert ([record.id for record in told[0]], told[1]) == ([5], False)


def test_a_site_that_does_not_show_them(site: Site) -> None:
    with quick(site) as source:
        assert source.redirects() is None  # no such route
    site.hooks.append(
        lambda asked: error(403, "rest_forbidden") if "redirection" in asked.path else None
    )
    with quick(site) as source:
        assert source.redirects() is None

"""Related posts as a graph: reciprocity, dead ends and islands are one query each, everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from tests.helpers import SITE, make_identity
from wp_sync.archive.base import Archive, SiteArchive
from wp_sync.content import Derived, LinkState, Post, Related

Entry = tuple[int, LinkState]


def post(
    id: int,
    *entries: Entry,
    status: str = "publish",
    state: str = "live",
    type: str = "post",
    origin: str = "content:heading",
) -> Derived:
    one = Post(id, type, status, state, str(id), f"P{id}", f"/{id}/", "", "", "", "", "")
    related = [
        Related(place, origin, f"/{target}/", "", state, target)
        for place, (target, state) in enumerate(entries)
    ]
    return Derived(one, f"d{id}:live:x", [], [], related)


def filled(archive: Archive, posts: Sequence[Derived], key: str = SITE) -> SiteArchive:
    site = archive.of(key)
    site.set_site(make_identity(key) if key != SITE else make_identity())
    site.put_posts(posts)
    return site


POSTS = [
    post(1, (2, "resolved"), (3, "moved"), (9, "missing")),
    post(2, (1, "resolved"), (1, "duplicate")),
    post(3),
    post(4, (5, "resolved"), origin="computed"),
    post(5, (4, "resolved")),
    post(6, (6, "self"), (7, "unpublished")),
    post(7, (1, "resolved"), status="draft"),
    post(8, type="page"),
    post(10, (1, "resolved"), state="gone"),
    post(11, (1, "resolved")),
]


def ids(site: SiteArchive, sql: str, *columns: str) -> list[tuple[object, ...]]:
    return [
        tuple(row[name] for name in columns)
        for row in site.query(f"SELECT * FROM {sql} WHERE site = :site ORDER BY post", site=SITE)
    ]


def test_edges_are_what_visitors_can_follow(archive: Archive) -> None:
    site = filled(archive, POSTS)
    found = ids(site, "related_graph", "post", "target", "target_title", "origin", "entries")
    assert sorted(found, key=lambda row: (int(str(row[0])), int(str(row[1])))) == [
        (1, 2, "P2", "content:heading", 1),
        (1, 3, "P3", "content:heading", 1),
        (2, 1, "P1", "content:heading", 1),
        (4, 5, "P5", "computed", 1),
        (5, 4, "P4", "content:heading", 1),
        (11, 1, "P1", "content:heading", 1),
    ]


def test_entries_that_are_not_returned(archive: Archive) -> None:
    site = filled(archive, POSTS)
    assert ids(site, "related_one_way", "post", "target") == [(1, 3), (11, 1)]


def test_posts_that_list_nobody(archive: Archive) -> None:
    site = filled(archive, POSTS)
    assert ids(site, "related_dead_ends", "post", "title") == [(3, "P3"), (6, "P6")]


def test_posts_apart_from_the_rest(archive: Archive) -> None:
    site = filled(archive, POSTS)
    assert ids(site, "related_islands", "post") == [(4,), (5,), (6,)]


def test_a_site_without_related_posts_has_no_islands(archive: Archive) -> None:
    site = filled(archive, [post(1), post(2)])
    assert ids(site, "related_islands", "post") == []
    assert ids(site, "related_dead_ends", "post") == []


def test_sites_are_told_apart(archive: Archive) -> None:
    filled(archive, POSTS)
    other = archive.of("other.example")
    other.put_posts([post(1, (4, "resolved")), post(4), post(5, (3, "resolved")), post(3)])
    site = archive.of(SITE)
    assert ids(site, "related_islands", "post") == [(4,), (5,), (6,)]
    rows = other.query("SELECT post FROM related_islands WHERE site = 'other.example'")
    assert sorted(str(row["post"]) for row in rows) == ["3", "5"]

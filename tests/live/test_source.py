"""The source against real WordPress servers, held against their own databases."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from lab import Lab, Server
from wp_sync.errors import LoginFailed
from wp_sync.model import Collection, MediaFile, State, Walked
from wp_sync.source.doctor import doctor
from wp_sync.source.wordpress import WordPressSource

T = TypeVar("T")


def drain(walk: Generator[Sequence[T], None, Walked]) -> tuple[list[T], Walked]:
    items: list[T] = []
    while True:
        try:
            items += next(walk)
        except StopIteration as end:
            return items, end.value


def opened(server: Server, who: str = "") -> WordPressSource:
    login = server.logins[who] if who else None
    options: dict[str, Any] = {}
    if login is not None:
        options = {"user": login.user, "password": login.password}
    return WordPressSource(server.url, **options)


def by_kind(source: WordPressSource) -> dict[str, Collection]:
    return {each.kind: each for each in source.collections()[0]}


def in_database(server: Server, where: str) -> set[int]:
    return {int(row[0]) for row in server.sql(f"SELECT ID FROM wp_posts WHERE {where}")}


def test_an_administrator_s_walk_is_what_the_database_holds(server: Server) -> None:
    with opened(server, "admin") as source:
        for kind, found in by_kind(source).items():
            if found.family != "posts":
                continue
            states = "('auto-draft','trash')"
            held = in_database(server, f"post_type='{found.name}' AND post_status NOT IN {states}")
            records, walked = drain(source.walk(found))
            sightings, counted = drain(source.census(found))
            assert {record.id for record in records} == held, kind
            assert walked.complete, walked
            assert counted.complete, counted
            assert {one.id: one.stamp for one in sightings} == {
                one.id: one.stamp for one in records
            }, kind


def test_every_kind_that_the_seed_made_is_there(server: Server) -> None:
    with opened(server, "admin") as source:
        kinds = set(by_kind(source))
    assert kinds >= {
        "posts/post",
        "posts/page",
        "posts/attachment",
        "posts/treatment",
        "posts/wp_block",
        "terms/category",
        "terms/post_tag",
        "terms/condition",
        "users/user",
        "comments/comment",
    }
    if server.version != "5.7":  # the menus' routes came with 5.9
        assert kinds >= {"posts/nav_menu_item", "terms/nav_menu"}


def test_visitors_see_what_is_published_and_are_told_what_not(server: Server) -> None:
    with opened(server) as source:
        found, problems = source.collections()
        posts = next(each for each in found if each.kind == "posts/post")
        records, walked = drain(source.walk(posts))
    assert {record.id for record in records} == in_database(
        server, "post_type='post' AND post_status='publish'"
    )
    assert walked.complete
    named = {problem.place.kind for problem in problems}
    assert "posts/wp_block" in named
    if server.version != "5.7":
        assert {"posts/nav_menu_item", "terms/nav_menu"} <= named


@pytest.mark.parametrize("who", ["author", "contributor", "subscriber"])
def test_a_small_login_sees_no_less_than_a_visitor(server: Server, who: str) -> None:
    with opened(server) as visitor, opened(server, who) as source:
        public = {one.id for one in drain(visitor.census(by_kind(visitor)["posts/post"]))[0]}
        seen = {one.id for one in drain(source.census(by_kind(source)["posts/post"]))[0]}
    assert seen >= public


def test_the_post_that_breaks_its_page_comes_without_what_breaks(server: Server) -> None:
    with opened(server) as source:
        records, walked = drain(source.walk(by_kind(source)["posts/post"]))
    lacking = [record for record in records if record.lacking]
    assert [record.id for record in lacking] == list(walked.broken)
    assert len(lacking) == 1
    assert lacking[0].data["title"]["rendered"]
    assert "rendered" not in lacking[0].data["content"]


def test_plugin_fields_are_not_lost(server: Server) -> None:
    with opened(server) as source:
        records, _ = drain(source.walk(by_kind(source)["posts/post"]))
    assert {"acf", "yoast_head_json", "jetpack-related-posts", "meta"} <= records[0].data.keys()
    assert "_links" not in records[0].data


def test_the_fate_of_ids(fresh_server: Server) -> None:
    server = fresh_server
    published = sorted(in_database(server, "post_type='post' AND post_status='publish'"))
    trashed, deleted, hidden = published[-1], published[-2], published[-3]
    server.sql(f"UPDATE wp_posts SET post_status='trash' WHERE ID={trashed}")
    server.sql(f"DELETE FROM wp_posts WHERE ID={deleted}")
    server.sql(f"UPDATE wp_posts SET post_status='private' WHERE ID={hidden}")
    with opened(server) as visitor, opened(server, "admin") as admin:
        seen, known = by_kind(visitor), by_kind(admin)
        posts = "posts/post"
        assert visitor.fate(seen[posts], published[-4])[0] is State.LIVE
        assert visitor.fate(seen[posts], trashed)[0] is State.WITHHELD
        assert visitor.fate(seen[posts], hidden)[0] is State.WITHHELD
        assert visitor.fate(seen[posts], deleted)[0] is State.GONE
        assert admin.fate(known[posts], trashed)[0] is State.TRASHED
        assert admin.fate(known[posts], hidden)[0] is State.LIVE
        assert admin.fate(known[posts], deleted)[0] is State.GONE
        for kind in ("terms/category", "users/user", "comments/comment"):
            assert admin.fate(known[kind], 999_999)[0] is State.GONE, kind


def test_a_wrong_password_is_not_a_visitor(server: Server) -> None:
    user = server.logins["admin"].user
    with (
        WordPressSource(server.url, user=user, password="not this one") as source,
        pytest.raises(LoginFailed) as caught,
    ):
        source.identify()
    assert "not this one" not in str(caught.value)


def test_an_uploaded_file_arrives_and_a_lost_one_is_missing(server: Server, tmp_path: Path) -> None:
    with opened(server) as source:
        records, _ = drain(source.walk(by_kind(source)["posts/attachment"]))
        states: dict[str, int] = {}
        for record in records:
            path = tmp_path / str(record.id)
            file = MediaFile(record.data["source_url"], record.id, mime=record.data["mime_type"])
            got = source.download(file, path)
            states[got.state] = states.get(got.state, 0) + 1
            if got.state == "stored":
                relative = record.data["source_url"].partition("/uploads/")[2]
                assert path.read_bytes() == (server.uploads / relative).read_bytes()
    assert states.keys() == {"stored", "missing"}
    assert states["missing"] == 1


def test_the_doctor_says_what_is_seen_and_what_not(server: Server) -> None:
    with opened(server) as source:
        visitor = doctor(source)
    with opened(server, "admin") as source:
        admin = doctor(source)
    assert visitor.rendered_only
    assert not admin.rendered_only
    assert visitor.user == ""
    assert admin.roles == ("administrator",)
    assert visitor.wordpress.startswith(server.version)
    assert {seen.name for seen in visitor.plugins} >= {"Yoast SEO", "Jetpack"}
    assert any("broken post" in problem.hint for problem in visitor.problems)
    totals = {kind.kind: kind.total for kind in admin.kinds}
    assert totals["posts/page"] == len(
        in_database(server, "post_type='page' AND post_status NOT IN ('auto-draft','trash')")
    )
    assert "administrator" in str(admin)


@pytest.mark.parametrize(
    "shape",
    [{"subfolder": "blog"}, {"plain_permalinks": True}, {"rest_prefix": "api"}],
    ids=["subfolder", "plain permalinks", "renamed prefix"],
)
def test_wherever_the_api_is_it_is_found(lab: Lab, shape: dict[str, Any]) -> None:
    server = lab.variant(lab.versions[-1], **shape)
    try:
        with WordPressSource(f"{server.url}/") as source:
            assert source.identify().home == server.url
            sightings, walked = drain(source.census(by_kind(source)["posts/post"]))
        assert walked.complete
        assert {one.id for one in sightings} == in_database(
            server, "post_type='post' AND post_status='publish'"
        )
    finally:
        server.stop()

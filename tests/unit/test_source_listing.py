"""A walk shows every item exactly once, and claims completeness only where it is proven."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rest_server import Asked, Reply, Site, error, post, serving
from wp_sync.errors import TryLater
from wp_sync.model import Collection, Walked
from wp_sync.source.wordpress import WordPressSource

STAMP = ("modified_gmt", "slug", "categories")
POSTS = Collection("posts/post", "wp/v2/posts", stamp_fields=STAMP)
T = TypeVar("T")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def source(site: Site) -> Iterator[WordPressSource]:
    with quick(site) as source:
        yield source


def quick(site: Site, **options: Any) -> WordPressSource:
    """A source that does not wait between tries."""
    source = WordPressSource(site.url, **options)
    source._sleep = lambda seconds: None  # type: ignore[method-assign]
    return source


def drain(walk: Generator[Sequence[T], None, Walked]) -> tuple[list[T], Walked]:
    items: list[T] = []
    while True:
        try:
            items += next(walk)
        except StopIteration as end:
            return items, end.value


def ids(items: Sequence[Any]) -> list[int]:
    return [item.id for item in items]


def listings(site: Site) -> list[Asked]:
    return [asked for asked in site.asked if asked.path == "/wp-json/wp/v2/posts"]


def test_every_item_once_in_order_with_its_own_bytes(site: Site, source: WordPressSource) -> None:
    site.fill(450)
    records, walked = drain(source.walk(POSTS))
    assert ids(records) == list(range(1, 451))
    assert walked == Walked(complete=True, total=450, seen=450)
    assert records[0].data["plugin_field"] == {"n": 1}
    assert "_links" not in records[0].data
    assert records[9].raw.startswith(b'{"id": 10,')  # spaced as the server spaced it


def test_the_census_has_the_stamps_of_whole_records(site: Site, source: WordPressSource) -> None:
    site.fill(120)
    records, _ = drain(source.walk(POSTS))
    sightings, walked = drain(source.census(POSTS))
    assert {item.id: item.stamp for item in sightings} == {
        record.id: record.stamp for record in records
    }
    assert walked.complete


@pytest.mark.parametrize("trashed", [[1], [1, 2], list(range(1, 40)), list(range(1, 260))])
def test_items_trashed_during_the_walk_hide_no_neighbour(
    site: Site, source: WordPressSource, trashed: list[int]
) -> None:
    site.fill(700)
    fired = []

    def trash_after_the_first_window(asked: Asked) -> None:
        if asked.words.get("offset") and asked.lists_whole_posts and not fired:
            fired.append(True)
            for id in trashed:
                del site.posts[id]

    site.hooks.append(trash_after_the_first_window)
    records, walked = drain(source.walk(POSTS))
    assert fired
    assert set(ids(records)) >= set(range(max(trashed) + 1, 701))
    assert len(ids(records)) == len(set(ids(records)))
    assert walked.total == 700 - len(trashed)


def test_items_hidden_after_counting_are_not_the_end(site: Site, source: WordPressSource) -> None:
    site.fill(900)
    # A whole window and more shows nothing, and so do the places where windows meet.
    site.hidden = set(range(150, 420)) | {98, 99, 100, 101, 700}
    records, walked = drain(source.walk(POSTS))
    assert ids(records) == [id for id in range(1, 901) if id not in site.hidden]
    assert walked.complete
    assert walked.hidden == len(site.hidden)


@pytest.mark.parametrize("cap", [7, 20, 50])
def test_a_silently_capped_page_size_loses_nothing(
    site: Site, source: WordPressSource, cap: int
) -> None:
    site.cap = cap
    site.fill(130)
    records, walked = drain(source.walk(POSTS))
    assert ids(records) == list(range(1, 131))
    assert walked.complete
    assert len(listings(site)) < 130 / (cap - 2) * 1.5 + 5


def test_a_cap_that_the_page_count_does_not_tell(site: Site, source: WordPressSource) -> None:
    site.fill(130)

    def cut(asked: Asked) -> Reply | None:
        if int(asked.words.get("per_page", "0")) <= 20:
            return None
        whole = {**asked.words, "per_page": "20"}
        reply = site._list(site.posts, Asked(asked.path, whole, asked.headers, asked.number))
        reply.headers["X-WP-TotalPages"] = "2"
        return reply

    site.hooks.append(lambda asked: cut(asked) if asked.path.endswith("/posts") else None)
    records, walked = drain(source.walk(POSTS))
    assert ids(records) == list(range(1, 131))
    assert walked.seen == 130


def test_stripped_totals_are_read_from_the_envelope(site: Site, source: WordPressSource) -> None:
    site.totals = False
    site.fill(210)
    records, walked = drain(source.walk(POSTS))
    assert ids(records) == list(range(1, 211))
    assert walked.complete
    assert walked.total == 210


def test_without_any_totals_all_is_shown_and_nothing_proven(
    site: Site, source: WordPressSource
) -> None:
    site.totals = False
    site.fill(210)

    def no_envelope(asked: Asked) -> Reply | None:
        if "_envelope" not in asked.words:
            return None
        words = {name: value for name, value in asked.words.items() if name != "_envelope"}
        plain = site._list(site.posts, Asked(asked.path, words, asked.headers, asked.number))
        return Reply(b'{"body": %s, "status": 200, "headers": []}' % plain.body)

    site.hooks.append(no_envelope)
    records, walked = drain(source.walk(POSTS))
    assert ids(records) == list(range(1, 211))
    assert not walked.complete
    assert "totals" in walked.why


def test_totals_that_lie_low_do_not_end_the_walk(site: Site, source: WordPressSource) -> None:
    site.fill(260)
    site.extra = {"X-WP-Total": "5", "X-WP-TotalPages": "1"}
    records, walked = drain(source.walk(POSTS))
    assert ids(records) == list(range(1, 261))
    assert not walked.complete


def test_a_cached_answer_proves_nothing(site: Site, source: WordPressSource) -> None:
    site.fill(120)
    site.extra = {"Age": "640"}
    records, walked = drain(source.walk(POSTS))
    assert len(records) == 120
    assert not walked.complete
    assert "cache" in walked.why


def test_totals_that_go_back_and_forth_prove_nothing(site: Site, source: WordPressSource) -> None:
    site.fill(600)

    def stale_second_window(asked: Asked) -> Reply | None:
        if not asked.lists_whole_posts or asked.words.get("offset") != "196":
            return None
        reply = site._wordpress(asked)
        reply.headers["X-WP-Total"] = "611"
        return reply

    site.hooks.append(stale_second_window)
    records, walked = drain(source.walk(POSTS))
    assert len(records) == 600
    assert not walked.complete


def test_one_broken_post_is_named_and_the_others_arrive(
    site: Site, source: WordPressSource
) -> None:
    site.fill(250)
    fired = []

    def fatal(asked: Asked) -> Reply | None:
        if not asked.lists_whole_posts:
            return None
        shown = site._wordpress(asked)
        if b"<p>137</p>" in shown.body:
            fired.append(asked)
            return error(500, "internal_server_error")
        return None

    site.hooks.append(fatal)
    records, walked = drain(source.walk(POSTS))
    assert ids(records) == list(range(1, 251))
    broken = records[136]
    assert broken.lacking == ("content.rendered", "excerpt.rendered")
    assert broken.data["title"] == {"rendered": "Post 137"}
    assert broken.stamp == next(s for s in drain(source.census(POSTS))[0] if s.id == 137).stamp
    assert list(walked.broken) == [137]
    assert "500" in walked.broken[137]
    assert walked.complete
    assert len(fired) < 12  # halves, not one by one


def test_pages_that_are_too_much_for_the_server_are_made_smaller(
    site: Site, source: WordPressSource
) -> None:
    site.fill(300)
    refused = []

    def gateway_timeout(asked: Asked) -> Reply | None:
        if asked.lists_whole_posts and int(asked.words.get("per_page", "10")) > 30:
            refused.append(asked)
            return Reply(b"<html>504</html>", 504)
        return None

    site.hooks.append(gateway_timeout)
    records, walked = drain(source.walk(POSTS))
    assert ids(records) == list(range(1, 301))
    assert walked.complete
    assert not walked.broken
    assert refused
    assert len(refused) < 20


def test_a_site_that_goes_down_is_not_a_site_of_broken_posts(
    site: Site, source: WordPressSource
) -> None:
    site.fill(300)

    def down(asked: Asked) -> Reply | None:
        return Reply(b"", 502) if asked.words.get("offset") or asked.ids else None

    site.hooks.append(down)
    with pytest.raises(TryLater):
        drain(source.walk(POSTS))


def test_items_without_a_usable_id_are_counted_not_guessed(
    site: Site, source: WordPressSource
) -> None:
    site.fill(5)

    def odd(asked: Asked) -> Reply | None:
        if not asked.path.endswith("/posts") or "_method" in asked.words:
            return None
        body = b'[{"id": 1}, {"id": "2"}, {"id": 3.5}, {"slug": "x"}, 7, {"id": 5}, {"id": 5}]'
        return Reply(body, headers={"X-WP-Total": "5"})

    site.hooks.append(odd)
    records, walked = drain(source.walk(POSTS))
    assert ids(records) == [1, 5]
    assert not walked.complete
    assert "without a usable id" in walked.why
    assert "twice" in walked.why


def test_a_server_that_ignores_the_order_is_not_trusted(
    site: Site, source: WordPressSource
) -> None:
    site.fill(150)

    def backwards(asked: Asked) -> Reply | None:
        if asked.words.get("orderby") != "id":
            return None
        words = {**asked.words, "orderby": "date", "order": "desc"}
        return site._list(site.posts, Asked(asked.path, words, asked.headers, asked.number))

    site.hooks.append(backwards)
    records, walked = drain(source.walk(POSTS))
    assert sorted(ids(records)) == list(range(1, 151))
    assert not walked.complete


def test_an_edit_of_nothing_costs_one_request(site: Site, source: WordPressSource) -> None:
    site.fill(30)
    source.identify()
    before = len(site.asked)
    total, newest = source.total(POSTS)
    assert (total, len(newest)) == (30, 30)
    assert newest[0].id == 30
    assert len(site.asked) == before + 1


def test_newest_first_beyond_those_already_known(site: Site, source: WordPressSource) -> None:
    site.fill(400)
    moment = datetime(2024, 1, 1, 0, 2, 0, tzinfo=UTC)  # the minute of post 120
    sightings, walked = drain(source.newest_since(POSTS, moment, beyond=100))
    assert ids(sightings) == list(range(300, 120, -1))
    assert walked.complete


@settings(max_examples=25, deadline=None)
@given(
    present=st.sets(st.integers(1, 160), min_size=1),
    hidden=st.sets(st.integers(1, 160), max_size=60),
    gone=st.sets(st.integers(1, 160), max_size=30),
    at=st.integers(0, 12),
    cap=st.integers(5, 40),
)
def test_whatever_happens_during_a_walk_what_stays_is_seen(
    present: set[int], hidden: set[int], gone: set[int], at: int, cap: int
) -> None:
    with serving() as site:
        site.posts = {id: post(id) for id in present}
        site.hidden = hidden
        site.cap = cap

        def trash(asked: Asked) -> None:
            if asked.lists_whole_posts and asked.words.get("orderby") == "id":
                counted.append(asked)
                if len(counted) == at:
                    for id in gone:
                        site.posts.pop(id, None)

        counted: list[Asked] = []
        site.hooks.append(trash)
        with quick(site) as source:
            records, walked = drain(source.walk(POSTS))
        stayed = present - hidden - gone
        assert set(ids(records)) >= stayed
        if len(counted) < at or not gone & present:
            assert walked.complete
            assert set(ids(records)) == present - hidden
        assert len(ids(records)) == len(set(ids(records)))

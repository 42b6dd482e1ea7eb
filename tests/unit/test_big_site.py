"""The fake site of the benches answers as the sample site does, and as its own edits say."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.big_site.build import POSTS, Copy, Edited, copied_site, made_site
from bench.big_site.made import Clock
from bench.big_site.rest import Site
from wp_sync.archive import open_archive
from wp_sync.demo import recording, rest

HOST = "127.0.0.1:1"
ROUTE = "/wp-json" + POSTS
SAMPLE = recording.load()


@cache
def copied() -> Site:
    raws = [json.dumps(item).encode() for item in SAMPLE.listings[POSTS].items.values()]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "copy"
        Copy({POSTS: raws}, {}).save(file)
        site = copied_site(file, recording.HOST)
    site.recording.index = SAMPLE.index  # for the zone
    return site


dates = st.sampled_from(sorted({item["date"] for item in SAMPLE.listings[POSTS].items.values()}))
moments = st.one_of(
    dates, dates.map(lambda date: date + "Z"), dates.map(lambda date: date[:11] + "12:00:00")
)
ids = st.lists(st.integers(90, 500), max_size=6).map(lambda found: ",".join(map(str, found)))
queries = st.fixed_dictionaries(
    {},
    optional={
        "per_page": st.integers(-1, 101).map(str),
        "page": st.sampled_from(["1", "2", "5", "500", "x", "0"]),
        "offset": st.integers(0, 400).map(str),
        "after": moments,
        "before": moments,
        "modified_after": moments,
        "modified_before": moments,
        "include": ids,
        "exclude": ids,
        "orderby": st.sampled_from(["id", "date"]),
        "order": st.sampled_from(["asc", "desc"]),
        "_fields": st.sampled_from(["id", "id,date,modified_gmt", "title,content"]),
        "_envelope": st.just("1"),
        "context": st.sampled_from(["view", "edit"]),
    },
)


@settings(max_examples=200, deadline=None)
@given(query=queries)
def test_it_lists_what_the_sample_site_lists(query: dict[str, str]) -> None:
    site = copied()
    expected = rest.answer(SAMPLE, "GET", POSTS, query)
    site.recording.listings[POSTS].items = SAMPLE.listings[POSTS].items
    if expected.status == 200 and "_envelope" not in query:
        site.recording.listings[POSTS].items = {}  # the shelf alone must know
    got = site.respond("GET", ROUTE, dict(query))
    assert got.status == expected.status
    assert json.loads(got.body) == expected.body
    for name in ("X-WP-Total", "X-WP-TotalPages"):
        assert got.headers.get(name) == expected.headers.get(name)


def made(count: int = 500) -> Edited:
    return made_site(count, HOST)


def ask(site: Edited, path: str = ROUTE, **query: str) -> tuple[int, Any, int]:
    reply = site.site.respond("GET", path, query)
    return reply.status, json.loads(reply.body), int(reply.headers.get("X-WP-Total", "0"))


def test_posts_are_distinct_whole_and_the_same_each_time() -> None:
    site = made()
    texts: set[str] = set()
    for page in range(1, 6):
        _, posts, total = ask(site, per_page="100", page=str(page), orderby="id", order="asc")
        assert total == 500
        texts.update(post["content"]["rendered"] for post in posts)
        for post in posts:
            assert 4_000 < len(json.dumps(post)) < 9_000
    assert len(texts) == 500
    one = next(iter(site.made.ids))
    assert ask(made(), f"{ROUTE}/{one}") == ask(site, f"{ROUTE}/{one}")
    assert all(len(text.split("</p>")) > 8 for text in texts)


def test_edits_deletions_and_additions_show() -> None:
    site = made()
    first, second, *_ = site.made.ids
    before = ask(site, f"{ROUTE}/{first}")[1]
    counts = {term: item["count"] for term, item in terms(site).items()}
    site.edit([first], moment=int(datetime(2030, 1, 1, tzinfo=UTC).timestamp()))
    after = ask(site, f"{ROUTE}/{first}")[1]
    assert after["modified_gmt"] == "2030-01-01T00:00:00"
    assert after["modified"] == "2029-12-31T16:00:00"
    assert after["date"] == before["date"]
    assert after["content"] != before["content"]
    _, posts, total = ask(site, modified_after="2029-12-31T00:00:00Z")
    assert (total, posts[0]["id"]) == (1, first)

    gone = ask(site, f"{ROUTE}/{second}")[1]
    site.delete([second])
    assert ask(site, f"{ROUTE}/{second}")[:2] == (
        404,
        {"code": "rest_post_invalid_id", "message": "Invalid post ID.", "data": {"status": 404}},
    )
    assert ask(site)[2] == 499
    assert ask(site, before=gone["date"])[2] + ask(site, after=gone["date"])[2] == 499
    for term in gone["categories"]:
        assert terms(site)[term]["count"] == counts[term] - 1

    (new,) = site.add(1)
    assert ask(site)[1][0]["id"] == new
    assert ask(site)[2] == 500


def terms(site: Edited) -> dict[int, Any]:
    return {item["id"]: item for item in ask(site, "/wp-json/wp/v2/categories", per_page="100")[1]}


def test_its_clock_is_the_zones() -> None:
    zone = ZoneInfo(SAMPLE.timezone)
    clock = Clock(zone)
    start = int(datetime(2023, 1, 1, tzinfo=UTC).timestamp())
    for moment in range(start, start + 2 * 366 * 86_400, 599):
        offset = datetime.fromtimestamp(moment, zone).utcoffset() or timedelta()
        assert clock.wall(moment) - moment == offset.total_seconds()


def test_it_speaks_http_and_a_pull_of_it_is_clean(tmp_path: Path) -> None:
    from bench.big_site import BigSite
    from wp_sync.model import Outcome, State
    from wp_sync.pull.options import PullOptions
    from wp_sync.run import pull
    from wp_sync.source.wordpress import WordPressSource

    with BigSite(300, gzip=True) as site, open_archive(tmp_path / "archive") as opened:
        archive = opened.of(site.url.removeprefix("http://"))
        with WordPressSource(site.url) as source:
            options = PullOptions(media="none")
            first = pull(source, archive, options)
            assert (first.outcome, first.tallies["posts/post"].new) == (Outcome.DONE, 300)
            assert site.requests() == first.requests
            site.edit([1003])
            site.delete([1006])
            second = pull(source, archive, options)
            assert second.outcome is Outcome.DONE
        away = {one.id: one.state for one in archive.known("posts/post") if one.state != "live"}
        assert away == {1006: State.GONE}
        assert len(archive.versions("posts/post", 1003)) == 2

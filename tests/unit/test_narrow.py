"""Counts over ranges of dates: the decisions by themselves, and pulls that go by them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fake_source import CATEGORIES, POSTS, FakeSite, FakeSource, gmt
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.errors import Interrupted
from wp_sync.model import Bookmark, Login, Outcome, RunResult, Span, State
from wp_sync.pull import narrow
from wp_sync.pull.narrow import Cut, Part
from wp_sync.pull.options import Limits, Narrowing, PullOptions
from wp_sync.run import pull

POST = "posts/post"
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
FINE = Narrowing(ways=3, leaf=3, share=1_000.0)
EACH = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


# -- decisions


def at(day: int, hours: int = 0) -> str:
    return gmt(datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=day, hours=hours))


cuts = st.lists(
    st.tuples(st.integers(0, 300), st.integers(-30, 30)), max_size=8, unique_by=lambda one: one[0]
).map(lambda found: [Cut(at(day), at(day, shift)) for day, shift in sorted(found)])


@given(cuts=cuts, edges=st.data(), ours=st.integers(0, 500))
def test_pieces_leave_nothing_out_and_nothing_is_in_two(
    cuts: list[Cut], edges: st.DataObject, ours: int
) -> None:
    counts = edges.draw(
        st.lists(st.integers(0, ours), min_size=len(cuts), max_size=len(cuts)).map(sorted)
    )
    whole = Part(None, None, ours)
    pieces = narrow.cut(whole, list(zip(cuts, counts, strict=True)))
    assert sum(piece.ours for piece in pieces) == ours
    assert all(piece.ours >= 0 for piece in pieces)
    assert (pieces[0].start, pieces[-1].end) == (None, None)
    for one, other in pairwise(pieces):
        assert one.end == other.start is not None
        # WordPress compares strictly: up to a second is before the next.
        assert one.span.before == narrow.next_second(str(other.span.after))
    moments = [piece.end for piece in pieces[:-1]]
    assert sorted(str(cut and cut.local) for cut in moments) == [
        str(cut and cut.local) for cut in moments
    ]


def test_a_cut_outside_its_part_on_either_clock_is_left_out() -> None:
    part = Part(Cut(at(10), at(10)), Cut(at(20), at(20)), 9)
    for bad in (Cut(at(15), at(9)), Cut(at(15), at(10)), Cut(at(15), at(20)), Cut(at(20), at(15))):
        assert narrow.cut(part, [(bad, 4)]) == [part]
    good = Cut(at(15), at(14))
    assert narrow.cut(part, [(good, 4)]) == [
        Part(part.start, good, 4),
        Part(good, part.end, 5),
    ]


def test_counts_are_doubted_where_they_are_missing_or_do_not_add_up() -> None:
    whole = Part(None, None, 10, 9)
    middle = Cut(at(1), at(1))
    low, high = Part(None, middle, 5, 5), Part(middle, None, 5, 4)
    assert narrow.doubt(whole, [low, high]) == ""
    assert narrow.doubt(whole, [low, replace(high, theirs=5)])
    assert narrow.doubt(whole, [replace(low, theirs=9), replace(high, theirs=None)])


@pytest.mark.parametrize(
    ("filters", "total", "expected"),
    [
        ({"after", "before"}, 1_000_000, True),
        ({"after", "before"}, 5_000, True),
        ({"after", "before"}, 500, False),  # a census takes six requests
        ({"after"}, 1_000_000, False),
        ({"before"}, 1_000_000, False),
        (set(), 1_000_000, False),
    ],
)
def test_narrowing_is_tried_where_it_can_pay(filters: set[str], total: int, expected: bool) -> None:
    collection = replace(POSTS, filters=frozenset(filters))
    assert narrow.possible(collection, total, Narrowing()) is expected


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2024-03-01T10:00:00", "2024-03-01T10:00:00"),
        ("2024-03-01T10:00:00Z", None),
        ("2024-03-01", None),
        ("0000-00-00T00:00:00", None),
        ("0001-01-01T00:00:00", None),
        ("2024-13-01T00:00:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_only_a_wall_clock_second_is_used_for_a_cut(date: object, expected: str | None) -> None:
    assert narrow.local_of(date) == expected


def test_the_next_second_crosses_days_and_years() -> None:
    assert narrow.next_second("2023-12-31T23:59:59") == "2024-01-01T00:00:00"
    part = Part(None, Cut(at(0), "2024-02-28T23:59:59"), 1)
    assert part.span == Span(None, "2024-02-29T00:00:00")


# -- pulls


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[SiteArchive]:
    with open_archive(tmp_path / "archive") as opened:
        yield opened.of("blog.example")


@pytest.fixture
def world() -> FakeSite:
    site = FakeSite(zone=ZoneInfo("America/Los_Angeles"))
    for id in range(1, 61):
        site.add(id=id)
        site.tick(hours=7)
    site.tick(days=2)
    return site


@pytest.fixture
def source(world: FakeSite, archive: SiteArchive) -> FakeSource:
    found = FakeSource(world, collections_=(POSTS,))
    run(found, archive)
    found.world.tick(days=1)
    found.log.clear()
    return found


def run(source: FakeSource, archive: SiteArchive, **options: Any) -> RunResult:
    source.world.tick(minutes=10)
    return pull(source, archive, PullOptions(**{"narrowing": FINE, **options}))


def states(archive: SiteArchive) -> dict[int, State]:
    return {one.id: one.state for one in archive.known(POST) if one.state is not State.LIVE}


def live(archive: SiteArchive) -> dict[int, dict[str, Any]]:
    return {one.id: dict(one.data) for one in archive.current(POST) if one.state is State.LIVE}


def censused(source: FakeSource) -> bool:
    return f"census {POST}" in source.log


def test_one_deletion_is_found_without_a_census(source: FakeSource, archive: SiteArchive) -> None:
    source.world.remove(23)
    before = archive.bookmark(POST)
    result = run(source, archive)
    assert result.outcome is Outcome.DONE
    assert states(archive) == {23: State.GONE}
    assert f"fate {POST} 23" in source.log
    assert not censused(source)
    # Sixty posts in three ways down to three: 3 + 3 + 3, and one range to list.
    assert source.log.count(f"count {POST}") <= 12
    assert len([line for line in source.log if line.startswith("range")]) <= 3
    after = archive.bookmark(POST)
    assert after.total == 59
    assert after.census_at == before.census_at  # it was none
    source.log.clear()
    run(source, archive)
    assert not any(line.startswith(("count", "range", "census")) for line in source.log)


def test_nothing_else_is_written(source: FakeSource, archive: SiteArchive) -> None:
    source.world.remove(40)
    source.world.edit(7, title={"rendered": "Edited"})
    records = f"SELECT * FROM records WHERE kind = '{POST}'"
    before = {row["id"]: row for row in archive.query(records)}
    run(source, archive)
    after = {row["id"]: row for row in archive.query(records)}
    assert {id for id in after if after[id] != before[id]} == {7, 40}
    assert live(archive)[7]["title"] == {"rendered": "Edited"}


def slip_in(world: FakeSite, id: int, beside: int) -> None:
    """An import keeps the dates of what it brings, `modified` included."""
    near = world.items[POST][beside]
    world.add(id=id, date_gmt=near["date_gmt"], modified_gmt=near["modified_gmt"])


def test_deletions_far_apart_and_a_post_that_was_slipped_in(
    source: FakeSource, archive: SiteArchive
) -> None:
    for id in (2, 30):
        source.world.remove(id)
    slip_in(source.world, 100, beside=51)
    result = run(source, archive)
    assert not censused(source)
    assert result.tallies[POST].new == 1
    assert live(archive) == source.world.items[POST]
    assert states(archive) == dict.fromkeys((2, 30), State.GONE)


def test_what_a_range_lost_and_got_again_waits_for_a_census(
    source: FakeSource, archive: SiteArchive
) -> None:
    """Such a range counts as before, as a site does that lost one and got another."""
    source.world.remove(2)
    slip_in(source.world, 100, beside=11)
    source.world.remove(30)
    run(source, archive)
    assert states(archive) == {30: State.GONE}
    run(source, archive, full=True)
    assert live(archive) == source.world.items[POST]


@pytest.mark.parametrize(
    ("answer", "state"), [("trash", State.TRASHED), (401, State.WITHHELD), (403, State.WITHHELD)]
)
def test_trashed_and_withheld_are_no_deletion(
    source: FakeSource, archive: SiteArchive, answer: object, state: State
) -> None:
    source.world.remove(17, answer=answer)
    run(source, archive)
    assert not censused(source)
    assert states(archive) == {17: state}


def test_a_post_restored_behind_wordpress_back_comes_back(
    source: FakeSource, archive: SiteArchive
) -> None:
    source.world.remove(17)
    run(source, archive)
    source.world.tick(days=1)
    source.world.restore(17)
    source.log.clear()
    run(source, archive)
    assert not censused(source)
    assert live(archive) == source.world.items[POST]


def test_a_date_moved_in_the_database_is_followed_not_taken_for_a_deletion(
    source: FakeSource, archive: SiteArchive
) -> None:
    moved = source.world.items[POST][50]["date_gmt"]
    source.world.silently(10, date_gmt=moved, date=source.world.local(moved))
    source.world.remove(33)
    run(source, archive)
    assert not censused(source)
    assert states(archive) == {33: State.GONE}
    assert live(archive) == source.world.items[POST]


def test_hidden_items_are_not_looked_for_elsewhere(tmp_path: Path, world: FakeSite) -> None:
    source = FakeSource(world, collections_=(POSTS,), hidden=4)
    with open_archive(tmp_path / "other") as opened:
        archive = opened.of("blog.example")
        run(source, archive)
        world.tick(days=1)
        world.remove(55)
        source.log.clear()
        run(source, archive)
        assert states(archive) == {55: State.GONE}
        assert not censused(source)


@pytest.mark.parametrize("fault", ["no_range_totals", "ignores_dates"])
def test_a_site_that_can_not_count_ranges_is_censused(
    source: FakeSource, archive: SiteArchive, fault: str
) -> None:
    setattr(source, fault, True)
    source.world.remove(23)
    run(source, archive)
    assert source.log.count(f"count {POST}") == 6  # a site may change while it is counted, once
    assert censused(source)
    assert states(archive) == {23: State.GONE}


def test_too_many_ranges_are_a_census(source: FakeSource, archive: SiteArchive) -> None:
    for id in range(3, 60, 12):
        source.world.remove(id)
    # Fifteen requests at most: enough for two rounds of counting.
    run(source, archive, narrowing=replace(FINE, share=25.0))
    assert 0 < source.log.count(f"count {POST}") <= 15
    assert censused(source)
    assert live(archive) == source.world.items[POST]


def test_a_total_that_stays_unexplained_is_a_census(
    source: FakeSource, archive: SiteArchive
) -> None:
    source.world.remove(20)
    source.hidden = 2  # counted in that range from now on, and never shown
    run(source, archive)
    assert any(line.startswith("range") for line in source.log)
    assert censused(source)
    assert live(archive) == source.world.items[POST]
    assert states(archive) == {20: State.GONE}


def test_a_stale_listing_deletes_nothing(source: FakeSource, archive: SiteArchive) -> None:
    source.unlisted = {23}
    result = run(source, archive)
    assert states(archive) == {}
    assert any("stale" in note for note in result.notes)
    source.unlisted = set()
    source.log.clear()
    run(source, archive)
    assert censused(source)  # the listing could not be relied on


def test_an_incomplete_range_deletes_nothing(source: FakeSource, archive: SiteArchive) -> None:
    source.world.remove(23)
    source.incomplete = "parts do not meet"
    result = run(source, archive)
    assert result.outcome is Outcome.PARTIAL
    assert states(archive) == {}
    assert censused(source)


def test_more_than_expected_is_refused_once_and_nothing_is_gone(
    source: FakeSource, archive: SiteArchive
) -> None:
    for id in range(20, 35):
        source.world.remove(id)
    result = run(source, archive)
    assert result.outcome is Outcome.REFUSED
    assert len(result.problems) == 1
    assert states(archive) == {}
    assert not censused(source)
    result = run(source, archive, limits=Limits(allowed=15))
    assert states(archive) == dict.fromkeys(range(20, 35), State.GONE)


def test_a_second_look_in_one_run_does_not_believe_as_many_again(
    source: FakeSource, archive: SiteArchive
) -> None:
    def remove_more(kind: str, number: int) -> None:
        if archive.count(POST) == 50 and number == 0:  # what was found by counts is buried
            for id in range(40, 45):
                source.world.items[POST].pop(id, None)

    source.during = remove_more
    source.world.add("terms/category", id=1, name="Moved", count=0)
    filed = replace(POSTS, taxonomies={"terms/category": "categories"})
    source.collections_ = (CATEGORIES, filed)
    run(source, archive)
    for id in range(20, 30):
        source.world.remove(id)
    source.world.edit(1, "terms/category", count=7)  # nothing explains it: a census follows
    result = run(source, archive)
    assert censused(source)
    assert result.outcome is Outcome.REFUSED
    assert states(archive) == dict.fromkeys(range(20, 30), State.GONE)


def test_a_range_that_is_listed_as_more_than_it_counted_is_a_census(
    source: FakeSource, archive: SiteArchive
) -> None:
    source.world.remove(23)
    listed = source.census

    def otherwise(collection: Any, within: Span | None = None) -> Any:
        walked = yield from listed(collection, within)
        return replace(walked, total=walked.total + 1) if within else walked

    source.census = otherwise  # type: ignore[method-assign]
    run(source, archive)
    assert censused(source)
    assert states(archive) == {23: State.GONE}


def test_a_kill_once_the_deletion_is_kept_hides_nothing_that_came_meanwhile(
    source: FakeSource, archive: SiteArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.world.remove(23)
    settle = archive.set_bookmark

    def killed(kind: str, mark: Bookmark) -> None:
        if mark.total == 59:
            raise Interrupted("killed")
        settle(kind, mark)

    monkeypatch.setattr(archive, "set_bookmark", killed)
    with pytest.raises(Interrupted):
        run(source, archive)
    monkeypatch.undo()
    assert states(archive) == {23: State.GONE}
    slip_in(source.world, 100, beside=51)  # the site counts what it counted before
    run(source, archive)
    assert live(archive) == source.world.items[POST]


def test_a_login_lost_while_we_count_deletes_nothing_however_often_we_look(
    source: FakeSource, archive: SiteArchive
) -> None:
    source.world.add("terms/category", id=1, name="Moved", count=0)
    filed = replace(POSTS, taxonomies={"terms/category": "categories"})
    source.collections_ = (CATEGORIES, filed)
    run(source, archive)
    source.world.remove(23)
    source.world.edit(1, "terms/category", count=7)  # nothing explains it
    now = source.identity()
    source.identities = [now, replace(now, login=Login(7, "somebody"))]  # and then back again
    assert run(source, archive).outcome is Outcome.REFUSED
    assert states(archive) == {}
    run(source, archive)
    assert censused(source)
    assert states(archive) == {23: State.GONE}


def busy(source: FakeSource, change: Callable[[int], None]) -> None:
    """Have the site change after each round of counts; ``change`` is told which round it was."""
    counted, rounds = source.counted, count(1)

    def counted_and_changed(*asked: Any) -> Any:
        answer = counted(*asked)
        change(next(rounds))
        return answer

    source.counted = counted_and_changed  # type: ignore[method-assign]


def test_a_change_while_we_count_is_counted_anew(source: FakeSource, archive: SiteArchive) -> None:
    source.world.remove(23)

    def change(number: int) -> None:
        if number == 1:
            source.world.remove(40)
            source.world.add(id=101)

    busy(source, change)
    run(source, archive)
    assert not censused(source)
    assert live(archive) == source.world.items[POST]
    assert states(archive) == dict.fromkeys((23, 40), State.GONE)


def test_a_site_that_never_holds_still_is_censused(
    source: FakeSource, archive: SiteArchive
) -> None:
    source.world.remove(23)
    busy(source, lambda number: source.world.remove(23 + number))
    run(source, archive)
    assert censused(source)
    assert live(archive) == source.world.items[POST]


def test_the_hour_that_a_clock_repeats_costs_requests_and_nothing_else(tmp_path: Path) -> None:
    """Local order and UTC order disagree there."""
    world = FakeSite(zone=ZoneInfo("America/Los_Angeles"))
    world.now = datetime(2024, 11, 3, 7, 0, tzinfo=UTC)
    for id in range(1, 61):
        world.add(id=id)
        world.tick(minutes=4)
    world.tick(days=2)
    source = FakeSource(world, collections_=(POSTS,))
    with open_archive(tmp_path / "other") as opened:
        archive = opened.of("blog.example")
        run(source, archive)
        for id in (23, 33):  # 01:28 by the first 1 o'clock, 01:08 by the second
            world.tick(days=1)
            world.remove(id)
            run(source, archive)
            assert live(archive) == world.items[POST], id
        assert states(archive) == dict.fromkeys((23, 33), State.GONE)


def test_a_dry_run_tells_of_the_deletion_and_changes_nothing(
    source: FakeSource, archive: SiteArchive
) -> None:
    source.world.remove(23)
    before = [archive.query("SELECT * FROM records"), archive.bookmark(POST)]
    result = run(source, archive, dry_run=True)
    assert result.tallies[POST].vanished == 1
    assert [archive.query("SELECT * FROM records"), archive.bookmark(POST)] == before


post = st.fixed_dictionaries({"hour": st.integers(0, 400), "dated": st.sampled_from("yyyyyn")})


@EACH
@given(
    posts=st.lists(post, min_size=1, max_size=40),
    gone=st.sets(st.integers(1, 40), max_size=6),
    ways=st.integers(2, 4),
    leaf=st.integers(1, 5),
    hidden=st.integers(0, 2),
)
def test_deletions_are_found_whatever_the_dates(
    posts: list[dict[str, Any]], gone: set[int], ways: int, leaf: int, hidden: int
) -> None:
    """Shared dates, missing ones, a clock change in the middle."""
    start = datetime(2024, 10, 25, tzinfo=UTC)
    world = FakeSite(zone=ZoneInfo("America/Los_Angeles"), now=start + timedelta(days=60))
    for id, one in enumerate(posts, 1):
        date = gmt(start + timedelta(hours=one["hour"]))
        world.add(id=id, date_gmt=date, modified_gmt=date)
        if one["dated"] == "n":
            world.silently(id, date_gmt="", date="0000-00-00T00:00:00")
    source = FakeSource(world, collections_=(POSTS,), hidden=hidden)
    how = Narrowing(ways=ways, leaf=leaf, share=1_000.0)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, open_archive(folder) as opened:
        archive = opened.of("blog.example")
        run(source, archive)
        world.tick(days=1)
        for id in gone & world.items[POST].keys():
            world.remove(id)
        run(source, archive, narrowing=how, limits=Limits(allowed=100))
        assert live(archive) == world.items[POST]
        assert set(states(archive)) == gone & set(range(1, len(posts) + 1))

"""The decision tables of a pull: exhaustive where they are small, Hypothesis where they are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.errors import GuardRefused
from wp_sync.model import Bookmark, Collection, Known, Sighting, State
from wp_sync.pull import decide, guard
from wp_sync.pull.decide import Path, Verdict
from wp_sync.pull.options import Limits

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
POSTS = Collection("posts/post", "wp/v2/posts", stamp_fields=("modified_gmt",))
TERMS = Collection("terms/category", "wp/v2/categories")


def mark(watermark: datetime | None = NOW, census_at: datetime | None = NOW) -> Bookmark:
    return Bookmark(watermark, census_at, 10)


@pytest.mark.parametrize(
    ("collection", "bookmark", "empty", "full", "path"),
    [
        (TERMS, mark(), False, False, Path.WHOLE),
        (TERMS, Bookmark(), True, True, Path.WHOLE),
        (POSTS, Bookmark(), True, False, Path.FIRST),
        (POSTS, Bookmark(), True, True, Path.FIRST),
        (POSTS, Bookmark(), False, False, Path.CENSUS),  # a first pull that was killed
        (POSTS, mark(), True, False, Path.FAST),  # the site has none of this kind
        (POSTS, mark(), False, True, Path.CENSUS),
        (POSTS, mark(census_at=None), False, False, Path.CENSUS),
        (POSTS, mark(census_at=NOW - WEEK), False, False, Path.CENSUS),
        (POSTS, mark(census_at=NOW - WEEK + timedelta(seconds=1)), False, False, Path.FAST),
        (POSTS, mark(watermark=NOW + timedelta(seconds=1)), False, False, Path.CENSUS),
        (POSTS, mark(), False, False, Path.FAST),
    ],
)
def test_the_path(
    collection: Collection, bookmark: Bookmark, empty: bool, full: bool, path: Path
) -> None:
    chosen, why = decide.choose(collection, bookmark, empty=empty, full=full, every=WEEK, now=NOW)
    assert chosen is path
    assert why or path is Path.FAST


HOUR = timedelta(hours=1)
CLOCKED = Bookmark(NOW - HOUR, NOW - HOUR, 10, clock=NOW)


@pytest.mark.parametrize(
    ("ours", "back"),
    [
        (NOW + HOUR, None),
        (NOW + HOUR + decide.SLACK, None),
        (NOW + HOUR + decide.SLACK + timedelta(seconds=1), decide.SLACK + timedelta(seconds=1)),
        (NOW + 30 * HOUR, 29 * HOUR),
        (NOW - 30 * HOUR, None),  # it is ours that went back, which says nothing of theirs
    ],
)
def test_a_server_clock_that_lags_behind_ours_was_set_back(
    ours: datetime, back: timedelta | None
) -> None:
    path, _ = decide.choose(
        POSTS, CLOCKED, empty=False, full=False, every=WEEK, now=NOW, clock=ours
    )
    assert path is (Path.FAST if back is None else Path.CENSUS)
    since = decide.doubtful_since(CLOCKED, NOW, ours)
    if back is None:
        assert since == ""
    else:
        assert since == decide.isoformat(NOW - HOUR - back - timedelta(seconds=2))


def test_a_stamp_from_a_time_that_came_twice_proves_nothing() -> None:
    known = Known(1, "a", State.LIVE, racy=False, modified="2025-03-01T10:00:00")
    seen = Sighting(1, "a", "")
    assert decide.compare(known, seen, "2025-03-01T10:00:00") is Verdict.CHANGED
    assert decide.compare(known, seen, "2025-03-01T10:00:01") is Verdict.SAME


@pytest.mark.parametrize(
    ("before", "stated", "appeared", "next_"),
    [(10, 12, 1, 12), (10, None, 0, 10), (10, None, 2, 12), (None, None, 2, None), (None, 3, 1, 3)],
)
def test_what_appeared_in_a_run_without_totals_is_counted(
    before: int | None, stated: int | None, appeared: int, next_: int | None
) -> None:
    assert decide.total_next(Bookmark(NOW, NOW, before), stated, appeared) == next_


ids = st.integers(1, 40)
stamps = st.sampled_from(["a", "b"])
archived = st.dictionaries(
    ids, st.tuples(stamps, st.sampled_from(list(State)), st.booleans()), max_size=30
)
listed = st.dictionaries(ids, stamps, max_size=30)


@given(archived, listed)
def test_merge_finds_each_difference_once_and_nothing_else(
    ours: dict[int, tuple[str, State, bool]], theirs: dict[int, str]
) -> None:
    known = [Known(id, *ours[id]) for id in sorted(ours)]
    sighted = [Sighting(id, theirs[id]) for id in sorted(theirs)]
    found = {finding.id: finding.verdict for finding in decide.merge(known, sighted)}
    assert len(found) == len(list(decide.merge(known, sighted)))
    for id in set(ours) | set(theirs):
        if id not in theirs:
            expected = Verdict.ABSENT if ours[id][1] is State.LIVE else None
        elif id not in ours:
            expected = Verdict.NEW
        elif ours[id][1] is not State.LIVE:
            expected = Verdict.BACK
        else:
            same = ours[id][0] == theirs[id] and not ours[id][2]
            expected = Verdict.SAME if same else Verdict.CHANGED
        assert found.get(id) == expected


@pytest.mark.parametrize(
    ("live", "absent", "allowed", "refused"),
    [
        (10, 10, 0, False),  # a few may go at once, however small the site
        (11, 11, 0, True),
        (100, 10, 0, False),
        (110, 11, 0, False),  # exactly ten percent
        (109, 11, 0, True),
        (1_000_000, 1_000, 0, False),
        (1_000_000, 1_001, 0, True),
        (20, 20, 20, False),
        (21, 21, 20, True),
    ],
)
def test_the_guard(live: int, absent: int, allowed: int, refused: bool) -> None:
    limits = Limits(allowed=allowed)
    if refused:
        with pytest.raises(GuardRefused, match="disappeared"):
            guard.disappearances("posts/post", live, absent, limits)
    else:
        guard.disappearances("posts/post", live, absent, limits)


@pytest.mark.parametrize(
    ("dates", "total", "reaches"),
    [
        ([], 5, True),
        (["2025-03-01T11:00:00"], 1, True),
        (["2025-03-01T13:00:00"], 5, False),
        (["2025-03-01T13:00:00", "2025-03-01T12:00:00"], 5, True),
        (["2025-03-01T13:00:00"], None, False),
    ],
)
def test_whether_the_newest_page_reaches_back_far_enough(
    dates: list[str], total: int | None, reaches: bool
) -> None:
    assert decide.newest_reach([Sighting(1, "", date) for date in dates], total, NOW) is reaches


@given(st.dictionaries(ids, st.integers(-3, 3)), st.dictionaries(ids, st.integers(-3, 3)))
def test_only_counts_that_nothing_explains_are_suspect(
    shifts: dict[int, int], explained: dict[int, int]
) -> None:
    suspect = decide.unexplained(shifts, explained)
    assert suspect == {term for term in shifts if shifts[term] != explained.get(term, 0)}

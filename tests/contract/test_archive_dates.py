"""What every archive must say of its live records' dates."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import SITE, make_identity, make_record
from wp_sync.archive.base import Archive, SiteArchive
from wp_sync.model import State

KIND = "posts/post"


def filled(archive: Archive, dates: dict[int, str | None], part: str = SITE) -> SiteArchive:
    site = archive.of(part)
    site.set_site(make_identity())
    run = site.begin_run("pull", "anonymous")
    site.save(run, [make_record(KIND, id, date_gmt=date) for id, date in dates.items()])
    return site


def test_only_live_records_of_the_kind_and_range_are_named(archive: Archive) -> None:
    days = {id: f"2024-01-{id:02}T00:00:00" for id in range(1, 10)}
    site = filled(archive, {**days, 10: None})
    run = site.begin_run("pull", "anonymous")
    site.save(run, [make_record("posts/page", 5, date_gmt=days[5])])
    site.vanish(run, KIND, {4: State.GONE, 5: State.TRASHED, 6: State.WITHHELD})
    assert list(site.dated(KIND, after=days[2], until=days[8])) == [3, 7, 8]
    assert list(site.dated(KIND, after=None, until=days[2])) == [1, 2, 10]
    assert list(site.dated(KIND, after=days[8], until=None)) == [9]


def test_records_of_one_moment_are_never_cut_apart(archive: Archive) -> None:
    same = "2024-01-01T00:00:00"
    assert (
        list(
            filled(archive, dict.fromkeys(range(1, 9), same)).cuts(
                KIND, after=None, until=None, parts=4
            )
        )
        == []
    )


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    days=st.lists(st.integers(0, 28), max_size=30),
    parts=st.integers(2, 5),
    bounds=st.tuples(st.none() | st.integers(1, 27), st.none() | st.integers(1, 27)),
)
def test_cuts_rise_and_say_how_many_lie_before_them(
    archive: Archive, days: list[int], parts: int, bounds: tuple[int | None, int | None]
) -> None:
    dates = {id: f"2024-01-{day:02}T00:00:00" if day else "" for id, day in enumerate(days, 1)}
    part = f"site{abs(hash((tuple(days), parts, bounds)))}"
    site = filled(archive, dict(dates), part)
    after, until = (None if day is None else f"2024-01-{day:02}T00:00:00" for day in bounds)
    inside = sorted(
        date
        for date in dates.values()
        if (after is None or date > after) and (until is None or date <= until)
    )
    cuts = site.cuts(KIND, after=after, until=until, parts=parts)
    assert [cut.upto for cut in cuts] == [sum(date <= cut.date for date in inside) for cut in cuts]
    assert all(dates[cut.id] == cut.date for cut in cuts)
    edges = [0, *(cut.upto for cut in cuts), len(inside)]
    # Every piece holds something, so that cutting always gets somewhere.
    assert not cuts or all(low < high for low, high in pairwise(edges))
    assert len(cuts) < parts
    if len(set(inside)) == len(inside) >= parts:
        assert len(cuts) == parts - 1
        assert max(b - a for a, b in pairwise(edges)) <= len(inside) // parts + 1

"""Clocks that jump: the server's set back, forth, or back and past it again; and ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.fake_source import POSTS, FakeSite, FakeSource
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.model import Outcome, State
from wp_sync.run import pull

POST = POSTS.kind


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[SiteArchive]:
    with open_archive(tmp_path / "archive") as opened:
        yield opened.of("blog.example")


@pytest.fixture
def world() -> FakeSite:
    site = FakeSite()
    for id in range(10, 20):
        site.add(id=id)
        site.tick(days=1)
    return site


def run(world: FakeSite, archive: SiteArchive, clock: datetime | None = None) -> list[str]:
    source = FakeSource(world)
    done = pull(source, archive, clock=lambda: clock or world.now)
    assert done.outcome is Outcome.DONE
    return source.log


def held(archive: SiteArchive) -> dict[int, object]:
    return {one.id: dict(one.data) for one in archive.current(POST) if one.state is State.LIVE}


@pytest.mark.parametrize("jump", [{"hours": -5}, {"days": -400}])
def test_a_server_whose_clock_went_back_gets_a_census_and_nothing_is_lost(
    archive: SiteArchive, world: FakeSite, jump: dict[str, float]
) -> None:
    run(world, archive)
    world.tick(**jump)
    world.edit(10, title={"rendered": "Edited under the earlier clock"})
    world.remove(11)
    world.add(id=30)
    world.tick(minutes=10)
    assert any(line.startswith(f"census {POST}") for line in run(world, archive))
    assert held(archive) == world.items[POST]


def test_a_server_clock_that_jumped_ahead_and_back_loses_nothing(
    archive: SiteArchive, world: FakeSite
) -> None:
    run(world, archive)
    world.tick(days=365)
    run(world, archive)
    world.tick(days=-364)
    world.edit(10, title={"rendered": "Edited once the clock was right again"})
    run(world, archive)
    assert held(archive) == world.items[POST]


def test_a_server_clock_set_back_that_has_passed_the_last_pull_again_gets_a_census(
    archive: SiteArchive, world: FakeSite
) -> None:
    """Its watermark looks like a usual one; that our clock went further meanwhile tells."""
    ours = world.now
    run(world, archive, ours)
    world.tick(days=-2)
    world.edit(10, title={"rendered": "Edited in a time that we had seen already"})
    world.tick(days=3)
    assert any("census" in line for line in run(world, archive, ours + timedelta(days=3)))
    assert held(archive) == world.items[POST]
    world.tick(hours=1)
    later = ours + timedelta(days=3, hours=1)
    assert not any("census" in line for line in run(world, archive, later)), "once is enough"


def test_an_edit_in_a_second_that_the_clock_went_through_twice_is_seen(
    archive: SiteArchive, world: FakeSite
) -> None:
    """Its stamp is that of the edit before it, to the second."""
    world.edit(10, title={"rendered": "First"})
    world.tick(hours=30)
    run(world, archive)
    world.tick(hours=-30)
    run(world, archive)
    world.edit(10, title={"rendered": "Again, in the same second by the clock"})
    world.tick(minutes=10)
    run(world, archive)
    assert held(archive) == world.items[POST]


@pytest.mark.parametrize("days", [-400, 400])
def test_our_own_clock_that_jumps_costs_a_census_at_most(
    archive: SiteArchive, world: FakeSite, days: int
) -> None:
    run(world, archive)
    world.tick(days=1)
    world.edit(10, title={"rendered": "Edited"})
    world.remove(11)
    run(world, archive, world.now + timedelta(days=days))
    assert held(archive) == world.items[POST]
    world.tick(days=1)
    world.edit(12, title={"rendered": "Edited too"})
    run(world, archive)
    assert held(archive) == world.items[POST]


@pytest.mark.parametrize("year", ["1970", "2099"])
def test_our_own_clock_in_the_table_of_runs_decides_nothing(
    archive: SiteArchive, world: FakeSite, year: str
) -> None:
    run(world, archive)
    world.tick(days=1)
    world.edit(10, title={"rendered": "Edited"})
    world.remove(11)
    with patch("wp_sync.archive.rows.now", lambda: f"{year}-01-01T00:00:00Z"):
        run(world, archive)
    assert archive.runs()[0].started_at.year == int(year)
    assert held(archive) == world.items[POST]

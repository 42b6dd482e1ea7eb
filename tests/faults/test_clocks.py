"""Clocks that jump: the server's back behind what was seen, forth, and our own."""

from __future__ import annotations

from collections.abc import Iterator
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


def run(world: FakeSite, archive: SiteArchive) -> list[str]:
    source = FakeSource(world)
    assert pull(source, archive).outcome is Outcome.DONE
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


@pytest.mark.parametrize("year", ["1970", "2099"])
def test_our_own_clock_decides_nothing(archive: SiteArchive, world: FakeSite, year: str) -> None:
    run(world, archive)
    world.tick(days=1)
    world.edit(10, title={"rendered": "Edited"})
    world.remove(11)
    with patch("wp_sync.archive.rows.now", lambda: f"{year}-01-01T00:00:00Z"):
        run(world, archive)
    assert archive.runs()[0].started_at.year == int(year)
    assert held(archive) == world.items[POST]

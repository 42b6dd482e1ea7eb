"""Runs that were broken off between two writes: what the next one must not take for settled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fake_source import MEDIA, POSTS, FakeSite, FakeSource
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.model import Outcome, State
from wp_sync.pull.options import PullOptions
from wp_sync.run import pull

POST = POSTS.kind


class Killed(BaseException):
    """A kill, as far as the code between two writes is concerned."""


class KilledBefore:
    """An archive whose process ends when a method is called; nothing is written any more."""

    def __init__(self, archive: SiteArchive, method: str, kind: str = "") -> None:
        self._archive = archive
        self._method = method
        self._kind = kind
        self.dead = False

    def __getattr__(self, name: str) -> Any:
        wrapped = getattr(self._archive, name)
        if not callable(wrapped):
            return wrapped

        def call(*given: Any, **more: Any) -> Any:
            self.dead |= name == self._method and (not self._kind or self._kind in given)
            if self.dead:
                raise Killed
            return wrapped(*given, **more)

        return call


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[SiteArchive]:
    with open_archive(tmp_path / "archive") as opened:
        yield opened.of("blog.example")


@pytest.fixture
def world() -> FakeSite:
    site = FakeSite()
    for category in (1, 2):
        site.add("terms/category", id=category, name=f"Category {category}", count=0)
    for id in range(10, 20):
        site.add(id=id, categories=[1 + id % 2])
        site.tick(days=1)
    site.recount()
    site.tick(days=1)
    return site


def run(world: FakeSite, archive: SiteArchive, **options: Any) -> None:
    world.recount()
    world.tick(hours=12)
    assert pull(FakeSource(world), archive, PullOptions(**options)).outcome is Outcome.DONE


def killed(world: FakeSite, archive: SiteArchive, method: str, kind: str = "") -> None:
    world.recount()
    world.tick(hours=12)
    dying = KilledBefore(archive, method, kind)
    with pytest.raises(Killed):
        pull(FakeSource(world), dying)  # type: ignore[arg-type]


def test_a_deletion_is_found_though_a_killed_run_saved_as_many_new_posts(
    archive: SiteArchive, world: FakeSite
) -> None:
    run(world, archive)
    world.add(id=30)
    world.remove(11)
    killed(world, archive, "vanish")
    assert archive.known_of(POST, [30])
    run(world, archive)
    assert archive.known_of(POST, [11])[11].state is State.GONE


@pytest.mark.parametrize("only", [(), ("terms",)], ids=["everything", "terms alone"])
def test_a_post_filed_anew_is_found_though_a_killed_run_saved_the_counts(
    archive: SiteArchive, world: FakeSite, only: tuple[str, ...]
) -> None:
    run(world, archive)
    world.silently(10, categories=[2])
    if only:
        run(world, archive, only=frozenset(only))
    else:
        killed(world, archive, "count", POST)
    run(world, archive)
    (found,) = archive.current(POST, ids=[10])
    assert found.data["categories"] == [2]


def test_after_a_killed_run_was_made_good_the_fast_pass_is_back(
    archive: SiteArchive, world: FakeSite
) -> None:
    world.add(MEDIA.kind)
    run(world, archive)
    world.add(id=30)
    killed(world, archive, "finish_run")
    run(world, archive)
    source = FakeSource(world)
    world.tick(hours=12)
    pull(source, archive)
    assert not [line for line in source.log if line.startswith("census")]

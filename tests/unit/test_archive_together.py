"""Writes of several threads as one: nobody returns before theirs is done, all hear of a failure."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from wp_sync.archive.together import Together


class Disk:
    """A slow disk: its first write goes on until it is told to end."""

    def __init__(self) -> None:
        self.written: list[list[int]] = []
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.broken = False

    def __call__(self, items: Sequence[int]) -> None:
        self.entered.set()
        assert self.go_on.wait(60)
        if self.broken:
            raise OSError("the disk failed")
        self.written.append(sorted(items))


def waiting_for(together: Together[int], count: int) -> None:
    for _ in range(2_000):
        with together._changed:
            if len(together._waiting) == count:
                return
        threading.Event().wait(0.01)
    raise AssertionError("they never came")


def test_what_comes_during_a_write_is_written_as_one_and_nobody_returns_before() -> None:
    disk = Disk()
    together: Together[int] = Together(disk)
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(together.add, 0)
        assert disk.entered.wait(60)
        others = [pool.submit(together.add, number) for number in range(1, 5)]
        waiting_for(together, 4)
        assert not any(one.done() for one in (first, *others))
        disk.go_on.set()
        for one in (first, *others):
            one.result(timeout=60)
    assert disk.written == [[0], [1, 2, 3, 4]]


def test_a_failure_reaches_everyone_of_that_write_and_the_next_begins_anew() -> None:
    disk = Disk()
    together: Together[int] = Together(disk)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(together.add, 0)
        assert disk.entered.wait(60)
        others = [pool.submit(together.add, number) for number in (1, 2)]
        waiting_for(together, 2)
        disk.broken = True
        disk.go_on.set()
        for one in (first, *others):
            with pytest.raises(OSError, match="the disk failed"):
                one.result(timeout=60)
    disk.broken = False
    together.add(3)
    assert disk.written == [[3]]

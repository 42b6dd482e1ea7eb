"""Waiting: every form of Retry-After, tries by cause, and a pace that gives way and recovers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.http.failures import Cause, Trouble
from wp_sync.http.pace import Closed, Pace
from wp_sync.http.retry import HEAVY, LONGEST_WAIT, STEADY, persist, retry_after

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("-30", 0.0),
        ("0", 0.0),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60.0),
        ("Fri, 02 Jan 2026 03:03:05 GMT", 0.0),
        ("Friday, 02-Jan-26 03:05:05 GMT", 60.0),
        ("soon", None),
        ("", None),
        ("9" * 40, None),
        ("Fri, 99 Jan 2026 03:05:05 GMT", None),
        (None, None),
    ],
)
def test_retry_after_in_all_its_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, server_time=NOW) == seconds


@given(st.text(max_size=60))
def test_retry_after_never_fails_and_never_goes_back_in_time(value: str) -> None:
    seconds = retry_after(value, server_time=NOW)
    assert seconds is None or seconds >= 0


class Tries:
    def __init__(self, *failures: Trouble) -> None:
        self.failures = list(failures)
        self.count = 0
        self.slept: list[float] = []

    def __call__(self) -> str:
        self.count += 1
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def trouble(cause: Cause, wait: float | None = None) -> Trouble:
    return Trouble("no", cause=cause, wait=wait)


def test_passing_trouble_is_waited_out_as_long_as_asked() -> None:
    tries = Tries(trouble(Cause.BUSY, 3.0), trouble(Cause.NETWORK))
    assert persist(tries, STEADY, sleep=tries.slept.append) == "answer"
    assert tries.slept[0] == 3.0
    assert len(tries.slept) == 2


@pytest.mark.parametrize("cause", [Cause.SERVER, Cause.GATEWAY, Cause.SLOW, Cause.GARBLED])
def test_a_question_that_can_be_made_smaller_is_not_repeated_as_it_was(cause: Cause) -> None:
    tries = Tries(*[trouble(cause)] * 9)
    with pytest.raises(Trouble):
        persist(tries, HEAVY, sleep=tries.slept.append)
    assert tries.count == 1


def test_a_wait_beyond_patience_ends_the_run_at_once() -> None:
    tries = Tries(trouble(Cause.BUSY, LONGEST_WAIT + 1))
    with pytest.raises(Trouble):
        persist(tries, STEADY, sleep=tries.slept.append)
    assert tries.slept == []


def test_trouble_without_end_ends() -> None:
    tries = Tries(*[trouble(Cause.BUSY)] * 99)
    with pytest.raises(Trouble):
        persist(tries, STEADY, sleep=tries.slept.append)
    assert 1 < tries.count < 10


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def settle(pace: Pace, clock: Clock, count: int, seconds: float) -> None:
    for _ in range(count):
        pace.acquire()
        clock.now += seconds
        pace.release("page", seconds)


def test_pace_grows_while_answers_are_quick() -> None:
    clock = Clock()
    pace = Pace(6, clock=clock)
    settle(pace, clock, 60, 0.1)
    assert pace.limit == 6


def test_pace_gives_way_to_a_server_that_slows_down_and_recovers() -> None:
    clock = Clock()
    pace = Pace(6, clock=clock)
    settle(pace, clock, 60, 0.1)
    settle(pace, clock, 10, 3.0)
    assert pace.limit == 1
    settle(pace, clock, 60, 0.1)
    assert pace.limit == 6


class Host:
    """A host in simulated time: its answers take ``service`` seconds, longer by what it is asked
    beyond its ``workers`` at once; a client takes every turn that the pace gives."""

    def __init__(self, pace: Pace, clock: Clock, *, workers: int) -> None:
        self.pace = pace
        self.clock = clock
        self.workers = workers
        self.under_way: list[tuple[float, float]] = []  # when it will be answered, after how long
        self.seen: list[tuple[float, int]] = []  # when, and how many were under way

    def run(self, seconds: float, service: float) -> None:
        end = self.clock.now + seconds
        while self.clock.now < end:
            while len(self.under_way) < self.pace.limit and not self.pace.wait_left():
                self.pace.acquire()
                load = max(1.0, (len(self.under_way) + 1) / self.workers)
                took = service * load
                self.under_way.append((self.clock.now + took, took))
            self.seen.append((self.clock.now, len(self.under_way)))
            self.under_way.sort()
            self.clock.now, took = self.under_way.pop(0)
            self.pace.release("page", took)

    def lately(self, seconds: float) -> set[int]:
        """How many were under way in the last seconds."""
        return {count for at, count in self.seen if at >= self.clock.now - seconds}


@pytest.mark.parametrize("workers", [1, 4, 64])
def test_concurrency_follows_a_host_that_slows_down_within_seconds_and_recovers(
    workers: int,
) -> None:
    clock = Clock()
    pace = Pace(4, clock=clock)
    host = Host(pace, clock, workers=workers)
    host.run(120, service=0.5)
    assert host.lately(100) == {4}  # taking longer under our own load is no reason to hold back
    host.run(60, service=2.5)
    assert host.lately(40) == {1}  # and it is not tried again while it is slow
    host.run(20, service=0.5)
    assert host.lately(10) == {4}


def test_a_host_that_became_slower_for_good_gets_its_requests_back() -> None:
    clock = Clock()
    pace = Pace(4, clock=clock)
    host = Host(pace, clock, workers=64)
    host.run(30, service=0.2)
    host.run(900, service=2.0)
    assert pace.limit == 4


def test_a_host_that_has_too_much_is_asked_less_and_not_before_it_said() -> None:
    clock = Clock()
    pace = Pace(4, clock=clock)
    settle(pace, clock, 40, 0.1)
    pace.acquire()
    pace.release_failed(overloaded=True, wait=30.0)
    assert pace.limit == 2
    assert pace.wait_left() == 30.0
    clock.now += 31
    assert pace.wait_left() == 0.0


def test_a_closed_pace_lets_no_one_wait() -> None:
    pace = Pace(1)
    pace.close()
    with pytest.raises(Closed):
        pace.acquire()

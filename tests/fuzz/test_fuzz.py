"""The kept inputs and some fresh ones through every parser of foreign input; `make fuzz` for more.

One seed, so that what fails here fails everywhere; a million inputs are a command of their own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.driver import CORPUS, corpus_of, digest, judge, run
from tests.fuzz.mutate import Repeated
from tests.fuzz.targets import TARGETS, Target

SEED = 1
FRESH = 1000  # inputs for a target of the usual share

each_target = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)


@each_target
def test_every_kept_input_is_taken_well(target: Target) -> None:
    kept = corpus_of(target)
    assert len(kept) >= 3
    found = [one for data in kept if (one := judge(target, data))]
    assert not found, [f"{one.name}: {one.what}" for one in found]


@each_target
def test_fresh_inputs_are_taken_well(target: Target) -> None:
    found = list(run(target, SEED, 0, int(FRESH * target.share)))
    assert not found, [f"number {one.number}: {one.what}" for one in found[:5]]


def test_kept_inputs_are_named_by_what_they_hold() -> None:
    """A checkout that turned line ends, or an edit by hand, would test something else."""
    wrong = [str(path) for path in CORPUS.glob("*/*") if path.name != digest(path.read_bytes())]
    assert not wrong
    assert {path.name for path in CORPUS.iterdir()} == {target.name for target in TARGETS}


# -- the driver itself -----------------------------------------------------------------------


def target(feed: object, *allowed: type[Exception]) -> Target:
    return Target("test", feed, lambda chance: chance.randbytes(8), allowed)  # type: ignore[arg-type]


def test_an_error_that_is_not_allowed_is_a_finding() -> None:
    def feed(data: bytes) -> None:
        if data == b"bad":
            raise KeyError("x")
        raise ValueError

    assert judge(target(feed, ValueError), b"good") is None
    found = judge(target(feed, ValueError), b"bad")
    assert found is not None
    assert "KeyError" in found.what


def test_work_that_grows_faster_than_an_input_is_a_finding() -> None:
    """By its cube: noise on a busy machine can hide a mere square in a single look."""
    spaces = Repeated(b"", b" ", b"", 8000)
    found = judge(target(lambda data: sum(range((len(data) // 1000) ** 3 * 10_000))), spaces)
    assert found is not None
    assert "repeated" in found.what or "take" in found.what
    assert judge(target(lambda data: data.count(b"  ")), spaces) is None


def test_the_same_number_is_the_same_input(tmp_path: Path) -> None:
    taken: list[bytes] = []
    for _ in range(2):
        list(run(Target("html", taken.append, TARGETS[0].make), 7, 0, 30))
    assert taken[:30] == taken[30:]
    assert len(set(taken[:30])) > 20

"""Feeding inputs to a target and judging what comes of it: nothing, a finding, or too much time.

An input is a function of target, seed and number alone, so that any of them can be made again on
any machine. Time is this process's CPU time: a busy machine finds nothing that is not there.
"""

from __future__ import annotations

import gc
import hashlib
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.fuzz.mutate import LONGEST, Repeated, mutated, repeated
from tests.fuzz.targets import Target

CORPUS = Path(__file__).resolve().parent / "corpus"
SECONDS_A_BYTE = 30e-6
# Repetition is measured from so many seconds on; below, a clock's steps decide.
NOTICEABLE = 0.03
# Twice the input: twice the time, or four times where the work grows with the square.
STEEPEST = 3.2
_HUNG = 60.0  # seconds until an input that does not end is broken off
_LARGE_EVERY = 400


@dataclass(frozen=True)
class Finding:
    """An input that a target did not take well: where, and in which words."""

    target: str
    what: str
    data: bytes
    number: int = -1

    @property
    def name(self) -> str:
        return digest(self.data)


class Hung(BaseException):
    """No end in sight."""


def digest(data: bytes) -> str:
    """What an input's file is called."""
    return hashlib.sha256(data).hexdigest()[:16]


def corpus_of(target: Target) -> list[bytes]:
    """The kept inputs of a target, in order of name."""
    folder = CORPUS / target.name
    return [path.read_bytes() for path in sorted(folder.iterdir())] if folder.is_dir() else []


def input_of(target: Target, seed: int, number: int, corpus: Sequence[bytes]) -> bytes | Repeated:
    """The input with this number: made fresh, or from a kept one."""
    chance = Random(f"{seed}/{target.name}/{number}")
    if corpus and chance.random() < 0.5:
        data = mutated(chance, chance.choice(corpus), corpus)
    else:
        data = target.make(chance)
        if chance.random() < 0.4:
            data = mutated(chance, data, corpus)
    if number % _LARGE_EVERY == 0:
        return repeated(chance, data)
    return data[:LONGEST]


def feed(target: Target, data: bytes) -> tuple[str, float]:
    """What is wrong with how a target takes an input (empty: nothing), and its seconds of CPU."""
    began = time.process_time()
    try:
        with _limited(), warnings.catch_warnings():
            warnings.simplefilter("error")  # a person would see them among a command's words
            warnings.simplefilter("ignore", ResourceWarning)
            target.feed(data)
    except target.allowed:
        pass
    except Hung:
        return "it does not end", time.process_time() - began
    except Exception as error:  # noqa: BLE001 (that is what is looked for)
        return _told(error), time.process_time() - began
    return "", time.process_time() - began


def judge(target: Target, given: bytes | Repeated, number: int = -1) -> Finding | None:
    """Feed one input and say what is wrong, if anything is."""
    data = given.data() if isinstance(given, Repeated) else given
    what, spent = feed(target, data)
    if not what and spent > target.seconds + SECONDS_A_BYTE * len(data):
        what = _surely(target, data)
    elif not what and isinstance(given, Repeated) and spent > NOTICEABLE:
        what = _steep(target, given)
    return Finding(target.name, what, data, number) if what else None


def _surely(target: Target, data: bytes) -> str:
    """A slow input is fed once more: the first time may have paid for an import or a cache."""
    _, spent = feed(target, data)
    too_long = spent > target.seconds + SECONDS_A_BYTE * len(data)
    return f"{len(data)} bytes take {spent:.1f} s" if too_long else ""


def _steep(target: Target, given: Repeated) -> str:
    """Whether the time grows faster than the input: from half to whole, and on to twice."""
    for _ in range(3):  # what else the machine does is not steep again and again
        half, whole, twice = (_best(target, given.data(times)) for times in (0.5, 1, 2))
        if not (half > 0.005 and whole > STEEPEST * half and twice > STEEPEST * whole):
            return ""
    return f"{given.unit[:40]!r} repeated: {half:.3f}, {whole:.3f}, {twice:.3f} s"


def _best(target: Target, data: bytes) -> float:
    """The time without what the garbage collector happens to do meanwhile."""
    gc.disable()
    try:
        return min(feed(target, data)[1] for _ in range(2))
    finally:
        gc.enable()


def run(
    target: Target, seed: int, first: int, last: int, note: Callable[[int], None] | None = None
) -> Iterator[Finding]:
    """Inputs by number, from ``first`` up to ``last``; ``note`` is told each before it is fed."""
    corpus = corpus_of(target)
    for number in range(first, last):
        if note is not None:
            note(number)
        found = judge(target, input_of(target, seed, number, corpus), number)
        if found is not None:
            yield found


def _told(error: Exception) -> str:
    """An error in a line: its name, words, and where in the program it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if "wp_sync" in one.filename] or frames
    last = ours[-1] if ours else None
    where = f" at {Path(last.filename).name}:{last.lineno}" if last else ""
    return f"{type(error).__name__}: {str(error)[:200]}{where}"


@contextmanager
def _limited() -> Iterator[None]:
    """Break off what does not end (where the system has timers of CPU time)."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    # The handler stays: setting it anew each time would cost more than most inputs.
    if signal.getsignal(signal.SIGVTALRM) is not _break_off:
        signal.signal(signal.SIGVTALRM, _break_off)
    signal.setitimer(signal.ITIMER_VIRTUAL, _HUNG)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _break_off(_number: int, _frame: object) -> None:
    raise Hung

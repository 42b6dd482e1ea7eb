"""Growing the corpus: inputs that reach code, or ways through it, that no kept input reaches.

Traced line by line, which is slow and therefore apart from the fuzzing itself. What is kept is cut
down first, so that the corpus stays small enough to read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import wp_sync
from tests.fuzz.driver import CORPUS, corpus_of, digest, feed, input_of
from tests.fuzz.mutate import Repeated
from tests.fuzz.targets import Target

Arcs = set[tuple[str, int, int]]
_OURS = wp_sync.__file__.removesuffix("__init__.py")
MOST_FILES = 48  # of one target
FEWEST = 8
_LONGEST = 2048


def grow(target: Target, runs: int, seed: int) -> str:
    """Add inputs to a target's corpus; says how many, and what they reach."""
    kept = corpus_of(target)
    reached: Arcs = set()
    for data in kept:
        reached |= arcs_of(target, data)
    added = 0
    for number in range(runs):
        if len(kept) >= MOST_FILES:
            break
        given = input_of(target, seed, number, kept)
        if isinstance(given, Repeated) or len(given) > _LONGEST:
            continue
        new = arcs_of(target, given) - reached
        if not new:
            continue
        data = _cut_down(target, given, new)
        reached |= arcs_of(target, data)
        folder = CORPUS / target.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / digest(data)).write_bytes(data)
        kept.append(data)
        added += 1
    # Patterns and compiled libraries are one line each: a few of their inputs are kept anyway.
    for number in range(runs, runs + FEWEST - len(kept)):
        given = input_of(target, seed, number, ())
        data = given if isinstance(given, bytes) else given.unit
        (CORPUS / target.name).mkdir(parents=True, exist_ok=True)
        (CORPUS / target.name / digest(data)).write_bytes(data)
        added += 1
    return f"{added} added, {len(reached)} ways through the code"


def _cut_down(target: Target, data: bytes, needed: Arcs) -> bytes:
    """A shorter input that still reaches all that this one newly reaches."""
    step = max(1, len(data) // 2)
    tries = 0
    while step >= 4 and tries < 120:
        at = 0
        while at < len(data) and tries < 120:
            tries += 1
            shorter = data[:at] + data[at + step :]
            if needed <= arcs_of(target, shorter):
                data = shorter
            else:
                at += step
        step //= 2
    return data


def arcs_of(target: Target, data: bytes) -> Arcs:
    """The steps from line to line of the program that an input makes it take."""
    arcs: Arcs = set()
    with _tracing(arcs):
        feed(target, data)
    return arcs


@contextmanager
def _tracing(arcs: Arcs) -> Iterator[None]:
    def enter(frame: FrameType, event: str, _arg: Any) -> Any:
        name = frame.f_code.co_filename
        if event != "call" or not name.startswith(_OURS):
            return None
        last = -frame.f_code.co_firstlineno

        def line(frame: FrameType, event: str, _arg: Any) -> Any:
            nonlocal last
            if event == "line":
                arcs.add((name, last, frame.f_lineno))
                last = frame.f_lineno
            return line

        return line

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        yield
    finally:
        sys.settrace(before)

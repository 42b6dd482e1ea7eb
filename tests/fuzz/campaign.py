"""Many inputs over all targets, on several cores; what fails is saved and told once a kind.

Each worker notes the number of the input that it is at, so that one that dies is told as well.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import struct
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path

from tests.fuzz.driver import Finding, corpus_of, input_of, run
from tests.fuzz.mutate import Repeated
from tests.fuzz.targets import TARGETS, Target

BY_NAME = {target.name: target for target in TARGETS}
OUT = Path("build/fuzz")
_CHUNK = 2000
_MOST_MEMORY = 4 << 30
_NOTE = struct.Struct("<qq")


@dataclass(frozen=True)
class Part:
    """What one worker did: how many inputs of a target, in how many seconds of CPU."""

    target: str
    inputs: int
    seconds: float
    findings: tuple[Finding, ...]


def shares(targets: tuple[Target, ...], runs: int) -> list[tuple[Target, int]]:
    """How many inputs each target gets; at least ``runs`` in all."""
    whole = sum(target.share for target in targets)
    return [(target, -int(-runs * target.share // whole)) for target in targets]


_notes: mmap


def _begin_worker(folder: str) -> None:
    global _notes
    faulthandler.enable()
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    except (ImportError, ValueError, OSError):
        pass  # Windows; macOS knows the limit and does not take it
    path = Path(folder) / f"worker-{os.getpid()}"
    path.write_bytes(bytes(_NOTE.size))
    with path.open("r+b") as stream:
        _notes = mmap(stream.fileno(), _NOTE.size)


def _work(name: str, seed: int, first: int, last: int) -> Part:
    place = list(BY_NAME).index(name)

    def note(number: int) -> None:
        _NOTE.pack_into(_notes, 0, place, number)

    began = time.process_time()
    found = tuple(run(BY_NAME[name], seed, first, last, note))
    return Part(name, last - first, time.process_time() - began, found)


def fuzz(targets: tuple[Target, ...], runs: int, seed: int, workers: int) -> int:
    """Run, print what was reached, save what failed; returns how many inputs did."""
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("worker-*"):
        old.unlink()
    jobs = [
        (target.name, seed, first, min(first + _CHUNK, count))
        for target, count in shares(targets, runs)
        for first in range(0, count, _CHUNK)
    ]
    inputs: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    began = time.monotonic()
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(workers, context, _begin_worker, (str(OUT),)) as pool:
            for number, future in enumerate(
                as_completed([pool.submit(_work, *job) for job in jobs])
            ):
                part = future.result()
                inputs[part.target] += part.inputs
                seconds[part.target] += part.seconds
                for finding in part.findings:
                    failed[part.target] += 1
                    _save(finding, seen)
                if sys.stderr.isatty():
                    sys.stderr.write(f"\r{number + 1} of {len(jobs)} parts")
    except BrokenProcessPool:
        for finding in _left_by_the_dead(seed):
            failed[finding.target] += 1
            _save(finding, seen)
        failed["(a worker died)"] += 1
    wall = time.monotonic() - began
    print(f"\n{'target':14} {'inputs':>9} {'inputs/s':>9} {'failed':>7}")
    for target in targets:
        name = target.name
        rate = inputs[name] / seconds[name] if seconds[name] else 0
        print(f"{name:14} {inputs[name]:9,} {rate:9,.0f} {failed[name]:7,}")
    total, spent = inputs.total(), sum(seconds.values())
    print(f"{'all':14} {total:9,} {total / max(spent, 0.001):9,.0f} {failed.total():7,}")
    print(f"seed {seed}, {spent:.0f} s of CPU, {wall:.0f} s on {workers} workers")
    return failed.total()


def _save(finding: Finding, seen: set[tuple[str, str]]) -> None:
    kind = (finding.target, finding.what.rpartition(" at ")[2] or finding.what)
    folder = OUT / finding.target
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / finding.name
    path.write_bytes(finding.data)
    if kind not in seen:  # one mistake fails on thousands of inputs
        seen.add(kind)
        print(f"\n{finding.target}: {finding.what}\n  {path} (number {finding.number})")


def _left_by_the_dead(seed: int) -> Iterator[Finding]:
    """What the workers were at when one of them died."""
    names = list(BY_NAME)
    for path in OUT.glob("worker-*"):
        place, number = _NOTE.unpack(path.read_bytes())
        target = BY_NAME[names[place]]
        given = input_of(target, seed, number, corpus_of(target))
        data = given.data() if isinstance(given, Repeated) else given
        yield Finding(target.name, "a worker died while, or beside, reading this", data, number)

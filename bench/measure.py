"""Timing whole processes in turn (A B A B …), so that a drift of the machine hits both alike."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """One run: wall and CPU seconds of the process, peak memory in MiB."""

    wall: float
    cpu: float
    memory: float


def once(command: Sequence[str]) -> Sample:
    """Run a command to its end; it must succeed."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def in_turn(
    commands: Mapping[str, Callable[[], Sequence[str]]], runs: int
) -> dict[str, list[Sample]]:
    """Each command once a round, ``runs`` rounds; a command is made afresh for every run."""
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for number in range(runs):
        for name, make in commands.items():
            sample = once(make())
            samples[name].append(sample)
            print(
                f"  round {number + 1} {name:<10} {sample.wall:7.2f} s wall "
                f"{sample.cpu:7.2f} s CPU {sample.memory:6.0f} MiB",
                flush=True,
            )
    return samples


def table(samples: dict[str, list[Sample]], against: str) -> str:
    """Medians, and the median of the ratios round by round."""
    lines = [f"{'':<12}{'wall s':>9}{'CPU s':>9}{'MiB':>7}   wall ratio of {against} to it"]
    base = samples[against]
    for name, runs in samples.items():
        ratio = statistics.median(a.wall / b.wall for a, b in zip(base, runs, strict=True))
        lines.append(
            f"{name:<12}{statistics.median(run.wall for run in runs):>9.2f}"
            f"{statistics.median(run.cpu for run in runs):>9.2f}"
            f"{statistics.median(run.memory for run in runs):>7.0f}   {ratio:.3f}"
        )
    return "\n".join(lines)


def peak_memory() -> float:
    """This process's peak so far, MiB.

    Linux counts to a new program's ``ru_maxrss`` what the one was that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit

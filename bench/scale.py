"""What a first pull costs from a thousand posts to a million, against the fake site.

``python -m bench.scale [--posts 1000 10000 100000 1000000] [--profile]``: for each size the wall
time, the client's CPU time a post and its peak memory; five runs of the small sizes (the median
counts), one of a million. The cost a post beyond the size before it tells whether time is linear:
a first pull of an empty site costs some requests as well. Normalization is not part of it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.big_site import BigSite
from bench.measure import peak_memory
from bench.profiling import Profiled
from wp_sync.archive import open_archive
from wp_sync.pull.options import PullOptions
from wp_sync.run import pull
from wp_sync.source.wordpress import WordPressSource

SIZES = (1_000, 10_000, 100_000, 1_000_000)
RUNS_UP_TO = 100_000
ROWS = "SELECT count(*) AS n FROM records WHERE site = :site AND kind = 'posts/post'"


@dataclass(frozen=True)
class Cost:
    """One first pull: seconds of wall and CPU time, MiB at the peak, bytes of the database."""

    wall: float
    cpu: float
    server_cpu: float
    memory: float
    requests: int
    database: int


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--posts", type=int, nargs="+", default=list(SIZES))
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--gzip", action="store_true", help="the site compresses its answers")
    options.add_argument("--profile", action="store_true", help="where the CPU time goes")
    options.add_argument("--keep", type=Path, help="keep the largest archive in this folder")
    options.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child:
        _child(*chosen.child, profile=chosen.profile)
        return
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs")
    print(f"{'posts':>10}{'wall s':>9}{'CPU s':>9}{'CPU ms/post':>13}{'more ms/post':>14}", end="")
    print(f"{'server ms':>11}{'MiB':>6}{'requests':>10}{'KB/post':>9}", flush=True)
    before: tuple[int, float] | None = None
    for posts in sorted(chosen.posts):
        runs = chosen.runs if posts <= RUNS_UP_TO and not chosen.profile else 1
        cost = _median([_first_pull(posts, chosen) for _ in range(runs)])
        more = ""
        if before is not None:
            more = f"{(cost.cpu - before[1]) / (posts - before[0]) * 1e3:.3f}"
        print(
            f"{posts:>10,}{cost.wall:>9.1f}{cost.cpu:>9.2f}{cost.cpu / posts * 1e3:>13.3f}"
            f"{more:>14}{cost.server_cpu / posts * 1e3:>11.3f}{cost.memory:>6.0f}"
            f"{cost.requests:>10,}{cost.database / posts / 1e3:>9.2f}",
            flush=True,
        )
        before = (posts, cost.cpu)


def _first_pull(posts: int, chosen: argparse.Namespace) -> Cost:
    with tempfile.TemporaryDirectory() as folder, BigSite(posts, gzip=chosen.gzip) as site:
        began = site.cpu()
        command = [sys.executable, "-m", "bench.scale", "--child", site.url, folder]
        done = subprocess.run(
            [*command, *(["--profile"] if chosen.profile else [])],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        *said, last = done.stdout.splitlines()
        if said:
            print("\n".join(said), flush=True)
        wall, cpu, memory, requests, kept = json.loads(last)
        if kept != posts:
            raise SystemExit(f"{kept:,} of {posts:,} posts arrived")
        size = (Path(folder) / "archive.db").stat().st_size
        if chosen.keep and posts == max(chosen.posts):
            shutil.rmtree(chosen.keep, ignore_errors=True)
            shutil.copytree(folder, chosen.keep)
        return Cost(wall, cpu, site.cpu() - began, memory, requests, size)


def _child(url: str, folder: str, *, profile: bool) -> None:
    """One pull, in a process of its own so that its memory is its own."""
    wall, cpu = time.perf_counter(), time.process_time()
    with (
        Profiled(profile) as profiled,
        WordPressSource(url) as source,
        open_archive(folder) as archive,
        archive.lock(),
    ):
        site = archive.of(source.identify().key)
        result = pull(source, site, PullOptions(media="none"))
        kept = site.query(ROWS, site=result.site)[0]["n"]
    spent = (time.perf_counter() - wall, time.process_time() - cpu)
    if profile:
        print(profiled.summary(35))
    print(json.dumps([*spent, peak_memory(), result.requests, kept]))


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.server_cpu for cost in costs),
        statistics.median(cost.memory for cost in costs),
        costs[0].requests,
        costs[0].database,
    )


if __name__ == "__main__":
    main()

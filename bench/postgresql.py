"""Keeping posts in PostgreSQL against keeping them in SQLite, batch by batch in turn.

    python -m bench.postgresql [--posts 100000] [--normalize]

The same batches of 100 records of about 6 KB go into both archives, one after the other, so that a
drift of the machine hits both alike. Both sync every commit. The server is our own, on a socket;
what it computes adds to the wall time as it shares the machine. ``--normalize`` derives the query
tables as well. Prints wall seconds, the client's CPU seconds, and the ratio.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.archive_save import SEEN_AT, SITE, batches
from lab.postgresql import PostgreSQL
from wp_sync.archive import open_archive
from wp_sync.archive.base import Archive
from wp_sync.model import Identity, Login
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules


@dataclass
class Side:
    """One archive, and what its batches took, in seconds."""

    name: str
    archive: Archive
    run: int = 0
    server: int = 0  # the process whose children serve it
    wall: list[float] = field(default_factory=list)
    cpu: float = 0.0
    served: float = 0.0

    def timed(self, work: Callable[[], object]) -> None:
        served = cpu_of_children(self.server) if self.server else 0.0
        began, cpu = time.perf_counter(), time.process_time()
        work()
        self.wall.append(time.perf_counter() - began)
        self.cpu += time.process_time() - cpu
        if self.server:
            self.served += cpu_of_children(self.server) - served


def cpu_of_children(parent: int) -> float:
    """CPU seconds of a process's children so far, as Linux counts them (in hundredths)."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            values = stat.read_text().rpartition(")")[2].split()
            if int(values[1]) == parent:
                ticks += int(values[11]) + int(values[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--posts", type=int, default=100_000)
    options.add_argument("--normalize", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, PostgreSQL(durable=True) as server:
        place = Path(folder)
        address = f"{server.create('bench')}&media={place / 'media'}".replace("+psycopg", "")
        sides = [
            Side("SQLite", open_archive(place / "sqlite")),
            Side("PostgreSQL", open_archive(address), server=server.pid),
        ]
        home = f"https://{SITE}"
        for side in sides:
            site = side.archive.of(SITE)
            site.set_site(Identity(SITE, home, f"{home}/wp-json/", "Bench", Login(), SEEN_AT))
            side.run = site.begin_run("pull", "anonymous")
        sites = {side.name: side.archive.of(SITE) for side in sides}
        for number, batch in enumerate(batches(chosen.posts)):
            for side in sides if number % 2 else reversed(sides):
                side.timed(lambda side=side, batch=batch: sites[side.name].save(side.run, batch))  # type: ignore[misc]
        report("keeping", chosen.posts, sides)
        if chosen.normalize:
            for side in sides:
                side.wall.clear()
                side.cpu = side.served = 0.0
                side.timed(lambda side=side: normalize_site(sites[side.name], Rules()))  # type: ignore[misc]
            report("normalizing", chosen.posts, sides)
        for side in sides:
            side.archive.close()


def report(what: str, posts: int, sides: list[Side]) -> None:
    print(f"{what} {posts:,} posts")
    for side in sides:
        middle = statistics.median(side.wall) * 1e3
        print(
            f"  {side.name:<11}{sum(side.wall):8.2f} s wall (a batch: median {middle:.1f} ms)"
            f"{side.cpu:8.2f} s CPU of the client {side.served:7.2f} of the server"
        )
    sqlite, postgresql = sides
    pairs = statistics.median(b / a for a, b in zip(sqlite.wall, postgresql.wall, strict=True))
    print(
        f"  PostgreSQL to SQLite: {sum(postgresql.wall) / sum(sqlite.wall):.2f} of the whole, "
        f"{pairs:.2f} the median of pairs, "
        f"{(postgresql.cpu + postgresql.served) / sqlite.cpu:.2f} of the CPU on both sides"
    )


if __name__ == "__main__":
    main()

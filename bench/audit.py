"""What an audit costs: seconds and memory, the first time, after an edit, and with no change.

    python -m bench.audit [--posts 10000 ...] [--profile]

Puts the posts of `bench.normalize` (about 6 KB each, with links, pictures, headings and
related-posts blocks) into an archive in SQLite, normalizes it, and audits it with all rules that
are on by default. Every audit is a process of its own; printed is its wall time, the CPU time of it
and its helpers, and the peak memory of the process itself and of the largest helper.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bench import normalize as made
from wp_sync.archive import open_archive
from wp_sync.audit.engine import audit_site
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules

_STEPS = ("first", "nothing changed", "one edit")


def build(folder: Path, posts: int) -> None:
    """The archive, filled and normalized."""
    made.fill(folder, posts)
    with open_archive(folder) as archive:
        site = archive.of(made.KEY)
        normalize_site(site, Rules())


def step(folder: Path, posts: int, name: str) -> dict[str, float]:
    """One audit, in this process and its helpers."""
    with open_archive(folder) as archive:
        site = archive.of(made.KEY)
        if name == "one edit":
            made.edited(site, posts)
            normalize_site(site, Rules())
        before, cpu = time.perf_counter(), _cpu()
        reopen = partial(open_archive, folder, create=False, read_only=True)
        done = audit_site(site, reopen=reopen)
        took = time.perf_counter() - before
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    helpers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "seconds": took,
        "cpu": _cpu() - cpu,
        "own": own,
        "helper": helpers,
        "anew": done.anew,
        "findings": done.audit.counted,
    }


def _cpu() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    helpers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + helpers.ru_utime + helpers.ru_stime


def profiled(folder: Path) -> None:
    """Where the time of one process goes."""
    import cProfile
    import pstats

    with open_archive(folder) as archive:
        site = archive.of(made.KEY)
        profile = cProfile.Profile()
        profile.runcall(audit_site, site)
    pstats.Stats(profile).sort_stats("tottime").print_stats(40)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--posts", type=int, nargs="+", default=[10_000])
    options.add_argument("--profile", action="store_true")
    options.add_argument("--step", choices=_STEPS)
    options.add_argument("--in", dest="folder", type=Path)
    chosen = options.parse_args()
    if chosen.step:
        print(json.dumps(step(chosen.folder, chosen.posts[0], chosen.step)))
        return
    for posts in chosen.posts:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "archive"
            build(folder, posts)
            if chosen.profile:
                profiled(folder)
                continue
            print(f"{posts:,} posts, {os.cpu_count()} cores")
            for name in _STEPS:
                words = [sys.executable, "-m", "bench.audit", "--step", name, "--in", str(folder)]
                said = subprocess.run(
                    [*words, "--posts", str(posts)], check=True, stdout=subprocess.PIPE, text=True
                )
                found = json.loads(said.stdout)
                print(
                    f"  {name:16} {found['seconds']:7.1f} s, {found['cpu']:7.1f} s of CPU,"
                    f" {found['own']:5.0f} MiB and {found['helper']:.0f} MiB a helper,"
                    f" {found['anew']:,} looked at, {found['findings']:,} findings"
                )


if __name__ == "__main__":
    main()

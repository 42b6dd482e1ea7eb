"""Markdown export of a made-up archive: the first time, after nothing changed, after one edit.

``python -m bench.export [--posts 10000 100000] [--kind hugo]``. Each step runs in a process of its
own; CPU time counts its helpers, memory is the largest process's. Time on the wall is told beside
it, and with a busy machine says little.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.normalize import KEY, edited, fill
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.publish.base import FileTarget, Settings
from wp_sync.publish.files.engine import Export
from wp_sync.publish.targets import target_kind

STEPS: dict[str, Callable[[SiteArchive, int], None] | None] = {
    "first": None,
    "nothing changed": None,
    "one post edited": edited,
}


def make(folder: Path, posts: int) -> float:
    size = fill(folder, posts)
    with open_archive(folder) as archive:
        normalize_site(archive.of(KEY), Rules())
    return size


def step(folder: Path, place: Path, name: str, posts: int, kind: str) -> dict[str, float]:
    """One export, in this process and its helpers."""
    with open_archive(folder) as archive:
        site = archive.of(KEY)
        if before := STEPS[name]:
            before(site, posts)
            normalize_site(site, Rules())
        target = target_kind(kind)
        assert isinstance(target, FileTarget)
        began, cpu = time.perf_counter(), _cpu()
        exporter = target.export(site, Rules(), Settings(kind, kind, str(place)))
        outcome = Export(exporter, place).push(lambda _step: None)  # `push` keeps conflicts only
        wall, spent = time.perf_counter() - began, _cpu() - cpu
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "wall": wall, "cpu": spent, "memory": peak / unit, "rendered": outcome.rendered,
        "written": outcome.written,
    }  # fmt: skip


def _cpu() -> float:
    times = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in times)


def apart(*words: str) -> Any:
    command = [sys.executable, "-m", "bench.export", *words]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def show(posts: int, kind: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place) / "archive", Path(place) / "site"
        size = apart("--make", str(folder), "--posts", str(posts))
        print(f"{posts:,} posts of {size:.1f} KB as {kind}")
        for name in STEPS:
            words = ["--step", name, "--in", str(folder), "--out", str(out), "--kind", kind]
            found = apart(*words, "--posts", str(posts))
            print(
                f"  {name:<16} {found['wall']:7.2f} s wall {found['cpu']:7.2f} s CPU "
                f"{found['memory']:5.0f} MiB {found['rendered']:8,} rendered "
                f"{found['written']:8,} files written",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--posts", type=int, nargs="+", default=[10_000])
    parser.add_argument("--kind", default="hugo")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        print(json.dumps(make(asked.make, asked.posts[0])))
    elif asked.step:
        print(json.dumps(step(asked.folder, asked.out, asked.step, asked.posts[0], asked.kind)))
    else:
        for posts in asked.posts:
            show(posts, asked.kind)


if __name__ == "__main__":
    main()

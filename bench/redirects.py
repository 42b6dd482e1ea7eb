"""What redirects cost: the files of every format for a site of many addresses.

    python -m bench.redirects [--addresses 100000 ...]

Puts posts with short texts into an archive in SQLite (a post has two old addresses: its own and
``/?p=``), with terms and people, and moves the site to another host with other permalinks. Writing
the files is a process of its own; printed is its time, its peak memory, and what it wrote. The goal
is 20 s for 100,000 addresses.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from bench.measure import peak_memory
from wp_sync.archive import open_archive
from wp_sync.model import Identity, Login, Record
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import LinkRules, NewSite, Rules
from wp_sync.publish.atlas import SourceAtlas
from wp_sync.publish.files.engine import Export
from wp_sync.publish.redirects.exporter import RedirectExporter
from wp_sync.publish.redirects.ruled import RuledAddresses
from wp_sync.publish.redirects.writers import FORMATS

KEY = "blog.example.com"
HOME = f"https://{KEY}"
NOW = datetime(2024, 5, 1, tzinfo=UTC)
RULES = Rules(links=LinkRules(new=NewSite("https://www.example.org", "/%category%/%postname%/")))


def record(kind: str, id: int, **data: Any) -> Record:
    data = {"id": id, **data}
    return Record(kind, id, json.dumps(data).encode(), data, f"s{id}", NOW)


def records(posts: int) -> Iterator[Record]:
    for id in range(1, 101):
        slug = f"category-{id}"
        link = f"{HOME}/category/{slug}/"
        yield record("terms/category", id, name=f"Category {id}", slug=slug, link=link, parent=0)
    for id in range(1, 21):
        yield record(
            "users/user", id, name=f"Jane {id}", slug=f"jane-{id}", link=f"{HOME}/author/jane-{id}/"
        )
    for id in range(1000, 1000 + posts):
        date = f"20{10 + id % 14}-{1 + id % 12:02}-{1 + id % 28:02}T08:00:00"
        slug = f"a-post-of-some-length-{id}"
        yield record(
            "posts/post", id, date=date, date_gmt=date, modified_gmt=date, slug=slug,
            status="publish", link=f"{HOME}/{date[:4]}/{date[5:7]}/{slug}/", author=1 + id % 20,
            title={"rendered": f"Post {id}"}, content={"rendered": "<p>Words.</p>"},
            categories=[1 + id % 100],
        )  # fmt: skip


def build(folder: Path, posts: int) -> None:
    with open_archive(folder) as archive:
        site = archive.of(KEY)
        site.set_site(Identity(KEY, HOME, HOME, "A blog", Login(), NOW))
        run = site.begin_run("bench", "anonymous")
        rest = records(posts)
        while batch := list(islice(rest, 500)):
            site.save(run, batch)
        normalize_site(site, RULES)


def write(folder: Path, out: Path) -> None:
    """In a process of its own: the export, and what it cost."""
    with open_archive(folder) as archive:
        site = archive.of(KEY)
        atlas = SourceAtlas(site, RULES)
        exporter = RedirectExporter(
            site, RULES, atlas, lambda: RuledAddresses(site, RULES.links), list(FORMATS)
        )
        began, worked = time.perf_counter(), time.process_time()
        outcome = Export(exporter, out).push()
        first, worked = time.perf_counter() - began, time.process_time() - worked
        began = time.perf_counter()
        again = Export(exporter, out).push()
        second = time.perf_counter() - began
    with (out / "redirects.csv").open(encoding="utf-8") as file:
        count = sum(1 for _ in file) - 1
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(
        f"{count:,} redirects, {outcome.written} files, {size / 1e6:.0f} MB: {first:.1f} s "
        f"({worked:.1f} s CPU), again {second:.2f} s and {again.written} files; "
        f"peak {peak_memory():.0f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--addresses", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--write", type=Path, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        write(*given.write)
        return
    for addresses in given.addresses:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            build(folder / "archive", addresses // 2)
            command = [sys.executable, "-m", "bench.redirects", "--write"]
            subprocess.run([*command, folder / "archive", folder / "out"], check=True)


if __name__ == "__main__":
    main()

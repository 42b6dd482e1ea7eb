"""One edit and one deletion among a million unchanged posts: requests made and rows written.

``python -m bench.one_edit [--posts 1000000] [--archive FOLDER]``: a first pull (kept in FOLDER for
the next time, if one is given), then one post edited and one deleted at the site, then the pull
that is measured. Every write to any row of the archive is counted by triggers, a row that is
written as it was included.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from bench.big_site import BigSite
from wp_sync.archive import open_archive
from wp_sync.model import RunResult
from wp_sync.pull.options import PullOptions
from wp_sync.run import pull
from wp_sync.source.wordpress import WordPressSource

# Tables in which a pull keeps its own books.
BOOKS = ("runs", "sites", "bookmarks", "changes", "tallies", "problems")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--posts", type=int, default=1_000_000)
    options.add_argument("--archive", type=Path, help="keep the first pull here for the next time")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.archive or Path(scratch)
        memory = folder / "one-edit.json"
        before = json.loads(memory.read_text()) if memory.exists() else {}
        with BigSite(chosen.posts, port=before.get("port", 0)) as site:
            if before.get("posts") != chosen.posts:
                folder.mkdir(parents=True, exist_ok=True)
                began = time.perf_counter()
                result = _pull(site.url, folder)
                seconds = time.perf_counter() - began
                print(f"first pull: {result.requests:,} requests in {seconds:.0f} s", flush=True)
                port = urlsplit(site.url).port
                before = {"posts": chosen.posts, "port": port, "deleted": []}
                memory.write_text(json.dumps(before))
            site.delete(before["deleted"])
            _measure(site, folder, memory, before)


def _measure(site: BigSite, folder: Path, memory: Path, before: dict[str, Any]) -> None:
    last = 1_000 + 3 * (before["posts"] - 1)
    deleted = 1_000 + 3 * (before["posts"] * 2 // 3 + 7 * len(before["deleted"]))
    edited = last - 3 * (before["posts"] // 5)
    site.edit([edited])
    site.delete([deleted])
    memory.write_text(json.dumps({**before, "deleted": [*before["deleted"], deleted]}))
    asked: Counter[str] = Counter()
    with _writes(folder / "archive.db") as written:
        began, cpu = time.perf_counter(), time.process_time()
        with _requests(asked):
            result = _pull(site.url, folder)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    for path, count in sorted(asked.items()):
        print(f"{count:5} {path}")
    print(f"{result.outcome}: {result.requests} requests in {seconds:.1f} s ({cpu:.1f} s CPU)")
    for problem in result.problems:
        print(f"  {problem}")
    unrelated = 0
    for (table, kind, id), count in sorted(written.items()):
        related = table in BOOKS or kind.startswith("terms/") or id in (edited, deleted)
        unrelated += not related
        if table not in BOOKS:
            print(f"{count:5} writes to {table} {kind} {id}{'' if related else '  UNRELATED'}")
    print(f"edited {edited}, deleted {deleted}; unrelated rows written: {unrelated}")
    with closing(sqlite3.connect(folder / "archive.db")) as database:
        states = dict(
            database.execute(
                "SELECT id, state FROM records WHERE kind = 'posts/post' AND id IN (?, ?)",
                (edited, deleted),
            )
        )
    versions = result.tallies["posts/post"].changed
    if states != {edited: "live", deleted: "gone"} or not versions:
        raise SystemExit(f"not found: {states}, {versions} changed")


def _pull(url: str, folder: Path) -> RunResult:
    with WordPressSource(url) as source, open_archive(folder) as archive, archive.lock():
        return pull(source, archive.of(source.identify().key), PullOptions(media="none"))


@contextmanager
def _requests(asked: Counter[str]) -> Iterator[None]:
    send = requests.Session.send

    def record(self: requests.Session, request: requests.PreparedRequest, **more: Any) -> Any:
        asked[f"{request.method} {urlsplit(str(request.url)).path}"] += 1
        return send(self, request, **more)

    requests.Session.send = record  # type: ignore[method-assign]
    try:
        yield
    finally:
        requests.Session.send = send  # type: ignore[method-assign]


@contextmanager
def _writes(file: Path) -> Iterator[Counter[tuple[str, str, int]]]:
    """Counts every row that is written, by table, kind and id (empty and 0 where there is none)."""
    written: Counter[tuple[str, str, int]] = Counter()
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        _drop(database)
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith("sqlite_")
        ]
        database.execute("CREATE TABLE bench_writes (tab TEXT, kind TEXT, id INTEGER)")
        for table in tables:
            columns = {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
            for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
                kind = f"{row}.kind" if "kind" in columns else "''"
                id = f"{row}.id" if "id" in columns else "0"
                database.execute(
                    f"CREATE TRIGGER bench_{table}_{event} AFTER {event} ON {table} BEGIN "
                    f"INSERT INTO bench_writes VALUES ('{table}', {kind}, {id}); END"
                )
    try:
        yield written
    finally:
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            written.update(database.execute("SELECT tab, kind, id FROM bench_writes").fetchall())
            _drop(database)


def _drop(database: sqlite3.Connection) -> None:
    triggers = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'bench_%'"
    ).fetchall()
    for (name,) in triggers:
        database.execute(f"DROP TRIGGER {name}")
    database.execute("DROP TABLE IF EXISTS bench_writes")


if __name__ == "__main__":
    main()

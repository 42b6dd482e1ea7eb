"""A pull with nothing changed: requests a collection and rows written, on a real WordPress.

``python -m bench.unchanged_pull [--posts 10000]``.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from lab import Lab
from wp_sync.archive import open_archive
from wp_sync.run import pull
from wp_sync.source.wordpress import WordPressSource

CONTENT = ("records", "versions", "files", "posts", "terms", "media", "comments")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--posts", type=int, default=10_000)
    options.add_argument("--version", default="7.1")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, Lab(versions=(chosen.version,)) as lab:
        server = lab[chosen.version]
        server.heal()
        server.add_posts(chosen.posts)
        _pull(server.url, folder)
        before = _rows(folder)
        asked: Counter[str] = Counter()
        send = requests.Session.send

        def record(self: requests.Session, request: requests.PreparedRequest, **more: Any) -> Any:
            asked[f"{request.method} {urlsplit(str(request.url)).path}"] += 1
            return send(self, request, **more)

        requests.Session.send = record  # type: ignore[method-assign]
        began = time.perf_counter()
        _pull(server.url, folder)
        seconds = time.perf_counter() - began
        for path, count in sorted(asked.items()):
            print(f"{count:4} {path}")
        print(f"{sum(asked.values())} requests in {seconds:.2f} s")
        print("content rows written:", "none" if _rows(folder) == before else "some")


def _pull(url: str, folder: str) -> None:
    with WordPressSource(url) as source, open_archive(folder) as archive, archive.lock():
        pull(source, archive.of(source.identify().key))


def _rows(folder: str) -> dict[str, list[tuple[Any, ...]]]:
    with sqlite3.connect(Path(folder) / "archive.db") as database:
        return {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in CONTENT}


if __name__ == "__main__":
    main()

"""One pull of a site into a folder, for timing: ``python -m bench.pull_once URL DIR [LOG]``.

With LOG, every address that was requested is written there, in order, for the bare download.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import requests

from wp_sync.archive import open_archive
from wp_sync.pull.options import PullOptions
from wp_sync.run import pull
from wp_sync.source.wordpress import WordPressSource


def main(url: str, folder: str, log: str = "") -> None:
    asked: list[tuple[str, str]] = []
    if log:
        send = requests.Session.send

        def record(self: requests.Session, request: requests.PreparedRequest, **more: Any) -> Any:
            asked.append((str(request.method), str(request.url)))
            return send(self, request, **more)

        requests.Session.send = record  # type: ignore[method-assign]
    with WordPressSource(url, max_connections=4) as source, open_archive(folder) as archive:
        site = archive.of(source.identify().key)
        with archive.lock():
            result = pull(source, site, PullOptions(connections=4))
    if log:
        Path(log).write_text(json.dumps(asked), encoding="utf-8")
    print(result.outcome, result.requests, dict(result.tallies))


if __name__ == "__main__":
    main(*sys.argv[1:])

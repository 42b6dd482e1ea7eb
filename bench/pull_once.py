"""One pull of a site into a folder, for timing: ``python -m bench.pull_once URL DIR [LOG]``.

The real command line, run in this process. With LOG, every address that was requested is written
there, in order, for the bare download.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import requests

from wp_sync.cli import main as command_line


def main(url: str, folder: str, log: str = "") -> None:
    asked: list[tuple[str, str]] = []
    if log:
        send = requests.Session.send

        def record(self: requests.Session, request: requests.PreparedRequest, **more: Any) -> Any:
            asked.append((str(request.method), str(request.url)))
            return send(self, request, **more)

        requests.Session.send = record  # type: ignore[method-assign]
    sys.argv[1:] = ["pull", url, "--archive", folder, "--max-connections", "4"]
    try:
        command_line()
    finally:
        if log:
            Path(log).write_text(json.dumps(asked), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

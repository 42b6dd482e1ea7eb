"""The least any client must do: the same requests over the same number of connections, the bytes
thrown away. ``python -m bench.bare_download LOG CONNECTIONS``."""

from __future__ import annotations

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

_local = threading.local()


def fetch(asked: tuple[str, str]) -> int:
    session = getattr(_local, "session", None)
    if session is None:
        session = _local.session = requests.Session()
        session.trust_env = False
    method, url = asked
    with session.request(method, url, stream=True, timeout=120) as answer:
        return sum(len(chunk) for chunk in answer.iter_content(65536))


def main(log: str, connections: str) -> None:
    asked = json.loads(Path(log).read_text(encoding="utf-8"))
    with ThreadPoolExecutor(int(connections)) as pool:
        print(sum(pool.map(fetch, asked)), "bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])

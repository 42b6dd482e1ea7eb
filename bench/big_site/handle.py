"""A fake site from the caller's side: starts its process, edits it, ends it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any


class BigSite:
    """A fake site in a process of its own, for as long as its context lasts.

    Args:
        posts: how many made posts it has; or ``copy``: the file of a real site's answers.
        keep_alive, gzip: see `bench.big_site.server.Server`.
    """

    def __init__(
        self,
        posts: int = 0,
        *,
        copy: Path | None = None,
        port: int = 0,
        keep_alive: bool = True,
        gzip: bool = False,
    ) -> None:
        self._command = [sys.executable, "-m", "bench.big_site", f"--port={port}"]
        self._command += [f"--copy={copy}"] if copy else [f"--posts={posts}"]
        self._command += ["--close"] * (not keep_alive) + ["--gzip"] * gzip
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def __enter__(self) -> BigSite:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise SystemExit("the fake site did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.communicate()

    def edit(self, ids: Iterable[int]) -> None:
        """New text and a new ``modified`` for these posts."""
        self._control(f"edit?ids={_list(ids)}")

    def delete(self, ids: Iterable[int]) -> None:
        """These posts are gone for good; their terms count fewer."""
        self._control(f"delete?ids={_list(ids)}")

    def add(self, count: int) -> list[int]:
        """Posts published now; their ids."""
        return [int(id) for id in self._control(f"add?count={count}")]

    def cpu(self) -> float:
        """CPU seconds that the server's process has used so far."""
        return float(self._control("stats")["cpu"])

    def requests(self) -> int:
        """How many requests it has answered."""
        return int(self._control("stats")["requests"])

    def _control(self, words: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/-/{words}", timeout=60) as answer:
            return json.load(answer)


def _list(ids: Iterable[int]) -> str:
    return ",".join(map(str, ids))

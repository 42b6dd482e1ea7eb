"""A fake site from the caller's side: starts its process, edits it, ends it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.apart import Apart


class BigSite(Apart):
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
        served = f"--copy={copy}" if copy else f"--posts={posts}"
        flags = ["--close"] * (not keep_alive) + ["--gzip"] * gzip
        super().__init__("bench.big_site", f"--port={port}", served, *flags)

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

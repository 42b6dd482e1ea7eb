"""Texts converted beside the process that reads and writes, where there are many of them.

What comes out is the same, in the same order. Helpers are started once it is clear that they pay,
by spawning (a fork would copy locks and open databases); where they can't be had or one is killed,
everything is converted here.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

from wp_sync.publish.markdown.convert import to_markdown
from wp_sync.publish.markdown.dialect import Dialect
from wp_sync.publish.static.front_matter import Value, front_matter

_FEW = 200  # texts below which starting helpers takes longer than they save
_CHUNK = 10
_AHEAD = 12  # chunks a helper has to do while their reader flushes what is done
_MOST = 3


class Text(NamedTuple):
    """What a file is made of: a body with what its addresses become, what stands above it, and
    Markdown below it."""

    body: str
    becomes: Mapping[str, str]
    front: Mapping[str, Value]
    below: str = ""


def convert(dialect: Dialect, texts: Sequence[Text | None]) -> list[bytes]:
    """Texts as files of Markdown, here; nothing for None."""
    return [b"" if text is None else _file(dialect, text) for text in texts]


def _file(dialect: Dialect, text: Text) -> bytes:
    body = to_markdown(text.body, dialect, text.becomes.get)
    whole = "\n".join(part for part in (body, text.below) if part)
    return f"{front_matter(text.front)}\n{whole}".encode()


class Converter:
    """Converts texts, with helpers from some hundred on."""

    def __init__(self, dialect: Dialect, helpers: int | None = None) -> None:
        self._dialect = dialect
        self._helpers = _spare() if helpers is None else helpers
        self._done = 0
        self._pool: ProcessPoolExecutor | None = None

    def all(self, texts: Iterable[Text | None]) -> Iterator[bytes]:
        """Every text converted, in order; ``texts`` is read some steps ahead."""
        waiting: deque[tuple[Future[list[bytes]] | None, list[Text | None]]] = deque()
        chunk: list[Text | None] = []
        for text in texts:
            chunk.append(text)
            if len(chunk) >= _CHUNK:
                waiting.append((self._ask(chunk), chunk))
                chunk = []
            while len(waiting) > _AHEAD * self._helpers:
                yield from self._answer(*waiting.popleft())
        waiting.append((None, chunk))
        while waiting:
            yield from self._answer(*waiting.popleft())

    def _ask(self, chunk: list[Text | None]) -> Future[list[bytes]] | None:
        self._done += len(chunk)
        if self._helpers == 0 or self._done < _FEW:
            return None
        try:
            if self._pool is None:
                how = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(self._helpers, how)
            return self._pool.submit(convert, self._dialect, chunk)
        except (OSError, RuntimeError):  # BrokenProcessPool is one
            self._helpers = 0
            return None

    def _answer(
        self, asked: Future[list[bytes]] | None, chunk: Sequence[Text | None]
    ) -> list[bytes]:
        if asked is not None:
            try:
                return asked.result()
            except BrokenProcessPool:  # the system ended one, for want of memory say
                self._helpers = 0
        return convert(self._dialect, chunk)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def _spare() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min((cores or 1) - 1, _MOST)

"""What every writer of redirects is: redirects in, one by one, files out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast

from wp_sync.publish.redirects.entries import Redirect

# Gives the place for a file's bytes by its name (``nginx/paths.map``), the same for the same name;
# whoever gives it closes it.
Sink = Callable[[str], "Bytes"]


class Bytes(Protocol):
    def write(self, data: bytes, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Told:
    """What a writer wrote: rules, and redirects that its server can't be told, by reason."""

    format: str
    rules: int
    left_out: dict[str, int]


class Writer(Protocol):
    """One server's files. Redirects come in the order of their weight."""

    def add(self, redirect: Redirect) -> None: ...
    def finish(self) -> Told: ...


_MOST = 2**20


class Later:
    """Lines that must stand behind all others; past a megabyte they wait on disk."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._size = 0
        self._spool: BinaryIO | None = None

    def write(self, data: bytes, /) -> int:
        self._lines.append(data)
        self._size += len(data)
        if self._size > _MOST:
            if self._spool is None:
                self._spool = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - see `onto`
            self._spool.write(b"".join(self._lines))
            self._lines.clear()
            self._size = 0
        return len(data)

    def onto(self, file: Bytes) -> None:
        """Append everything to a file, and be empty again."""
        if self._spool is not None:
            self._spool.seek(0)
            while piece := self._spool.read(_MOST):
                file.write(piece)
            self._spool.close()
            self._spool = None
        file.write(b"".join(self._lines))
        self._lines.clear()


def text(line: str) -> bytes:
    """A line as a configuration file has it; bytes that were no UTF-8 are themselves again."""
    return line.encode("utf-8", "surrogateescape")

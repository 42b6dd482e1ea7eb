"""What several threads want written at the same moment, written as one; knows no tables.

A durable write costs a sync of the disk, however little it writes. The first thread that comes
writes; what comes meanwhile waits, and is written by the next as one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class _Waiting(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item
        self.done = False
        self.error: BaseException | None = None


class Together(Generic[T]):
    """Calls ``write`` with everything that waits, from one thread at a time."""

    def __init__(self, write: Callable[[Sequence[T]], None]) -> None:
        self._write = write
        self._changed = threading.Condition()
        self._waiting: list[_Waiting[T]] = []
        self._writing = False

    def add(self, item: T) -> None:
        """Returns when the write that holds ``item`` did; raises what that raised."""
        own = _Waiting(item)
        with self._changed:
            self._waiting.append(own)
            while self._writing and not own.done:
                self._changed.wait()
            some: list[_Waiting[T]] = []
            if not own.done:
                some, self._waiting, self._writing = self._waiting, [], True
        if some:
            self._write_all(some)
        if own.error is not None:
            raise own.error

    def _write_all(self, some: Sequence[_Waiting[T]]) -> None:
        error: BaseException | None = None
        try:
            self._write([one.item for one in some])
        except BaseException as caught:  # noqa: BLE001 - every thread of them raises it
            error = caught
        with self._changed:
            for one in some:
                one.done, one.error = True, error
            self._writing = False
            self._changed.notify_all()

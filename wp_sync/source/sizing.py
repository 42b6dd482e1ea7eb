"""How many items one request asks for: fewer after trouble, more again while all is well."""

from __future__ import annotations

import threading

# WordPress's own bounds for per_page are 1 and 100.
MOST = 100
LEAST = 5
_GROW_AFTER = 6
_DOUBTS = 3
_SLOW_SECONDS = 20.0
_LARGE_BYTES = 12 << 20


class Sizer:
    """The page size of one listing. Thread-safe."""

    def __init__(self, most: int = MOST) -> None:
        self._lock = threading.Lock()
        self._ceiling = most
        self._size = most
        self._good = 0
        self._failed = 0

    @property
    def size(self) -> int:
        return self._size

    def cap(self, size: int) -> None:
        """The server never gives more than this at once."""
        with self._lock:
            self._ceiling = max(1, min(self._ceiling, size))
            self._size = min(self._size, self._ceiling)

    def shrink(self, asked: int) -> None:
        """A request for ``asked`` items failed. Those under way with the same size count once."""
        with self._lock:
            self._good = 0
            self._failed = 0
            self._size = max(min(LEAST, self._ceiling), min(self._size, asked // 2))

    def doubt(self, asked: int) -> None:
        """A request failed, perhaps because of one of its items; that excuse holds twice."""
        with self._lock:
            self._failed += 1
            if self._failed < _DOUBTS:
                return
        self.shrink(asked)

    def went(self, asked: int, seconds: float, size_bytes: int) -> None:
        """A request was answered; slow and large answers shrink the next, easy ones let it grow."""
        if seconds > _SLOW_SECONDS or size_bytes > _LARGE_BYTES:
            self.shrink(asked)
            return
        with self._lock:
            self._failed = 0
            self._good += 1
            easy = seconds * 2 < _SLOW_SECONDS and size_bytes * 2 < _LARGE_BYTES
            if self._good >= _GROW_AFTER and easy and self._size < self._ceiling:
                self._size = min(self._ceiling, self._size * 2)
                self._good = 0

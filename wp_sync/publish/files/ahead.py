"""Units rendered while the disk is waited for. Knows nothing of either."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future

from wp_sync.publish.files.base import Made


class Ahead(Iterator[Made]):
    """Units in their order, some of them rendered before they are asked for.

    Where rendering one fails, those before it come first.
    """

    def __init__(self, made: Iterator[Made]) -> None:
        self._made = made
        self._ready: deque[Made] = deque()
        self._failed: Exception | None = None
        self._ended = False

    def __next__(self) -> Made:
        if not self._ready:
            self.one()
        if self._ready:
            return self._ready.popleft()
        if self._failed is not None:
            raise self._failed
        raise StopIteration

    def one(self) -> None:
        """Render one more, if there is one."""
        if not self._ended:
            try:
                made = next(self._made, None)
            except Exception as error:  # noqa: BLE001 - its turn comes
                self._failed, self._ended = error, True
                return
            if made is None:
                self._ended = True
            else:
                self._ready.append(made)

    def until(self, done: Future[None]) -> None:
        """Render one after the other until something else is done."""
        while not self._ended and not done.done():
            self.one()

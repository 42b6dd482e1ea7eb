"""How long work tells of itself, and how it is asked to stop. No output here."""

from __future__ import annotations

import threading
from typing import Protocol

from wp_sync.errors import Exit, Interrupted


class Progress(Protocol):
    """Where stages report to: a bar on a terminal, a line in a log, or nothing."""

    def stage(self, name: str, total: int | None = None, unit: str = "items") -> None:
        """A stage begins; the one before it is over. ``total`` where it is known."""
        ...

    def advance(self, amount: int = 1) -> None: ...

    def note(self, text: str) -> None:
        """Something worth a line, such as why a census was needed."""
        ...


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int | None = None, unit: str = "items") -> None:
        pass

    def advance(self, amount: int = 1) -> None:
        pass

    def note(self, text: str) -> None:
        pass


class Stop:
    """A wish to stop, set by a signal handler and looked at between batches."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._code = Exit.INTERRUPTED

    def request(self, code: Exit = Exit.INTERRUPTED) -> None:
        self._code = code
        self._event.set()

    @property
    def requested(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Interrupted` (with the exit code of the signal) once a stop was requested."""
        if self._event.is_set():
            error = Interrupted("stopped; what is archived so far is safe, run again to go on")
            error.exit_code = self._code
            raise error

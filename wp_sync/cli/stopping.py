"""Ctrl-C and SIGTERM: the first asks to stop cleanly; a second one, or ten seconds, abort.

An abort leaves the process as a kill would, without waiting for connections or threads. That is
safe: what the archive acknowledged is durable, and the next run goes on from there.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from wp_sync.errors import Exit
from wp_sync.progress import Stop

GRACE_SECONDS = 10.0
_CODES = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED}


def tell(descriptor: int, text: str) -> None:
    """Write at once, past Python's buffers.

    A handler may interrupt a write to the same stream; the buffered layer then raises
    ("reentrant call") instead of writing.
    """
    with contextlib.suppress(OSError):
        os.write(descriptor, text.encode())


@contextmanager
def signals(
    stop: Stop,
    *,
    asked: Callable[[], None],
    aborting: Callable[[Exit], None],
    grace: float = GRACE_SECONDS,
) -> Iterator[None]:
    """Turn the first signal into a request on ``stop``, and abort after ``grace`` seconds.

    ``asked`` and ``aborting`` tell the user, through `tell`. Outside the main thread (a test,
    an embedding program) signals are left alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    clocks: list[threading.Timer] = []

    def abort(code: Exit) -> None:
        try:
            aborting(code)
        finally:
            os._exit(code)

    def handle(number: int, _frame: FrameType | None) -> None:
        code = _CODES[signal.Signals(number)]
        if stop.requested:
            abort(code)
        stop.request(code)
        clock = threading.Timer(grace, abort, (code,))
        clock.daemon = True
        clock.start()
        clocks.append(clock)
        asked()

    before = {number: signal.signal(number, handle) for number in _CODES}
    try:
        yield
    finally:
        for clock in clocks:
            clock.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)

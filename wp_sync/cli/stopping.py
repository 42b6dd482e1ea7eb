"""Ctrl-C and SIGTERM: the first asks to stop cleanly; a second one, or ten seconds, abort.

A thread of its own hears the signals, told by the interpreter's wakeup descriptor: Python runs
handlers in the main thread between two steps of its own, so a signal that comes just before that
thread begins to wait for something would be heard only when the waiting is over.

An abort leaves the process as a kill would, without waiting for connections or threads. That is
safe: what the archive acknowledged is durable, and the next run goes on from there.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
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

    def heard(number: int) -> None:
        code = _CODES[signal.Signals(number)]
        if stop.requested:
            abort(code)
        stop.request(code)
        clock = threading.Timer(grace, abort, (code,))
        clock.daemon = True
        clock.start()
        clocks.append(clock)
        asked()

    def listen() -> None:
        while numbers := listening.recv(64):
            for number in numbers:
                if number in _CODES:
                    heard(number)

    listening, telling = socket.socketpair()
    telling.setblocking(False)  # as the interpreter demands
    listener = threading.Thread(target=listen, name="signals", daemon=True)
    listener.start()
    wakeup = signal.set_wakeup_fd(telling.fileno(), warn_on_full_buffer=False)
    before = {number: signal.signal(number, _nothing) for number in _CODES}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        telling.close()  # the listener hears what is left, then the end
        listener.join()
        listening.close()
        for clock in clocks:
            clock.cancel()


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Keeps the system from ending the process; the listener does the rest."""

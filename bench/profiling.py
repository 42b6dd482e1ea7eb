"""cProfile over every thread of a block: the standard one sees only the thread that starts it."""

from __future__ import annotations

import cProfile
import io
import pstats
import threading
import time
from types import FrameType, TracebackType
from typing import Any


class Profiled:
    """Profiles this thread and those started inside the block; does nothing when ``on`` is false.

    A profile makes small functions look dearer than they are: it tells where to look, not how much.
    """

    def __init__(self, on: bool = True) -> None:
        self._on = on
        self._profiles: list[cProfile.Profile] = []

    def __enter__(self) -> Profiled:
        if self._on:
            threading.setprofile(self._begin)
            self._begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._on:
            threading.setprofile(None)
            self._profiles[0].disable()

    def _begin(self, _frame: FrameType | None = None, _event: str = "", _arg: Any = None) -> None:
        # Called at a new thread's first event; takes its own place there.
        profile = cProfile.Profile(time.thread_time)  # CPU, not waiting
        self._profiles.append(profile)
        profile.enable()

    def summary(self, lines: int) -> str:
        """The functions with the most time of their own, all threads together."""
        out = io.StringIO()
        stats: pstats.Stats | None = None
        for profile in self._profiles:
            profile.create_stats()
            if not profile.stats:
                continue
            if stats is None:
                stats = pstats.Stats(profile, stream=out)
            else:
                stats.add(profile)
        if stats is not None:
            stats.strip_dirs().sort_stats("tottime").print_stats(lines)
        return "\n".join(line for line in out.getvalue().splitlines() if line.strip())

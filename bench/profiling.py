"""cProfile over every thread of a block: the standard one sees only the thread that starts it."""

from __future__ import annotations

import cProfile
import io
import pstats
import threading
import time
from collections import Counter
from pathlib import Path
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
        """Time by room of the house or library, then the functions with the most of their own."""
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
        if stats is None:
            return ""
        rooms: Counter[str] = Counter()
        found: dict[Any, Any] = vars(stats)["stats"]
        for (file, _, name), (_, _, own, _, _) in found.items():
            rooms[_room(file, name)] += own
        whole = rooms.total()
        shares = [f"{spent / whole:>6.1%}  {room}" for room, spent in rooms.most_common(16)]
        stats.strip_dirs().sort_stats("tottime").print_stats(lines)
        told = [line for line in out.getvalue().splitlines() if line.strip()]
        return "\n".join([*shares, *told])


def _room(file: str, name: str) -> str:
    """What a function belongs to: a package of ours, a library, or C code by its own name."""
    parts = Path(file).parts
    if "site-packages" in parts:
        return Path(parts[parts.index("site-packages") + 1]).stem
    if "wp_sync" in parts:
        return ".".join(
            ("wp_sync", *(Path(part).stem for part in parts[parts.index("wp_sync") + 1 :]))
        )
    if file != "~":
        return "Python's own library"
    for library in ("sqlite3", "zstandard", "hashlib", "msgspec", "socket"):
        if library in name:
            return f"{library} (C)"
    return "Python's builtins"

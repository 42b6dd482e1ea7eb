"""What was told, kept in a small file between runs. Decides nothing.

A file beside the configuration and no table of the archive: that the archive can't be written is
among the things that people must hear of. A file that is damaged counts as none: better told twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from wp_sync.errors import Place
from wp_sync.notify.base import Condition
from wp_sync.notify.decide import Memory, Told
from wp_sync.notify.errors import NotifyError


def load(path: Path, name: str) -> Memory:
    """What is remembered of a site's runs; nothing where there is no file or it makes no sense."""
    try:
        known = _document(path)["runs"][name]
        return Memory(
            Condition(known["condition"]),
            str(known["since"]),
            int(known["out_of_reach"]),
            str(known["last_success"]),
            {
                str(channel): Told(
                    Condition(one["condition"]), frozenset(map(str, one["problems"]))
                )
                for channel, one in known["told"].items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return Memory()


def save(path: Path, name: str, memory: Memory) -> None:
    """Remember it; the file is whole at any moment.

    Raises:
        NotifyError: it can't be written.
    """
    document = _document(path)
    runs = document.get("runs")
    runs = dict(runs) if isinstance(runs, Mapping) else {}
    runs[name] = {
        "condition": str(memory.condition),
        "since": memory.since,
        "out_of_reach": memory.out_of_reach,
        "last_success": memory.last_success,
        "told": {
            channel: {"condition": str(told.condition), "problems": sorted(told.problems)}
            for channel, told in sorted(memory.told.items())
        },
    }
    write_whole(path, json.dumps({"version": 1, "runs": runs}, indent=1, sort_keys=True) + "\n")


def write_whole(path: Path, text: str) -> None:
    """A small file for other programs, replaced at once: nobody ever reads half of it.

    Raises:
        NotifyError: it can't be written.
    """
    scratch = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
        raise NotifyError(
            f"can't be written: {error.strerror or error}",
            place=Place(file=str(path)),
            hint="name a folder that this user may write to",
        ) from None


def _document(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}

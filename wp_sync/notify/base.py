"""The nouns of notifying: how a run ended, what is worth a message, and who carries it. No I/O."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from wp_sync.errors import Exit, Problem


class Condition(StrEnum):
    """How things stand with a site. A run by itself is no condition: see `decide`."""

    OK = "ok"
    ATTENTION = "attention"  # done, refused or partial: something waits for a person
    FAILED = "failed"
    UNREACHABLE = "unreachable"  # the site is down or overloaded, several runs in a row


_CONDITIONS = {
    Exit.DONE: Condition.OK,
    Exit.FAILED: Condition.FAILED,
    Exit.USAGE: Condition.FAILED,
    Exit.PARTIAL: Condition.ATTENTION,
    Exit.REFUSED: Condition.ATTENTION,
    Exit.CONFLICTS: Condition.ATTENTION,
    Exit.FINDINGS: Condition.ATTENTION,
    Exit.TRY_LATER: Condition.UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run as those outside see it. Times are UTC by our own clock.

    ``counts`` are numbers by name for metrics and messages: ``items{kind="posts/post",
    change="new"}`` is ``("items", (("kind", "posts/post"), ("change", "new")))``.
    """

    site: str
    archive: str
    exit: Exit
    started_at: datetime
    finished_at: datetime
    problems: tuple[Problem, ...] = ()
    counts: Mapping[Count, float] = field(default_factory=dict)

    @property
    def condition(self) -> Condition | None:
        """None where the run says nothing of the site: it was interrupted, or another held it."""
        return _CONDITIONS.get(self.exit)


Count = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to people: how things stand, how they stood, and what is new about it."""

    now: Condition
    was: Condition
    since: str
    report: RunReport
    fresh: tuple[Problem, ...] = ()

    @property
    def event(self) -> str:
        """``attention``, ``failed``, ``unreachable`` or ``recovered``."""
        return "recovered" if self.now is Condition.OK else str(self.now)

    @property
    def headline(self) -> str:
        """One line: the subject of a mail, the title of a message."""
        site = self.report.site or self.report.archive
        count = len(self.report.problems)
        words = {
            "recovered": "all is well again",
            "attention": f"{count} problem{'' if count == 1 else 's'} to look at",
            "failed": "the run failed",
            "unreachable": "the site has been out of reach for several runs",
        }
        return f"{site}: {words[self.event]}"


class Channel(Protocol):
    """Something that carries a notice to people."""

    @property
    def name(self) -> str: ...
    def send(self, notice: Notice) -> None:
        """Raises `NotifyError` when it could not be handed over."""
        ...


_NUMBERS = re.compile(r"\d+")


def name_of(problem: Problem) -> str:
    """What makes a problem the same one tomorrow: its place and words, numbers in them aside."""
    place = problem.place
    text = _NUMBERS.sub("#", problem.message)
    known = (place.kind, place.id, place.url, place.file, text)
    return hashlib.sha256(repr(known).encode("utf-8", "replace")).hexdigest()[:16]

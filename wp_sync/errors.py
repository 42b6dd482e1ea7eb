"""What can go wrong, grouped by what the reader should do next.

Every error says where (its subject), what, and the next step, and carries the exit code that the
command line ends with. Library code raises these; only the command line prints them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, the same for every command (shown in ``--help``)."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    REFUSED = 4
    CONFLICTS = 5
    FINDINGS = 6
    TRY_LATER = 10
    LOCKED = 11
    INTERRUPTED = 130
    TERMINATED = 143


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happened: any part may be unknown (empty or None)."""

    site: str = ""
    kind: str = ""
    id: int | None = None
    url: str = ""
    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        if self.file:
            return f"{self.file}:{self.line}" if self.line else self.file
        item = " ".join(str(part) for part in (self.kind, self.id) if part not in ("", None))
        return " ".join(part for part in (item, self.url or self.site) if part)


NOWHERE = Place()


class WpSyncError(Exception):
    """A failure a user can meet and act on; never raised for a bug of ours."""

    exit_code: Exit = Exit.FAILED

    def __init__(self, message: str, *, place: Place = NOWHERE, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        where = str(self.place)
        return f"{where}: {self.message}" if where else self.message


class UsageError(WpSyncError):
    """The command's words are off."""

    exit_code = Exit.USAGE


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, its place and the next step; collected, so all are shown at once."""

    message: str
    place: Place = NOWHERE
    hint: str = ""

    def __str__(self) -> str:
        where = str(self.place)
        text = f"{where}: {self.message}" if where else self.message
        return f"{text} ({self.hint})" if self.hint else text


class ConfigError(WpSyncError):
    """One or more mistakes in configuration or mapping files, reported together."""

    exit_code = Exit.USAGE

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class SourceError(WpSyncError):
    """The site answered, and the answer means that we can't go on as we are."""


class NotWordPress(SourceError):
    """Nothing at this address speaks WordPress's REST API."""


class RestClosed(SourceError):
    """WordPress is there, but something keeps us from its REST API."""


class LoginFailed(SourceError):
    """The site does not accept the login, or no longer does."""


class TryLater(SourceError):
    """The site is down, overloaded or asks us to wait; nothing was decided from its silence."""

    exit_code = Exit.TRY_LATER


class TargetError(WpSyncError):
    """A target answered, and the answer means that this can't be done there as it is."""


class TargetRefused(TargetError):
    """The target will not take one item; the others are not concerned."""


class OutcomeUnknown(TargetError):
    """A write's answer was lost: it may have taken place. Look before repeating it."""


class PlanStale(WpSyncError):
    """The archive or the target changed since the plan was made."""

    exit_code = Exit.REFUSED


class GuardRefused(WpSyncError):
    """Going on would do something that only a person may decide."""

    exit_code = Exit.REFUSED


class ArchiveError(WpSyncError):
    """The archive can't be opened, read or written."""


class ArchiveMissing(ArchiveError):
    """There is no archive at this place yet."""


class ArchiveLocked(ArchiveError):
    """Another run holds the archive."""

    exit_code = Exit.LOCKED


class ArchiveDamaged(ArchiveError):
    """The archive's content disagrees with its own digests."""


class Interrupted(WpSyncError):
    """Ctrl-C or SIGTERM: stopped cleanly; the next run goes on from here."""

    exit_code = Exit.INTERRUPTED

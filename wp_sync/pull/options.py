"""What a person may decide about a pull, and the limits that protect them when they don't."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

MediaMode = Literal["originals", "all", "none"]

# WordPress compares `modified_after` with the site's local wall clock, so that an edit in the hour
# that a DST change repeats hides behind a watermark up to an hour younger (two, where a zone moves
# by two). Three hours cover that and the run's own length.
OVERLAP = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many disappearances of one kind a run may believe without a person's word.

    Refused: more than ``few`` and more than ``share`` of what is live, or more than ``many``.
    ``allowed`` is a person's word for this run: that many are fine.
    """

    few: int = 10
    share: float = 0.10
    many: int = 1_000
    allowed: int = 0


@dataclass(frozen=True, slots=True)
class Narrowing:
    """How far counts over ranges of dates are followed before a census is cheaper.

    A range that differs is cut into ``ways``, down to ``leaf`` records, which are then listed.
    ``share``: of the requests that a census would take; what would cost more is given up. Four ways
    take the fewest requests for one difference (n/ln n is least at e, and 2 and 4 are equal).
    """

    ways: int = 4
    leaf: int = 200
    share: float = 0.25


@dataclass(frozen=True, slots=True)
class PullOptions:
    """One pull's settings. ``full_every``: a census at least this often (server's clock).
    ``refetch``: every record whole, and every file asked for, whether they changed or not; for
    fields that a plugin added, and for files replaced behind WordPress's back.

    ``only``: kinds, families or names to pull (``posts/page``, ``terms``, ``page``); empty means
    all. ``follow_links``: ask the site where its own links lead that point to nothing known.
    ``connections``: media downloads at once.
    """

    full: bool = False
    refetch: bool = False
    full_every: timedelta = timedelta(days=7)
    only: frozenset[str] = frozenset()
    media: MediaMode = "originals"
    pages: bool = False
    follow_links: bool = False
    connections: int = 4
    dry_run: bool = False
    limits: Limits = field(default_factory=Limits)
    narrowing: Narrowing = field(default_factory=Narrowing)
    accept_site_change: bool = False
    accept_login_change: bool = False

    def wants(self, kind: str) -> bool:
        family, _, name = kind.partition("/")
        return not self.only or not self.only.isdisjoint({kind, family, name})

"""The nouns of an audit: a finding, how grave and how certain it is, and the audit it belongs to.

Values only: frozen, typed, no I/O. `wp_sync.audit` makes them, `wp_sync.archive` keeps them,
reports read them. All times are UTC, ISO 8601 with ``Z``; empty when unknown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much it matters to a visitor or the site."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return ("error", "warning", "notice").index(self.value)


class Certainty(StrEnum):
    """Whether the archive proves it, or a person has to look."""

    CERTAIN = "certain"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of the content; what it is about stands from ``start`` up to ``end`` of ``text``."""

    text: str = ""
    start: int = 0
    end: int = 0


NO_EXCERPT = Excerpt()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found on one item of the site.

    ``subject`` says which of an item's things it is about (an address, a term, a heading), folded
    so that it stays the same while nothing of it changes; places and counts have no part in it.
    ``data`` holds what a report may show beside the message (JSON values). ``since`` is when it
    came in and ``by`` with which change, as far as the archive's history tells. ``muted`` is the
    reason why it is not counted: a suppression or the baseline; empty for what counts. ``first`` is
    the audit that found it first, known once it was written down.
    """

    rule: str
    severity: Severity
    certainty: Certainty
    kind: str
    id: int
    subject: str
    message: str
    title: str = ""
    url: str = ""
    edit_url: str = ""
    excerpt: Excerpt = NO_EXCERPT
    data: Mapping[str, Any] = field(default_factory=dict)
    since: str = ""
    by: str = ""
    muted: str = ""
    first: int = field(default=0, compare=False)

    @property
    def family(self) -> str:
        return self.rule.partition("/")[0]

    @property
    def fingerprint(self) -> str:
        """The same for the same rule, item and subject, in every audit and on every machine."""
        return fingerprint(self.rule, self.kind, self.id, self.subject)


@dataclass(frozen=True, slots=True)
class Audit:
    """One audit as the archive remembers it.

    ``as_of`` is the day whose versions it looked at, empty for today's. ``rules`` is a digest of
    rules, settings and what is muted. ``counted`` findings count, ``muted`` ones do not; ``fresh``
    and ``gone`` are those that count beside the audit before. ``tallies`` has the counting ones by
    severity and by rule: ``{"severity": {"error": 3}, "rule": {"links/missing-target": 3}}``.
    """

    number: int = 0
    at: str = ""
    as_of: str = ""
    rules: str = ""
    posts: int = 0
    counted: int = 0
    muted: int = 0
    fresh: int = 0
    gone: int = 0
    tallies: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """What an audit need not find again: findings by some rules on some posts, by kind, stand as
    the last one left them. ``everything``: all of them."""

    rules: frozenset[str] = frozenset()
    posts: Mapping[str, Set[int]] = field(default_factory=dict)
    everything: bool = False


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """What an address of another site answered when it was last asked.

    ``state``: ok, broken, blocked, transient or unknown. ``status`` is the HTTP status, None where
    nothing answered. ``since`` is when the state began, ``tries`` how often in a row it was seen.
    """

    url: str
    state: str
    status: int | None = None
    reason: str = ""
    leads_to: str = ""
    checked_at: str = ""
    since: str = ""
    tries: int = 1


def fingerprint(rule: str, kind: str, id: int, subject: str) -> str:
    text = "\n".join((rule, kind, str(id), subject)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()

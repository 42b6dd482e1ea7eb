"""Suppressions in the content itself: ``<!-- wp-sync: ignore links/missing-target until 2030-01-31:
why -->``. Reads them; `wp_sync.audit.muting` applies them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec

from wp_sync.normalize.links.scan import Scan

_COMMENT = re.compile(
    r"<!--\s*wp-sync:\s*ignore\s+([a-z0-9*/_,\s-]*?[a-z0-9*])"
    r"(?:\s+until\s+(\d{4}-\d\d-\d\d))?\s*(?::\s*(.*?))?\s*-->",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST = 1_000


class Ignore(msgspec.Struct, frozen=True, array_like=True):
    """Findings of a rule (or of ``family/*``) that are not to be counted on this page."""

    rule: str
    reason: str
    until: str = ""

    def meets(self, rule: str, today: str) -> bool:
        """Whether it covers a rule's findings on a day (``2030-01-31``)."""
        return fnmatchcase(rule, self.rule) and (not self.until or today <= self.until)


def ignores_of(scanned: Scan) -> Sequence[Ignore]:
    """What a body's comments ask to ignore. One without a reason counts, and says so."""
    found: list[Ignore] = []
    for comment in scanned.comments:
        if comment.end - comment.start > _LONGEST:
            continue
        match = _COMMENT.fullmatch(scanned.source, comment.start, comment.end)
        if match is None:
            continue
        reason = " ".join((match[3] or "").split()) or "a comment in the content, without a reason"
        for rule in re.split(r"[,\s]+", match[1].lower()):
            if rule:
                found.append(Ignore(rule, reason, match[2] or ""))
    return found

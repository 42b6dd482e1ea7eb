"""One decision of the rules, told: which rule did what, to which value, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one value of a post.

    ``concern``: ``terms/category``, ``authors`` … ``action``: kept, renamed, merged, split, moved,
    dropped, unmapped, refused; for posts also assigned, left, primary. ``before`` and ``after`` are
    the value as people read it. ``rule`` is ``file:line``, empty where a default decided;
    ``digest`` is what that rule says, whatever the line it stands on.
    """

    concern: str
    action: str
    before: str
    after: str
    why: str = ""
    rule: str = ""
    digest: str = ""

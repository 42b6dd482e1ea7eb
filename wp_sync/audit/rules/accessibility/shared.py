"""What the accessibility rules share: axe's impacts as severities, and how an element is named."""

from __future__ import annotations

from typing import Any, Final, Literal

from wp_sync.audit.base import Certainty, Hit, Rule, Severity
from wp_sync.audit.naming import spaced
from wp_sync.audit.page import Page
from wp_sync.audit.tree import Node

Impact = Literal["critical", "serious", "moderate", "minor"]
_SEVERITY: Final = {
    "critical": Severity.ERROR,
    "serious": Severity.WARNING,
    "moderate": Severity.NOTICE,
    "minor": Severity.NOTICE,
}
IMPACTS: Final[dict[str, Impact]] = {}  # axe's impact of each of its rules that is here
_MOST = 120


def axe_rule(
    name: str,
    impact: Impact,
    reason: str,
    fix: str,
    bad: str,
    good: str,
    *,
    review: bool = False,
    on: bool = True,
) -> Rule:
    """A rule of axe's: its id is axe's, its severity follows from axe's impact. ``review``: what
    axe itself gives to a person to decide."""
    IMPACTS[name] = impact
    return Rule(
        id=f"accessibility/{name}",
        reason=reason,
        severity=_SEVERITY[impact],
        certainty=Certainty.REVIEW if review else Certainty.CERTAIN,
        fix=fix,
        bad=bad,
        good=good,
        sample=True,
        on=on,
    )


def hit(page: Page, node: Node, message: str, subject: str = "", **more: Any) -> Hit:
    """A hit on an element, its start tag marked."""
    return Hit(message, subject or _subject(page, node), (node.start, node.end), **more)


def _subject(page: Page, node: Node) -> str:
    """What tells an element from others of its name without counting lines."""
    for name in ("src", "href", "data", "id", "name", "action", "alt", "title", "class"):
        if value := node.attributes.get(name):
            return f"{node.name} {value[:_MOST]}"
    return spaced(f"{node.name} {page.naming.shown(node)[:_MOST]}")


def called(text: str) -> str:
    """Words in a message, cut short."""
    text = spaced(text)
    return f"“{text[:_MOST]}”" if len(text) <= _MOST else f"“{text[:_MOST]}…”"

"""What the tool proposes to a content team: a value that says what, why, how surely, for how much.

Values and their wording only; pure. `suggest_terms` makes proposals on terms; others may make them
on authors or blocks. Nothing here applies a proposal: a person copies its rule into a mapping file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# The mapping file in which a rule on a concern stands; other taxonomies have files of their name.
_FILES = {"terms/category": "categories.toml", "terms/post_tag": "tags.toml"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing that the rules could say.

    ``concern``: what the rule is on, such as ``terms/category`` or ``authors``. ``kind``: what was
    seen, such as ``plural`` or ``same posts``. ``names``: what it is about, what would change
    first. ``reason``: one sentence for people. ``posts``: how many posts the rule would touch.
    ``confidence``: from 0 to 1. ``rule``: the TOML that would be written, empty where only a
    person can decide what to do. ``ids`` are the records that ``names`` name, in that order.
    """

    concern: str
    kind: str
    names: tuple[str, ...]
    reason: str
    posts: int
    confidence: float
    rule: str = ""
    ids: tuple[int, ...] = ()

    @property
    def file(self) -> str:
        """The name of the mapping file that the rule belongs to."""
        return _FILES.get(self.concern, f"{self.concern.rpartition('/')[2]}.toml")


def in_order(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Proposals as people want them: the surest first, of equals what touches most posts."""
    return sorted(
        proposals,
        key=lambda one: (-one.confidence, -one.posts, one.concern, one.kind, one.names, one.rule),
    )


def rule_text(match: Mapping[str, str | int], change: Mapping[str, str | bool]) -> str:
    """A ``[[rule]]`` table as a person would write it."""
    wanted = ", ".join(f"{key} = {toml_value(value)}" for key, value in match.items())
    lines = [f"{key} = {toml_value(value)}" for key, value in change.items()]
    return "\n".join(("[[rule]]", f"match = {{ {wanted} }}", *lines)) + "\n"


def toml_value(value: str | int | bool) -> str:
    """A value as TOML writes it; in texts, what is no plain sign is escaped."""
    if isinstance(value, str):
        # JSON escapes what TOML forbids in a basic string, but for DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)

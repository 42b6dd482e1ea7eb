"""The owner's decisions on related posts, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BlockRule:
    """A related-posts block of a plugin or theme of the owner's: by class or id, or selector."""

    name: str
    classes: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    selector: str = ""


@dataclass(frozen=True, slots=True)
class RelatedRules:
    """Where to look for related posts, and the words that announce them."""

    rest: bool = True
    content: bool = True
    page: bool = False
    most: int = 50
    headings: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    blocks: tuple[BlockRule, ...] = ()

"""The owner's decisions on related posts, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BodyPolicy = Literal["keep", "strip", "replace"]
BODY: tuple[BodyPolicy, ...] = ("keep", "strip", "replace")
Fallback = Literal["none", "computed"]
FALLBACK: tuple[Fallback, ...] = ("none", "computed")


@dataclass(frozen=True, slots=True)
class BlockRule:
    """A related-posts block of a plugin or theme of the owner's: by class or id, or selector."""

    name: str
    classes: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    selector: str = ""


@dataclass(frozen=True, slots=True)
class RelatedRules:
    """Where to look for related posts, the words that announce them, what to do with their blocks.

    ``body``: what exports and publishers do with the blocks in the text; ``body_leave`` names the
    origins that stay in any case. ``fallback``: what a post gets that has none, ``computed_most``
    entries at most.
    """

    rest: bool = True
    content: bool = True
    page: bool = False
    most: int = 50
    headings: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    blocks: tuple[BlockRule, ...] = ()
    body: BodyPolicy = "keep"
    body_heading: str = "Related posts"
    body_leave: tuple[str, ...] = ("blogcard", "embed")
    fallback: Fallback = "none"
    computed_most: int = 3

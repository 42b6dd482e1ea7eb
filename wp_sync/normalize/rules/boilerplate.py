"""The owner's decisions on blocks that stand in many posts, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fate = Literal["keep", "strip", "replace"]
FATES: tuple[Fate, ...] = ("keep", "strip", "replace")


@dataclass(frozen=True, slots=True)
class BoilerplateBlock:
    """A block known by one or more of its texts, and what becomes of it in a cleaned body.

    ``like`` are plain texts. ``text`` is the approved one for ``replace``: words for the inside of
    the element that stands there, or a whole element. ``similarity`` from 0 to 1: how alike a
    passage must be.
    """

    name: str
    like: tuple[str, ...]
    fate: Fate
    text: str = ""
    similarity: float = 0.8
    where: str = ""


@dataclass(frozen=True, slots=True)
class BoilerplateRules:
    """The known blocks; and from how many posts on a repeated passage is worth a question."""

    blocks: tuple[BoilerplateBlock, ...] = ()
    least_posts: int = 5
    similarity: float = 0.8

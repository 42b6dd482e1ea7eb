"""The owner's decisions on authors, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wp_sync.normalize.rules.common import DEFAULT_SLUGS, Match, Unmapped, digest, placeless
from wp_sync.normalize.text import SlugOptions

Bylines = Literal["report", "trust", "ignore"]
BYLINES: tuple[Bylines, ...] = ("report", "trust", "ignore")


@dataclass(frozen=True, slots=True)
class AuthorRule:
    """What becomes of the people that match: a name and slug, or the house."""

    match: Match
    name: str = ""
    slug: str = ""
    house: bool = False
    where: str = ""
    layer: int = 0

    @property
    def digest(self) -> str:
        """What the rule says, whatever the line it stands on."""
        return digest(placeless(self))


@dataclass(frozen=True, slots=True)
class AuthorRules:
    """The rules for authors.

    ``login_like``: such names are reported, or given to the house. ``bylines``: where a byline in
    the text names another author or day, that is reported, or not, or its author is trusted where
    the post's own is no person (login-like, or the house).
    """

    rules: tuple[AuthorRule, ...] = ()
    unmapped: Unmapped = "keep"
    login_like: Literal["report", "house"] = "report"
    bylines: Bylines = "report"
    house_name: str = ""
    house_slug: str = ""
    slugs: SlugOptions = DEFAULT_SLUGS

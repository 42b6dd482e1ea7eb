"""The owner's decisions on terms, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from wp_sync.normalize.rules.common import DEFAULT_SLUGS, Match, Unmapped
from wp_sync.normalize.text import SlugOptions


@dataclass(frozen=True, slots=True)
class TermRule:
    """What becomes of the terms that match. ``into`` and ``under`` are paths of names.

    ``under`` None: stays where it is; empty: to the top level.
    """

    match: Match
    name: str = ""
    slug: str = ""
    under: str | None = None
    into: str = ""
    drop: bool = False
    keep: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class TaxonomyRules:
    """The rules for one taxonomy."""

    taxonomy: str
    rules: tuple[TermRule, ...] = ()
    unmapped: Unmapped = "keep"
    slugs: SlugOptions = DEFAULT_SLUGS

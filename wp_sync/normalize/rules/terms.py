"""The owner's decisions on terms, as frozen values: rules on terms, and on where posts go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wp_sync.normalize.rules.common import DEFAULT_SLUGS, Match, Unmapped, digest, placeless
from wp_sync.normalize.text import SlugOptions

Primary = Literal["keep", "first", "deepest"]
PRIMARY: tuple[Primary, ...] = ("keep", "first", "deepest")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a term is merged into: a path of names, in another taxonomy where one is named."""

    path: str
    taxonomy: str = ""


@dataclass(frozen=True, slots=True)
class TermRule:
    """What becomes of the terms that match.

    ``into``: one target, or several for a term that is split. ``under`` is a path of names; None:
    stays where it is; empty: to the top level. ``taxonomy``: becomes a term of that one, by its
    name or what ``name`` and ``into`` say. ``layer``: a rule of a higher layer has the last word
    over what shared files say.
    """

    match: Match
    name: str = ""
    slug: str = ""
    under: str | None = None
    into: tuple[Target, ...] = ()
    taxonomy: str = ""
    drop: bool = False
    keep: bool = False
    where: str = ""
    layer: int = 0

    @property
    def digest(self) -> str:
        """What the rule says, whatever the line it stands on."""
        return digest(placeless(self))


@dataclass(frozen=True, slots=True)
class Condition:
    """What is asked of a post; each part that is not empty asks one thing.

    ``default``: filed under the default category, known by its id. ``terms``: (taxonomy, folded
    name, slug or path), any of them. ``title``, ``text``: words or phrases, any of them, in the
    title, or in title or content. ``authors``: folded names or slugs. ``since`` (inclusive) and
    ``before`` (exclusive): ISO dates, UTC. ``kinds``: post types.
    """

    default: bool = False
    terms: tuple[tuple[str, str], ...] = ()
    title: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    since: str = ""
    before: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssignRule:
    """Posts that go to other terms: where ``when`` holds whole, any part of ``some``, none of
    ``none``.

    ``to``: paths of names in this taxonomy. They leave the terms of this taxonomy that ``when``
    names, unless they ``stay``. ``primary``: a path, their primary term.
    """

    when: Condition = Condition()
    some: Condition = Condition()
    none: Condition = Condition()
    to: tuple[str, ...] = ()
    stay: bool = False
    primary: str = ""
    where: str = ""
    layer: int = 0

    @property
    def digest(self) -> str:
        """What the rule says, whatever the line it stands on."""
        return digest(placeless(self))


@dataclass(frozen=True, slots=True)
class TaxonomyRules:
    """The rules for one taxonomy.

    ``primary``: a post's primary term is what a plugin says (``keep``); where none does, the first,
    or the deepest in the tree.
    """

    taxonomy: str
    rules: tuple[TermRule, ...] = ()
    unmapped: Unmapped = "keep"
    slugs: SlugOptions = DEFAULT_SLUGS
    assign: tuple[AssignRule, ...] = ()
    primary: Primary = "keep"

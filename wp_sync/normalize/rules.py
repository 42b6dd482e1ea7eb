"""The owner's decisions as frozen values: what the mapping files may say, once it is understood.

Values only. `wp_sync.normalize.mapping_files` reads them from files; the modules next to this one
apply them. Every concern has a digest of its own, so that a change of one leaves alone what only
the others concern.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec

from wp_sync.normalize.text import SlugOptions

FORMAT = 1  # the version of the files' format

Unmapped = Literal["keep", "report", "refuse"]
UNMAPPED: tuple[Unmapped, ...] = ("keep", "report", "refuse")

DEFAULT_SLUGS = SlugOptions()

_encode = msgspec.json.Encoder(order="deterministic").encode


def digest(value: object) -> str:
    """A short stable digest (BLAKE2b, hex) of a value made of dataclasses, mappings and texts."""
    return hashlib.blake2b(_encode(value), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Match:
    """Which of the source's terms or people a rule is about: those with any one of these.

    Texts are folded already (`wp_sync.normalize.text.fold`); patterns are regular expressions that
    must fit the whole name, whatever the case.
    """

    ids: tuple[int, ...] = ()
    slugs: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class AuthorRule:
    """What becomes of the people that match: a name and slug, or the house."""

    match: Match
    name: str = ""
    slug: str = ""
    house: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class AuthorRules:
    """The rules for authors. ``login_like``: such names are reported, or given to the house."""

    rules: tuple[AuthorRule, ...] = ()
    unmapped: Unmapped = "keep"
    login_like: Literal["report", "house"] = "report"
    house_name: str = ""
    house_slug: str = ""
    slugs: SlugOptions = DEFAULT_SLUGS


@dataclass(frozen=True, slots=True)
class LinkRules:
    """Addresses that mean this site, and query arguments that mean nothing."""

    aliases: tuple[str, ...] = ()
    trackers: tuple[str, ...] = ()
    keep_arguments: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything the mapping files say. ``Rules()`` is what holds without any file."""

    taxonomies: Mapping[str, TaxonomyRules] = field(default_factory=dict)
    authors: AuthorRules = AuthorRules()
    links: LinkRules = LinkRules()
    related: RelatedRules = RelatedRules()

    def of(self, taxonomy: str) -> TaxonomyRules:
        return self.taxonomies.get(taxonomy) or TaxonomyRules(taxonomy)

    @property
    def digests(self) -> dict[str, str]:
        """One digest a concern: ``terms/category``, ``authors``, ``links``, ``related``.

        Blind to the lines that the rules stand on, so that a comment changes nothing.
        """
        found = {}
        for name, of in self.taxonomies.items():
            found[f"terms/{name}"] = digest(
                replace(of, rules=tuple(replace(rule, where="") for rule in of.rules))
            )
        found["authors"] = digest(
            replace(
                self.authors, rules=tuple(replace(rule, where="") for rule in self.authors.rules)
            )
        )
        found["links"] = digest(self.links)
        found["related"] = digest(self.related)
        return found

    @property
    def digest(self) -> str:
        """The digest of all rules; the same on every machine for the same decisions."""
        return digest(dict(sorted(self.digests.items())))

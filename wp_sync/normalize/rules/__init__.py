"""The owner's decisions as frozen values: what the mapping files may say, once it is understood.

Values only, one module a kind of file. `wp_sync.normalize.mapping_files` reads them from files; the
modules of `wp_sync.normalize` apply them. Every concern has a digest of its own, so that a change
of one leaves alone what only the others concern.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from wp_sync.normalize.rules.authors import BYLINES, AuthorRule, AuthorRules, Bylines
from wp_sync.normalize.rules.boilerplate import BoilerplateBlock, BoilerplateRules
from wp_sync.normalize.rules.cleaning import CleaningRules
from wp_sync.normalize.rules.common import (
    DEFAULT_SLUGS,
    UNMAPPED,
    Match,
    Unmapped,
    digest,
    placeless,
)
from wp_sync.normalize.rules.links import ExternalRule, LinkRules, NewSite, Redirect
from wp_sync.normalize.rules.related import BlockRule, RelatedRules
from wp_sync.normalize.rules.terms import (
    PRIMARY,
    AssignRule,
    Condition,
    Primary,
    Target,
    TaxonomyRules,
    TermRule,
)

__all__ = [
    "BYLINES",
    "DEFAULT_SLUGS",
    "PRIMARY",
    "UNMAPPED",
    "AssignRule",
    "AuthorRule",
    "AuthorRules",
    "BlockRule",
    "BoilerplateBlock",
    "BoilerplateRules",
    "Bylines",
    "CleaningRules",
    "Condition",
    "ExternalRule",
    "LinkRules",
    "Match",
    "NewSite",
    "Primary",
    "Redirect",
    "RelatedRules",
    "Rules",
    "Target",
    "TaxonomyRules",
    "TermRule",
    "Unmapped",
    "digest",
]


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything the mapping files say. ``Rules()`` is what holds without any file.

    Beside the taxonomies, each field is a concern of its own, named like its file.
    """

    taxonomies: Mapping[str, TaxonomyRules] = field(default_factory=dict)
    authors: AuthorRules = field(default_factory=AuthorRules)
    links: LinkRules = field(default_factory=LinkRules)
    related: RelatedRules = field(default_factory=RelatedRules)
    cleaning: CleaningRules = field(default_factory=CleaningRules)
    boilerplate: BoilerplateRules = field(default_factory=BoilerplateRules)

    def of(self, taxonomy: str) -> TaxonomyRules:
        return self.taxonomies.get(taxonomy) or TaxonomyRules(taxonomy)

    @property
    def digests(self) -> dict[str, str]:
        """One digest a concern: ``terms/category``, ``authors``, ``links``, ``related`` …

        Blind to the lines that the rules stand on, so that a comment changes nothing.
        """
        found = {f"terms/{name}": digest(placeless(of)) for name, of in self.taxonomies.items()}
        for one in fields(self):
            if one.name != "taxonomies":
                found[one.name] = digest(placeless(getattr(self, one.name)))
        return found

    @property
    def digest(self) -> str:
        """The digest of all rules; the same on every machine for the same decisions."""
        return digest(dict(sorted(self.digests.items())))

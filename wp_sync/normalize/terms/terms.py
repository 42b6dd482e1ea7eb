"""A site's terms as they come and as the rules leave them: values, and reading the former.

The deciding itself is in `wp_sync.normalize.terms.order`; where posts go is decided by
`wp_sync.normalize.terms.assign`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wp_sync.content import Term, TermSource
from wp_sync.normalize.text import clean_name, decoded_slug, integer, string

# Where multilingual plugins say a term's language: Polylang, WPML.
_LANG_FIELDS = ("lang", "wpml_current_locale")


@dataclass(frozen=True, slots=True)
class SourceTerm:
    """A term as the site sent it, its words decoded. ``parent`` is an id, 0 at the top.

    ``lang`` is its language (``de``, ``pt-br``) where a multilingual plugin says so, else empty.
    """

    id: int
    name: str
    slug: str
    parent: int = 0
    description: str = ""
    count: int = 0
    live: bool = True
    lang: str = ""

    @classmethod
    def of(cls, id: int, data: Mapping[str, Any], *, live: bool = True) -> SourceTerm:
        return cls(
            id=id,
            name=clean_name(string(data.get("name"))) or decoded_slug(string(data.get("slug"))),
            slug=decoded_slug(string(data.get("slug"))) or f"term-{id}",
            parent=integer(data.get("parent")),
            description=string(data.get("description")),
            count=integer(data.get("count")),
            live=live,
            lang=_lang(data),
        )


@dataclass(frozen=True, slots=True)
class TermNote:
    """Something about a term that a person should see. ``kind``: unmapped, refused, orphan,
    circle, clash (two rules fit), slug (taken), same-name, ambiguous (a rule's path)."""

    taxonomy: str
    kind: str
    id: int
    name: str
    message: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """One taxonomy after the rules.

    ``places`` says for each source id of this taxonomy where it led, (taxonomy, slug) by
    (taxonomy, slug); ids of what was dropped or refused are absent. ``slug_of`` is the first of
    them within this taxonomy. ``targets`` maps the paths that rules on posts name to slugs,
    ``source_paths`` the source ids to their folded paths before the rules.
    """

    taxonomy: str
    terms: tuple[Term, ...] = ()
    sources: tuple[TermSource, ...] = ()
    slug_of: Mapping[int, str] = field(default_factory=dict)
    places: Mapping[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)
    source_paths: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[TermNote, ...] = ()


def _lang(data: Mapping[str, Any]) -> str:
    for name in _LANG_FIELDS:
        if found := string(data.get(name)).strip():
            return found.lower().replace("_", "-")
    return ""


def default_category(site: Mapping[str, Any]) -> int:
    """The id of the site's default category from what the site says of itself; 0 if it does not.

    By id, never by name: WordPress localises the words "Uncategorized" and "uncategorized".
    """
    settings = site.get("settings")
    inner = settings.get("default_category") if isinstance(settings, Mapping) else None
    return integer(inner) or integer(site.get("default_category"))

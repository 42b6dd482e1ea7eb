"""What a WordPress target can hold: its kinds with their routes, and what each takes of a thing.

Values read from WordPress's own answers; asks for nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wp_sync.http.api import CORE
from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.text import string
from wp_sync.publish.order import USER_KIND

COMMENT_KIND = "comments/comment"
# A theme's parts, fonts and styles: they belong to the theme, not to what was written.
_OF_THEMES = ("wp_template", "wp_template_part", "wp_global_styles", "wp_font_family",
              "wp_font_face", "wp_theme", "link_category")  # fmt: skip
STATUSES = "publish,future,draft,pending,private,trash"
MEDIA_STATUSES = "inherit,private,trash"


@dataclass(frozen=True, slots=True)
class Kind:
    """A listing of the target. ``terms``: by taxonomy, the field that holds a post's terms."""

    kind: str
    route: str
    terms: Mapping[str, str]
    hierarchical: bool = False

    @property
    def family(self) -> str:
        return self.kind.partition("/")[0]

    @property
    def name(self) -> str:
        return self.kind.partition("/")[2]

    @property
    def filters(self) -> dict[str, str]:
        """What makes a listing show everything."""
        if self.kind == MEDIA_KIND:
            return {"status": MEDIA_STATUSES}
        return {"status": STATUSES} if self.family == "posts" else {}


def kinds_of(types: Mapping[str, Any], taxonomies: Mapping[str, Any]) -> dict[str, Kind]:
    """The kinds of a site from the answers of ``types`` and ``taxonomies``."""
    bases = {
        name: string(value.get("rest_base")) or name
        for name, value in taxonomies.items()
        if isinstance(value, Mapping)
    }
    found: dict[str, Kind] = {}
    for name, value in taxonomies.items():
        if isinstance(value, Mapping) and name not in _OF_THEMES:
            kind = f"terms/{name}"
            route = _route(value, bases[name])
            found[kind] = Kind(kind, route, {}, bool(value.get("hierarchical")))
    for name, value in types.items():
        if not isinstance(value, Mapping) or name in _OF_THEMES:
            continue
        kind = f"posts/{name}"
        of_type = value.get("taxonomies")
        terms = {
            taxonomy: bases[taxonomy]
            for taxonomy in (of_type if isinstance(of_type, list) else ())
            if taxonomy in bases and taxonomy != "nav_menu"
        }
        # A taxonomy names its types as well, and a plugin may have registered it there only.
        for taxonomy, its in taxonomies.items():
            listed = its.get("types") if isinstance(its, Mapping) else None
            if isinstance(listed, list) and name in listed and taxonomy != "nav_menu":
                terms.setdefault(taxonomy, bases[taxonomy])
        base = string(value.get("rest_base")) or name
        found[kind] = Kind(kind, _route(value, base), terms, bool(value.get("hierarchical")))
    found[COMMENT_KIND] = Kind(COMMENT_KIND, f"{CORE}comments", {})
    found[USER_KIND] = Kind(USER_KIND, f"{CORE}users", {})
    return found


def _route(value: Mapping[str, Any], base: str) -> str:
    return f"{string(value.get('rest_namespace')) or CORE.rstrip('/')}/{base}"


@dataclass(frozen=True, slots=True)
class Schema:
    """What a route takes: its writable fields, registered meta, and whether it can be batched."""

    fields: frozenset[str]
    meta: frozenset[str]
    batch: bool


def schema_of(answer: Mapping[str, Any]) -> Schema:
    """The schema in an answer to OPTIONS."""
    batch = False
    writable: set[str] = set()
    endpoints = answer.get("endpoints")
    for endpoint in endpoints if isinstance(endpoints, list) else ():
        methods = endpoint.get("methods") if isinstance(endpoint, Mapping) else None
        if isinstance(methods, list) and "POST" in methods:
            allowed = endpoint.get("allow_batch")
            batch = isinstance(allowed, Mapping) and bool(allowed.get("v1"))
            arguments = endpoint.get("args")
            writable |= set(arguments) if isinstance(arguments, Mapping) else set()
    schema = answer.get("schema")
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    meta = properties.get("meta") if isinstance(properties, Mapping) else None
    keys = meta.get("properties") if isinstance(meta, Mapping) else None
    return Schema(
        frozenset(writable),
        frozenset(keys) if isinstance(keys, Mapping) else frozenset(),
        batch,
    )

"""Which plugins' data a site shows, told by namespaces, field names and kinds; asks for nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin with the prefixes of its namespaces and the names of its fields and taxonomies."""

    name: str
    data: str
    namespaces: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


# Namespaces and fields as the plugins register them.
PLUGINS = (
    Plugin("Yoast SEO", "titles, descriptions, schema", ("yoast/",), ("yoast_head_json",)),
    Plugin("Rank Math", "titles, descriptions", ("rankmath/",), ("rank_math_title",)),
    Plugin("All in One SEO", "titles, descriptions", ("aioseo/",), ("aioseo_head_json",)),
    Plugin("Advanced Custom Fields", "custom fields", (), ("acf",)),
    Plugin("Jetpack", "related posts", ("jetpack/",), ("jetpack-related-posts",)),
    Plugin("YARPP", "related posts", ("yarpp/",)),
    Plugin("Contextual Related Posts", "related posts", ("contextual-related-posts/",)),
    Plugin("Related Posts by Taxonomy", "related posts", ("related-posts-by-taxonomy/",)),
    Plugin("Polylang", "languages, translations", ("pll/",), ("lang", "translations")),
    Plugin("WPML", "languages, translations", ("wpml/",), ("wpml_current_locale",)),
    Plugin("Co-Authors Plus", "bylines", ("coauthors/",), ("coauthors",)),
    Plugin("PublishPress Authors", "bylines", ("publishpress-authors/",), ("authors",)),
    Plugin("Redirection", "redirects", ("redirection/",)),
    Plugin("WooCommerce", "products, orders", ("wc/", "wc-"), kinds=("posts/product",)),
    Plugin("The Events Calendar", "events", ("tribe/events/",), kinds=("posts/tribe_events",)),
    Plugin("Elementor", "page layouts", ("elementor/",)),
    Plugin("Contact Form 7", "forms", ("contact-form-7/",)),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A plugin that was seen: what data it has, and by what it shows."""

    name: str
    data: str
    shown_by: tuple[str, ...]


def recognise(
    namespaces: Iterable[str], fields: Iterable[str], kinds: Iterable[str]
) -> tuple[Seen, ...]:
    """The known plugins whose traces are there."""
    spaces, names, here = tuple(namespaces), frozenset(fields), frozenset(kinds)
    found: list[Seen] = []
    for plugin in PLUGINS:
        traces = [
            *(
                space
                for space in spaces
                if plugin.namespaces and space.startswith(plugin.namespaces)
            ),
            *(name for name in plugin.fields if name in names),
            *(kind for kind in plugin.kinds if kind in here),
        ]
        if traces:
            found.append(Seen(plugin.name, plugin.data, tuple(traces[:4])))
    return tuple(found)

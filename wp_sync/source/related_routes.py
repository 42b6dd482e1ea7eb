"""Related posts that plugins answer on routes of their own, one post at a time.

YARPP, Contextual Related Posts and Related Posts by Taxonomy work them out when they are asked,
and put them into no field of the post. Numbers, addresses and titles are kept; what else a plugin
answers is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from wp_sync.errors import RestClosed
from wp_sync.http import answers
from wp_sync.http.api import Api
from wp_sync.http.barriers import not_json
from wp_sync.http.client import Answer
from wp_sync.http.failures import BadRequest, Denied, NotFound
from wp_sync.model import Item


class Route(NamedTuple):
    """A plugin's route: the field that its answer is kept in, and what to ask for."""

    field: str
    namespace: str
    path: str
    words: Mapping[str, str]


# As the plugins register them. The third answers with whole posts, but for `fields=ids`.
ROUTES: Final = (
    Route("yarpp", "yarpp/v1", "related/{}", {"_fields": "id,link,title"}),
    Route("crp", "contextual-related-posts/v1", "posts/{}", {"_fields": "id,ID,link,title"}),
    Route("rpbt", "related-posts-by-taxonomy/v1", "posts/{}", {"fields": "ids"}),
)
_MOST: Final = 1000  # entries of one post


def routes_of(namespaces: Iterable[str]) -> tuple[Route, ...]:
    """The routes that a site has, by the namespaces that it names."""
    there = frozenset(namespaces)
    return tuple(route for route in ROUTES if route.namespace in there)


def related_of(api: Api, routes: Iterable[Route], id: int) -> Item:
    """What the routes answer for a post: a list of entries by the field of each plugin.

    A plugin that answers with a refusal, or for whom the post has none, is left out.

    Raises:
        SourceError: the site is busy, or its answer can't be read.
    """
    found: dict[str, Any] = {}
    for route in routes:
        try:
            said = api.ask(
                f"{route.namespace}/{route.path.format(id)}",
                route.words,
                parse=_parsed,
                cost=route.namespace,
            )
        except (Denied, NotFound, BadRequest, RestClosed):
            continue  # a firewall before one plugin's route says nothing of the page
        if entries := [kept for entry in said[:_MOST] if (kept := _kept(entry)) is not None]:
            found[route.field] = entries
    return found


def _parsed(answer: Answer) -> list[Any]:
    try:
        said = answers.tolerant(answers.json_text(answer))
    except (ValueError, RecursionError):
        raise not_json(answer) from None
    return answers.listed(said.get("posts") if isinstance(said, Mapping) else said)


def _kept(entry: Any) -> Any:
    """An entry's number, address and title; None where it is none."""
    if isinstance(entry, Mapping):
        named = {"ID": "id", "permalink": "link", "post_title": "title"}
        kept = {name: entry[word] for word, name in named.items() if entry.get(word)}
        kept |= {name: entry[name] for name in ("id", "link", "title") if entry.get(name)}
        return kept or None
    return entry if isinstance(entry, int) and not isinstance(entry, bool) else None

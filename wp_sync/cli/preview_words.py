"""What a preview says of posts, on the screen and on its page, in the same words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wp_sync.cli.text import count

if TYPE_CHECKING:
    from wp_sync.normalize.preview import PostChange

CONCERNS = {
    "terms": "filed otherwise",
    "primary": "another primary term",
    "authors": "another author",
    "cleaning": "text cleaned",
    "links": "links rewritten",
    "related": "related posts in the text",
}


def told(one: PostChange) -> Iterator[str]:
    """What would be other about a post, in words."""
    for sign, keys in (("−", one.gone), ("+", one.added)):
        for taxonomy, path in keys:
            yield f"{sign} {taxonomy}: {path}"
    for name, (before, after) in (("primary", one.primary), ("author", one.authors)):
        if before != after:
            yield f"{name}: {before or 'none'} → {after or 'none'}"
    if one.links:
        yield f"{count(one.links, 'link')} rewritten"
    if one.related:
        yield "related posts in the text: taken out or replaced"
    if one.cleaned:
        yield "cleaned: " + ", ".join(f"{name} ({n})" for name, n in one.cleaned.items())

"""Digests that say whether a record changed, blind to what WordPress randomises.

`content_digest` covers every field of a record. Rendered HTML is read with those places blanked
that differ from one answer to the next although nobody changed anything: secrets of own-post
embeds, ids of lightbox images, nonces, and counters that depend on what else the same answer
rendered (``gallery-3``). `stamp` covers the few cheap fields that a census asks for.

The form is versioned: a digest starts with the version of the rules that made it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from wp_sync.model import Item

VERSION = "1"

# Each place: a literal that stands before it, what follows, and where WordPress makes it. Searching
# for literals, and only for those that a text holds, costs a fiftieth of one pattern for all.
_UNSTABLE = {
    # wp_filter_oembed_result() and get_post_embed_html(): random per rendering
    'data-secret="': r'[^"<>]{1,64}',
    "secret=": r"[A-Za-z0-9]{1,64}",
    # block_core_image_render_lightbox(): uniqid()
    'imageId":"': r"[0-9a-f]{1,64}",
    "imageId&quot;:&quot;": r"[0-9a-f]{1,64}",
    'data-wp-key="': r'[0-9a-f]{13}(?=")',
    # gallery_shortcode(): counts the galleries of one answer
    "gallery-": r"[0-9]{1,9}",
    # wp_unique_id() in the layout support: counts per answer (before 6.6), and in other blocks
    "wp-container-": r"[a-z-]{0,80}[0-9]{1,9}",
    "wp-block-search__input-": r"[0-9]{1,9}",
    "modal-": r"[0-9]{1,9}",
    # render_block_core_file(): random (5.8 and later)
    "wp-block-file--media-": r"[0-9a-f-]{1,64}",
    # wp_create_nonce(): differs every twelve hours
    "_wpnonce=": r"[0-9a-f]{1,32}",
}
# What a text must hold before any of these is looked for; one word speaks for several literals.
# A longer one is found faster: the search skips as many characters as it has.
_HINTS = (
    "secret=", "imageId", "data-wp-key=", "gallery-", "wp-container-", "wp-block-search__input-",
    "modal-", "wp-block-file--media-", "_wpnonce=",
)  # fmt: skip
_PATTERNS = [
    (hint, re.compile(f"({re.escape(literal)}){unstable}"))
    for hint in _HINTS
    for literal, unstable in _UNSTABLE.items()
    if hint in literal
]
# Searched for in UTF-8: a text with one emoji takes four bytes for each of its characters.
_HINT_BYTES = [hint.encode() for hint in _HINTS]
_RENDERED = ("content", "excerpt", "caption", "description")

_encode = msgspec.json.Encoder(order="sorted").encode


def scrub(html: str) -> str:
    """The same HTML with the places blanked that differ between two answers about one post."""
    found = [hint for hint in _HINTS if hint in html]
    if found:
        for hint, pattern in _PATTERNS:
            if hint in found:
                html = pattern.sub(r"\1", html)
    return html


def _unordered(values: list[Any]) -> list[Any]:
    """A list of plain ids or names in one order.

    WordPress 7.1 lists a post's terms (and the classes named after them) in an order that depends
    on which other posts the same answer holds.
    """
    kinds = set(map(type, values))
    return sorted(values) if kinds in _PLAIN_KINDS else values


_PLAIN_KINDS = ({int}, {str})


def content_digest(data: Item) -> str:
    """SHA-256 (hex, behind a version) of a record's canonical form; equal means unchanged."""
    stable: dict[str, Any] = {
        name: _unordered(value) if type(value) is list and len(value) > 1 else value
        for name, value in data.items()
    }
    form = _encode(stable)
    for hint in _HINT_BYTES:
        if hint in form:
            break
    else:
        return f"{VERSION}:{hashlib.sha256(form).hexdigest()}"
    for name in _RENDERED:
        part = stable.get(name)
        if isinstance(part, dict) and isinstance(part.get("rendered"), str):
            stable[name] = {**part, "rendered": scrub(part["rendered"])}
    return f"{VERSION}:{hashlib.sha256(_encode(stable)).hexdigest()}"


def stamp(data: Item, fields: Iterable[str]) -> str:
    """A short digest over some fields of an item.

    Empty values do not count, so that a taxonomy added to a site changes no post's stamp until a
    post is filed under it.
    """
    values = [
        (name, _unordered(value) if isinstance(value, list) else value)
        for name in fields
        if (value := data.get(name))
    ]
    return hashlib.blake2b(_encode(values), digest_size=12).hexdigest()

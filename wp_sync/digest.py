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

VERSION = "2"
"""Of the rules below. 1 lacked the second group of places, and saw paragraphs (`_sealed`)."""

_COUNTED = r"[0-9]{1,9}(?![0-9A-Za-z])"

# Each place: a literal that stands in it, a pattern whose group stays, where WordPress makes it.
# Searching for literals, and only for those that a text holds, costs a fiftieth of one pattern for
# all; a longer literal is found faster, since the search skips as many characters as it has.
_FIRST = [
    # wp_filter_oembed_result() and get_post_embed_html(): random per rendering
    ("secret=", r'(data-secret=")[^"<>]{1,64}'),
    ("secret=", r"(secret=)[A-Za-z0-9]{1,64}"),
    # block_core_image_render_lightbox(): uniqid()
    ("imageId", r'(imageId":")[0-9a-f]{1,64}'),
    ("imageId", r"(imageId&quot;:&quot;)[0-9a-f]{1,64}"),
    ("data-wp-key=", r'(data-wp-key=")[0-9a-f]{13}(?=")'),
    # gallery_shortcode() and the gallery block: count the galleries of one answer
    ("gallery-", r"(gallery-)[0-9]{1,9}"),
    # wp_unique_id() in the layout and position supports, and in blocks: counts per answer
    ("wp-container-", r"(wp-container-)[a-z-]{0,80}[0-9]{1,9}"),
    ("wp-block-search__input-", r"(wp-block-search__input-)[0-9]{1,9}"),
    ("modal-", r"(modal-)[0-9]{1,9}"),
    # render_block_core_file(): random (5.8 and later)
    ("wp-block-file--media-", r"(wp-block-file--media-)[0-9a-f-]{1,64}"),
    # wp_create_nonce(): differs every twelve hours
    ("_wpnonce=", r"(_wpnonce=)[0-9a-f]{1,32}"),
]
_SECOND = [
    # block_core_gallery_render_context() since 7.0: uniqid()
    ("galleryId", r'(galleryId":")[0-9a-f]{1,64}'),
    ("galleryId", r"(galleryId&quot;:&quot;)[0-9a-f]{1,64}"),
    # img_caption_shortcode() since 7.1: an image that stands in two captions of one answer
    ("attachment_", r'("(?:caption-)?attachment[_-][0-9]{1,20})-[0-9]{1,9}(?=")'),
    # wp_unique_id() in the supports for elements (7.1), style variations and duotone
    ("wp-elements-", rf"(wp-elements-){_COUNTED}"),
    ("is-style-", rf"(is-style-[\w-]{{1,80}}?--){_COUNTED}"),
    ("wp-duotone-", rf"(wp-duotone-(?:[0-9a-z]{{1,30}}-){{1,8}}){_COUNTED}"),
    # ... and in blocks
    ("wp-block-navigation-", rf"(wp-block-navigation-){_COUNTED}"),
    ("wp-block-media-text__media-", rf"(wp-block-media-text__media-){_COUNTED}"),
    ("accordion-item-", rf"(accordion-item-){_COUNTED}"),
    ("playlist-", rf"(playlist-){_COUNTED}"),
    ("tabs_", rf"(\btabs_){_COUNTED}"),
    # block_core_archives(): random (5.7), counted (later)
    ("wp-block-archives-", r"(wp-block-archives-)(?:[0-9a-f]{13}|[0-9]{1,9})(?![0-9A-Za-z])"),
]


def _compiled(places: list[tuple[str, str]]) -> list[tuple[str, re.Pattern[str]]]:
    return [(hint, re.compile(pattern, re.ASCII)) for hint, pattern in places]


_PATTERNS = {"1": _compiled(_FIRST), VERSION: _compiled(_FIRST + _SECOND)}
_HINTS = {of: tuple(dict.fromkeys(hint for hint, _ in some)) for of, some in _PATTERNS.items()}
# Searched for in UTF-8: a text with one emoji takes four bytes for each of its characters.
_HINT_BYTES = {of: [hint.encode() for hint in hints] for of, hints in _HINTS.items()}
_RENDERED = ("content", "excerpt", "caption", "description")

_encode = msgspec.json.Encoder(order="sorted").encode


def scrub(html: str, version: str = VERSION) -> str:
    """The same HTML with the places blanked that differ between two answers about one post."""
    found = [hint for hint in _HINTS[version] if hint in html]
    if found:
        for hint, pattern in _PATTERNS[version]:
            if hint in found:
                html = pattern.sub(r"\1", html)
    return html


def _sealed(stable: dict[str, Any], version: str) -> bytes:
    """The canonical form, from version 2 on without bare ``<p>`` and ``</p>``.

    do_blocks() takes wpautop() out of its place and puts it back behind shortcode_unautop(): from
    an answer's first post with blocks on, shortcodes alone in a paragraph are wrapped in it. So
    these tags come and go with a post's neighbours. Line breaks stay, and are seen.
    """
    form = _encode(stable)
    return form if version == "1" else form.replace(b"</p>", b"").replace(b"<p>", b"")


def _unordered(values: list[Any]) -> list[Any]:
    """A list of plain ids or names in one order.

    WordPress 7.1 lists a post's terms (and the classes named after them) in an order that depends
    on which other posts the same answer holds.
    """
    kinds = set(map(type, values))
    return sorted(values) if kinds in _PLAIN_KINDS else values


_PLAIN_KINDS = ({int}, {str})


def content_digest(data: Item, version: str = VERSION) -> str:
    """SHA-256 (hex, behind a version) of a record's canonical form; equal means unchanged."""
    stable: dict[str, Any] = {
        name: _unordered(value) if type(value) is list and len(value) > 1 else value
        for name, value in data.items()
    }
    form = _sealed(stable, version)
    for hint in _HINT_BYTES[version]:
        if hint in form:
            break
    else:
        return f"{version}:{hashlib.sha256(form).hexdigest()}"
    for name in _RENDERED:
        part = stable.get(name)
        if isinstance(part, dict) and isinstance(part.get("rendered"), str):
            stable[name] = {**part, "rendered": scrub(part["rendered"], version)}
    return f"{version}:{hashlib.sha256(_sealed(stable, version)).hexdigest()}"


def is_of(data: Item, digest: str) -> bool:
    """Whether a digest, made by whichever version of the rules, is of a record with this content.

    Of one that was made by rules that this program doesn't know, nothing can be said: it is not.
    """
    return is_known(digest) and content_digest(data, _version(digest)) == digest


def same_content(made: str, data: Item, held: str) -> bool:
    """Whether a digest that is held is of a record whose own, ``made``, is at hand.

    The record is only gone through again for one by earlier rules.
    """
    return made == held or (_version(held) != VERSION and is_of(data, held))


def is_known(digest: str) -> bool:
    """Whether it was made by rules that are here."""
    return _version(digest) in _PATTERNS


def _version(digest: str) -> str:
    return digest.partition(":")[0]


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

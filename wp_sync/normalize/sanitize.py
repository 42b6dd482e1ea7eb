"""A body made safe for targets that don't make it safe themselves: only known tags, no scripts.

nh3 (Ammonia) does the work. Its time grows with the square of the nesting, so levels beyond a cap
are taken out first, and a body beyond a size is given as plain text. Block comments stay. Unlike
everything else done to bodies this does not keep bytes: the markup is written anew.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Final

import nh3

from wp_sync.normalize.links.scan import Scan, scan
from wp_sync.normalize.text import plain

DEEPEST: Final = 200  # levels
LARGEST: Final = 5_000_000  # characters

# What WordPress lets authors without `unfiltered_html` write (wp_kses_post), but for forms.
_TAGS: Final = nh3.ALLOWED_TAGS | {
    "audio", "video", "source", "track", "picture", "figure", "figcaption", "section", "main",
    "button", "fieldset", "label", "legend",
}  # fmt: skip
_EVERYWHERE: Final = {"class", "id", "title", "lang", "dir", "role", "align"}
_ATTRIBUTES: Final = {
    "*": _EVERYWHERE,
    "a": {"href", "rel", "target", "download", "hreflang"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height", "loading", "decoding"},
    "source": {"src", "srcset", "sizes", "type", "media"},
    "video": {"src", "poster", "width", "height", "controls", "loop", "muted", "preload"},
    "audio": {"src", "controls", "loop", "muted", "preload"},
    "track": {"src", "kind", "srclang", "label", "default"},
    "ol": {"start", "reversed", "type"},
    "li": {"value"},
    "td": {"colspan", "rowspan", "headers", "scope"},
    "th": {"colspan", "rowspan", "headers", "scope", "abbr"},
    "col": {"span", "width"},
    "colgroup": {"span"},
    "time": {"datetime"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "del": {"cite", "datetime"},
    "ins": {"cite", "datetime"},
    "details": {"open"},
}
_SCHEMES: Final = {"http", "https", "mailto", "tel"}
_ENDS_ITSELF: Final = frozenset(("p", "li", "dt", "dd", "tr", "td", "th", "option"))
# The "formatting" elements of the HTML standard (13.2.4.3), open until they are closed.
_REOPENED: Final = frozenset(
    (
        "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt",
        "u",
    )
)  # fmt: skip
_MOST_LOOSE: Final = 30
_VOID: Final = frozenset(
    (
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sanitized:
    """A safe body, and what a person should know of what was done beside the usual."""

    body: str
    notes: tuple[str, ...] = ()


def sanitize(body: str) -> Sanitized:
    """The body with known tags and attributes only; its scripts, handlers and frames are gone.

    Addresses may be relative, http, https, mailto or tel.
    """
    if len(body) > LARGEST:
        text = html.escape(plain(body))
        return Sanitized(text, (f"more than {LARGEST:,} characters: given as plain text",))
    body, notes = _shallow(scan(body))
    safe = nh3.clean(
        body,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        generic_attribute_prefixes={"data-", "aria-"},
        url_schemes=_SCHEMES,
        strip_comments=False,
        link_rel=None,
    )
    return Sanitized(safe, tuple(notes))


def _shallow(scanned: Scan) -> tuple[str, list[str]]:
    """The source without what would make a parser work for ever, and notes of what that was.

    Tags of elements deeper than the cap; and, where many are never closed in order, tags such as
    ``<b>``: parsers open those again in every paragraph that follows.
    """
    if len(scanned.tags) <= _MOST_LOOSE:
        return scanned.source, []
    drop: set[int] = set()
    loose: list[int] = []
    stack: list[int] = []
    open_names: dict[str, int] = {}
    tags = scanned.tags
    kept = 0
    for number, tag in enumerate(tags):
        name = tag.name
        if name in _VOID:
            continue
        if not tag.closing:
            if stack and tags[stack[-1]].name == name and name in _ENDS_ITSELF:
                kept -= stack.pop() not in drop
                open_names[name] -= 1
            stack.append(number)
            open_names[name] = open_names.get(name, 0) + 1
            if kept >= DEEPEST:
                drop.add(number)
            else:
                kept += 1
        elif open_names.get(name):
            while True:
                opened = stack.pop()
                kept -= opened not in drop
                open_names[tags[opened].name] -= 1
                if tags[opened].name == name:
                    if opened in drop:
                        drop.add(number)
                    break
                if tags[opened].name in _REOPENED:
                    loose.append(opened)
    notes = [f"levels below {DEEPEST} were taken out; what they hold stays"] if drop else []
    loose += [number for number in stack if tags[number].name in _REOPENED]
    if len(loose) > _MOST_LOOSE:
        drop.update(loose)
        notes.append(f"{len(loose):,} tags such as <b> that are never closed were taken out")
    parts: list[str] = []
    at = 0
    for number in sorted(drop):
        parts.append(scanned.source[at : tags[number].start])
        at = tags[number].end
    return "".join((*parts, scanned.source[at:])), notes

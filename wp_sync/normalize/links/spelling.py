"""How an address is spelled where it stands: entities, JSON escapes, srcset, CSS, shortcodes, text.

A place in markup is a stack of layers, outermost first: the JSON of a block may hold HTML whose
attribute holds the address. `decoded` takes one layer off and remembers where every character came
from; `spelled` puts all of them on again. Pure; finds nothing and decides nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from html.entities import html5
from typing import Literal, NamedTuple
from urllib.parse import quote

from wp_sync import entities

# attribute: a value in a tag. text: words between tags. plain: words without entities (in JSON).
# json: inside a JSON string. srcset: a candidate. css: inside url(). shortcode: [name key="value"].
Layer = Literal["attribute", "text", "plain", "json", "srcset", "css", "shortcode"]

_ENTITY = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*+;?)")
_JSON_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))",
    re.DOTALL,
)
_JSON_SIGNS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}

# No address needs these as they are, and every layer has its own trouble with one or another.
_NOWHERE = re.compile(r"[\x00-\x20\x7f-\xa0\s\"<>\\`\ud800-\udfff]")
# Where words end that began as an address. Beside white space and quotes of every kind: brackets
# of shortcodes, and the full stops, commas and brackets of Chinese and Japanese.
TEXT_ENDS = (
    "\\s<>\"'`\\[\\]{}|^\u2018-\u201f\u00ab\u00bb\u2039\u203a"
    "\u3000-\u3002\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f"
)
_IN_TEXT = re.compile(f"[{TEXT_ENDS}]")
TRAILING = ".,;:!?)*\u2026"


def unescape(value: str) -> str:
    """An attribute's value with its entities decoded by the rules for attributes.

    There ``&copy=3`` and ``&copyright`` stay as they are: an entity without its semicolon counts
    only where neither ``=`` nor a letter or digit follows (HTML standard, 13.2.5.73).
    """
    if "&" not in value:
        return value
    return _ENTITY.sub(_attribute_entity, value)


def _attribute_entity(match: re.Match[str]) -> str:
    entity = match[0]
    if entity[1] == "#":
        return entities.unescape(entity)
    if entity.endswith(";"):  # a prefix alone, as in &notit; counts in text only
        return html5.get(entity[1:], entity)
    if entity[1:] in html5 and not match.string.startswith("=", match.end()):
        return html5[entity[1:]]
    return entity


def _text_entity(match: re.Match[str]) -> str:
    return entities.unescape(match[0])


def _json_sign(match: re.Match[str]) -> str:
    high, low, unit, sign = match.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF))
    if unit:
        number = int(unit, 16)
        return "\ufffd" if 0xD800 <= number <= 0xDFFF else chr(number)
    return _JSON_SIGNS.get(sign, sign)


def json_text(raw: str) -> str:
    """The inside of a JSON string with its escapes undone; malformed ones stay as they are."""
    return _JSON_ESCAPE.sub(_json_sign, raw) if "\\" in raw else raw


_DECODERS: dict[Layer, tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]]] = {
    "attribute": ("&", _ENTITY, _attribute_entity),
    "text": ("&", _ENTITY, _text_entity),
    "json": ("\\", _JSON_ESCAPE, _json_sign),
}


def decode(layer: Layer, raw: str) -> str:
    """A value with one layer taken off."""
    decoder = _DECODERS.get(layer)
    return decoder[1].sub(decoder[2], raw) if decoder and decoder[0] in raw else raw


class Decoded(NamedTuple):
    """A value with one layer taken off, and where its characters stood in the layer's spelling."""

    text: str
    places: Sequence[int]  # in the text, right behind each escape
    raw_places: Sequence[int]  # the same places in the spelling

    def place(self, at: int) -> int:
        """Where the character at ``at`` stood (or the end, for the text's length)."""
        number = bisect_right(self.places, at) - 1
        return self.raw_places[number] + at - self.places[number]


def decoded(layer: Layer, raw: str) -> Decoded:
    """`decode`, with the places of all characters."""
    decoder = _DECODERS.get(layer)
    if decoder is None or decoder[0] not in raw:
        return Decoded(raw, (0,), (0,))
    parts: list[str] = []
    places, raw_places = [0], [0]
    at = length = 0
    for match in decoder[1].finditer(raw):
        sign = decoder[2](match)
        parts += (raw[at : match.start()], sign)
        length += match.start() - at + len(sign)
        at = match.end()
        places.append(length)
        raw_places.append(at)
    parts.append(raw[at:])
    return Decoded("".join(parts), places, raw_places)


def tidy(address: str) -> str:
    """An address without white space, control characters, quotes and angle brackets.

    They are percent-encoded, as a browser does before it asks (WHATWG URL, percent-encode sets).
    """
    return _NOWHERE.sub(_percent, address)


def _percent(match: re.Match[str]) -> str:
    sign = match[0]
    return "%27" if sign == "'" else quote(sign.encode("utf-8", "replace"), safe="")


def _in_words(address: str) -> str:
    """An address such that words around it, and a full stop behind it, are not taken for it."""
    scheme, mark, rest = address.partition("//") if "//" in address[:8] else ("", "", address)
    rest = _IN_TEXT.sub(_percent, rest).replace("(", "%28").replace(")", "%29")
    if rest and rest[-1] in TRAILING:
        rest = rest[:-1] + "".join(f"%{byte:02X}" for byte in rest[-1].encode())
    return scheme + mark + rest


def spelled(address: str, layers: Sequence[Layer], raw: str) -> str:
    """An address as it has to be written in place of ``raw``, which stands in ``layers``.

    Slashes in JSON are escaped where those of ``raw`` are.
    """
    value = tidy(address)
    if layers[-1] in ("text", "plain", "shortcode"):
        value = _in_words(value)
    spellings = [raw]
    for layer in layers[:-1]:
        spellings.append(decode(layer, spellings[-1]))
    for layer, before in zip(reversed(layers), reversed(spellings), strict=True):
        if layer == "attribute":
            value = value.replace("&", "&amp;").replace("'", "&#039;")
        elif layer == "text":
            value = value.replace("&", "&amp;")
        elif layer == "json":
            value = _in_json(value, "\\/" in before)
        elif layer == "srcset":
            start, end = len(value) - len(value.lstrip(",")), len(value.rstrip(","))
            value = "%2C" * start + value[start:end] + "%2C" * (len(value) - max(start, end))
        elif layer == "css":
            value = value.replace("(", "%28").replace(")", "%29").replace("'", "%27")
    return value


def _in_json(value: str, escape_slashes: bool) -> str:
    """As WordPress writes the attributes of blocks (serialize_block_attributes)."""
    value = value.replace("\\", "\\\\").replace('"', "\\u0022").replace("--", "\\u002d\\u002d")
    value = value.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return value.replace("/", "\\/") if escape_slashes else value

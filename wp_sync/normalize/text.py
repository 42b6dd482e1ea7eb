"""Words made comparable and storable: entities, white space, Unicode forms, case, slugs.

Pure functions over strings. What the words mean (terms, people, phrases) is decided elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from slugify import slugify

from wp_sync import entities

_SPACES = re.compile(r"\s+")
_TAGS = re.compile(r"<(?:!--(?:[^-]|-(?!->))*+(?:-->)?|[!/?a-zA-Z][^<>]*+>?)")
# Invisible signs that editors paste along: control characters, zero width space, soft hyphen,
# byte-order mark, direction marks. Joiners (U+200C, U+200D) carry meaning and stay.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]"
)
_SCRIPTS = re.compile(r"<(/?)(script|style)\b", re.IGNORECASE)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# What wptexturize() turns plain signs into, turned back for comparison.
_TYPOGRAPHY = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‐": "-"}
    | {"‑": "-", "…": "..."}
)


def storable(text: str) -> str:
    """The text with NUL and lone surrogates as U+FFFD: no database takes those as text."""
    if "\0" not in text:
        if text.isascii():
            return text
        try:  # ten times as fast as looking for surrogates
            text.encode()
        except UnicodeEncodeError:
            pass
        else:
            return text
    return _UNSTORABLE.sub("\ufffd", text)


def string(value: Any) -> str:
    """A JSON value as text: strings as they are, numbers written out, anything else empty."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def integer(value: Any) -> int:
    """A JSON value as a whole number from 0 to 2⁶³-1 (WordPress's ids); 0 for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    return 0


def rendered(value: Any) -> str:
    """A field that WordPress sends as text or as ``{"rendered": …, "raw": …}``."""
    if isinstance(value, Mapping):
        shown = value.get("rendered")
        return string(shown if isinstance(shown, str) else value.get("raw"))
    return string(value)


def plain(text: str) -> str:
    """HTML as one line of plain text: tags dropped, entities decoded once, white space folded."""
    if "<" in text:
        text = _TAGS.sub("", text)
    if "&" in text:
        text = entities.unescape(text)
    text = " ".join(storable(text).split())
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def clean_name(text: str) -> str:
    """A term's or a person's name as it should read.

    Entities are decoded twice: WordPress stores names encoded once, and imports encode them again
    (``R&amp;amp;D``). Invisible signs go, white space is folded, the form is NFC.
    """
    for _ in range(2):
        if "&" not in text:
            break
        text = entities.unescape(text)
    if not (text.isascii() and text.isprintable()):
        text = _INVISIBLE.sub("", text.replace("\x0b", " "))
    return plain(text)


def fold(text: str) -> str:
    """The form in which two names are compared: `clean_name`, NFKC, typographic signs, case."""
    text = clean_name(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHY)
        text = unicodedata.normalize("NFKC", text.casefold())
        return _SPACES.sub(" ", text).strip()
    return text.lower()


def folded_words(markup: str) -> str:
    """The words of HTML in the form in which words are compared: tags apart, scripts left out."""
    if "<" in markup:
        markup = _TAGS.sub(" ", _without_scripts(markup))
    return fold(markup)


def _without_scripts(markup: str) -> str:
    kept: list[str] = []
    at = 0
    inside = ""
    for match in _SCRIPTS.finditer(markup):
        closes, name = match[1], match[2].lower()
        if not inside and not closes:
            kept.append(markup[at : match.start()])
            inside = name
        elif closes and name == inside:
            at, inside = match.start(), ""
    return "".join(kept) + ("" if inside else markup[at:])


def decoded_slug(slug: str) -> str:
    """A slug as people read it: WordPress keeps non-Latin ones in lower-case percent-encoding."""
    if "%" not in slug:
        return slug
    try:
        return unicodedata.normalize("NFC", unquote(slug, errors="strict"))
    except UnicodeDecodeError:  # cut at 200 bytes in the middle of a character
        return slug


@dataclass(frozen=True, slots=True)
class SlugOptions:
    """How names become slugs: python-slugify's options. ``max_length`` 0: as WordPress, 200."""

    allow_unicode: bool = False
    max_length: int = 0
    replacements: tuple[tuple[str, str], ...] = ()

    def slug(self, name: str, fallback: str = "") -> str:
        """The slug of a name; where nothing of it remains (an emoji alone), the fallback."""
        made = slugify(
            name,
            allow_unicode=self.allow_unicode,
            max_length=self.max_length or 200,
            word_boundary=True,
            replacements=self.replacements,
        )
        return made or fallback


def unique(slug: str, taken: Iterable[str]) -> str:
    """The slug, or with ``-2``, ``-3`` … behind it, as WordPress does, where it is taken."""
    have = taken if isinstance(taken, set | frozenset | dict) else set(taken)
    if slug not in have:
        return slug
    number = 2
    while f"{slug}-{number}" in have:
        number += 1
    return f"{slug}-{number}"

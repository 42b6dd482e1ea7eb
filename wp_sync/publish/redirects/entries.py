"""The nouns of redirects: an old address as a server sees it, and where it leads. Pure.

An address is kept decoded, since servers compare decoded paths; bytes that are no UTF-8 (a slug
that a database cut in the middle of a character) stand as lone surrogates and leave as the bytes
that they were.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, unquote

from wp_sync.normalize.links.web_address import Address, parse_address

__all__ = [
    "DROPPED", "KEEP", "SUFFIXES", "LeftOut", "Old", "Redirect", "encoded", "fold", "key_of",
    "old_of", "stem_of", "target_of",
]  # fmt: skip

# The arguments by which plain permalinks and short addresses name what they mean, and those of the
# whole site's feed and date archives (WP::$public_query_vars). Custom types and taxonomies add
# their names to them.
ARGUMENTS = (
    "p", "page_id", "attachment_id", "cat", "category_name", "tag", "tag_id", "author",
    "author_name", "name", "pagename", "m", "feed",
)  # fmt: skip
# What WordPress hangs behind an address, that stays behind the new one where the new site is a
# WordPress; and what leads to the new one itself wherever that is.
SUFFIXES = r"feed(?:/(?:rss2?|atom|rdf))?|page/[0-9]{1,6}|comment-page-[0-9]{1,6}|embed|[0-9]{1,4}"
DROPPED = r"amp|trackback"
KEEP = "-"
_SUFFIX = re.compile(rf"/(?:{SUFFIXES}|{DROPPED})$")
_LOWER = {number: number + 32 for number in range(ord("A"), ord("Z") + 1)}
_CONTROL = re.compile("[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]")
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_FINE = re.compile(r"(?:https?://[a-z0-9.\-]+)?/(?:[A-Za-z0-9\-._~][A-Za-z0-9/\-._~]*)?")
_PLAIN = re.compile(r"[A-Za-z0-9/\-._~!&=+,;@()]*")
_HEX = re.compile("%[0-9A-Fa-f]{2}")
# What an address may hold besides letters, digits and percent-encoding. Signs that some server's
# configuration gives a meaning ($ * : \ " ' `) are left out and leave percent-encoded.
_UNSAFE = re.compile(r"[^A-Za-z0-9/\-._~!&=+,;@?#%()]|%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[A-Za-z0-9.\-]+(?::\d+)?|\[[0-9A-Fa-f:.]+\](?::\d+)?")
_LONGEST = 2000  # bytes of an address; nginx takes no word longer than 4,096


class Old(NamedTuple):
    """A decoded path without a slash at its end (``/`` alone: the home page), and one argument.

    ``name`` and ``value`` are those of a short address (``/?p=42``), empty for all others.
    """

    path: str
    name: str = ""
    value: str = ""

    def __str__(self) -> str:
        query = f"?{encoded(self.name)}={quote(self.value, safe='-._~')}" if self.name else ""
        return encoded(self.path) + query


@dataclass(frozen=True, slots=True)
class Redirect:
    """An old address, and the whole new one, percent-encoded; empty: it is gone for good (410).

    `KEEP` in place of the new one: something stands here at the new site, though a redirect of the
    address above it would take it for a page or feed of that. ``what`` is the kind of record that
    stood there, ``why`` names the sort of address. ``more``: what WordPress hangs behind it (feeds,
    pages) leads on as well.
    """

    old: Old
    to: str
    what: str
    why: str
    more: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An address that gets no redirect, and the reason in a person's words."""

    address: str
    why: str


def fold(path: str) -> str:
    """A path as servers compare it here: ASCII letters in lower case, no slash at the end."""
    return path.rstrip("/").translate(_LOWER) or "/"


def key_of(old: Old) -> int:
    """A 64-bit key; two addresses with one key are one address to the servers we write for."""
    text = (
        f"{fold(old.path)}?{old.name}={old.value.translate(_LOWER)}" if old.name else fold(old[0])
    )
    data = text.encode("utf-8", "surrogateescape")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


def stem_of(old: Old) -> Old | None:
    """The address above one that looks like a feed or page of it; None for all others."""
    stem = "" if old.name else _SUFFIX.sub("", old.path)
    return Old(stem) if stem and stem != old.path else None


def encoded(text: str) -> str:
    """A decoded path or word percent-encoded, signs that mean something to a server included."""
    if _PLAIN.fullmatch(text):  # nearly all there are
        return text
    return quote(text, safe="/-._~!&=+,;@()", errors="surrogateescape")


def old_of(link: str, base: Address) -> Old | None:
    """An address of the site as a server sees it; None where none could be asked for.

    Of the arguments the first that names a record counts. Addresses with control characters are no
    addresses: nobody can ask for them, and a configuration file must not hold them.
    """
    address = parse_address(link, base)
    if address is None or len(link) > _LONGEST:
        return None
    path = unquote(address.path, errors="surrogateescape").rstrip("/") or "/"
    if _CONTROL.search(path) or _bytes(path) > _LONGEST:
        return None
    if not address.query:
        return Old(path)
    parts = (part.partition("=") for part in address.query.replace("&amp;", "&").split("&"))
    said = {name: value for name, _, value in parts if value and _NAME.fullmatch(name)}
    name = next((name for name in ARGUMENTS if name in said), next(iter(said), ""))
    word = unquote(said.get(name, ""), errors="surrogateescape")
    return None if _CONTROL.search(word) else Old(path, name, word)


def target_of(url: str) -> str:
    """A new address as it may stand in any configuration file: ASCII, nothing with a meaning.

    Empty where it is none. Percent-encoding that is there stays as it is.
    """
    if _FINE.fullmatch(url) and len(url) <= _LONGEST:  # nearly all there are
        return url
    scheme = match[0] if (match := re.match("https?://", url, re.IGNORECASE)) else ""
    host, slash, path = url[len(scheme) :].partition("/")
    if _CONTROL.search(url) or len(url) > _LONGEST or bool(scheme) is not bool(host):
        return ""
    if scheme and not _HOST.fullmatch(host):
        return ""
    if not scheme and (not slash or path.startswith("/")):
        return ""  # no path, or to a browser another host
    made = scheme.lower() + host + slash + _UNSAFE.sub(_percent, path)
    return made if len(made) <= _LONGEST else ""


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _percent(match: re.Match[str]) -> str:
    made = quote(match[0], safe="", errors="surrogateescape")
    return _HEX.sub(lambda code: code[0].lower(), made) if ord(match[0]) > 127 else made

"""What a person may call a record: an address, a path, a slug, an id. Text in, keys out.

Looks nothing up; `wp_sync.archive.finding` does, by the keys made here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

# WordPress's query arguments that name a record in plain permalinks (WP::$public_query_vars), and
# the kinds they can mean; a family with a slash at the end stands for all its kinds.
_BY_QUERY = {
    "p": "posts/",
    "page_id": "posts/",
    "attachment_id": "posts/attachment",
    "cat": "terms/category",
    "tag_id": "terms/post_tag",
    "author": "users/user",
}
_WORDS = {"media": "attachment", "author": "user", "tag": "post_tag"}
_DEFAULT_PORTS = (":80", ":443")
_LONGEST = (
    500  # characters of an address that count: index entries of PostgreSQL end at 2,700 bytes
)
# Most links by far: nothing to decode, no default port, no query. The long way gives the same.
_SIMPLE = re.compile(
    r"https?://(?:www\.)?([a-z0-9.-]++(?::(?!(?:80|443)(?:/|$))[0-9]++)?)((?:/[a-z0-9_.-]++)*+)/?"
)
_NUMBERED = re.compile(r"(?:([\w/-]+)[\s#:]+)?#?([0-9]{1,18})")


def address(link: str) -> str:
    """An address without what does not tell records apart: scheme, ``www.``, slash, trackers.

    ``https://www.Example.com/Caf%C3%A9/?utm_source=x`` is ``example.com/café``; plain permalinks
    keep their ``?p=5``. Empty when the link has no host.
    """
    if (simple := _SIMPLE.fullmatch(link)) and not simple[2].endswith("/index.php"):
        return (simple[1] + simple[2])[:_LONGEST]
    try:
        parts = urlsplit(link.strip())
        host = parts.netloc.rpartition("@")[2].lower()
        query = parse_qs(parts.query, max_num_fields=100)
    except ValueError:
        return ""
    if not host:
        return ""
    for port in _DEFAULT_PORTS:
        host = host.removesuffix(port)
    names = [
        f"{name}={query[name][0]}".replace("\0", "\ufffd") for name in _BY_QUERY if name in query
    ]
    path = fold(parts.path).removesuffix("/index.php")
    return (host.removeprefix("www.") + path + ("?" + names[0] if names else ""))[:_LONGEST]


def fold(path: str) -> str:
    """A path or slug for comparison: percent-decoded, NFC, lower case, no slash at the end."""
    text = unquote(path, errors="replace").replace("\0", "\ufffd")
    return unicodedata.normalize("NFC", text).casefold().rstrip("/")


def slug_forms(slug: str) -> tuple[str, ...]:
    """How WordPress may have stored this slug: as it is, or as lower-case percent-encoding."""
    plain = fold(slug)
    return tuple(dict.fromkeys((slug, plain, quote(plain, safe="").lower())))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for: any of these addresses, slugs, or an id among kinds (see `of`)."""

    addresses: tuple[str, ...] = ()
    slugs: tuple[str, ...] = ()
    id: int | None = None
    kind: str = ""  # exact ("posts/page"), a family ("posts/"), a name ("page"), or any ("")


def wanted(text: str, home: str) -> Wanted:
    """What ``text`` can mean on the site whose home address is ``home``."""
    # A shell hands over what is not UTF-8 as lone surrogates, which no database takes.
    text = text.strip().encode("utf-8", "replace").decode()
    if match := _NUMBERED.fullmatch(text):
        word = (match[1] or "").lower()
        slugs = () if word else (text,)
        return Wanted(slugs=slugs, id=int(match[2]), kind=_WORDS.get(word, word))
    if "://" not in text and text.startswith("//"):
        text = "https:" + text
    if "://" in text:
        return _by_address(text)
    if text.startswith("?"):
        return _by_address(home.rstrip("/") + "/" + text)
    if "/" in text:
        root = urlsplit(home)
        bases = (f"{root.scheme}://{root.netloc}", home.rstrip("/"))
        found = [_by_address(f"{base}/{text.lstrip('/')}") for base in bases]
        typed = [_by_address("https://" + text)] if "." in text.partition("/")[0] else []
        return Wanted(
            addresses=tuple(dict.fromkeys(a for one in found + typed for a in one.addresses)),
            id=found[0].id,
            kind=found[0].kind,
        )
    return Wanted(slugs=slug_forms(text))


def _by_address(url: str) -> Wanted:
    key = address(url)
    try:
        query = parse_qs(urlsplit(url).query, max_num_fields=100)
    except ValueError:
        query = {}
    for name, kind in _BY_QUERY.items():
        value = query.get(name, [""])[0]
        if value.isascii() and value.isdigit() and len(value) <= 18:
            return Wanted(addresses=(key,), id=int(value), kind=kind)
    return Wanted(addresses=(key,) if key else ())

"""Addresses taken apart as browsers do (WHATWG URL), and the arguments in them that mean nothing.

Hostile and sloppy input is what this is for: white space, backslashes, dot segments, credentials,
percent-encoding. What an address means on a site is `wp_sync.normalize.links.urls`'s business.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

# Arguments that count visits and say nothing of the page. Names of the usual analytics, mail and
# advertising services, as the common cleaning lists have them; `utm_` and the like are prefixes.
TRACKERS = frozenset(
    (
        "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid",
        "twclid", "ttclid", "igshid", "igsh", "li_fat_id", "epik", "mc_cid", "mc_eid", "_hsenc",
        "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking", "mkt_tok", "vero_id", "vero_conv",
        "wickedid", "oly_anon_id", "oly_enc_id", "rb_clickid", "s_cid", "_openstat", "_ga", "_gl",
        "ga_source", "ga_medium", "ga_campaign", "srsltid", "sc_cid", "cmpid", "ito", "ncid",
        "sharedid", "_branch_match_id", "trk_contact", "trk_msg", "trk_module", "trk_sid",
    )
)  # fmt: skip
TRACKER_PREFIXES = ("utm_", "pk_", "mtm_", "matomo_", "piwik_", "hsa_", "relatedposts_")

_PARTS = re.compile(
    r"(?:([a-zA-Z][a-zA-Z0-9+.\-]*+):)?+(?://([^/?#]*+))?+([^?#]*+)(?:\?([^#]*+))?+(?:#(.*))?",
    re.DOTALL,
)
# Most addresses: nothing to fold, to resolve or to leave out. The long way gives the same.
_PLAIN = re.compile(r"(https?)://([a-z0-9-]++(?:\.[a-z0-9-]++)*+)((?:/[A-Za-z0-9_%-]++)*+/?)")
_NO_HOST = frozenset(" <>\"'%^`{}|,;")
_EDGES = "".join(map(chr, range(33)))
_BREAKS = str.maketrans("", "", "\t\n\r")


class Address(NamedTuple):
    """An absolute http(s) address in parts; ``host`` in lower case without a default port."""

    scheme: str
    host: str
    path: str
    query: str
    fragment: str | None

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        fragment = f"#{self.fragment}" if self.fragment is not None else ""
        return f"{self.scheme}://{self.host}{self.path}{query}{fragment}"


def parse_address(url: str, base: Address | None = None) -> Address | None:
    """An address made absolute as a browser would; None for other schemes and nonsense."""
    if plain := _PLAIN.fullmatch(url):
        return Address(plain[1], plain[2], plain[3] or "/", "", None)
    text = url.strip(_EDGES)
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.translate(_BREAKS)
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    scheme, authority, path, query, fragment = match.groups()
    scheme = scheme.lower() if scheme else ""
    if scheme not in ("http", "https", ""):
        return None
    if "\\" in path:
        path = path.replace("\\", "/")
        if authority is None and path.startswith("//"):
            return parse_address(f"{scheme}:{path}" if scheme else path, base)
    if authority is None and scheme and not (base and scheme == base.scheme and path[:1] != "/"):
        bare = path.lstrip("/")  # "http:host/path" and "http:/host/path" name a host in browsers
        if not bare:
            return None
        authority, slash, path = bare.partition("/")
        path = slash + path
    if authority is not None:
        host = _host(authority)
        if not host:
            return None
        scheme = scheme or (base.scheme if base else "https")
        return Address(scheme, host, _tidy(path) or "/", query or "", fragment)
    if base is None:
        return None
    if not path:
        kept = base.query if query is None else query
        return Address(base.scheme, base.host, base.path, kept, fragment)
    if not path.startswith("/"):
        path = base.path.rpartition("/")[0] + "/" + path
    return Address(base.scheme, base.host, _tidy(path), query or "", fragment)


@lru_cache(maxsize=4096)  # a site's links go to the same hosts over and over
def _host(authority: str) -> str:
    host = authority.rpartition("@")[2].replace("\\", "/").partition("/")[0].lower()
    name, colon, port = host.rpartition(":")
    if colon and (port in ("", "80", "443")):
        host = name
    host = host.rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return host if _NO_HOST.isdisjoint(host) else ""


def _tidy(path: str) -> str:
    """A path without dot segments and doubled slashes."""
    if "/." not in path and "//" not in path:
        return path
    kept: list[str] = []
    parts = path.split("/")
    for part in parts[1:]:
        if part == "..":
            del kept[-1:]
        elif part not in ("", "."):
            kept.append(part)
    tail = "/" if parts[-1] in ("", ".", "..") and kept else ""
    return "/" + "/".join(kept) + tail


def plain_path(path: str) -> str:
    """A path in the form in which paths are compared: decoded, NFC, no slash at either end."""
    if "%" in path:
        path = unquote(path, errors="replace")
    if not path.isascii():
        path = unicodedata.normalize("NFC", path)
    return path.strip("/")


def clean_query(query: str, trackers: Collection[str], kept: Collection[str]) -> str:
    """A query without the arguments that count visits (``kept`` ones stay, whatever their name)."""
    left = []
    for part in query.replace("&amp;", "&").split("&"):
        name = part.partition("=")[0].lower()
        if not part or (
            name not in kept and (name in trackers or name.startswith(TRACKER_PREFIXES))
        ):
            continue
        left.append(part)
    return "&".join(left)

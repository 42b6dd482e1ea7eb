"""Paths that a static site can serve: from the source's addresses, where those are fit. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from wp_sync.publish.files.names import safe_name

_USUAL = re.compile(  # most paths there are: the same by every rule below
    r"/(?:(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])/)[a-z0-9](?:[a-z0-9_-]{0,98}[a-z0-9])?/){1,6}",
    re.IGNORECASE | re.ASCII,
)
_PLAIN = re.compile(r"/[A-Za-z0-9/_.%~-]*")
_SAFE = "/~!$&'()*+,;=:@"
_HOME = re.compile(r"https?://[a-z0-9.-]+(?:/[A-Za-z0-9/_.-]*)?")
_LONGEST = 700  # characters of a path; web servers and generators stop at some thousand


def servable(path: str) -> str:
    """A path as a static site serves it, decoded, with slashes at both ends; empty where it can't.

    Fit is what is the same as folders on every disk: no hidden names, nothing that leads out.
    """
    if _USUAL.fullmatch(path):
        return path
    decoded = unquote(path, errors="replace")
    parts = decoded.strip("/").split("/") if decoded.strip("/") else []
    if parts[-1:] == ["index.html"]:
        parts.pop()  # what a server gives for the folder
    if any(part.lower().endswith((".html", ".htm")) for part in parts[:-1]):
        return ""  # a file by that name may stand in the folder's way
    if len(decoded) > _LONGEST or any(
        not part or safe_name(part, "") != part or part.endswith((".php", ".asp", ".cgi"))
        for part in parts
    ):
        return ""
    return f"/{'/'.join(parts)}/" if parts else "/"


def without_ending(path: str) -> str:
    """``/2019/news.html/`` as ``/2019/news/``: a page of its own needs a folder of its own."""
    for ending in (".html/", ".htm/"):
        if path.endswith(ending):
            return path.removesuffix(ending) + "/"
    return path


def as_asked(path: str) -> str:
    """An address as browsers ask for it: one that ends like a file has no slash behind it."""
    return path.rstrip("/") if path.endswith((".html/", ".htm/")) else path


def file_behind(path: str) -> str:
    """The file that a server gives for an address."""
    path = as_asked(path)
    return path.strip("/") if not path.endswith("/") else f"{path.strip('/')}/index.html"


def in_links(path: str) -> str:
    """A decoded path as it stands in a link."""
    return path if _PLAIN.fullmatch(path) and "%" not in path else quote(path, safe=_SAFE)


def path_below(link: str, home: str) -> str:
    """The path of an address below a site's home; empty where it is elsewhere, or has a query."""
    start = _start(home)
    if start and link.startswith(start) and _PLAIN.fullmatch(link, len(start)):
        return link[len(start) :]
    there, base = urlsplit(link), urlsplit(home if "//" in home else f"//{home}")
    if there.query or there.hostname != base.hostname:
        return ""
    root = base.path.rstrip("/")
    if not f"{there.path}/".startswith(f"{root}/"):
        return ""
    return there.path[len(root) :] or "/"


@lru_cache(8)
def _start(home: str) -> str:
    """What addresses below a home begin with, where that needs no parsing; else empty."""
    return home.rstrip("/") if _HOME.fullmatch(home) else ""

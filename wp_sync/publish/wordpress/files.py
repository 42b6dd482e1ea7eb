"""Which of an attachment's files at the target stands for one of the source's; pure.

The two sites may cut other sizes and may have named the file otherwise, so a name is tried as it
is, then without its size, then as the scaled original. A file can really be called
``photo-500x1000.jpg``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

_SIZED = re.compile(r"-([0-9]{1,5})x([0-9]{1,5})(?=\.[A-Za-z0-9]{2,5}$)")
# What resizes a picture at a service, and means nothing where files have their sizes.
_RESIZING = frozenset(("w", "h", "resize", "fit", "ssl", "quality", "strip", "crop", "zoom"))


def facts_of(media: Mapping[str, Any]) -> dict[str, Any]:
    """What later bodies need to know of an attachment, from its REST item."""
    full = str(media.get("source_url") or "")
    details = media.get("media_details")
    details = details if isinstance(details, Mapping) else {}
    sizes: dict[str, str] = {}
    found = details.get("sizes")
    for size in found.values() if isinstance(found, Mapping) else ():
        if isinstance(size, Mapping) and size.get("source_url"):
            sizes[f"{size.get('width')}x{size.get('height')}"] = str(size["source_url"])
    sizes.pop(f"{details.get('width')}x{details.get('height')}", None)
    facts: dict[str, Any] = {"full": full, "sizes": sizes}
    if details.get("width") and details.get("height"):
        facts["size"] = f"{details['width']}x{details['height']}"
    original = details.get("original_image")
    if isinstance(original, str) and original:
        facts["original"] = full.rpartition("/")[0] + "/" + original
    return facts


def same_file(url: str, facts: Mapping[str, Any]) -> bool:
    """Whether an address names one of an attachment's files, wherever it lies."""
    name = _name(url)
    known = {_name(one) for one in _all(facts)}
    return name in known or _SIZED.sub("", name) in {_bare(one) for one in known}


def file_for(url: str, facts: Mapping[str, Any]) -> str:
    """The address at the target for a file's address at the source; empty where it has none."""
    full = str(facts.get("full", ""))
    name = _name(url)
    for known in _all(facts):
        if _name(known) == name:
            return known
    sized = _SIZED.search(name)
    if sized is None:
        return full
    width, height = int(sized[1]), int(sized[2])
    sizes = facts.get("sizes", {})
    exact = sizes.get(f"{width}x{height}")
    if exact or facts.get("size") == f"{width}x{height}":
        return str(exact or full)
    wider = sorted((int(one.partition("x")[0]), one) for one in sizes if _alike(one, width, height))
    return next((str(sizes[one]) for wide, one in wider if wide >= width), full)


def query_for(query: str) -> str:
    """The arguments of a file's address that still mean something."""
    parts = [part for part in query.split("&") if part.partition("=")[0] not in _RESIZING]
    return "&".join(part for part in parts if part)


def _all(facts: Mapping[str, Any]) -> list[str]:
    found = [facts.get("full", ""), facts.get("original", ""), *facts.get("sizes", {}).values()]
    return [str(one) for one in found if one]


def _name(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _bare(name: str) -> str:
    return re.sub(r"-(?:scaled|rotated)(?=\.[A-Za-z0-9]{2,5}$)", "", _SIZED.sub("", name))


def _alike(size: str, width: int, height: int) -> bool:
    """Whether a size has the proportions of another, so that a picture is not cropped anew."""
    wide, _, high = size.partition("x")
    return abs(int(wide) * height - int(high) * width) <= (width + int(wide)) / 2 + 1

"""A recorded WordPress as values: its index, routes, items, pages and files. No HTTP.

The file is JSON, compressed with zstandard. Everything in it stands as the site sent it, but for
the host, which is `HOST`; whoever replays it puts an address of its own in its place.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import zstandard

from wp_sync.errors import Place, WpSyncError

HOST = "clinic.example"
FORMAT = 1
_RESOURCE = "site.json.zst"
_MOST_BYTES = 256 * 1024 * 1024


@dataclass(slots=True)
class Listing:
    """A route that lists items, such as ``/wp/v2/posts``.

    ``options`` is the answer to OPTIONS. ``items`` stand in order of id. ``order`` is the route's
    own default (``date`` descending for posts, ``name`` ascending for terms and users …).
    ``gone_code`` is WordPress's code for an id that is not there.
    """

    options: dict[str, Any]
    items: dict[int, dict[str, Any]]
    order: str = "date"
    gone_code: str = "rest_post_invalid_id"
    strict_pages: bool = True

    @property
    def descending(self) -> bool:
        return self.order == "date"


@dataclass(slots=True)
class File:
    """A static file: its bytes and the headers that belong to it."""

    data: bytes
    mime: str
    modified: str


@dataclass(slots=True)
class Recording:
    """Everything that was recorded of one site.

    ``answers`` are routes with one fixed answer (``/wp/v2/types`` …): status and body. ``hidden``
    are items that exist and may not be seen, by route and id: status and body, as WordPress sent
    them. ``pages`` are what visitors see, by path.
    """

    index: dict[str, Any]
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)
    hidden: dict[str, dict[int, tuple[int, Any]]] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    made_with: str = ""

    @property
    def timezone(self) -> str:
        return str(self.index.get("timezone_string") or "")

    @property
    def offset_hours(self) -> float:
        try:
            return float(self.index.get("gmt_offset") or 0)
        except (TypeError, ValueError):
            return 0.0


def dump(recording: Recording) -> bytes:
    """A recording as the bytes of its file; the same recording always gives the same bytes."""
    document = {
        "format": FORMAT,
        "made_with": recording.made_with,
        "index": recording.index,
        "answers": {route: list(pair) for route, pair in sorted(recording.answers.items())},
        "listings": {
            route: {
                "options": one.options,
                "order": one.order,
                "gone_code": one.gone_code,
                "strict_pages": one.strict_pages,
                "items": [one.items[id] for id in sorted(one.items)],
            }
            for route, one in sorted(recording.listings.items())
        },
        "hidden": {
            route: {str(id): list(pair) for id, pair in sorted(found.items())}
            for route, found in sorted(recording.hidden.items())
        },
        "pages": dict(sorted(recording.pages.items())),
        "files": {
            path: {
                "mime": file.mime,
                "modified": file.modified,
                "data": base64.b64encode(file.data).decode(),
            }
            for path, file in sorted(recording.files.items())
        },
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return zstandard.ZstdCompressor(level=19).compress(text.encode())


def load(file: Path | None = None) -> Recording:
    """Read a recording: a file's, or the one that comes with the package.

    Raises:
        WpSyncError: it is missing, damaged, or of a newer format.
    """
    try:
        if file is None:
            data = resources.files(__package__).joinpath(_RESOURCE).read_bytes()
        else:
            data = file.read_bytes()
        text = zstandard.ZstdDecompressor().decompress(data, max_output_size=_MOST_BYTES)
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise ValueError(f"its format is {document['format']}")
        return _from(document)
    except (
        OSError,
        ValueError,
        ArithmeticError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
        zstandard.ZstdError,
    ) as error:
        raise WpSyncError(
            f"the sample site can't be read: {error}.",
            place=Place(file=str(file or _RESOURCE)),
            hint="install wp-sync again",
        ) from None


def _from(document: Mapping[str, Any]) -> Recording:
    return Recording(
        index=document["index"],
        answers={route: (pair[0], pair[1]) for route, pair in document["answers"].items()},
        listings={
            route: Listing(
                options=one["options"],
                items={int(item["id"]): item for item in one["items"]},
                order=one["order"],
                gone_code=one["gone_code"],
                strict_pages=one["strict_pages"],
            )
            for route, one in document["listings"].items()
        },
        hidden={
            route: {int(id): (pair[0], pair[1]) for id, pair in found.items()}
            for route, found in document["hidden"].items()
        },
        pages=dict(document["pages"]),
        files={
            path: File(base64.b64decode(file["data"]), file["mime"], file["modified"])
            for path, file in document["files"].items()
        },
        made_with=document["made_with"],
    )

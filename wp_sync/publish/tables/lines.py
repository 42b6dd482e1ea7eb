"""An item as one line of JSON, and back: nothing is lost on the way. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from wp_sync.publish.base import File, Item

SCHEMA = Path(__file__).with_name("schema.json")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def line_of(item: Item) -> bytes:
    """The item's line, its line feed included. Names stand in the same order every time."""
    line: dict[str, Any] = {"key": item.key, "kind": item.kind, "id": item.id}
    if item.url:
        line["url"] = item.url
    line["raw"] = item.raw
    if item.needs:
        line["needs"] = list(item.needs)
    line["fields"] = {name: item.fields[name] for name in sorted(item.fields)}
    if item.rendered:
        line["rendered"] = item.rendered
    if item.file is not None:
        file = item.file
        line["file"] = {
            "sha256": file.sha256,
            "size": file.size,
            "name": file.name,
            "mime": file.mime,
            "url": file.url,
            "sizes": dict(sorted(file.sizes.items())),
        }
    line["title"] = item.title
    return _encode(line) + b"\n"


def item_of(line: bytes, folder: Path = Path()) -> Item:
    """The item that `line_of` wrote. ``folder`` is that of the archive's media files.

    Raises:
        ValueError: it is no such line.
    """
    try:
        said = _decode(line)
        file = said.get("file")
        return Item(
            key=said["key"],
            kind=said["kind"],
            fields=said["fields"],
            title=said["title"],
            url=said.get("url", ""),
            id=said["id"],
            needs=tuple(said.get("needs", ())),
            raw=said["raw"],
            rendered=said.get("rendered", ""),
            file=None if file is None else File(path=folder / file["sha256"], **file),
        )
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise ValueError(f"no line of an export: {error}") from error

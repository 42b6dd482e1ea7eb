"""Which files of the media library an attachment's record names. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import urljoin

from wp_sync.model import Item, MediaFile, Record
from wp_sync.pull.options import MediaMode


def files_of(records: Iterable[Record], mode: MediaMode) -> list[MediaFile]:
    """The files that attachments name: the originals, or every size as well."""
    return [file for record in records for file in _files(record, mode)]


def _files(record: Record, mode: MediaMode) -> Iterator[MediaFile]:
    source = _text(record.data, "source_url")
    if not source:
        return
    details = record.data.get("media_details")
    details = details if isinstance(details, dict) else {}
    mime = _text(record.data, "mime_type")
    size = details.get("filesize")
    yield MediaFile(source, record.id, mime=mime, size=size if isinstance(size, int) else None)
    # Above 2,560 pixels WordPress serves a `-scaled` copy and keeps the upload beside it.
    if original := _text(details, "original_image"):
        with suppress(ValueError):  # the one that is no address is told when it is fetched
            yield MediaFile(urljoin(source, original), record.id, mime=mime)
    sizes = details.get("sizes")
    if mode == "all" and isinstance(sizes, dict):
        for one in sizes.values():
            url = _text(one, "source_url") if isinstance(one, dict) else ""
            if url and url != source:
                yield MediaFile(url, record.id, mime=_text(one, "mime_type"))


def _text(data: Item, name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""

"""Where a repair puts what is damaged before it changes it: a folder ``damaged/<time>``.

Nothing that may be the last copy is removed: rows are written down as JSON lines, files are moved.
A rehearsal writes nothing.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wp_sync.archive.blobs import sync_file, sync_folder

FOLDER = "damaged"
_NOTE = """What `wp-sync check --repair` found damaged and took out of the archive.

rows.jsonl     rows as they were read, one a line: table, why, values (bytes in Base64)
archive.db*    the database as it was before its rows were saved into a new one
other files    media files whose bytes are not those of their name

Nothing reads this folder. Once you have what you need of it, or need nothing, delete it.
"""


class Aside:
    """A folder for one repair; made when the first thing goes there."""

    def __init__(self, root: Path, *, rehearsal: bool) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        self.folder = root / FOLDER / stamp
        self._rehearsal = rehearsal
        self._rows: list[str] = []

    def row(self, table: str, why: str, values: Mapping[str, Any]) -> None:
        plain = {name: _plain(value) for name, value in values.items()}
        line = {"table": table, "why": why, "values": plain}
        self._rows.append(json.dumps(line, ensure_ascii=False, default=str))

    def write(self) -> None:
        """Have the disk hold the rows, before they are changed."""
        if self._rows and not self._rehearsal:
            path = self.made() / "rows.jsonl"
            with path.open("a", encoding="utf-8", errors="replace", newline="\n") as file:
                file.writelines(line + "\n" for line in self._rows)
            sync_file(path)
            sync_folder(self.folder)
            self._rows = []

    def move(self, path: Path) -> Path:
        """Move a file here; returns where it is now."""
        target = self.folder / path.name
        if not self._rehearsal:
            self.made()
            number = 1
            while target.exists():
                number += 1
                target = self.folder / f"{path.name}.{number}"
            os.replace(path, target)  # noqa: PTH105 - a link is moved as a link
            sync_folder(self.folder)
        return target

    @property
    def used(self) -> bool:
        return self.folder.is_dir()

    def made(self) -> Path:
        """The folder, made if need be."""
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            note = self.folder / "README.txt"
            note.write_text(_NOTE, encoding="utf-8")
            sync_folder(self.folder.parent)
        return self.folder


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value

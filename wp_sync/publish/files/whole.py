"""Exporters of a few whole files: made anew when anything in the archive changed, else not at all.

The bytes are streamed to a scratch file first, since the engine reads them more than once. What
stands in the files is each exporter's business.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from wp_sync.archive.base import SiteArchive
from wp_sync.normalize.rules import Rules
from wp_sync.publish.base import digest_of
from wp_sync.publish.files.base import Made, Output, Plain, Unit

__all__ = ["WholeFiles", "state_of"]

# Tables that change without any item changing.
_ASIDE = frozenset(
    ("runs", "changes", "bookmarks", "quarantine", "losses", "receipts", "intents", "derivations",
     "target_versions", "findings", "dictionaries", "post_dependencies", "audits")
)  # fmt: skip
_TALLIES = "SELECT name, rows, mix FROM tallies WHERE site = :site ORDER BY name"


def state_of(archive: SiteArchive, rules: Rules, *more: Any) -> str:
    """A digest that differs whenever an item of the archive, or a rule, does. Reads no item."""
    site = archive.site()
    rows = archive.query(_TALLIES, site=site.key if site else "")
    tallies = [list(row.values()) for row in rows if row["name"] not in _ASIDE]
    known = [site.key, site.home, site.name] if site else []
    return digest_of([rules.digest, known, tallies, list(more)])


class WholeFiles(Plain):
    """`wp_sync.publish.files.base.Exporter` of whole files, each a unit of its own.

    ``files`` gives a file's bytes by its name, in pieces, whenever it is called. ``state`` is
    `state_of` with whatever else the bytes depend on.
    """

    def __init__(
        self, name: str, state: str, files: Mapping[str, Callable[[], Iterable[bytes]]]
    ) -> None:
        self._name, self._state, self._files = name, state, files

    @property
    def name(self) -> str:
        return self._name

    @property
    def digest(self) -> str:
        return self._state

    def units(self) -> Iterator[Unit]:
        for name in self._files:
            yield Unit(name, "file", name, self._state)

    def made(self, units: Sequence[Unit]) -> Iterator[Made]:
        with tempfile.TemporaryDirectory(prefix="wp-sync-") as folder:
            for number, unit in enumerate(units):
                scratch = Path(folder) / str(number)
                with scratch.open("wb") as file:
                    for piece in self._files[unit.key]():
                        file.write(piece)
                yield Made(unit, (Output(unit.key, scratch),))

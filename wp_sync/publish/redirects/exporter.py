"""Redirects as a target of files: ``redirects:out/``. One walk makes the files of every format.

Which addresses there are is `gather`'s business, where they lead the `NewAddresses`'s.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from wp_sync.archive.base import SiteArchive
from wp_sync.errors import Place as Where
from wp_sync.errors import Problem
from wp_sync.normalize.links.urls import Meaning
from wp_sync.normalize.rules import Rules
from wp_sync.publish.atlas import SourceAtlas
from wp_sync.publish.files.base import Made, Output, Plain, Unit
from wp_sync.publish.files.whole import state_of
from wp_sync.publish.redirects.gather import Gathering
from wp_sync.publish.redirects.new import NewAddresses
from wp_sync.publish.redirects.write import Written, write_redirects

_FORM = 3  # raise it whenever the same archive and rules would give other bytes
_MOST_NOTES = 20


class RedirectExporter(Plain):
    """`wp_sync.publish.files.base.Exporter` of the redirects of a site.

    ``state`` stands for what the new addresses depend on beside the archive and the rules.
    """

    name = "redirects"

    def __init__(
        self,
        archive: SiteArchive,
        rules: Rules,
        atlas: SourceAtlas,
        new: Callable[[], NewAddresses],
        formats: Sequence[str],
        *,
        gone: bool = True,
        state: str = "",
    ) -> None:
        self._archive, self._rules, self._atlas, self._new = archive, rules, atlas, new
        self._formats, self._gone = tuple(formats), gone
        self._state = state_of(archive, rules, "redirects", _FORM, formats, gone, state)

    @cached_property
    def digest(self) -> str:
        return self._state

    def units(self) -> Iterator[Unit]:
        yield Unit("redirects", "redirects", "redirects of old addresses", self._state)

    def made(self, units: Sequence[Unit]) -> Iterator[Made]:
        for unit in units:
            with tempfile.TemporaryDirectory(prefix="wp-sync-") as folder:
                names, written = self._written(Path(folder))
                outputs = [Output(name, Path(folder) / str(at)) for at, name in enumerate(names)]
                yield Made(unit, outputs, problems=problems_of(written))

    def _meaning(self, url: str) -> Meaning:
        """What an address means at the old site; only its own redirects are asked about."""
        index = self._atlas.index
        return index.meaning(url, index.home)

    def _written(self, folder: Path) -> tuple[list[str], Written]:
        names: list[str] = []
        files: dict[str, BinaryIO] = {}
        with ExitStack() as stack:

            def sink(name: str) -> BinaryIO:
                if name not in files:
                    files[name] = stack.enter_context((folder / str(len(names))).open("wb"))
                    names.append(name)
                return files[name]

            what = Gathering(
                self._archive,
                self._rules.links,
                self._new(),
                self._meaning,
                self._gone,
            )
            written = write_redirects(what, self._formats, sink)
        return names, written


def problems_of(written: Written) -> list[Problem]:
    """What a person should know: addresses that lead nowhere new, and what a server can't take."""
    found = [
        Problem(f"no redirect from {note.address}: {note.why}", Where())
        for note in written.notes[:_MOST_NOTES]
    ]
    rest = len(written.notes) + written.notes_left_out - len(found)
    if rest > 0:
        found.append(Problem(f"no redirect from {rest:,} more addresses", Where()))
    for told in written.told:
        for why, count in told.left_out.items():
            plural = "redirect is" if count == 1 else "redirects are"
            message = f"{told.format}: {count:,} {plural} left out ({why})"
            found.append(Problem(message, Where(), "another format has them all: nginx, csv"))
    return found

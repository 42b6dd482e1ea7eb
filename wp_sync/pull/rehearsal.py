"""An archive that lets a pull rehearse: it reads the real one, and counts instead of writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from wp_sync.archive.base import SiteArchive
from wp_sync.digest import is_of
from wp_sync.model import Record, State, Tally


class Rehearsal:
    """`SiteArchive` whose writes change nothing and tell what they would have done."""

    def __init__(self, archive: SiteArchive) -> None:
        self._archive = archive
        self._told: set[tuple[str, int]] = set()

    @classmethod
    def of(cls, archive: SiteArchive) -> SiteArchive:
        return cast(SiteArchive, cls(archive))

    def __getattr__(self, name: str) -> Any:
        if name in _WRITES:
            return _nothing
        return getattr(self._archive, name)

    def begin_run(self, _command: str, _view: str) -> int:
        return 0

    def save(self, _run: int, records: Sequence[Record]) -> Tally:
        tally = Tally()
        for record in records:
            if (record.kind, record.id) in self._told:
                continue  # a census after a fast pass meets the same difference again
            before = next(iter(self._archive.current(record.kind, ids=[record.id])), None)
            if before is None:
                tally += Tally(new=1)
            elif before.state is not State.LIVE:
                tally += Tally(restored=1)
            elif not is_of(record.data, before.digest):
                tally += Tally(changed=1)
            else:
                tally += Tally(unchanged=1)
            self._told.add((record.kind, record.id))
        return tally

    def vanish(self, _run: int, _kind: str, states: Mapping[int, State]) -> Tally:
        return Tally(vanished=len(states))


_WRITES = frozenset(
    {"set_site", "finish_run", "quarantine", "set_bookmark", "want_files", "adopt_file"}
    | {"mark_file", "put_terms", "put_authors", "put_media", "put_comments", "put_posts"}
)


def _nothing(*_: object, **__: object) -> None:
    return None

"""A site's redirects into the files of the formats wanted, in one walk. Decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wp_sync.publish.redirects.entries import KEEP, LeftOut, Redirect
from wp_sync.publish.redirects.gather import Gathering, chosen_for, gather
from wp_sync.publish.redirects.writers import Sink, Told, writers_for


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: redirects by the sort of the old address, and what each format took."""

    redirects: int
    counts: Mapping[str, int] = field(default_factory=dict)
    told: tuple[Told, ...] = ()
    notes: tuple[LeftOut, ...] = ()
    notes_left_out: int = 0


def write_redirects(what: Gathering, formats: Iterable[str], sink: Sink) -> Written:
    """Every redirect of the archived site into files that ``sink`` gives the place for.

    Raises:
        ArchiveError: the archive can't be read.
    """
    chosen = chosen_for(what.archive, what.rules)
    writers = writers_for(formats, sink, what.new.shape, chosen.root)
    counts: Counter[str] = Counter()
    for redirect in gather(what, chosen):
        if redirect.to != KEEP:
            counts[_sort(redirect)] += 1
        for writer in writers:
            writer.add(redirect)
    told = tuple(writer.finish() for writer in writers)
    return Written(counts.total(), dict(counts), told, tuple(chosen.notes), chosen.notes_left_out)


def _sort(redirect: Redirect) -> str:
    return redirect.why if redirect.to else "gone"

"""A listing read newest first, as far as it goes; proves nothing about what it does not show."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from wp_sync.model import Walked
from wp_sync.source.pages import E, Pager
from wp_sync.source.sizing import Sizer


def newest_beyond(
    pager: Pager[E], sizer: Sizer, beyond: int
) -> Generator[Sequence[E], None, Walked]:
    """Everything past the first ``beyond`` items, each once; ``pager`` asks for newest first."""
    offset, seen, why = max(0, beyond), set[int](), ""
    while True:
        page = pager.window(offset, sizer.size)
        if new := [entry for entry in page.entries if entry.id not in seen]:
            yield new
        seen.update(entry.id for entry in new)
        offset += len(page.entries) or sizer.size
        if page.total is None:
            if not new:  # also where the same page comes for ever
                why = "the server states no totals, so nothing proves where the listing ends"
                break
        elif offset >= page.total:
            break
    return Walked(complete=not why, total=page.total, seen=len(seen), why=why)

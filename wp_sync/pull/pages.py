"""Rendered pages, kept beside the records whose theme prints more than the REST API tells.

Themes and plugins add related posts outside ``content.rendered``; only the page shows them, or a
route of the plugin's own, which is asked along with it. A page is fetched when its post changed
since the page was kept, never for its own sake: pages differ from one request to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import islice

import msgspec

from wp_sync.errors import TryLater
from wp_sync.model import Collection, Item, Known, Record, State
from wp_sync.pull.context import Pull

FAMILY = "rendered"
_BATCH = 50
_IN_A_ROW = 3
_NOT_PAGES = frozenset({"attachment", "nav_menu_item", "wp_block", "wp_navigation"})

_Seen = tuple[str, Item, datetime]  # a page's HTML, what plugins answer beside it, and when


def fetch(pull: Pull, collections: Sequence[Collection]) -> None:
    """Bring the kept pages of every public post type up to date with its records."""
    for collection in collections:
        if collection.family == "posts" and collection.name not in _NOT_PAGES:
            _fetch(pull, collection, f"{FAMILY}/{collection.name}")


def _fetch(pull: Pull, collection: Collection, kind: str) -> None:
    pull.progress.stage(f"{collection.name} pages", pull.archive.count(collection.kind), "pages")
    live = (one for one in pull.archive.known(collection.kind) if one.state is State.LIVE)
    while batch := list(islice(live, _BATCH)):
        kept = pull.archive.known_of(kind, [one.id for one in batch])
        due = {one.id: one.stamp for one in batch if _stamp(kept.get(one.id)) != one.stamp}
        pull.progress.advance(len(batch) - len(due))
        _save(pull, collection, kind, due)
        pull.stop.check()


def _stamp(known: Known | None) -> str | None:
    return known.stamp if known else None


def _save(pull: Pull, collection: Collection, kind: str, stamps: dict[int, str]) -> None:
    """Fetch and keep some pages. One that fails is told and asked for again by the next run; after
    some in a row it is the site that fails.

    Raises:
        TryLater: the site fails; what had arrived is kept.
    """
    if not stamps:
        return
    records: list[Record] = []
    in_a_row = 0
    with ThreadPoolExecutor(pull.options.connections, "pages") as pool:
        under_way: list[tuple[int, str, Future[_Seen]]] = []
        for current in pull.archive.current(collection.kind, ids=list(stamps)):
            if link := _public_link(current.data):
                under_way.append((current.id, link, pool.submit(_seen, pull, current.id, link)))
        for id, link, future in under_way:
            try:
                records.append(_record(kind, id, link, stamps[id], future.result()))
                in_a_row = 0
            except TryLater as error:
                in_a_row += 1
                if in_a_row == _IN_A_ROW:
                    pool.shutdown(wait=False, cancel_futures=True)
                    pull.append(Collection(kind, ""), records)
                    raise
                pull.problem(collection, f"its page could not be read: {error.message}", id=id)
            pull.progress.advance()
    pull.append(Collection(kind, ""), records)


def _seen(pull: Pull, id: int, link: str) -> _Seen:
    # A post without a page is kept as an empty one, so that it is not asked for again.
    html, seen_at = pull.source.page(link) or ("", pull.identity.server_time)
    return html, pull.source.related(id), seen_at


def _public_link(data: Item) -> str:
    link = data.get("link")
    public = data.get("status", "publish") == "publish" and isinstance(link, str)
    return str(link) if public else ""


def _record(kind: str, id: int, link: str, stamp: str, seen: _Seen) -> Record:
    html, related, seen_at = seen
    data: Item = {"id": id, "link": link, "content": {"rendered": html}, **related}
    return Record(kind, id, msgspec.json.encode(data), data, stamp, seen_at)

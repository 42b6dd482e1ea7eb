"""What became of records that a complete listing no longer shows.

The only module that may lead to a tombstone. Nothing is called gone on the word of a listing: each
id is asked for by itself, past every cache, by somebody who is still who they were. Records that
can't be asked for one by one (`unlisted`) take a listing that is proven to be whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from wp_sync.errors import GuardRefused, Place
from wp_sync.model import Collection, Record, State, Walked
from wp_sync.pull import guard, refiled
from wp_sync.pull.context import Pull

_BATCH = 100


def settle(pull: Pull, collection: Collection, absent: Sequence[int], walked: Walked) -> bool:
    """Tombstones for what is proven to be away; returns whether the listing can be relied on.

    Records that turn out to be there (a page cache answered with an old listing) are saved and
    make the listing unreliable.
    """
    if not walked.complete:
        if absent:
            pull.problem(
                collection,
                f"{len(absent):,} not listed, but the listing proves nothing ({walked.why}); kept",
            )
        return False
    if not absent:
        return True
    if not pull.deletions:
        pull.notes.append(f"{collection.kind}: {len(absent):,} no longer visible, kept as they are")
        return True
    remaining, alive = _listed_after_all(pull, collection, absent)
    try:
        # A second look in one run may not believe as many again.
        gone = pull.tallies[collection.kind].vanished
        live = pull.archive.count(collection.kind) + gone
        guard.disappearances(collection.kind, live, len(remaining) + gone, pull.options.limits)
        _still_ourselves(pull)
    except GuardRefused as error:
        pull.refuse(error)
        return False
    return _ask_each(pull, collection, remaining) and not alive


def unlisted(pull: Pull, collection: Collection, absent: Sequence[int], live: int) -> None:
    """Tombstones for what a whole listing lacks, of records that are known by listings only."""
    if not pull.deletions:
        pull.notes.append(f"{collection.kind}: {len(absent):,} no longer visible, kept as they are")
        return
    try:
        guard.disappearances(collection.kind, live, len(absent), pull.options.limits)
        _still_ourselves(pull)
    except GuardRefused as error:
        pull.refuse(error)
        return
    _bury(pull, collection, dict.fromkeys(absent, State.GONE))


def _listed_after_all(
    pull: Pull, collection: Collection, absent: Sequence[int]
) -> tuple[list[int], bool]:
    """Ask for all at once, a hundred an answer: what comes back never was away."""
    came: set[int] = set()
    for fetched in pull.source.fetch(collection, absent):
        pull.keep(collection, fetched)
        came.update(record.id for record in fetched.records)
        came.update(fetched.broken)
        pull.stop.check()
    if came:
        pull.notes.append(
            f"{collection.kind}: a listing left out {len(came):,} that are there (a stale cache?)"
        )
    return [id for id in absent if id not in came], bool(came)


def _still_ourselves(pull: Pull) -> None:
    now = pull.source.identify()
    if (now.key, now.view) != (pull.identity.key, pull.identity.view):
        raise GuardRefused(
            f"during this run the site stopped seeing us as {pull.identity.view}",
            place=Place(url=pull.identity.home),
            hint="nothing was marked as gone; check the login and run again",
        )


def _ask_each(pull: Pull, collection: Collection, ids: Sequence[int]) -> bool:
    """One question an id; False where one got no proper answer."""
    settled = True
    states: dict[int, State] = {}
    alive: list[Record] = []
    for id in ids:
        state, record = pull.source.fate(collection, id)
        if state is None:
            settled = False
            pull.problem(collection, "not listed, and asking for it got no answer; kept", id=id)
        elif state is State.LIVE:
            alive.extend([record] if record else [])
        else:
            states[id] = state
        if len(states) >= _BATCH:
            _bury(pull, collection, states)
            states = {}
        pull.stop.check()
    pull.save(collection, alive)
    _bury(pull, collection, states)
    return settled


def _bury(pull: Pull, collection: Collection, states: dict[int, State]) -> None:
    if not states:
        return
    if collection.taxonomies and pull.shifts:
        refiled.withdraw(pull.explained, pull.archive, collection, states)
    pull.count(collection, pull.archive.vanish(pull.run, collection.kind, states))

"""The site itself, its runs, and how far each collection was followed: small rows, whole.

Runs in transactions that the caller opens; see `wp_sync.archive.site`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from wp_sync.archive import rows
from wp_sync.archive.base import RunRow, SiteState
from wp_sync.archive.database import Database
from wp_sync.archive.schema import BOOKMARKS, DERIVATIONS, RUNS, SITES
from wp_sync.errors import Place, Problem
from wp_sync.model import Bookmark, Identity, Outcome, Tally

_TALLY = ("new", "changed", "unchanged", "vanished", "restored", "broken")
_PLACE = ("site", "kind", "id", "url", "file", "line")


def sites(connection: Connection) -> list[SiteState]:
    return [_site(row) for row in connection.execute(select(SITES).order_by(SITES.c.site))]


def site(connection: Connection, key: str) -> SiteState | None:
    row = connection.execute(select(SITES).where(SITES.c.site == key)).first()
    return None if row is None else _site(row)


def _site(row: Any) -> SiteState:
    return SiteState(row.site, row.home, row.api, row.view, row.name)


def set_site(database: Database, connection: Connection, key: str, identity: Identity) -> None:
    state = SiteState(
        key,
        rows.clean(identity.home),
        rows.clean(identity.api),
        identity.view,
        rows.clean(identity.name),
    )
    if site(connection, key) != state:
        row = {"site": key, "home": state.home, "api": state.api}
        row |= {"view": state.view, "name": state.name}
        database.upsert(connection, SITES, [rows.sealed(dict(row))])


def begin(connection: Connection, database: Database, key: str, command: str, view: str) -> int:
    """A new run; those still called running were killed, since the archive is locked."""
    for row in connection.execute(
        select(RUNS).where(RUNS.c.site == key, RUNS.c.outcome == Outcome.RUNNING.value)
    ).mappings():
        _write(connection, database, dict(row) | {"outcome": Outcome.INTERRUPTED.value})
    last = connection.execute(select(func.max(RUNS.c.number)).where(RUNS.c.site == key)).scalar()
    number = (last or 0) + 1
    row_of_run: dict[str, Any] = {
        "site": key,
        "number": number,
        "command": rows.clean(command),
        "started_at": rows.now(),
        "finished_at": None,
        "outcome": Outcome.RUNNING.value,
        "view": view,
        "requests": 0,
        "tallies": "{}",
        "problems": "[]",
    }
    database.insert(connection, RUNS, [rows.sealed(row_of_run)])
    return number


def finish(
    connection: Connection,
    database: Database,
    key: str,
    run: int,
    outcome: Outcome,
    tallies: Mapping[str, Tally],
    problems: Sequence[Problem],
    requests: int,
) -> None:
    """End a run.

    Raises:
        LookupError: there is no such run.
    """
    row = (
        connection.execute(select(RUNS).where(RUNS.c.site == key, RUNS.c.number == run))
        .mappings()
        .first()
    )
    if row is None:
        raise LookupError(f"no run {run} of {key}")
    _write(
        connection,
        database,
        dict(row)
        | {
            "finished_at": rows.now(),
            "outcome": outcome.value,
            "requests": requests,
            "tallies": rows.dump({kind: _of_tally(tally) for kind, tally in tallies.items()}),
            "problems": rows.dump([_of_problem(problem) for problem in problems]),
        },
    )


def _write(connection: Connection, database: Database, row: dict[str, Any]) -> None:
    row.pop("checksum", None)
    database.upsert(connection, RUNS, [rows.sealed(row)])


def runs(connection: Connection, key: str, last: int) -> list[RunRow]:
    """The newest runs, newest first."""
    statement = select(RUNS).where(RUNS.c.site == key).order_by(RUNS.c.number.desc()).limit(last)
    return [
        RunRow(
            row.number,
            row.command,
            rows.a_moment(row.started_at),
            rows.moment(row.finished_at),
            Outcome(row.outcome),
            row.view,
            {kind: Tally(**tally) for kind, tally in rows.load(row.tallies).items()},
            [_to_problem(problem) for problem in rows.load(row.problems)],
            row.requests,
        )
        for row in connection.execute(statement)
    ]


def _of_tally(tally: Tally) -> dict[str, int]:
    return {name: getattr(tally, name) for name in _TALLY}


def _of_problem(problem: Problem) -> dict[str, Any]:
    place = {name: getattr(problem.place, name) for name in _PLACE}
    return {"message": problem.message, "hint": problem.hint, "place": place}


def _to_problem(kept: dict[str, Any]) -> Problem:
    return Problem(kept["message"], Place(**kept["place"]), kept["hint"])


def bookmark(connection: Connection, key: str, kind: str) -> Bookmark:
    row = connection.execute(
        select(BOOKMARKS).where(BOOKMARKS.c.site == key, BOOKMARKS.c.kind == kind)
    ).first()
    if row is None:
        return Bookmark()
    return Bookmark(
        rows.moment(row.watermark), rows.moment(row.census_at), row.total, rows.moment(row.clock)
    )


def set_bookmark(
    connection: Connection, database: Database, key: str, kind: str, mark: Bookmark
) -> None:
    row = {
        "site": key,
        "kind": kind,
        "watermark": rows.iso(mark.watermark) if mark.watermark else None,
        "census_at": rows.iso(mark.census_at) if mark.census_at else None,
        "total": mark.total,
        "clock": rows.iso(mark.clock) if mark.clock else None,
    }
    database.upsert(connection, BOOKMARKS, [rows.sealed(row)])


def derived_under(connection: Connection, key: str) -> str:
    statement = select(DERIVATIONS.c.context).where(DERIVATIONS.c.site == key)
    return connection.execute(statement).scalar() or ""


def set_derived_under(connection: Connection, database: Database, key: str, context: str) -> None:
    row = {"site": key, "context": context}
    database.upsert(connection, DERIVATIONS, [rows.sealed(dict(row))])

"""The rows of audits: what they found, from which to which audit, and what is kept for the next.

Judges nothing; `wp_sync.audit` does. Rows that say the same as those that stand are not written.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from wp_sync.archive import rows
from wp_sync.archive.database import Database
from wp_sync.archive.records import chunks
from wp_sync.archive.schema import AUDIT_FACTS, AUDITS, FINDINGS, LINK_CHECKS
from wp_sync.findings import Audit, Certainty, Excerpt, Finding, LinkCheck, Severity

_PAGE = 500
_TOGETHER = 500  # rows written with one statement
_F, _A = FINDINGS.c, AUDIT_FACTS.c
_RANK: ColumnElement[int] = case(
    *((_F.severity == one.value, one.rank) for one in Severity), else_=len(Severity)
)
# The order of a report: the gravest first, then by rule and item.
_ORDER: tuple[Any, ...] = (_RANK, _F.rule, _F.kind, _F.id, _F.fingerprint)
Row = dict[str, Any]


class AuditRows:
    """`wp_sync.archive.base.AuditBook` of one site."""

    def __init__(self, database: Database, site: str) -> None:
        self._database = database
        self._site = site

    # -- what is kept of posts

    def facts(self, kind: str, ids: Iterable[int] | None = None) -> Iterator[tuple[int, bytes]]:
        if ids is not None:
            for some in chunks(ids):
                chosen = _A.id.in_(some)
                with self._database.read() as connection:
                    page = connection.execute(self._kept(kind, _A.facts).where(chosen)).all()
                yield from ((row[0], row[1]) for row in page)
            return
        yield from self._paged(kind, _A.facts)

    def bases(self, kind: str) -> Iterator[tuple[int, str]]:
        yield from self._paged(kind, _A.basis)

    def _paged(self, kind: str, column: Any) -> Iterator[tuple[int, Any]]:
        last = -1
        while True:
            with self._database.read() as connection:
                statement = self._kept(kind, column).where(_A.id > last).limit(_PAGE)
                page = connection.execute(statement).all()
            yield from ((row[0], row[1]) for row in page)
            if len(page) < _PAGE:
                return
            last = page[-1][0]

    def _kept(self, kind: str, column: Any) -> Any:
        mine = and_(_A.site == self._site, _A.kind == kind)
        return select(_A.id, column).where(mine).order_by(_A.id)

    def put_facts(self, kind: str, facts: Iterable[tuple[int, str, bytes]]) -> None:
        start = {"site": self._site, "kind": kind}
        made = [
            rows.sealed({**start, "id": id, "basis": basis, "facts": kept})
            for id, basis, kept in facts
        ]
        if made:
            with self._database.write() as connection:
                replaced = self._checksums(connection, kind, [row["id"] for row in made])
                self._database.upsert(connection, AUDIT_FACTS, made, replaced=replaced)

    def _checksums(self, connection: Connection, kind: str, ids: Iterable[int]) -> list[int]:
        found: list[int] = []
        for some in chunks(ids):
            statement = select(_A.checksum).where(
                _A.site == self._site, _A.kind == kind, _A.id.in_(some)
            )
            found += connection.execute(statement).scalars()
        return found

    def drop_facts(self, kind: str, ids: Iterable[int]) -> None:
        wanted = list(ids)
        if wanted:
            with self._database.write() as connection:
                for some in chunks(wanted):
                    which = (_A.kind == kind, _A.id.in_(some))
                    self._database.delete(connection, AUDIT_FACTS, self._site, *which)

    # -- audits and findings

    def standing(self) -> frozenset[str]:
        statement = select(_F.fingerprint).where(_F.site == self._site, _F.gone_audit.is_(None))
        with self._database.read() as connection:
            return frozenset(connection.execute(statement).scalars())

    def record(self, audit: Audit, findings: Iterable[Finding]) -> Audit:
        with self._database.write() as connection:
            last = select(func.max(AUDITS.c.number)).where(AUDITS.c.site == self._site)
            # A row of an audit that was lost must not be taken for one of this.
            most = select(func.max(_F.first_audit)).where(_F.site == self._site)
            number = 1 + max(
                connection.execute(last).scalar() or 0, connection.execute(most).scalar() or 0
            )
            counts = self._put(connection, number, findings)
            tallies = {name: dict(sorted(one.items())) for name, one in counts.tallies.items()}
            audit = replace(
                audit,
                number=number,
                counted=counts.counted,
                muted=counts.muted,
                fresh=counts.fresh,
                gone=counts.gone,
                tallies={**audit.tallies, **tallies},
            )
            row = {"site": self._site, "number": number, "at": audit.at, "as_of": audit.as_of}
            row |= {"rules": audit.rules, "posts": audit.posts, "counted": audit.counted}
            row |= {"muted": audit.muted, "fresh": audit.fresh, "gone": audit.gone}
            row["tallies"] = rows.dump(audit.tallies)
            self._database.insert(connection, AUDITS, [rows.sealed(row)])
        return audit

    def _put(self, connection: Connection, number: int, findings: Iterable[Finding]) -> _Counts:
        stands = self._stands(connection)
        counts = _Counts()
        seen: set[str] = set()
        iterator = iter(findings)
        while batch := list(islice(iterator, _TOGETHER)):
            fresh: list[Row] = []
            changed: list[tuple[Row, int]] = []
            for finding in batch:
                key = finding.fingerprint
                if key in seen:
                    continue
                seen.add(key)
                before = stands.get(key)
                counts.add(finding, fresh=before is None or before.muted)
                if before is None:
                    fresh.append(_row(self._site, key, finding, number))
                    continue
                finding = replace(finding, since=before.since, by=before.by)
                row = _row(self._site, key, finding, before.first)
                if row["checksum"] != before.checksum:
                    changed.append((row, before.checksum))
            self._database.insert(connection, FINDINGS, fresh)
            self._database.upsert(
                connection,
                FINDINGS,
                [row for row, _ in changed],
                replaced=[checksum for _, checksum in changed],
            )
        gone = sorted(stands.keys() - seen)
        counts.gone = sum(not stands[key].muted for key in gone)
        self._close(connection, number, gone)
        return counts

    def _stands(self, connection: Connection) -> dict[str, _Standing]:
        """Of each finding that stands what the next audit has to know."""
        statement = select(
            _F.fingerprint, _F.first_audit, _F.checksum, _F.muted != "", _F.since, _F.brought_by
        ).where(_F.site == self._site, _F.gone_audit.is_(None))
        words: dict[str, str] = {}  # few, and said of many
        return {
            row[0]: _Standing(
                row[1],
                row[2],
                bool(row[3]),
                words.setdefault(row[4], row[4]),
                words.setdefault(row[5], row[5]),
            )
            for row in connection.execute(statement)
        }

    def _close(self, connection: Connection, number: int, gone: list[str]) -> None:
        for start in range(0, len(gone), _TOGETHER):
            some = gone[start : start + _TOGETHER]
            statement = select(FINDINGS).where(
                _F.site == self._site, _F.gone_audit.is_(None), _F.fingerprint.in_(some)
            )
            closed, replaced = [], []
            for found in connection.execute(statement).mappings():
                row = dict(found)
                replaced.append(row.pop("checksum"))
                closed.append(rows.sealed(row | {"gone_audit": number}))
            self._database.upsert(connection, FINDINGS, closed, replaced=replaced)

    def audits(self, *, last: int = 20) -> list[Audit]:
        statement = select(AUDITS).where(AUDITS.c.site == self._site)
        statement = statement.order_by(AUDITS.c.number.desc()).limit(last)
        with self._database.read() as connection:
            return [_audit(row) for row in connection.execute(statement)]

    def findings(self, audit: int) -> Iterator[Finding]:
        then = or_(_F.gone_audit.is_(None), _F.gone_audit > audit)
        yield from self._findings(and_(_F.first_audit <= audit, then))

    def _findings(self, which: Any) -> Iterator[Finding]:
        # The order stands in memory as keys alone; the rows come a page at a time.
        keys = select(_F.fingerprint, _F.first_audit).where(_F.site == self._site, which)
        with self._database.read() as connection:
            order = [tuple(row) for row in connection.execute(keys.order_by(*_ORDER))]
        for start in range(0, len(order), _PAGE):
            some = order[start : start + _PAGE]
            statement = select(FINDINGS).where(
                _F.site == self._site, _F.fingerprint.in_(sorted({key for key, _ in some}))
            )
            with self._database.read() as connection:
                page = {
                    (row.fingerprint, row.first_audit): row for row in connection.execute(statement)
                }
            for key in some:
                if (row := page.get(key)) is not None:
                    yield _finding(row)

    # -- addresses of other sites

    def link_checks(self, urls: Iterable[str] | None = None) -> Iterator[LinkCheck]:
        table = LINK_CHECKS
        if urls is not None:
            keys = sorted({key_of(url) for url in urls})
            for start in range(0, len(keys), _PAGE):
                chosen = table.c.key.in_(keys[start : start + _PAGE])
                statement = select(table).where(table.c.site == self._site, chosen)
                with self._database.read() as connection:
                    page = connection.execute(statement.order_by(table.c.key)).all()
                yield from map(_check, page)
            return
        last = ""
        while True:
            statement = select(table).where(table.c.site == self._site, table.c.key > last)
            with self._database.read() as connection:
                page = connection.execute(statement.order_by(table.c.key).limit(_PAGE)).all()
            yield from map(_check, page)
            if len(page) < _PAGE:
                return
            last = page[-1].key

    def put_link_checks(self, checks: Iterable[LinkCheck]) -> None:
        made = {}
        for one in checks:
            key = key_of(one.url)
            row: Row = {"site": self._site, "key": key, "url": rows.clean(one.url)}
            row |= {"state": one.state, "status": one.status, "reason": rows.clean(one.reason)}
            row |= {"leads_to": rows.clean(one.leads_to), "checked_at": one.checked_at}
            row |= {"since": one.since, "tries": one.tries}
            made[key] = rows.sealed(row)
        if made:
            with self._database.write() as connection:
                self._database.upsert(connection, LINK_CHECKS, list(made.values()))


class _Standing(NamedTuple):
    first: int
    checksum: int
    muted: bool
    since: str
    by: str


class _Counts:
    """What an audit's findings come to, counted as they pass."""

    def __init__(self) -> None:
        self.counted = self.muted = self.fresh = self.gone = 0
        self.tallies: dict[str, Counter[str]] = {"severity": Counter(), "rule": Counter()}

    def add(self, finding: Finding, *, fresh: bool) -> None:
        if finding.muted:
            self.muted += 1
            return
        self.counted += 1
        self.fresh += fresh
        self.tallies["severity"][finding.severity.value] += 1
        self.tallies["rule"][finding.rule] += 1


def key_of(url: str) -> str:
    """What an address's row is called: a digest, since addresses can be of any length."""
    return hashlib.sha256(rows.clean(url).encode()).hexdigest()


def _row(site: str, key: str, finding: Finding, first: int) -> Row:
    return rows.sealed(
        {
            "site": site,
            "fingerprint": key,
            "first_audit": first,
            "gone_audit": None,
            "rule": finding.rule,
            "severity": finding.severity.value,
            "certainty": finding.certainty.value,
            "kind": rows.clean(finding.kind),
            "id": rows.fit(finding.id),
            "subject": rows.clean(finding.subject),
            "message": rows.clean(finding.message),
            "title": rows.clean(finding.title),
            "url": rows.clean(finding.url),
            "edit_url": rows.clean(finding.edit_url),
            "excerpt": rows.clean(finding.excerpt.text),
            "mark_start": finding.excerpt.start,
            "mark_end": finding.excerpt.end,
            "data": rows.dump(finding.data),
            "since": finding.since,
            "brought_by": rows.clean(finding.by),
            "muted": rows.clean(finding.muted),
        }
    )


def _finding(row: Any) -> Finding:
    return Finding(
        row.rule,
        Severity(row.severity),
        Certainty(row.certainty),
        row.kind,
        row.id,
        row.subject,
        row.message,
        row.title,
        row.url,
        row.edit_url,
        Excerpt(row.excerpt, row.mark_start, row.mark_end),
        rows.load(row.data),
        row.since,
        row.brought_by,
        row.muted,
        row.first_audit,
    )


def _audit(row: Any) -> Audit:
    return Audit(
        row.number,
        row.at,
        row.as_of,
        row.rules,
        row.posts,
        row.counted,
        row.muted,
        row.fresh,
        row.gone,
        rows.load(row.tallies),
    )


def _check(row: Any) -> LinkCheck:
    return LinkCheck(
        row.url,
        row.state,
        row.status,
        row.reason,
        row.leads_to,
        row.checked_at,
        row.since,
        row.tries,
    )

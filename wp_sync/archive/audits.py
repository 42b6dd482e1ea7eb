"""The rows of audits: what they found, from which to which audit, and what is kept for the next.

Judges nothing; `wp_sync.audit` does. Rows that say the same as those that stand are not written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, literal_column, or_, select, true
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from wp_sync.archive import rows
from wp_sync.archive.audit_forms import Row, audit_of, check_of, finding_of, finding_row, key_of
from wp_sync.archive.database import Database
from wp_sync.archive.records import chunks
from wp_sync.archive.schema import AUDIT_FACTS, AUDITS, FINDINGS, LINK_CHECKS
from wp_sync.findings import Audit, Finding, LinkCheck, Settled, Severity

_PAGE = 500
_TOGETHER = 500  # rows written with one statement
_BITS = 1 << 26  # for the findings of one audit: of a million, one in a hundred is looked up
_F, _A = FINDINGS.c, AUDIT_FACTS.c
_RANK: ColumnElement[int] = case(
    *((_F.severity == one.value, one.rank) for one in Severity), else_=len(Severity)
)
# The order of a report: the gravest first, then by rule and item.
_ORDER: tuple[Any, ...] = (_RANK, _F.rule, _F.kind, _F.id, _F.fingerprint)


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

    def standing(self, kind: str = "", ids: Iterable[int] | None = None) -> frozenset[str]:
        stands = (_F.site == self._site, _F.gone_audit.is_(None))
        found: set[str] = set()
        with self._database.read() as connection:
            for some in [None] if ids is None else chunks(ids):
                chosen = true() if some is None else and_(_F.kind == kind, _F.id.in_(some))
                statement = select(_F.fingerprint).where(*stands, chosen)
                found.update(connection.execute(statement).scalars())
        return frozenset(found)

    def intact(self) -> bool:
        # The empty text spelled out: as a parameter it would be another one in each clause.
        groups = (_F.rule, _F.severity, _F.muted != literal_column("''"))
        statement = select(*groups, func.count()).where(
            _F.site == self._site, _F.gone_audit.is_(None)
        )
        counts = _Counts()
        with self._database.read() as connection:
            for rule, severity, muted, count in connection.execute(statement.group_by(*groups)):
                counts.add(rule, severity, bool(muted), count)
        return any(counts == _Counts(last) for last in self.audits(last=1))

    def record(
        self, audit: Audit, findings: Iterable[Finding], settled: Settled | None = None
    ) -> Audit:
        with self._database.write() as connection:
            last = select(func.max(AUDITS.c.number)).where(AUDITS.c.site == self._site)
            # A row of an audit that was lost must not be taken for one of this.
            most = select(func.max(_F.first_audit)).where(_F.site == self._site)
            number = 1 + max(
                connection.execute(last).scalar() or 0, connection.execute(most).scalar() or 0
            )
            stands = self._stands(connection, settled)
            counts = _Counts(*self.audits(last=1)) if settled else _Counts()
            for one in stands.values() if settled else ():
                counts.add(one.rule, one.severity, one.muted, -1)
            fresh, gone = self._put(connection, number, findings, stands, counts)
            audit = replace(
                audit,
                number=number,
                counted=counts.counted,
                muted=counts.muted,
                fresh=fresh,
                gone=gone,
                tallies={**audit.tallies, **counts.tallies()},
            )
            row: Row = {"site": self._site, "number": number, "at": audit.at, "as_of": audit.as_of}
            row |= {"rules": audit.rules, "posts": audit.posts, "counted": audit.counted}
            row |= {"muted": audit.muted, "fresh": audit.fresh, "gone": audit.gone}
            row["tallies"] = rows.dump(audit.tallies)
            self._database.insert(connection, AUDITS, [rows.sealed(row)])
        return audit

    def _put(
        self,
        connection: Connection,
        number: int,
        findings: Iterable[Finding],
        stands: dict[str, _Standing],
        counts: _Counts,
    ) -> tuple[int, int]:
        """Write what is not as it stood; returns how many are new and how many gone."""
        fresh = 0
        bits = bytearray(_BITS // 8)
        iterator = iter(findings)
        while some := list(islice(iterator, _TOGETHER)):
            batch: dict[str, Finding] = {}
            for finding in some:
                batch.setdefault(finding.fingerprint, finding)
            for key in self._told(connection, [key for key in batch if _was(bits, key)], stands):
                del batch[key]
            added: list[Row] = []
            changed: list[tuple[Row, int]] = []
            for key, finding in batch.items():
                before = stands.pop(key, None)
                counts.add(finding.rule, finding.severity.value, bool(finding.muted))
                fresh += not finding.muted and (before is None or before.muted)
                if before is None:
                    origin = number, finding.since, finding.by
                    added.append(finding_row(self._site, key, finding, *origin))
                    continue
                row = finding_row(self._site, key, finding, before.first, before.since, before.by)
                if row["checksum"] != before.checksum:
                    changed.append((row, before.checksum))
            self._database.insert(connection, FINDINGS, added)
            self._database.upsert(
                connection,
                FINDINGS,
                [row for row, _ in changed],
                replaced=[checksum for _, checksum in changed],
            )
        self._close(connection, number, sorted(stands))
        return fresh, sum(not one.muted for one in stands.values())

    def _told(
        self, connection: Connection, keys: Iterable[str], stands: Mapping[str, _Standing]
    ) -> list[str]:
        """Those of some findings that this audit has written down, or left as they stand."""
        found: list[str] = []
        for some in chunks(keys):
            statement = select(_F.fingerprint).where(
                _F.site == self._site, _F.gone_audit.is_(None), _F.fingerprint.in_(some)
            )
            found += (key for key in connection.execute(statement).scalars() if key not in stands)
        return found

    def _stands(self, connection: Connection, settled: Settled | None) -> dict[str, _Standing]:
        """Of each finding that stands what the next audit has to know; not of those settled."""
        if settled is None:
            return dict(self._standing_where(connection, true()))
        if settled.everything:
            return {}
        mine = _F.site == self._site
        names = connection.execute(select(_F.rule).where(mine).distinct()).scalars()
        others = [name for name in names if name not in settled.rules]
        found = dict(self._standing_where(connection, _F.rule.in_(others)))
        posts: dict[str, list[int]] = {}
        for kind, id in connection.execute(select(_F.kind, _F.id).where(mine).distinct()):
            if id not in settled.posts.get(kind, ()):
                posts.setdefault(kind, []).append(id)
        for kind, ids in posts.items():
            for some in chunks(ids):
                which = and_(_F.kind == kind, _F.id.in_(some), _F.rule.in_(settled.rules))
                found |= self._standing_where(connection, which)
        return found

    def _standing_where(
        self, connection: Connection, which: ColumnElement[bool]
    ) -> Iterator[tuple[str, _Standing]]:
        statement = select(
            _F.fingerprint,
            _F.first_audit,
            _F.checksum,
            _F.rule,
            _F.severity,
            _F.muted != "",
            _F.since,
            _F.brought_by,
        ).where(_F.site == self._site, _F.gone_audit.is_(None), which)
        words: dict[str, str] = {}  # few, and said of many
        same = words.setdefault
        for row in connection.execute(statement):
            key, first, checksum, rule, severity, muted, since, by = row
            yield (
                key,
                _Standing(
                    first,
                    checksum,
                    same(rule, rule),
                    same(severity, severity),
                    bool(muted),
                    same(since, since),
                    same(by, by),
                ),
            )

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
            return [audit_of(row) for row in connection.execute(statement)]

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
                    yield finding_of(row)

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
                yield from map(check_of, page)
            return
        last = ""
        while True:
            statement = select(table).where(table.c.site == self._site, table.c.key > last)
            with self._database.read() as connection:
                page = connection.execute(statement.order_by(table.c.key).limit(_PAGE)).all()
            yield from map(check_of, page)
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


def _was(bits: bytearray, key: str) -> bool:
    """Whether the bit of a finding, or another's that has the same, was set; it is from now on."""
    place, bit = divmod(int(key, 16) % _BITS, 8)
    known = bits[place] >> bit & 1
    bits[place] |= 1 << bit
    return bool(known)


class _Standing(NamedTuple):
    first: int
    checksum: int
    rule: str
    severity: str
    muted: bool
    since: str
    by: str


class _Counts:
    """What an audit's findings come to: none, or those of an audit, and what is added to them."""

    def __init__(self, audit: Audit | None = None) -> None:
        self.muted = audit.muted if audit else 0
        tallies: Mapping[str, Mapping[str, int]] = audit.tallies if audit else {}
        self._severities = Counter(tallies.get("severity", {}))
        self._rules = Counter(tallies.get("rule", {}))

    @property
    def counted(self) -> int:
        return self._rules.total()

    def add(self, rule: str, severity: str, muted: bool, times: int = 1) -> None:
        if muted:
            self.muted += times
        else:
            self._severities[severity] += times
            self._rules[rule] += times

    def tallies(self) -> dict[str, dict[str, int]]:
        """What counts, by severity and by rule."""
        parts = {"severity": self._severities, "rule": self._rules}
        return {
            name: {key: count for key, count in sorted(part.items()) if count}
            for name, part in parts.items()
        }

    def __eq__(self, other: object) -> bool:
        mine = (self.muted, self.tallies())
        return isinstance(other, _Counts) and mine == (other.muted, other.tallies())

    __hash__ = None  # type: ignore[assignment]

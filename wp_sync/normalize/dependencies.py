"""What posts lean on beside their own records, as facts that a later run can compare.

A derivation notes the key of every fact it asked for: addresses
(`wp_sync.normalize.links.urls`), terms,
accounts, people. A run compares today's facts with those that the archive was derived under, and
derives only posts that asked for one that changed. Two facts may share a key: then a post is
derived once too often, and comes out the same. Reads the archive through its port, writes nothing.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from wp_sync.archive.base import SiteArchive
from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.text import decoded_slug

_PAGE = 5_000  # rows that are looked at together
_FEW = 16  # facts that the database itself looks for; of more, every post's are read
_WIDTH = 64  # neighbouring ids whose records are told apart by one digest
_LINKED = ("posts/", "terms/", "users/")
_ROWS = """SELECT id, state, digest, link, slug, status FROM records
    WHERE site = :site AND kind = :kind"""
_ROWS_OF = f"{_ROWS} AND id BETWEEN :first AND :last ORDER BY id"
_MOST_LOOKS = 200  # of few neighbours each; more are looked at as one
_STALE = """SELECT r.id FROM records AS r LEFT JOIN posts AS p
    ON p.site = r.site AND p.id = r.id AND p.type = :type
    WHERE r.site = :site AND r.kind = :kind AND (p.derived_from IS NULL OR
    substr(p.derived_from, 1, length(r.digest) + length(r.state) + 2)
    <> r.digest || ':' || r.state || ':')"""
OLD = "old"  # the table of old addresses, beside the kinds

Row = Mapping[str, Any]


def key_of(*words: object) -> int:
    """The key of a fact: 32 bits."""
    text = "\n".join(map(str, words)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest(), "little")


NAMES = key_of("names")  # of all people together, for those who look somebody up by name


def pack(keys: Iterable[int]) -> bytes:
    """Keys as bytes, four each, little-endian, rising; of longer ones the low 32 bits."""
    found = sorted({key & 0xFFFFFFFF for key in keys})
    return struct.pack(f"<{len(found)}I", *found)


def unpack(facts: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(facts) // 4}I", facts)


class Facts(msgspec.Struct, frozen=True):
    """All that posts share, each fact by its digest; kept in the archive as JSON.

    ``base`` stands for what concerns every post. ``assigned`` are the rules on posts: taxonomy,
    digest, and the terms they concern or None. ``records`` has a digest of the addresses (or of
    the contents, for kinds that nobody links to) of each 64 neighbouring ids, by kind, and ``sums``
    what the database itself makes of their rows. ``tables`` stands for every row that was read or
    written, ``rows`` for those of records and of what is made of them, ``made`` for the latter.
    """

    base: str
    terms: dict[str, dict[int, str]]
    assigned: list[tuple[str, str, list[tuple[str, int]] | None]]
    users: dict[int, str]
    people: dict[str, str]
    named: str  # the rules on authors
    records: dict[str, dict[int, str]] = {}
    sums: dict[str, dict[int, int]] = {}
    tables: str = ""
    rows: str = ""
    made: str = ""

    def text(self) -> str:
        return msgspec.json.encode(self).decode()

    def like(self, other: Facts) -> bool:
        """Whether rules, terms and people are the same, whatever became of the records."""
        kept = {n: getattr(self, n) for n in ("records", "sums", "tables", "rows", "made")}
        return msgspec.structs.replace(other, **kept) == self


def facts_of(text: str) -> Facts | None:
    """What `Facts.text` made; None for nothing, and for what another version may have kept."""
    try:
        return msgspec.json.decode(text, type=Facts)
    except msgspec.DecodeError:
        return None


def changed_keys(before: Facts, now: Facts) -> set[int] | None:
    """The keys of terms, rules and people that differ; None where any post may be concerned."""
    if before.base != now.base or before.terms.keys() != now.terms.keys():
        return None
    keys: set[int] = set()
    for taxonomy, terms in now.terms.items():
        keys |= {key_of("term", taxonomy, id) for id in _differing(before.terms[taxonomy], terms)}
    for one in _changed_rules(before.assigned, now.assigned):
        if one is None:
            return None
        keys |= {key_of("term", *term) for term in one}
    keys |= {key_of("user", id) for id in _differing(before.users, now.users)}
    keys |= {key_of("person", slug) for slug in _differing(before.people, now.people)}
    if (before.users, before.people, before.named) != (now.users, now.people, now.named):
        keys.add(NAMES)
    return keys


def _differing(before: Mapping[Any, str], now: Mapping[Any, str]) -> set[Any]:
    return {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}


def _changed_rules(before: Sequence[Any], now: Sequence[Any]) -> Iterator[Any]:
    """Whom the rules concern that came, went, or stand in another order."""
    gone = [rule for rule in before if rule not in now]
    fresh = [rule for rule in now if rule not in before]
    if [rule for rule in before if rule not in gone] != [rule for rule in now if rule not in fresh]:
        gone, fresh = list(before), list(now)
    return (concerns for _, _, concerns in (*gone, *fresh))


@dataclass(slots=True)
class Changes:
    """Which records may differ from what was derived: ids, and rows with their addresses.

    ``touched`` are numbers of neighbours of whom some row is another, None for all.
    """

    digests: dict[str, dict[int, str]] = field(default_factory=dict)
    sums: dict[str, dict[int, int]] = field(default_factory=dict)
    touched: dict[str, list[int]] | None = None
    ids: dict[str, set[int]] = field(default_factory=dict)
    addresses: list[tuple[str, Row]] = field(default_factory=list)
    old: list[tuple[str, str, int]] = field(default_factory=list)


def changed_records(
    archive: SiteArchive,
    site: str,
    kinds: Iterable[str],
    before: Facts | None,
    each: Callable[[], None],
) -> Changes:
    """Tell which records may have changed by their rows, their contents unread.

    The rows of neighbours are read where the database says that one is another than it was. There
    is more in them than addresses, such as when a record was fetched: their digests tell.
    ``before`` are the facts of an earlier look, None where all are wanted anew; ``each`` is called
    now and then.
    """
    found = Changes(sums=_sums(archive, site), touched=None if before is None else {})
    for kind in kinds:
        digests = found.digests[kind] = {}
        if before is None or found.touched is None:
            for number, rows in _neighbours(archive, site, kind, each):
                digests[number] = _digest_of(kind, rows)
            continue
        stood, sums = before.records.get(kind, {}), before.sums.get(kind, {})
        for number, total in found.sums.get(kind, {}).items():
            if number in stood and sums.get(number) == total:
                digests[number] = stood[number]
                continue
            each()
            found.touched.setdefault(kind, []).append(number)
            rows = list(archive.query(_ROWS_OF, site=site, kind=kind, **_span(number)))
            digests[number] = _digest_of(kind, rows)
            if stood.get(number) == digests[number]:
                continue
            found.ids.setdefault(kind, set()).update(int(row["id"]) for row in rows)
            if kind.startswith(_LINKED):
                found.addresses += [(kind, row) for row in _moved(archive, site, kind, rows)]
    olds: dict[int, list[tuple[str, str, int]]] = {}
    for one in archive.old_slugs():
        olds.setdefault(one[2] // _WIDTH, []).append(one)
    kept = found.digests[OLD] = {number: _short(some) for number, some in olds.items()}
    if before is not None:
        for number in _differing(before.records.get(OLD, {}), kept):
            found.old += olds.get(number, [])
        ids = {int(row["id"]) for _, row in found.addresses}
        found.old += [
            one for number in {id // _WIDTH for id in ids} for one in olds.get(number, [])
        ]
    return found


def _sums(archive: SiteArchive, site: str) -> dict[str, dict[int, int]]:
    """What the rows of neighbouring records come to, by kind; all in the database."""
    found: dict[str, dict[int, int]] = {}
    for row in archive.query(
        f"SELECT kind, id / {_WIDTH} AS number, sum(checksum & 4294967295) AS total FROM records"  # noqa: S608
        f" WHERE site = :site GROUP BY kind, id / {_WIDTH}",
        site=site,
    ):
        found.setdefault(str(row["kind"]), {})[int(str(row["number"]))] = int(str(row["total"]))
    return found


def _span(number: int) -> dict[str, int]:
    return {"first": number * _WIDTH, "last": number * _WIDTH + _WIDTH - 1}


def _neighbours(
    archive: SiteArchive, site: str, kind: str, each: Callable[[], None]
) -> Iterator[tuple[int, list[Row]]]:
    last = -1
    standing: list[Row] = []
    while True:
        each()
        page = archive.query(
            f"{_ROWS} AND id > :last ORDER BY id LIMIT :most",
            site=site,
            kind=kind,
            last=last,
            most=_PAGE,
        )
        for row in page:
            id = int(str(row["id"]))
            if standing and id // _WIDTH != last // _WIDTH:
                yield last // _WIDTH, standing
                standing = []
            standing.append(row)
            last = id
        if len(page) < _PAGE:
            break
    if standing:
        yield last // _WIDTH, standing


def _digest_of(kind: str, rows: Sequence[Row]) -> str:
    if kind.startswith(_LINKED) and kind != MEDIA_KIND:
        # Contents of these are compared one by one, with what each post was derived from.
        return _short([(r["id"], r["state"], r["link"], r["slug"], r["status"]) for r in rows])
    return _short([tuple(row.values()) for row in rows])


def _short(value: object) -> str:
    return hashlib.blake2b(msgspec.json.encode(value), digest_size=6).hexdigest()


def _moved(archive: SiteArchive, site: str, kind: str, rows: list[Row]) -> Iterator[Row]:
    """Of neighbouring records those whose address is not the one that was derived."""
    if kind.startswith("posts/") and kind != MEDIA_KIND:
        posts = archive.query(
            "SELECT id, link, slug, state, status FROM posts"
            " WHERE site = :site AND type = :type AND id BETWEEN :first AND :last",
            site=site,
            type=kind.partition("/")[2],
            first=rows[0]["id"],
            last=rows[-1]["id"],
        )
        known = {tuple(post.values()) for post in posts}
    else:
        known = set()
    for row in rows:
        status = row["status"] or "publish"
        place = (row["id"], row["link"], decoded_slug(str(row["slug"])), row["state"], status)
        if place not in known:
            yield row


def stale_ids(
    archive: SiteArchive, site: str, kind: str, among: Sequence[int] | None = None
) -> set[int]:
    """Posts that were never derived, or from another version or state of their own record.

    ``among``: the numbers of the neighbours who may be any; None: all.
    """
    which = {"site": site, "kind": kind, "type": kind.partition("/")[2]}
    if among is None or len(among) > _MOST_LOOKS:
        found = list(archive.query(_STALE, **which))
    else:
        some = f"{_STALE} AND r.id BETWEEN :first AND :last"
        found = [row for n in among for row in archive.query(some, **which, **_span(n))]
    return {int(str(row["id"])) for row in found}


def leaning(
    archive: SiteArchive, site: str, keys: Iterable[int], each: Callable[[], None]
) -> dict[str, set[int]]:
    """The posts, by type, whose derivation asked for any of these facts."""
    wanted = {key & 0xFFFFFFFF for key in keys}
    found: dict[str, set[int]] = {}
    if len(wanted) <= _FEW:
        for type, post, facts in archive.asking([pack([key]) for key in sorted(wanted)]):
            if not wanted.isdisjoint(unpack(facts)):
                found.setdefault(type, set()).add(post)
        return found
    post, type = -1, ""
    while True:
        each()
        page = archive.query(
            "SELECT post, post_type, facts FROM post_dependencies WHERE site = :site"
            " AND (post > :post OR (post = :post AND post_type > :type))"
            " ORDER BY post, post_type LIMIT :most",
            site=site,
            post=post,
            type=type,
            most=_PAGE,
        )
        for row in page:
            post, type = int(str(row["post"])), str(row["post_type"])
            packed: Any = row["facts"]
            if not wanted.isdisjoint(unpack(bytes(packed))):
                found.setdefault(type, set()).add(post)
        if len(page) < _PAGE:
            break
    return found

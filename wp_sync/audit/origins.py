"""Since when a finding is there, and with which change it came in: the archive's history asked.

Only for what is new, and only where a post has more than one version: then its earlier versions
go through the same rules, newest first, until one does not have it. An address in an earlier
version is taken to mean what it means today. What the site's own rules find came in between two
audits; where it leans on two records alone, with the last change of either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from msgspec import structs

from wp_sync.archive.base import Current, SiteArchive, Version
from wp_sync.audit.facts import Checker
from wp_sync.audit.page import Page, Setting
from wp_sync.content import Link
from wp_sync.model import State
from wp_sync.normalize.links.addresses import find_addresses
from wp_sync.normalize.links.scan import scan
from wp_sync.normalize.records import post_of

FIRST_COPY = "first copy"
_NEW = ": new"
_MOST_VERSIONS = 30  # of one post that are looked at
_SOME = 200

_FIRSTS = """SELECT r.id, r.version, v.seen_at FROM records AS r JOIN versions AS v
    ON v.site = r.site AND v.kind = r.kind AND v.id = r.id AND v.number = 1
    WHERE r.site = :site AND r.kind = :kind"""

Key = tuple[str, str]  # a rule and a subject


@dataclass(frozen=True, slots=True)
class Origin:
    """Since when, and with which change: ``first copy``, ``version 3``, ``posts/post 7: gone``."""

    since: str = ""
    by: str = ""


UNKNOWN = Origin()


class Origins:
    """Asks one archive's history."""

    def __init__(self, archive: SiteArchive, checker: Checker, setting: Setting) -> None:
        self._archive = archive
        self._checker = checker
        self._setting = setting
        self._changes: dict[tuple[str, int], tuple[int, Origin]] = {}

    def of_posts(
        self, kind: str, wanted: Mapping[int, Sequence[tuple[Key, tuple[str, int] | None]]]
    ) -> dict[tuple[int, Key], Origin]:
        """The origins of hits on posts of a kind, by post; each a key, and the record that may have
        brought it about."""
        found: dict[tuple[int, Key], Origin] = {}
        firsts = self._firsts(kind, wanted)
        for id, hits in wanted.items():
            count, first = firsts.get(id, (0, ""))
            start = Origin(first, FIRST_COPY) if first else UNKNOWN
            origins = dict.fromkeys((key for key, _ in hits), start)
            if count > 1:
                origins |= self._walked(kind, id, origins.keys(), start)
            for key, because in hits:
                origin = origins[key]
                if because is not None:
                    later = self._target(because)
                    origin = later if later.since > origin.since else origin
                found[id, key] = origin
        return found

    def between(self, item: tuple[str, int], because: tuple[str, int], after: str) -> Origin:
        """Since when an item has what it or another record brought about after a moment; unknown
        where neither changed since."""
        run, own = self._change(item)
        if own.by.endswith(_NEW):
            own = Origin(own.since, FIRST_COPY)
        _, later = max((run, own), self._change(because), key=itemgetter(0))
        return later if later.since >= after else UNKNOWN

    def _firsts(self, kind: str, ids: Iterable[int]) -> dict[int, tuple[int, str]]:
        """How many versions each record has, and when the first was seen."""
        found: dict[int, tuple[int, str]] = {}
        ordered = sorted(ids)
        for start in range(0, len(ordered), _SOME):
            some = ordered[start : start + _SOME]
            names = {f"id{number}": id for number, id in enumerate(some)}
            holders = ", ".join(f":{name}" for name in names)
            rows = self._archive.query(
                f"{_FIRSTS} AND r.id IN ({holders})",
                site=self._setting.site,
                kind=kind,
                **names,
            )
            for row in rows:
                found[int(str(row["id"]))] = int(str(row["version"])), str(row["seen_at"])
        return found

    def _walked(self, kind: str, id: int, keys: Iterable[Key], start: Origin) -> dict[Key, Origin]:
        versions = self._archive.versions(kind, id)[-_MOST_VERSIONS:]
        pending = set(keys)
        found: dict[Key, Origin] = {}
        links = self._links(kind, id)
        for later, version in zip(reversed(versions), reversed(versions[:-1]), strict=False):
            if not pending:
                break
            page = self._page(version, links)
            there = {(hit.rule, hit.subject) for hit in self._checker.hits(page)}
            came = _came(later)
            found |= dict.fromkeys(pending - there, came)
            pending &= there
        whole = bool(versions) and versions[0].number == 1
        oldest = start if whole else Origin(_time(versions[0]), f"version {versions[0].number}")
        return found | dict.fromkeys(pending, oldest)

    def _links(self, kind: str, id: int) -> dict[str, Link]:
        rows = self._archive.query(
            "SELECT url, state, resolved, target_kind, target, target_type, via FROM links"
            " WHERE site = :site AND post = :id AND post_type = :type ORDER BY position",
            site=self._setting.site,
            id=id,
            type=kind.partition("/")[2],
        )
        return {
            str(row["url"]): Link(
                position=0,
                url=str(row["url"]),
                text="",
                element="",
                state=row["state"],  # type: ignore[arg-type]
                resolved=str(row["resolved"]),
                target_kind=str(row["target_kind"]),
                target=int(str(row["target"])),
                target_type=str(row["target_type"]),
                via=str(row["via"]),
            )
            for row in rows
        }

    def _page(self, version: Version, links: Mapping[str, Link]) -> Page:
        current = Current(version.kind, version.id, State.LIVE, version.digest, version.data)
        post = post_of(current, {})
        scanned = scan(post.content)
        there = [
            structs.replace(
                links[found.url],
                position=number,
                text=found.text,
                element=found.element,
                attribute=found.attribute,
                span_start=found.start,
                span_end=found.end,
            )
            for number, found in enumerate(find_addresses(scanned))
            if found.url in links
        ]
        return Page(post, version.data, self._setting, links=there)

    def _target(self, record: tuple[str, int]) -> Origin:
        """The last change of a record that visitors could notice."""
        _, change = self._change(record)
        return UNKNOWN if change.by.endswith(_NEW) else change

    def _change(self, record: tuple[str, int]) -> tuple[int, Origin]:
        """The last change of a record, its first appearance included, and the run that saw it."""
        if record not in self._changes:
            kind, id = record
            rows = self._archive.query(
                "SELECT c.run, c.change, c.state, r.started_at FROM changes AS c JOIN runs AS r"
                " ON r.site = c.site AND r.number = c.run WHERE c.site = :site"
                " AND c.kind = :kind AND c.id = :id ORDER BY c.number DESC LIMIT 1",
                site=self._setting.site,
                kind=kind,
                id=id,
            )
            for row in rows:
                what = row["state"] if row["change"] == "vanished" else row["change"]
                change = Origin(str(row["started_at"]), f"{kind} {id}: {what}")
                self._changes[record] = int(str(row["run"])), change
            self._changes.setdefault(record, (0, UNKNOWN))
        return self._changes[record]


def _came(version: Version) -> Origin:
    return Origin(_time(version), f"version {version.number}")


def _time(version: Version) -> str:
    return version.seen_at.strftime("%Y-%m-%dT%H:%M:%SZ")

"""A site in memory behind the `Source` port, that can be edited and misbehaves on request.

It answers as WordPress does where that matters to a pull: totals count hidden items, `modified`
has whole seconds and stays as it is when a scheduled post goes live or terms are set on their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from wp_sync.digest import stamp
from wp_sync.errors import Problem
from wp_sync.model import (
    Collection,
    Fetched,
    Identity,
    Landing,
    Login,
    MediaFile,
    Record,
    Sighting,
    Span,
    State,
    Walked,
)

STAMP = ("modified_gmt", "date_gmt", "slug", "status", "categories")
POSTS = Collection(
    "posts/post",
    "wp/v2/posts",
    stamp_fields=STAMP,
    filters=frozenset({"modified_after", "after", "before", "offset"}),
    taxonomies={"terms/category": "categories"},
)
MEDIA = Collection(
    "posts/attachment",
    "wp/v2/media",
    stamp_fields=STAMP,
    filters=frozenset({"modified_after", "after", "offset"}),
)
CATEGORIES = Collection("terms/category", "wp/v2/categories")
ANONYMOUS = Login()
START = datetime(2025, 1, 1, tzinfo=UTC)


def gmt(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


@dataclass
class FakeSite:
    """What the site really holds. ``away`` maps (kind, id) to 401/403/404/"trash"."""

    items: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    away: dict[tuple[str, int], object] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    now: datetime = START
    next_id: int = 1
    zone: tzinfo = UTC

    def local(self, date_gmt: str) -> str:
        """A moment by the site's wall clock."""
        return gmt(datetime.fromisoformat(date_gmt + "Z").astimezone(self.zone))

    def tick(self, **delta: float) -> datetime:
        self.now += timedelta(**(delta or {"minutes": 10}))
        return self.now

    def add(self, kind: str = "posts/post", **values: Any) -> int:
        id = values.pop("id", self.next_id)
        self.next_id = max(self.next_id, id) + 1
        item: dict[str, Any] = {"id": id, "slug": f"item-{id}"}
        if kind.startswith("posts/"):
            item |= {
                "date_gmt": gmt(self.now),
                "modified_gmt": gmt(self.now),
                "status": "publish",
                "categories": [],
                "title": {"rendered": f"Item {id}"},
                "content": {"rendered": f"<p>Text {id}</p>"},
            }
        item |= values
        if kind.startswith("posts/"):
            item.setdefault("date", self.local(item["date_gmt"]))
        self.items.setdefault(kind, {})[id] = item
        return id

    def edit(self, id: int, kind: str = "posts/post", **values: Any) -> None:
        item = self.items[kind][id]
        item |= values
        if "date_gmt" in values and "date" not in values:
            item["date"] = self.local(values["date_gmt"])
        if "modified_gmt" in item and "modified_gmt" not in values:
            item["modified_gmt"] = gmt(self.now)

    def silently(self, id: int, kind: str = "posts/post", **values: Any) -> None:
        """A change that WordPress does not record in `modified`."""
        self.items[kind][id] |= values

    def remove(self, id: int, kind: str = "posts/post", answer: object = 404) -> None:
        item = self.items[kind].pop(id)
        self.away[kind, id] = (answer, item)

    def restore(self, id: int, kind: str = "posts/post") -> None:
        _, item = self.away.pop((kind, id))  # type: ignore[misc]
        self.items[kind][id] = item

    def recount(self) -> None:
        """Give every category the count that WordPress would keep."""
        for id, term in self.items.get("terms/category", {}).items():
            term["count"] = sum(
                id in post["categories"] and post["status"] == "publish"
                for post in self.items.get("posts/post", {}).values()
            )


@dataclass
class FakeSource:
    """The `Source` port over a `FakeSite`. Attributes are the misbehaviours."""

    world: FakeSite
    login: Login = ANONYMOUS
    key: str = "blog.example"
    collections_: tuple[Collection, ...] = (CATEGORIES, POSTS, MEDIA)
    unseen: tuple[Problem, ...] = ()
    batch: int = 3
    broken: set[int] = field(default_factory=set)
    unlisted: set[int] = field(default_factory=set)  # left out by a stale page cache
    hidden: int = 0  # counted and never shown
    total_offset: int = 0
    no_totals: bool = False
    no_range_totals: bool = False
    ignores_dates: bool = False  # `after` and `before` filter nothing
    incomplete: str = ""
    unknown_fate: set[int] = field(default_factory=set)
    stale: dict[int, dict[str, Any]] = field(default_factory=dict)
    repeated_hours: float = 0  # that the wall clock goes through twice: `modified_after` is blind
    during: Callable[[str, int], None] | None = None  # called before each batch of a listing
    namespaces: tuple[str, ...] = ()
    redirects_: list[dict[str, Any]] | None = None
    # Where addresses lead: an address, a status, or a failure; any other answers 404.
    leads: dict[str, str | int | Exception] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    identities: list[Identity] = field(default_factory=list)

    def redirects(self) -> tuple[Sequence[Record], bool] | None:
        self.log.append("redirects")
        if self.redirects_ is None:
            return None
        found = [
            self._record("redirects/redirection", one, ("url", "target")) for one in self.redirects_
        ]
        return found, not self.incomplete

    def leads_to(self, url: str) -> Landing | None:
        self.log.append(f"visit {url}")
        found = self.leads.get(url, self.leads.get("*", 404))
        if isinstance(found, Exception):
            raise found
        if isinstance(found, int):
            return Landing(url, found, self.world.now)
        outside = not found.startswith(f"https://{self.key}/")
        return Landing(found, 301 if outside else 200, self.world.now, outside)

    def requests_made(self) -> int:
        return len(self.log)

    def identify(self) -> Identity:
        self.log.append("identify")
        if self.identities:
            return self.identities.pop(0)
        return self.identity()

    def identity(self, **changes: Any) -> Identity:
        values: dict[str, Any] = {
            "key": self.key,
            "home": f"https://{self.key}",
            "api": f"https://{self.key}/wp-json/",
            "name": "Blog",
            "login": self.login,
            "server_time": self.world.now,
            "namespaces": self.namespaces,
        }
        return Identity(**(values | changes))

    def site(self) -> Record:
        return self._record("site/site", {"id": 0, "name": "Blog"}, ())

    def collections(self) -> tuple[Sequence[Collection], Sequence[Problem]]:
        self.log.append("collections")
        return self.collections_, self.unseen

    def _record(self, kind: str, item: dict[str, Any], fields: Iterable[str]) -> Record:
        raw = json.dumps(item).encode()
        lacking: tuple[str, ...] = ()
        if item["id"] in self.broken and kind == "posts/post":
            lacking = ("content.rendered",)
        return Record(
            kind, item["id"], raw, json.loads(raw), stamp(item, fields), self.world.now, lacking
        )

    def _all(self, c: Collection) -> list[dict[str, Any]]:
        items = self.world.items.get(c.kind, {})
        return [items[id] for id in sorted(items) if id not in self.unlisted]

    def _steps(
        self, c: Collection, what: str, within: Span | None = None
    ) -> Generator[list[dict[str, Any]], None, Walked]:
        """Batches in order of id; what is removed while we walk is gone from later batches."""
        last, seen, number = 0, 0, 0
        while True:
            if self.during:
                self.during(c.kind, number)
            items = self._within(c, within)
            batch = [item for item in items if item["id"] > last][: self.batch]
            self.log.append(f"{what} {c.kind}")
            if not batch:
                break
            last, seen, number = batch[-1]["id"], seen + len(batch), number + 1
            yield batch
        total = self._total(c) if within is None else self._count(c, within)
        return Walked(not self.incomplete, total, seen, hidden=self.hidden, why=self.incomplete)

    def _total(self, c: Collection) -> int | None:
        if self.no_totals:
            return None
        return len(self._all(c)) + self.hidden + self.total_offset

    def _within(self, c: Collection, span: Span | None) -> list[dict[str, Any]]:
        """As WordPress compares: the local date, strictly, both ways."""
        if span is None or self.ignores_dates:
            return self._all(c)
        return [
            item
            for item in self._all(c)
            if (span.after is None or item["date"] > span.after)
            and (span.before is None or item["date"] < span.before)
        ]

    def _count(self, c: Collection, span: Span) -> int:
        """Hidden items are dated before all others."""
        return len(self._within(c, span)) + (self.hidden if span.after is None else 0)

    def counted(self, c: Collection, spans: Sequence[Span]) -> Sequence[int | None]:
        self.log += [f"count {c.kind}"] * len(spans)
        return [None if self.no_range_totals else self._count(c, span) for span in spans]

    def walk(self, c: Collection) -> Generator[Sequence[Record], None, Walked]:
        steps = self._steps(c, "walk")
        broken: dict[int, str] = {}
        while True:
            try:
                batch = next(steps)
            except StopIteration as end:
                proved: Walked = end.value
                return Walked(
                    proved.complete, proved.total, proved.seen, proved.hidden, proved.why, broken
                )
            for item in batch:
                if item["id"] in self.broken:
                    broken[item["id"]] = "answer 500 while rendering"
            yield [self._record(c.kind, item, c.stamp_fields) for item in batch]

    def _sighting(self, c: Collection, item: dict[str, Any]) -> Sighting:
        item = self.stale.get(item["id"], item)
        return Sighting(item["id"], stamp(item, c.stamp_fields), item.get("date_gmt", ""))

    def census(
        self, c: Collection, within: Span | None = None
    ) -> Generator[Sequence[Sighting], None, Walked]:
        steps = self._steps(c, "range" if within else "census", within)
        while True:
            try:
                batch = next(steps)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            yield [self._sighting(c, item) for item in batch]

    def total(self, c: Collection) -> tuple[int | None, Sequence[Sighting]]:
        self.log.append(f"total {c.kind}")
        newest = sorted(self._all(c), key=lambda item: str(item.get("date_gmt")), reverse=True)
        return self._total(c), [self._sighting(c, item) for item in newest[: self.batch]]

    def modified_since(
        self, c: Collection, moment: datetime
    ) -> Generator[Sequence[Sighting], None, Walked]:
        self.log.append(f"modified {c.kind}")
        blind = moment + timedelta(hours=self.repeated_hours)
        found = [item for item in self._all(c) if item["modified_gmt"] > gmt(blind)]
        for start in range(0, len(found), self.batch):
            yield [self._sighting(c, item) for item in found[start : start + self.batch]]
        return Walked(True, None, len(found))

    def newest_since(
        self, c: Collection, moment: datetime, *, beyond: int
    ) -> Generator[Sequence[Sighting], None, Walked]:
        self.log.append(f"newest {c.kind}")
        found = sorted(
            (item for item in self._all(c) if item["date_gmt"] > gmt(moment)),
            key=lambda item: str(item["date_gmt"]),
            reverse=True,
        )[beyond:]
        yield [self._sighting(c, item) for item in found]
        return Walked(True, None, len(found))

    def fetch(self, c: Collection, ids: Iterable[int]) -> Generator[Fetched, None, None]:
        wanted = list(ids)
        for start in range(0, len(wanted), self.batch):
            self.log.append(f"fetch {c.kind}")
            chunk = wanted[start : start + self.batch]
            items = self.world.items.get(c.kind, {})
            got = [self.stale.get(id, items[id]) for id in chunk if id in items]
            yield Fetched(
                tuple(self._record(c.kind, item, c.stamp_fields) for item in got),
                tuple(id for id in chunk if id not in items),
                {id: "answer 500 while rendering" for id in chunk if id in self.broken},
            )

    def fate(self, c: Collection, id: int) -> tuple[State | None, Record | None]:
        self.log.append(f"fate {c.kind} {id}")
        if id in self.unknown_fate:
            return None, None
        items = self.world.items.get(c.kind, {})
        if id in items:
            return State.LIVE, self._record(c.kind, items[id], c.stamp_fields)
        answer, _ = self.world.away.get((c.kind, id), (404, None))  # type: ignore[misc]
        return {404: State.GONE, "trash": State.TRASHED}.get(answer, State.WITHHELD), None

    def download(self, file: MediaFile, into: Path) -> MediaFile:
        self.log.append(f"download {file.url}")
        from dataclasses import replace

        content = self.world.files.get(file.url)
        if content is None:
            return replace(file, state="missing", reason="404")
        etag = str(hash(content))
        if file.sha256 and file.etag == etag:
            return replace(file, state="same")
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_bytes(content)
        return replace(file, state="stored", size=len(content), etag=etag, sha256="")

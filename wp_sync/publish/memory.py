"""A target in memory: the reference for publishers, and the one that misbehaves on request.

`MemoryTarget` is the system (it survives its clients, can be edited, saved and restored);
`MemoryPublisher` is the port to it. Behaves as WordPress does where that matters: ids count up,
a slug that is taken gets ``-2``, the trash renames. Everything beyond that is as simple as can be.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from wp_sync.errors import LoginFailed, OutcomeUnknown, TargetRefused, TryLater
from wp_sync.normalize.links.addresses import Found
from wp_sync.normalize.links.urls import Meaning
from wp_sync.publish.base import (
    REFERENCES,
    Atlas,
    Doctor,
    Held,
    Item,
    Payload,
    Removal,
    Seen,
    Settings,
    prints,
)

Fault = Literal["error after", "lost", "lost before", "login", "later", "refused", "kill", "edit"]
_HOME = "https://memory.example"
_KINDS = (
    "terms/category", "terms/post_tag", "users/user", "posts/attachment", "posts/wp_block",
    "posts/post", "posts/page", "comments/comment", "terms/nav_menu", "posts/nav_menu_item",
)  # fmt: skip
_REMOVALS: Mapping[str, tuple[Removal, ...]] = dict.fromkeys(
    ("posts/post", "posts/page", "comments/comment", "posts/nav_menu_item"), ("unpublish", "trash")
)
_NOT_SENT = frozenset(
    ("modified", "date_local", "related", "primary", "authors", "path", "source_url")
)


class Killed(BaseException):
    """What a test raises where a process would be killed."""


@dataclass
class Thing:
    """One thing that the target holds."""

    id: str
    kind: str
    fields: dict[str, Any]
    stamp: int
    trashed: bool = False

    @property
    def url(self) -> str:
        return f"{_HOME}/{self.kind.partition('/')[2]}/{self.fields.get('slug') or self.id}/"


@dataclass
class MemoryTarget:
    """The system behind the port. ``faults`` maps the number of a write to what goes wrong."""

    things: dict[str, Thing] = field(default_factory=dict)
    faults: dict[int, Fault] = field(default_factory=dict)
    fired: list[Fault] = field(default_factory=list)
    last_id: int = 0
    clock: int = 0
    writes: int = 0
    reads: int = 0
    revoked: bool = False
    forbidden: bool = False
    kinds: tuple[str, ...] = _KINDS
    removals: Mapping[str, tuple[Removal, ...]] = field(default_factory=lambda: _REMOVALS)
    on_fault: Callable[[Fault], None] | None = None

    def save(self) -> MemoryTarget:
        """A backup."""
        return copy.deepcopy(self)

    def restore(self, backup: MemoryTarget) -> None:
        """The target as it was then; its clock and its ids go on from there."""
        self.things = copy.deepcopy(backup.things)
        self.last_id = backup.last_id

    def edit(self, id: str, **fields: Any) -> None:
        """Somebody edits a thing at the target."""
        self.clock += 1
        thing = self.things[id]
        thing.fields.update(fields)
        thing.stamp = self.clock

    def add(self, kind: str, **fields: Any) -> str:
        """Somebody makes a thing at the target."""
        return self._add(kind, fields).id

    def drop(self, id: str) -> None:
        """Somebody deletes a thing for good."""
        del self.things[id]

    def of(self, kind: str) -> list[Thing]:
        return [thing for thing in self.things.values() if thing.kind == kind]

    def _add(self, kind: str, fields: Mapping[str, Any]) -> Thing:
        self.clock += 1
        self.last_id += 1
        thing = Thing(str(self.last_id), kind, copy.deepcopy(dict(fields)), self.clock)
        slug = thing.fields.get("slug", "")
        if slug:
            thing.fields["slug"] = self._free(kind, slug)
        self.things[thing.id] = thing
        return thing

    def _free(self, kind: str, slug: str, own: str = "") -> str:
        taken = {one.fields.get("slug") for one in self.of(kind) if one.id != own}
        number, free = 2, slug
        while free in taken:
            free, number = f"{slug}-{number}", number + 1
        return free

    def write(self, change: Callable[[], Thing | None]) -> Thing | None:
        """One write, with what is planned to go wrong at it."""
        if self.forbidden:
            raise AssertionError("a write where none was expected")
        self.writes += 1
        fault = self.faults.pop(self.writes, None)
        if fault:
            self.fired.append(fault)
            if self.on_fault:
                self.on_fault(fault)
        if self.revoked or fault == "login":
            self.revoked = True
            raise LoginFailed("the target no longer accepts the login")
        if fault == "later":
            raise TryLater("the target asks to wait")
        if fault == "refused":
            raise TargetRefused("the target refuses it")
        if fault == "lost before":
            raise OutcomeUnknown("the answer was lost")
        found = change()
        if fault == "kill":
            raise Killed
        if fault in ("lost", "error after"):
            raise OutcomeUnknown("the answer was lost, or was an error after the write took place")
        return found


class MemoryPublisher:
    """`wp_sync.publish.base.Publisher` to a target in memory."""

    def __init__(self, target: MemoryTarget | None = None, settings: Settings | None = None):
        self.target = target or MemoryTarget()
        self.settings = settings or Settings("memory", "memory", "")

    def doctor(self) -> Doctor:
        if self.target.revoked:
            raise LoginFailed("the target no longer accepts the login")
        return Doctor(
            "a target in memory",
            home=_HOME,
            kinds=self.target.kinds,
            removals=self.target.removals,
        )

    def index(self, kind: str) -> Iterator[Seen]:
        self.target.reads += 1
        for thing in sorted(self.target.of(kind), key=lambda thing: int(thing.id)):
            yield self._held(thing).seen()

    def read(self, kind: str, ids: Sequence[str]) -> Iterator[Held]:
        self.target.reads += 1
        for id in ids:
            thing = self.target.things.get(id)
            if thing is not None and thing.kind == kind:
                yield self._held(thing)

    def render(self, item: Item, atlas: Atlas) -> Payload:
        missing: list[str] = []

        def id_of(key: str) -> str:
            spot = atlas.at(key)
            if spot is None:
                missing.append(key)
            return spot.id if spot else ""

        fields: dict[str, Any] = {}
        for name, value in item.fields.items():
            if name in _NOT_SENT:
                continue
            if name == "terms":
                fields[name] = {
                    taxonomy: [id for key in keys if (id := id_of(key))]
                    for taxonomy, keys in value.items()
                }
            elif name in REFERENCES:
                fields[name] = id_of(value) if value else ""
            else:
                fields[name] = value
        if "content" in fields:

            def decide(_found: Found, meaning: Meaning) -> str | None:
                key = atlas.meant(meaning)
                spot = atlas.at(key) if key else None
                if key and spot is None:
                    missing.append(key)
                return spot.url if spot else None

            fields["content"] = atlas.rewrite(fields["content"], item, decide)
        if item.file is not None:
            fields["sha256"] = item.file.sha256
        for name in ("excerpt", "parent", "content", "status"):  # absent means empty
            if item.family == "posts":
                fields.setdefault(name, "")
        slug = str(fields.get("slug", ""))
        return Payload(
            item.key,
            item.kind,
            fields,
            _prints(item.kind, fields),
            slug,
            tuple(dict.fromkeys(missing)),
            item.file,
            frozenset(("sha256",)),
        )

    def create(self, payload: Payload) -> Held:
        made = self.target.write(lambda: self.target._add(payload.kind, payload.fields))
        assert made is not None
        return self._held(made)

    def update(self, id: str, payload: Payload) -> Held:
        def change() -> Thing:
            thing = self.target.things.get(id)
            if thing is None:
                raise TargetRefused("it is not there")
            fields = dict(payload.fields)
            if fields.get("slug"):
                fields["slug"] = self.target._free(payload.kind, fields["slug"], id)
            thing.trashed = False
            self.target.edit(id, **fields)
            return thing

        made = self.target.write(change)
        assert made is not None
        return self._held(made)

    def remove(self, kind: str, id: str, how: Removal) -> Held | None:
        if how not in self.target.removals.get(kind, ()):
            raise TargetRefused(f"{kind} has no such thing as {how}")

        def change() -> Thing | None:
            thing = self.target.things.get(id)
            if thing is None:
                return None
            if how == "trash":
                thing.trashed = True
                self.target.edit(id, slug=f"{thing.fields.get('slug', '')}__trashed")
            else:
                self.target.edit(id, status="draft")
            return thing

        made = self.target.write(change)
        return self._held(made) if made else None

    def look(self, payload: Payload) -> Held | None:
        self.target.reads += 1
        for thing in self.target.of(payload.kind):
            held = self._held(thing)
            if not thing.trashed and set(held.prints) & set(payload.prints):
                return held
        return None

    def canonical(self, kind: str, name: str, value: Any) -> Any:  # noqa: ARG002 - the port's
        if name == "content" and isinstance(value, str):
            return re.sub(r"\s+", " ", value).strip()
        return "" if value in (None, [], {}) else value

    def _held(self, thing: Thing) -> Held:
        return Held(
            thing.kind,
            thing.id,
            copy.deepcopy(thing.fields),
            str(thing.stamp),
            thing.url,
            str(thing.fields.get("slug", "")),
            str(thing.fields.get("title", thing.fields.get("name", ""))),
            _prints(thing.kind, thing.fields),
            trashed=thing.trashed,
            sha256=str(thing.fields.get("sha256", "")),
        )

    def close(self) -> None:
        pass


def _prints(kind: str, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """A term or person is its slug; a post its date with its slug, its title, or its words."""
    if kind.startswith(("terms/", "users/")):
        return prints(slug=fields.get("slug"))
    date, title = fields.get("date"), fields.get("title")
    content = fields.get("content") or fields.get("sha256") or fields.get("url")
    slug = fields.get("slug")
    menu = [fields.get("menu"), fields.get("parent"), fields.get("menu_order")]
    return prints(
        slugged=[date, slug] if date and slug else None,
        titled=[date, title] if date and title else None,
        worded=[date or menu, content, fields.get("post"), fields.get("author_name")]
        if content
        else None,
    )

"""A live target read back and compared with what the archive wants there. Writes nothing.

Every item is rendered once more, with every place that is known, and held against what the target
answers: fields in canonical form, media by their bytes, links by where they lead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wp_sync.errors import Place, Problem, TargetError, TargetRefused
from wp_sync.ledger import Receipt
from wp_sync.normalize.links.addresses import find_addresses
from wp_sync.normalize.links.scan import scan
from wp_sync.progress import Progress, Silent, Stop
from wp_sync.publish import decide
from wp_sync.publish.base import Bytes, Held, Item, Payload, Resolving
from wp_sync.publish.mirror import Mirror
from wp_sync.publish.order import USER_KIND, ordered_kinds
from wp_sync.publish.parity.compare import differing
from wp_sync.publish.parity.nouns import Difference, Findings, Parity
from wp_sync.publish.places import Spots

_PAGE = 100
_MOST_PROBLEMS = 1_000


class Verifier:
    """One reading of one target."""

    def __init__(
        self, mirror: Mirror, progress: Progress | None = None, stop: Stop | None = None
    ) -> None:
        self._mirror = mirror
        self._publisher = mirror.publisher
        self._ledger = mirror.ledger
        self._progress = progress or Silent()
        self._stop = stop or Stop()
        self._spots = Spots(mirror.ledger)
        self._atlas = mirror.desired.atlas.with_places(self._spots)
        self._findings = Findings()
        self._problems: list[Problem] = []
        self._bytes = 0
        self._urls: set[int] = set()
        self._moved = False
        self._home = ""  # the target's
        self._unknown = 0  # links that lead nowhere, and may have led somewhere before

    def verify(self) -> Parity:
        """Read everything back.

        Raises:
            TargetError, LoginFailed, TryLater: the target can't be read.
        """
        doctor = self._publisher.doctor()
        desired = self._mirror.desired
        pushed = set()
        for receipt in self._ledger.receipts():
            pushed.add(receipt.kind)
            if not receipt.removed:  # what was taken from visitors leads nowhere
                self._urls.add(_hash(receipt.url))
        self._home = doctor.home
        self._moved = bool(doctor.home) and _host(doctor.home) != _host(self._atlas.home)
        items: dict[str, tuple[int, int]] = {}
        for kind in ordered_kinds({*desired.kinds(), *pushed}):
            if kind == USER_KIND and kind not in doctor.kinds:
                continue  # people are whom they are mapped to: a field of what they wrote
            self._progress.stage(kind.partition("/")[2], desired.count(kind))
            if kind not in doctor.kinds:
                items[kind] = (self._untaken(kind), 0)
                continue
            titles = {
                seen.id: seen.title for seen in self._publisher.index(kind) if not seen.trashed
            }
            there = len(titles)
            items[kind] = (self._of_kind(kind, titles), there)
            self._extra(kind, titles)
        site = self._mirror.archive.site()
        found = self._findings
        return Parity(
            self._mirror.settings.name,
            site.key if site else "",
            dict(found.counts),
            items,
            tuple(found.found),
            found.left_out,
            tuple(self._problems),
            self._notes(),
            bytes_compared=self._bytes,
        )

    def _of_kind(self, kind: str, titles: dict[str, str]) -> int:
        count = 0
        for page in _pages(self._mirror.desired.items([kind])):
            count += len(page)
            receipts = self._ledger.of(item.key for item in page)
            self._spots.learn((item.key, receipts.get(item.key)) for item in page)
            ids = [one.target_id for one in receipts.values() if not one.removed]
            held = {one.id: one for one in self._publisher.read(kind, ids)} if ids else {}
            for item in page:
                receipt = receipts.get(item.key)
                there = held.get(receipt.target_id) if receipt else None
                if receipt is not None:
                    titles.pop(receipt.target_id, None)
                self._thing(item, receipt, there)
            self._progress.advance(len(page))
            self._stop.check()
        return count

    def _untaken(self, kind: str) -> int:
        """A kind that the target takes nothing of: missing, unless a person accepted that."""
        name = kind.partition("/")[2]
        accepted = name in self._mirror.settings.accept
        count = 0
        for item in self._mirror.desired.items([kind]):
            count += 1
            state = "refused" if accepted else "missing"
            words = f"the target takes no {name}"
            self._findings.thing([_difference(state, item, None, theirs=words)])
        return count

    def _refused(self, item: Item) -> str:
        """Why the target can't have an item; empty where it can."""
        try:
            self._publisher.render(item, self._atlas)
        except TargetRefused as refused:
            return refused.message
        return ""

    def _thing(self, item: Item, receipt: Receipt | None, held: Held | None) -> None:
        if receipt is None and (reason := self._refused(item)):
            self._findings.thing([_difference("refused", item, None, theirs=reason)])
            return
        if receipt is None or held is None or held.trashed:
            kept = receipt is not None and decide.ALL in receipt.kept
            words = "never pushed" if receipt is None else "no longer there"
            words = "in the trash" if held is not None and held.trashed else words
            state = "kept" if kept else "missing"
            self._findings.thing([_difference(state, item, held, theirs=words)])
            return
        payload = self._publisher.render(item, self._atlas)
        found = [*self._fields(item, payload, receipt, held), *self._file(item, held)]
        found += self._links(item, held)
        found += [
            _difference("related", item, held, "related", key)
            for key in item.fields.get("related", ())
            if self._spots(key) is None
        ]
        if found:
            self._findings.thing(found)
        if not [one for one in found if one.state not in ("kept", "explained")]:
            self._findings.same(item.kind)

    def _fields(
        self, item: Item, payload: Payload, receipt: Receipt, held: Held
    ) -> Iterator[Difference]:
        canonical = self._publisher.canonical
        ours = {n: canonical(item.kind, n, value) for n, value in payload.fields.items()}
        theirs = decide.base_of(held, canonical)
        for name, mine, other in differing(ours, theirs):
            kept = name in receipt.kept or decide.ALL in receipt.kept
            yield _difference("kept" if kept else "differs", item, held, name, mine, other)

    def _file(self, item: Item, held: Held) -> Iterator[Difference]:
        """A picture is its bytes."""
        if item.file is None or not isinstance(self._publisher, Bytes):
            return
        try:
            digest = self._publisher.sha256(held)
        except TargetError as error:
            self._problem(item, f"its file can't be read back: {error.message}", error.hint)
            return
        self._bytes += 1
        if digest != item.file.sha256:
            ours = f"{item.file.size:,} bytes, SHA-256 {item.file.sha256[:12]}"
            theirs = f"SHA-256 {digest[:12]}" if digest else "no file"
            yield _difference("differs", item, held, "file", ours, theirs)

    def _links(self, item: Item, held: Held) -> Iterator[Difference]:
        """Links that still lead to the old site's items, and those that lead nowhere."""
        if self._moved:
            for url in _addresses(held):
                key = self._atlas.meant(self._atlas.meaning(url, item))
                absolute = url.startswith(("http:", "https:", "//"))
                spot = self._spots(key) if key and absolute else None
                if spot is not None and _host(url) != _host(spot.url):
                    yield _difference("link", item, held, "old site", spot.url, url)
        if isinstance(self._publisher, Resolving):
            for url in self._publisher.dead(held, lambda url: _hash(url) in self._urls):
                led_nowhere = self._led_nowhere(url, item)
                if led_nowhere:
                    said = "led nowhere before either"
                    yield _difference("explained", item, held, said, "", url)
                else:
                    self._unknown += led_nowhere is None
                    yield _difference("link", item, held, "leads nowhere", "", url)

    def _led_nowhere(self, url: str, item: Item) -> bool | None:
        """Whether a target's address led nowhere at the source as well; None: nobody knows."""
        if self._home and url.startswith(self._home):
            url = self._atlas.home + url.removeprefix(self._home)
        return self._atlas.led_nowhere(self._atlas.meaning(url, item))

    def _extra(self, kind: str, titles: dict[str, str]) -> None:
        """What is there and stands for no item: strangers, and what the source no longer has."""
        ours = self._ledger.items_at(kind, titles)
        known = self._ledger.of(ours.values())
        for id, title in titles.items():
            receipt = known.get(ours.get(id, ""))
            if receipt is not None and receipt.removed:
                continue
            words = "made by a push; the source no longer has it" if receipt else "not made by us"
            key = receipt.item if receipt else ""
            self._findings.thing(
                [Difference("extra", kind, key, title, theirs=words, target_id=id)]
            )

    def _notes(self) -> tuple[str, ...]:
        if not self._unknown:
            return ()
        links = "1 link leads" if self._unknown == 1 else f"{self._unknown:,} links lead"
        return (
            f"{links} nowhere where the archive knows of nothing either: `wp-sync run"
            " --follow-links` asks the old site whether something was there",
        )

    def _problem(self, item: Item, message: str, hint: str) -> None:
        if len(self._problems) < _MOST_PROBLEMS:
            place = Place(kind=item.kind, id=item.id or None, url=item.url)
            self._problems.append(Problem(message, place, hint))


def _difference(
    state: Any, item: Item, held: Held | None, name: str = "", ours: str = "", theirs: str = ""
) -> Difference:
    return Difference(
        state,
        item.kind,
        item.key,
        item.title,
        name,
        ours,
        theirs,
        item.url,
        held.url if held else "",
        held.id if held else "",
    )


def _addresses(held: Held) -> Iterator[str]:
    for name, value in held.fields.items():
        if isinstance(value, str) and "//" in value:
            if name == "url":  # of a menu's entry, no text
                yield value
            for found in find_addresses(scan(value)):
                if found.url:
                    yield found.url


def _hash(url: str) -> int:
    return hash(url.partition("#")[0].rstrip("/"))


def _host(url: str) -> str:
    return url.partition("//")[2].partition("/")[0].lower().removeprefix("www.")


def _pages(items: Iterator[Item]) -> Iterator[Sequence[Item]]:
    page: list[Item] = []
    for item in items:
        page.append(item)
        if len(page) == _PAGE:
            yield page
            page = []
    if page:
        yield page

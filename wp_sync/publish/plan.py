"""Planning: what a push would do, from the archive, the receipts and one look at the target.

Reads and writes nothing of its own: the target's index is read once a kind, and whole things only
where the index says that somebody changed them. What becomes of one thing is decided in `decide`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from wp_sync.archive.base import SiteArchive
from wp_sync.errors import Place, Problem, TargetRefused
from wp_sync.ledger import Intent, Ledger, Receipt
from wp_sync.model import State
from wp_sync.progress import Progress, Silent, Stop
from wp_sync.publish import decide
from wp_sync.publish.atlas import SourceAtlas
from wp_sync.publish.base import (
    Doctor,
    Held,
    Item,
    Payload,
    Publisher,
    Seen,
    Settings,
    Watching,
)
from wp_sync.publish.desired import Desired
from wp_sync.publish.order import ordered_kinds
from wp_sync.publish.places import Index, Spots
from wp_sync.publish.steps import Collector, Plan, Step

_One = TypeVar("_One")
_PAGE = 100
_MOST_PROBLEMS = 1_000


@dataclass(frozen=True, slots=True)
class Guard:
    """How much may be taken from visitors without a person's word: as with a pull."""

    few: int = 10
    share: float = 0.10
    many: int = 1_000
    allowed: int = 0

    def refuses(self, gone: int, of: int) -> bool:
        if gone <= self.allowed:
            return False
        return gone > self.many or (gone > self.few and gone > self.share * of)


@dataclass(slots=True)
class _Case:
    """One item on its way to a decision."""

    item: Item
    payload: Payload
    receipt: Receipt | None
    ids: list[str]  # things at the target to look at, the likeliest first


class Planner:
    """One plan for one target. ``spots`` learns what will be adopted."""

    def __init__(
        self,
        archive: SiteArchive,
        desired: Desired,
        publisher: Publisher,
        ledger: Ledger,
        settings: Settings,
        *,
        guard: Guard | None = None,
        progress: Progress | None = None,
        stop: Stop | None = None,
    ) -> None:
        self._archive = archive
        self._desired = desired
        self._publisher = publisher
        self._ledger = ledger
        self._settings = settings
        self._guard = guard or Guard()
        self._progress = progress or Silent()
        self._stop = stop or Stop()
        self._spots = Spots(ledger)
        self._atlas: SourceAtlas = desired.atlas.with_places(self._spots)
        self._intents = decide.by_item(ledger.intents())
        self._claimed: set[tuple[str, str]] = set()
        self._found = Collector()
        self._problems: list[Problem] = []
        self._notes: list[str] = []
        self._coming: set[int] = set()  # hashes of keys that will be there
        # New things, and hashes of the keys that they refer to and that were not decided by then.
        self._waiting: list[tuple[int, tuple[int, ...]]] = []
        # Decided before everything that they refer to was found at the target.
        self._early: list[tuple[int, str]] = []

    def plan(self, doctor: Doctor) -> Plan:
        """Look once and decide everything.

        Raises:
            TargetError, LoginFailed, TryLater: the target can't be read.
            ArchiveError: the archive can't be read.
        """
        site = self._archive.site()
        self._notes += doctor.notes
        if self._intents:
            self._notes.append(
                f"a push was broken off: {len(self._intents)} writes whose end is not known are "
                "looked for at the target first"
            )
        if self._desired.twins:
            self._notes.append(
                f"{len(self._desired.twins):,} files have the bytes of another one, which is"
                " uploaded once and stands for them"
            )
        removals: list[Step] = []
        receipts = 0
        for kind in self._kinds(doctor):
            index = self._index(kind)
            self._progress.stage(kind.partition("/")[2], self._desired.count(kind))
            seen = self._of_kind(kind, index)
            known, gone = self._gone(kind, index, seen, doctor)
            receipts += known
            removals += gone
        self._decide_again()
        self._tell_lacking()
        refused = None
        if self._guard.refuses(len(removals), receipts):
            refused = Problem(
                f"{len(removals):,} of {receipts:,} things would be taken from visitors",
                Place(site=self._settings.name),
                f"if they were really deleted, push once with --allow-deletions {len(removals)}",
            )
        for step in reversed(removals):  # what was made last goes first
            self._found.add(step)
        steps, counts = self._found.all()
        return Plan(
            self._settings.name,
            site.key if site else "",
            steps,
            counts,
            tuple(self._problems),
            refused,
            tuple(self._notes),
        )

    def _kinds(self, doctor: Doctor) -> Sequence[str]:
        """The kinds that the target takes: those we have, and those that we once pushed."""
        have = self._desired.kinds()
        pushed = {receipt.kind for receipt in self._ledger.receipts()}
        takes = set(doctor.kinds)
        for kind, count in self._desired.untaken(takes).items():
            text = f"the target takes no {kind}: {count:,} are left out"
            self._problem(Problem(text, Place(site=self._settings.name)))
        return [kind for kind in ordered_kinds({*have, *pushed}) if kind in takes]

    def _problem(self, problem: Problem) -> None:
        if len(self._problems) < _MOST_PROBLEMS:
            self._problems.append(problem)

    def _index(self, kind: str) -> Index:
        """What the target holds of a kind; our own receipts, where it says that nothing changed.

        What is new then has no neighbours to be compared with: a name that is taken after all is
        found out when it is made.
        """
        publisher = self._publisher
        if isinstance(publisher, Watching) and not self._intents:
            receipts = list(self._ledger.receipts(kind))
            stamps = {one.target_id: one.stamp for one in receipts if not one.removed}
            whole = len(stamps) == len(receipts) >= self._desired.count(kind)
            if stamps and whole and publisher.unchanged(kind, stamps):
                return Index(Seen(kind, id, stamp) for id, stamp in stamps.items())
        return Index(publisher.index(kind))

    # -- one kind

    def _of_kind(self, kind: str, index: Index) -> set[str]:
        """Decide every item of a kind; their keys come back."""
        keys: set[str] = set()
        for page in _pages(self._desired.items([kind])):
            receipts = self._ledger.of(item.key for item in page)
            self._spots.learn((item.key, receipts.get(item.key)) for item in page)
            cases: list[_Case] = []
            for item in page:
                keys.add(item.key)
                try:
                    payload = self._publisher.render(item, self._atlas)
                except TargetRefused as refused:
                    place = Place(kind=kind, id=item.id or None, url=item.url)
                    said = f"{item.title or item.key} is left out: {refused.message}"
                    self._problem(Problem(said, place, refused.hint))
                    continue
                receipt = receipts.get(item.key)
                step = self._at_once(item, payload, receipt, index)
                if step is not None:
                    self._add(step, payload)
                else:
                    ids = self._candidates(payload, receipt, index)
                    cases.append(_Case(item, payload, receipt, ids))
                for note in payload.notes:
                    place = Place(kind=kind, id=item.id or None, url=item.url)
                    self._problem(Problem(note, place))
            self._look(kind, cases, index)
            self._progress.advance(len(page))
            self._stop.check()
        return keys

    def _at_once(
        self, item: Item, payload: Payload, receipt: Receipt | None, index: Index
    ) -> Step | None:
        """The decision where the index alone tells; None where the thing itself must be read."""
        if receipt is None or item.key in self._intents:
            return None
        seen = index.by_id.get(receipt.target_id)
        if seen is None or seen.stamp != receipt.stamp or seen.trashed or receipt.removed:
            return None
        self._claimed.add((item.kind, seen.id))
        canonical = self._publisher.canonical
        return decide.unchanged_there(item, payload, receipt, seen.stamp, canonical)

    def _candidates(self, payload: Payload, receipt: Receipt | None, index: Index) -> list[str]:
        if receipt is not None and receipt.target_id in index.by_id:
            return [receipt.target_id]
        found = [seen.id for seen in index.alike(payload.prints)[:3]]
        named = index.named(payload.slug)
        if named is not None and named.id not in found:
            found.append(named.id)
        return found

    def _look(self, kind: str, cases: Sequence[_Case], index: Index) -> None:
        """Read the things that cases are about, once, and decide."""
        wanted = list(dict.fromkeys(id for case in cases for id in case.ids))
        held = self._read(kind, wanted)
        owners = self._ledger.items_at(kind, wanted)
        for case in cases:
            self._add(self._decided(case, held, owners, index), case.payload)

    def _add(self, step: Step, payload: Payload) -> None:
        early = bool(payload.missing and step.target_id and (step.writes or step.changes))
        place = self._found.add(step, keep=early)
        if step.action != "conflict":
            self._coming.add(hash(step.key))
        if step.action == "create":
            lacking = tuple(one for one in map(hash, payload.missing) if one not in self._coming)
            if lacking:
                self._waiting.append((place, lacking))
        if early:
            self._early.append((place, step.key))

    def _decide_again(self) -> None:
        """What refers to things that were found only later differs less than it seemed."""
        places = {key: place for place, key in self._early}
        for keys in _pages(places):
            receipts = self._ledger.of(keys)
            ids: dict[str, list[str]] = {}
            for key in keys:
                before = self._found.steps[places[key]]
                ids.setdefault(before.kind, []).append(before.target_id)
            held = {
                (kind, id): one
                for kind, some in ids.items()
                for id, one in self._read(kind, some).items()
            }
            for item in self._desired.of(keys):
                before = self._found.steps[places[item.key]]
                there = held.get((item.kind, before.target_id))
                payload = self._publisher.render(item, self._atlas)
                if there is not None:
                    step = self._judged(item, payload, there, receipts.get(item.key))
                    self._found.replace(places[item.key], step)

    def _tell_lacking(self) -> None:
        """What a new thing refers to and will not have."""
        for place, keys in self._waiting:
            lacking = sum(key not in self._coming for key in keys)
            step = self._found.steps[place]
            if lacking and step.action == "create":
                what = "1 thing" if lacking == 1 else f"{lacking} things"
                reason = f"{step.reason}; {what} it refers to will not be there"
                self._found.replace(place, replace(step, reason=reason))

    def _judged(self, item: Item, payload: Payload, there: Held, receipt: Receipt | None) -> Step:
        """The decision on a thing of ours that was read."""
        policy, canonical = self._settings.on_conflict, self._publisher.canonical
        intent = self._intents.get(item.key)
        if receipt is None or receipt.target_id != there.id:
            return decide.found_there(item, payload, there, intent, policy, canonical)
        if receipt.stamp == there.stamp and intent is None and not receipt.removed:
            return decide.unchanged_there(item, payload, receipt, there.stamp, canonical)
        return decide.changed_there(item, payload, there, receipt, intent, policy, canonical)

    def _read(self, kind: str, ids: Sequence[str]) -> Mapping[str, Held]:
        found: dict[str, Held] = {}
        for start in range(0, len(ids), _PAGE):
            some = ids[start : start + _PAGE]
            found.update((held.id, held) for held in self._publisher.read(kind, some))
        return found

    def _decided(
        self, case: _Case, held: Mapping[str, Held], owners: Mapping[str, str], index: Index
    ) -> Step:
        item, payload, receipt = case.item, case.payload, case.receipt
        if receipt is not None and receipt.target_id in held:
            there = held[receipt.target_id]
            if _still(there, payload, receipt):
                self._claimed.add((item.kind, there.id))
                return self._judged(item, payload, there, receipt)
        for id in case.ids:
            there_or_none = held.get(id)
            free = owners.get(id) in (None, item.key) and (item.kind, id) not in self._claimed
            if there_or_none is None or not free or there_or_none.trashed:
                continue
            if set(payload.prints) & set(there_or_none.prints):
                self._claimed.add((item.kind, id))
                self._spots.plan(item.key, there_or_none)
                return self._judged(item, payload, there_or_none, None)
        if receipt is not None:
            put_back = self._settings.put_back
            policy = self._settings.on_conflict
            step = decide.gone_there(item, receipt, policy, put_back=put_back)
            if step.action != "create":
                return step
            self._spots.learn([(item.key, None)])  # what refers to it is written anew as well
        named = index.named(payload.slug)
        if named is not None and owners.get(named.id) != item.key:
            return decide.slug_taken(item, payload.slug, f"{named.title!r} ({named.id})")
        return decide.create(item) if receipt is None else step

    # -- what the source no longer has

    def _gone(
        self, kind: str, index: Index, keys: set[str], doctor: Doctor
    ) -> tuple[int, list[Step]]:
        """How many receipts of a kind there are, and what is to be taken away."""
        steps: list[Step] = []
        count = 0
        for page in _pages(self._ledger.receipts(kind)):
            count += len(page)
            gone = [one for one in page if one.item not in keys and not one.removed]
            states = self._states(kind, gone)
            for receipt in gone:
                if receipt.target_id in index.by_id:
                    step = self._removal(receipt, index, states, doctor)
                    if step.action == "delete":
                        steps.append(step)
                    else:
                        self._found.add(step)
        for intent in self._intents.values():
            mine = intent.action == "create" and intent.item.startswith(f"{kind}:")
            if mine and intent.item not in keys:
                steps += self._orphan(intent, index)
        return count, steps

    def _states(self, kind: str, receipts: Sequence[Receipt]) -> Mapping[str, State]:
        ids = {one.item: one.item.partition(":")[2] for one in receipts}
        numbers = [int(id) for id in ids.values() if id.isdecimal() and len(id) < 19]
        known = self._archive.known_of(kind, numbers)
        return {
            item: known[int(id)].state
            for item, id in ids.items()
            if id.isdecimal() and int(id) in known
        }

    def _removal(
        self, receipt: Receipt, index: Index, states: Mapping[str, State], doctor: Doctor
    ) -> Step:
        seen = index.by_id[receipt.target_id]
        title = seen.title or receipt.item
        how = self._settings.on_deleted
        state = states.get(receipt.item)
        ways = doctor.removals.get(receipt.kind, ())
        if state is State.WITHHELD:
            reason = "the source no longer shows it to us, which is no deletion: it stays"
        elif seen.trashed:
            return Step("skip", receipt.item, title, "", receipt.target_id)
        elif how == "leave":
            reason = "the source no longer has it; it stays, as on_deleted says"
        elif how not in ways:
            reason = f"the source no longer has it; it stays, since it can't be sent to {how}"
            if how == "unpublish":
                reason = "the source no longer has it; it stays, since it can't be unpublished"
        else:
            words = {State.TRASHED: "is in the source's trash", State.GONE: "is gone at the source"}
            reason = f"it {words.get(state, 'is no longer wanted') if state else 'is no more'}"
            if (receipt.kind, seen.id) in self._claimed:
                # A backup was restored, and the number was given once more.
                return Step("skip", receipt.item, title, "", receipt.target_id)
            edited = seen.stamp != receipt.stamp
            named = bool(seen.slug) and seen.slug == receipt.base.get("slug")
            if edited and not (named and self._settings.on_conflict == "overwrite"):
                reason += ", and was edited at the target since"
                return Step(
                    "conflict", receipt.item, title, reason, receipt.target_id, stamp=seen.stamp
                )
            return Step(
                "delete",
                receipt.item,
                title,
                reason,
                receipt.target_id,
                stamp=seen.stamp,
                how=how,
            )
        return Step("skip", receipt.item, title, reason, receipt.target_id)

    def _orphan(self, intent: Intent, index: Index) -> Iterator[Step]:
        """What a broken-off push made of an item that the source no longer has."""
        for seen in index.alike(intent.prints):
            free = not self._ledger.items_at(intent.item.partition(":")[0], [seen.id])
            if free and (intent.item.partition(":")[0], seen.id) not in self._claimed:
                reason = "a push that was broken off made it, and the source no longer has it"
                how = "trash" if self._settings.on_deleted == "trash" else "unpublish"
                yield Step(
                    "delete", intent.item, seen.title, reason, seen.id, stamp=seen.stamp, how=how
                )
                return


def _still(there: Held, payload: Payload, receipt: Receipt) -> bool:
    """Whether a thing is the one that a receipt is about.

    Where a backup was restored, a target gives numbers once more, to other things.
    """
    alike = set(there.prints) & set(payload.prints)
    return bool(alike or there.trashed or not there.slug or there.slug == receipt.base.get("slug"))


def _pages(source: Iterable[_One]) -> Iterator[list[_One]]:
    rest = iter(source)
    while page := list(islice(rest, _PAGE)):
        yield page

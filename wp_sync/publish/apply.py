"""Applying a plan: each step done once, in order, whatever happens meanwhile.

Renders each item anew from the archive, with the places that are known by then; refuses a step
whose item is no longer the one that was planned. A second pass writes what referred to things that
were made later. Killed anywhere and run again, the target ends as if never killed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TypeVar

from wp_sync.errors import Place, Problem, TargetError, TargetRefused, WpSyncError
from wp_sync.ledger import Intent, Ledger, Receipt
from wp_sync.progress import Progress, Silent, Stop
from wp_sync.publish import decide
from wp_sync.publish.base import Held, Item, Publisher, Removal
from wp_sync.publish.desired import Desired
from wp_sync.publish.places import Spots
from wp_sync.publish.steps import Action, Plan, Step
from wp_sync.publish.writing import Done, Order, Writer

_One = TypeVar("_One")
_PAGE = 100


@dataclass(slots=True)
class Pushed:
    """What a push did. ``done`` by kind and action; ``left`` counts steps that were not done."""

    done: Counter[tuple[str, Action]] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    left: int = 0
    writes: int = 0
    second: int = 0
    over: WpSyncError | None = None


class Applier:
    """Applies one plan to one target within one run."""

    def __init__(
        self,
        desired: Desired,
        publisher: Publisher,
        ledger: Ledger,
        run: int,
        *,
        progress: Progress | None = None,
        stop: Stop | None = None,
    ) -> None:
        self._desired = desired
        self._publisher = publisher
        self._ledger = ledger
        self._run = run
        self._progress = progress or Silent()
        self._stop = stop or Stop()
        self._writer = Writer(publisher, ledger, run)
        self._spots = Spots(ledger)
        self._atlas = desired.atlas.with_places(self._spots)
        self._before: dict[str, list[Intent]] = {}
        for intent in ledger.intents():
            self._before.setdefault(intent.item, []).append(intent)
        self._pushed = Pushed()
        self._failed: set[str] = set()
        self._open: set[str] = set()
        self._sent: dict[str, Step] = {}  # what is under way, by key
        self._moved: set[str] = set()  # addresses that things had before this push
        self._again = False

    def apply(self, plan: Plan) -> Pushed:
        """Do what a plan says; a wish to stop is heard between batches.

        Raises:
            ArchiveError: the journal can't be written.
            Interrupted: a stop was asked for; what is done is remembered.
        """
        self._open = {step.key for step in plan.steps if step.action == "conflict"}
        self._spots.learn((step.key, None) for step in plan.steps if step.action == "create")
        try:
            self._all(plan)
        except BaseException:
            with suppress(Exception):  # what was under way is remembered, if that can still be
                for done in self._writer.answered():
                    self._take(done)
            raise
        finally:
            self._writer.close()
            self._pushed.writes = self._writer.writes
        return self._pushed

    def _all(self, plan: Plan) -> None:
        for kind, steps in groupby(plan.steps, key=lambda step: step.kind):
            mine = [step for step in steps if step.action != "conflict"]
            self._progress.stage(kind.partition("/")[2], len(mine))
            removals = [step for step in mine if step.action == "delete"]
            left = len(mine) - len(removals)
            for page in _pages([step for step in mine if step.action != "delete"]):
                self._page(page, left)
                left -= len(page)
                if self._pushed.over:
                    break
            self._land()
            for step in removals:
                if not self._pushed.over:
                    self._remove(step)
            if self._pushed.over:
                break
        if not self._pushed.over:
            self._again = True
            self._second_pass()
            self._land()
            self._forget_old_intents()

    # -- steps

    def _page(self, steps: Sequence[Step], left: int) -> None:
        """Some steps of one kind, of which ``left`` are still to be done, these included."""
        items = {item.key: item for item in self._desired.of([step.key for step in steps])}
        receipts = self._ledger.of(step.key for step in steps)
        there = self._there(steps)
        batch: list[tuple[Step, Order]] = []
        for number, step in enumerate(steps):
            item = items.get(step.key)
            if item is None:
                # A skip that only says why something stays has no item.
                if step.action != "skip":
                    self._not_done(step, "it is no longer in the archive")
                continue
            if item.digest != step.source:
                self._not_done(step, "it changed in the archive since the plan was made")
                continue
            waits = not {order.item.key for _, order in batch}.isdisjoint(item.needs)
            if waits or len(batch) >= self._writer.size(left - number + len(batch)):
                self._flush(batch)
                batch = []
            while not self._sent.keys().isdisjoint(item.needs):
                self._land(self._writer.under_way - 1)
            if self._pushed.over:
                return
            order = self._order(step, item, receipts.get(step.key), there)
            if order is not None:
                batch.append((step, order))
        self._flush(batch)

    def _there(self, steps: Sequence[Step]) -> Mapping[str, Held]:
        """What the target holds now of the things that steps change; one look for many."""
        ids = [step.target_id for step in steps if step.target_id and step.stamp]
        if not ids:
            return {}
        return {held.id: held for held in self._publisher.read(steps[0].kind, ids)}

    def _order(
        self, step: Step, item: Item, receipt: Receipt | None, there: Mapping[str, Held]
    ) -> Order | None:
        lacking = [key for key in item.needs if self._spots(key) is None]
        if lacking:
            self._not_done(step, f"what it needs is not at the target: {lacking[0]}")
            return None
        payload = self._publisher.render(item, self._atlas)
        held = there.get(step.target_id)
        if step.target_id and step.stamp and (held is None or held.stamp != step.stamp):
            self._not_done(step, "it was changed at the target during the push")
            return None
        kept = tuple(dict.fromkeys((*(receipt.kept if receipt else ()), *step.kept)))
        if step.action == "create":
            old = None if receipt is None else replace(receipt, base={}, kept=())
            return Order(item, payload, receipt=old)
        fields = step.fields
        if decide.ALL in fields:
            fields = tuple(name for name in payload.fields if name not in payload.fixed)
        order = Order(
            item,
            payload,
            step.target_id,
            fields,
            receipt,
            kept,
            held if step.save else None,
        )
        if fields:
            return order
        if held is not None:
            self._remember(step, replace(order, fields=tuple(payload.fields)), held)
        elif receipt is not None and step.kept:
            self._writer.remember([replace(receipt, kept=kept)], self._ended(step.key))
            self._count(step)
        return None

    def _remember(self, step: Step, order: Order, held: Held) -> None:
        """Nothing to write: what the target holds is what is wanted, or stays as it is."""
        receipt = self._writer.receipt(order, held)
        self._writer.remember([receipt], self._ended(step.key))
        self._stands(receipt, order.receipt)
        self._count(step)

    def _stands(self, receipt: Receipt, before: Receipt | None) -> None:
        """Where an item stands now, and where it stood, if that was elsewhere."""
        self._spots.learn([(receipt.item, receipt)])
        if before is not None and before.url not in ("", receipt.url):
            self._moved.add(before.url.rstrip("/"))

    def _flush(self, batch: Sequence[tuple[Step, Order]]) -> None:
        """Send a batch as soon as one more may be under way."""
        if not batch:
            return
        self._land(self._writer.at_once - 1)
        if self._pushed.over:
            return
        self._sent.update((step.key, step) for step, _ in batch)
        self._writer.send([order for _, order in batch])
        self._land(self._writer.at_once)

    def _land(self, most: int = 0) -> None:
        """Take what was answered; wait until at most so many batches are under way."""
        for done in self._writer.answered(most):
            self._take(done)
        self._stop.check()

    def _take(self, done: Done) -> None:
        """What came of a batch."""
        ended: list[int] = []
        for order in done.orders:
            step = self._sent.pop(order.item.key)
            receipt = done.receipts.get(step.key)
            if receipt is None:
                self._failed.add(step.key)
                continue
            self._stands(receipt, order.receipt)
            ended += self._ended(step.key)
            self._count(step)
        if ended:
            self._writer.remember([], ended)
        self._pushed.problems += done.problems
        self._pushed.left += done.left
        self._pushed.over = self._pushed.over or done.over

    def _ended(self, key: str) -> list[int]:
        """Intents of earlier pushes that are known to be over, now that the item has a receipt."""
        return [intent.number for intent in self._before.pop(key, [])]

    def _count(self, step: Step) -> None:
        if self._again:
            self._pushed.second += 1
            return
        self._pushed.done[step.kind, step.action] += 1
        self._progress.advance()

    def _not_done(self, step: Step, why: str) -> None:
        self._failed.add(step.key)
        self._pushed.left += 1
        place = Place(kind=step.kind)
        self._pushed.problems.append(
            Problem(f"{step.title or step.key}: {why}", place, "plan again")
        )

    # -- what the source no longer has

    def _remove(self, step: Step) -> None:
        how: Removal = "trash" if step.how == "trash" else "unpublish"
        receipt = self._ledger.of([step.key]).get(step.key)
        (number,) = self._ledger.begin(
            self._run, [Intent(step.key, "remove", target_id=step.target_id)]
        )
        try:
            held = next(iter(self._publisher.read(step.kind, [step.target_id])), None)
            if held is not None and held.stamp != step.stamp:
                self._ledger.settle(self._run, ended=[number])
                self._not_done(step, "it was changed at the target during the push")
                return
            self._writer.writes += 1
            after = self._publisher.remove(step.kind, step.target_id, how)
        except TargetRefused as error:
            self._ledger.settle(self._run, ended=[number])
            self._not_done(step, error.message)
            return
        except TargetError as error:  # its answer was lost: the next push sees how it stands
            self._not_done(step, error.message)
            return
        except WpSyncError as error:
            self._ledger.settle(self._run, ended=[number])
            self._pushed.over = error
            return
        ended = [number, *self._ended(step.key)]
        if after is None:
            self._ledger.settle(self._run, ended=ended, gone=[step.key])
            self._spots.learn([(step.key, None)])
        else:
            base = decide.base_of(after, self._publisher.canonical)
            old = receipt or Receipt(step.key, after.id)
            same = {
                name: digest
                for name, digest in old.sent.items()
                if decide.short(base.get(name)) == decide.short(old.base.get(name))
            }
            now = replace(
                old, removed=how, stamp=after.stamp, base=base, sent=same, target_id=after.id
            )
            self._ledger.settle(self._run, [now], ended)
            self._spots.learn([(step.key, now)])
        self._count(step)

    # -- a second pass

    def _second_pass(self) -> None:
        """Write again what referred to things that were not there yet, and are by now, or that
        have another address since this push."""
        self._follow()
        waiting = [
            receipt.item
            for receipt in self._ledger.receipts()
            if not receipt.removed
            and receipt.item not in self._open
            and (self._moved or any(self._spots(key) is not None for key in receipt.missing))
        ]
        if not waiting:
            return
        self._progress.stage("references", len(waiting))
        for page in _pages(waiting):
            orders = list(self._referring(page))
            edited = self._edited(
                [
                    order.receipt
                    for order in orders
                    if order.receipt and order.receipt.run != self._run
                ]
            )
            batch: list[tuple[Step, Order]] = []
            for order in orders:
                item, id, fields = order.item, order.target_id, order.fields
                if item.key in edited:
                    continue
                other = batch and batch[0][0].kind != item.kind
                if other or len(batch) >= self._writer.size(len(waiting)):
                    self._flush(batch)
                    batch = []
                batch.append((Step("update", item.key, item.title, "", id, fields), order))
                if self._pushed.over:
                    return
            self._flush(batch)
            self._progress.advance(len(page))

    def _referring(self, keys: Sequence[str]) -> Iterator[Order]:
        """What is to be written again of some things, now that all stand where they stand."""
        receipts = self._ledger.of(keys)
        for item in self._desired.of(keys):
            receipt = receipts[item.key]
            try:
                payload = self._publisher.render(item, self._atlas)
            except TargetRefused:
                continue  # the plan says so
            fields = decide.unread(payload, receipt, self._publisher.canonical)
            if fields and receipt.source == item.digest:
                yield Order(item, payload, receipt.target_id, fields, receipt, receipt.kept)
            elif payload.missing != receipt.missing:
                self._writer.remember([replace(receipt, missing=payload.missing)])

    def _follow(self) -> None:
        """Ask where things stand now that lie below what has another address, as pages do."""
        if not self._moved:
            return
        below = [one for one in self._ledger.receipts() if _lies_below(one.url, self._moved)]
        for kind, some in groupby(below, key=lambda receipt: receipt.kind):
            for page in _pages(some):
                urls = {
                    held.id: held.url
                    for held in self._publisher.read(kind, [one.target_id for one in page])
                }
                moved = [
                    replace(one, url=url)
                    for one in page
                    if not one.removed and (url := urls.get(one.target_id, one.url)) != one.url
                ]
                self._writer.remember(moved)
                self._spots.learn([(one.item, one) for one in moved])

    def _edited(self, receipts: Sequence[Receipt]) -> set[str]:
        """Things of earlier pushes that are no longer as we left them: the next plan tells."""
        stamps: dict[tuple[str, str], str] = {}
        for kind in sorted({receipt.kind for receipt in receipts}):
            ids = [receipt.target_id for receipt in receipts if receipt.kind == kind]
            stamps.update(((kind, one.id), one.stamp) for one in self._publisher.read(kind, ids))
        return {
            receipt.item
            for receipt in receipts
            if stamps.get((receipt.kind, receipt.target_id)) != receipt.stamp
        }

    def _forget_old_intents(self) -> None:
        """Intents of earlier pushes that led to nothing: this push looked for all of them."""
        open_ = self._open | self._failed
        ended = [
            intent.number
            for item, intents in self._before.items()
            if item not in open_
            for intent in intents
        ]
        if ended:
            self._writer.remember([], ended)


def _lies_below(url: str, tops: Set[str]) -> bool:
    """Whether an address begins with one of ``tops``, which end with no slash."""
    at = url.rstrip("/").rfind("/")
    while at > 0:
        if url[:at] in tops:
            return True
        at = url.rfind("/", 0, at)
    return False


def _pages(values: Iterable[_One]) -> Iterator[list[_One]]:
    found = list(values)
    for start in range(0, len(found), _PAGE):
        yield found[start : start + _PAGE]

"""Batches of writes: journaled before, remembered after, looked for where an answer was lost.

The order is what makes a push safe to kill: the intents of a batch are durable before its first
write, and each receipt is written in the transaction that ends its intent. Where the publisher
takes several batches at once, they go out from threads; the journal is kept by the caller's alone.
Decides nothing about items.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from wp_sync.errors import (
    LoginFailed,
    OutcomeUnknown,
    Place,
    Problem,
    TargetError,
    TargetRefused,
    TryLater,
    WpSyncError,
)
from wp_sync.ledger import Action, Intent, Ledger, Receipt, SavedVersion
from wp_sync.publish import decide
from wp_sync.publish.base import (
    Batching,
    Concurrent,
    Held,
    Item,
    Payload,
    Publisher,
    Write,
    digest_of,
)

_FEW = 8  # fewer are not worth a request of their own
_PAST = 8  # earlier answers of the target's that are remembered
_TRIES = 3  # a write whose answer was lost, looked for and not found, is done again so often


@dataclass(frozen=True, slots=True)
class Order:
    """One thing to write: a new one, or some ``fields`` of one that stands at ``target_id``."""

    item: Item
    payload: Payload
    target_id: str = ""
    fields: tuple[str, ...] = ()
    receipt: Receipt | None = None
    kept: tuple[str, ...] = ()
    save: Held | None = None

    @property
    def sent(self) -> Payload:
        """What goes out: everything, or the fields to change."""
        if not self.target_id:
            return self.payload
        changed = {
            name: value for name, value in self.payload.fields.items() if name in self.fields
        }
        return replace(self.payload, fields=changed, file=None)


_Answers = Sequence[Held | Exception | None]


@dataclass(slots=True)
class Done:
    """What a batch came to: a receipt of each item that stands there, and what did not go
    through."""

    orders: Sequence[Order]
    receipts: dict[str, Receipt]
    problems: list[Problem]
    left: int = 0
    over: WpSyncError | None = None


@dataclass(frozen=True, slots=True)
class _Batch:
    """Orders of one kind with the numbers of their intents, and the digests of their fields."""

    orders: Sequence[Order]
    numbers: Sequence[int]
    sent: Mapping[str, Mapping[str, str]]


class Writer:
    """Writes to one target within one run: `send` batches, and take what became of them from
    `answered`; `close` it at the end."""

    def __init__(self, publisher: Publisher, ledger: Ledger, run: int) -> None:
        self._publisher = publisher
        self._ledger = ledger
        self._run = run
        self.writes = 0
        self.at_once = publisher.at_once if isinstance(publisher, Concurrent) else 1
        """How many batches may be under way at once."""
        self._pool: ThreadPoolExecutor | None = None
        if self.at_once > 1:
            self._pool = ThreadPoolExecutor(self.at_once, thread_name_prefix="wp-sync-write")
        self._under_way: dict[Future[_Answers], _Batch] = {}

    def size(self, left: int) -> int:
        """How many orders make a batch where ``left`` are still to be written: what is left is
        shared out at the end, so that no batch goes on for long after the others are done."""
        most = self._publisher.most if isinstance(self._publisher, Batching) else 1
        return min(most, max(_FEW, -(-left // self.at_once)))

    @property
    def under_way(self) -> int:
        """How many batches were sent and not answered, or not taken yet."""
        return len(self._under_way)

    def send(self, orders: Sequence[Order]) -> None:
        """Journal a batch of one kind, and send it; at most ``at_once`` may be under way then.

        Raises:
            ArchiveError: the journal can't be written; nothing was sent that it does not have.
        """
        for order in orders:
            if order.save is not None:
                base = decide.base_of(order.save, self._publisher.canonical)
                self._ledger.save_version(
                    self._run, SavedVersion(order.item.key, order.save.id, base)
                )
        canonical = self._publisher.canonical
        sent = {order.item.key: decide.sent_of(order.payload, canonical) for order in orders}
        intents = [_intent(order, sent[order.item.key]) for order in orders]
        numbers = self._ledger.begin(self._run, intents)
        self.writes += len(orders)
        answers: Future[_Answers]
        if self._pool is not None:
            answers = self._pool.submit(self._sent, orders)
        else:
            answers = Future()
            answers.set_result(self._sent(orders))
        self._under_way[answers] = _Batch(orders, numbers, sent)

    def answered(self, most: int = 0) -> Iterator[Done]:
        """What came of the batches that are answered, remembered; waits while more than ``most``
        are under way.

        Raises:
            ArchiveError: the journal can't be written.
        """
        while self._under_way:
            ready = [one for one in self._under_way if one.done()]
            if not ready:
                if len(self._under_way) <= most:
                    return
                wait(self._under_way, return_when=FIRST_COMPLETED)
            for one in ready:
                yield self._came_of(self._under_way.pop(one), one)

    def close(self) -> None:
        """Wait for what is under way. The intents of what was not taken stay, as after a kill."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _came_of(self, batch: _Batch, first: Future[_Answers]) -> Done:
        """What came of a batch; what was lost and is not found is sent again, by and by."""
        done = Done(batch.orders, {}, [])
        open_ = list(zip(batch.orders, batch.numbers, strict=True))
        for number in range(_TRIES):
            if number:
                self.writes += len(open_)
            answers = self._sent([order for order, _ in open_]) if number else first.result()
            open_ = self._settled(open_, answers, batch.sent, done)
            if not open_ or done.over:
                break
        for order, _ in open_:
            problem = OutcomeUnknown(
                "its answer was lost, and whether it took place can't be seen now",
                hint="push again: it is looked for first",
            )
            done.problems.append(_told(order, problem))
            done.left += 1
        return done

    def _settled(
        self,
        open_: Sequence[tuple[Order, int]],
        answers: _Answers,
        sent: Mapping[str, Mapping[str, str]],
        done: Done,
    ) -> list[tuple[Order, int]]:
        """Remember what answers say, in one transaction; what is lost comes back."""
        lost: list[tuple[Order, int]] = []
        receipts: list[Receipt] = []
        ended: list[int] = []
        bugs: list[Exception] = []
        for (order, number), answer in zip(open_, answers, strict=True):
            found = self._looked(order, answer) if _unknown(answer) else answer
            if isinstance(found, Held):
                receipt = self.receipt(order, found, sent[order.item.key])
                receipts.append(receipt)
                ended.append(number)
                done.problems += _otherwise(order, receipt)
                if order.payload.slug and found.slug and found.slug != order.payload.slug:
                    done.problems.append(_renamed(order, found))
            elif found is None or _unknown(found):
                lost.append((order, number))
            elif isinstance(found, TargetRefused):
                ended.append(number)
                done.problems.append(_told(order, found))
                done.left += 1
            elif isinstance(found, LoginFailed | TryLater):
                done.over = done.over or found
                ended.append(number)
                done.left += 1
            else:
                bugs.append(found)
        self._ledger.settle(self._run, receipts, ended)
        done.receipts.update((receipt.item, receipt) for receipt in receipts)
        if bugs:
            raise bugs[0]
        return lost

    def _sent(self, orders: Sequence[Order]) -> list[Held | Exception | None]:
        writes = [Write(order.sent, order.target_id) for order in orders]
        if isinstance(self._publisher, Batching) and len(writes) > 1:
            try:
                return list(self._publisher.write_many(writes))
            except OutcomeUnknown as error:
                return [error] * len(writes)
            except (LoginFailed, TryLater, TargetRefused) as error:
                return [error] * len(writes)
        found: list[Held | Exception | None] = []
        for write in writes:
            if found and isinstance(found[-1], LoginFailed | TryLater):
                found.append(found[-1])
                continue
            try:
                if write.id:
                    found.append(self._publisher.update(write.id, write.payload))
                else:
                    found.append(self._publisher.create(write.payload))
            except (TargetError, LoginFailed, TryLater) as error:
                found.append(error)
        return found

    def _looked(self, order: Order, lost: object) -> Held | Exception | None:
        """What became of a write whose answer was lost; None: it did not take place."""
        publisher = self._publisher
        try:
            if not order.target_id:
                return publisher.look(order.payload)
            held = next(iter(publisher.read(order.item.kind, [order.target_id])), None)
        except (TargetError, LoginFailed, TryLater):
            return lost if isinstance(lost, Exception) else None
        if held is None:
            return TargetRefused("it is no longer at the target", hint="plan again")
        sent = decide.sent_of(order.sent, publisher.canonical)
        theirs = decide.base_of(held, publisher.canonical)
        same = all(decide.short(theirs.get(name)) == digest for name, digest in sent.items())
        return held if same else None

    def receipt(self, order: Order, held: Held, sent: Mapping[str, str] | None = None) -> Receipt:
        """What is remembered once the target holds this; ``sent``: the digests of its fields."""
        publisher = self._publisher
        before = order.receipt
        if sent is None:
            sent = decide.sent_of(order.payload, publisher.canonical)
        if before is not None and order.target_id:
            # What was not sent now is as it was sent last.
            written = set(order.fields)
            sent = {
                name: digest if name in written else before.sent.get(name, digest)
                for name, digest in sent.items()
            }
        return Receipt(
            order.item.key,
            held.id,
            held.url,
            order.item.digest,
            held.stamp,
            sent,
            decide.base_of(held, publisher.canonical),
            held.facts,
            order.kept,
            order.payload.missing,
            past(before),
            run=self._run,
        )

    def remember(self, receipts: Sequence[Receipt], ended: Sequence[int] = ()) -> None:
        """Receipts of what needed no write."""
        self._ledger.settle(self._run, receipts, ended)


def _intent(order: Order, sent: Mapping[str, str]) -> Intent:
    """What is remembered before a write of an order; ``sent``: the digests of all its fields."""
    if order.target_id:
        sent = {name: digest for name, digest in sent.items() if name in order.fields}
    action: Action = "update" if order.target_id else "create"
    payload = order.payload
    return Intent(order.item.key, action, payload.slug, payload.prints, order.target_id, sent)


def past(before: Receipt | None) -> tuple[str, ...]:
    """The digests of what the target held after earlier pushes, newest first."""
    if before is None or not before.base:
        return before.past if before else ()
    return tuple(dict.fromkeys((digest_of(dict(before.base)), *before.past)))[:_PAST]


def _unknown(answer: object) -> bool:
    return isinstance(answer, OutcomeUnknown)


def _place(order: Order) -> Place:
    return Place(kind=order.item.kind, id=order.item.id or None, url=order.item.url)


def _told(order: Order, error: WpSyncError) -> Problem:
    name = order.item.title or order.item.key
    return Problem(f"{name}: {error.message}", _place(order), error.hint)


def _otherwise(order: Order, receipt: Receipt) -> Iterator[Problem]:
    """What was written and stands there in another way; a name that is taken is told by itself."""
    written = order.fields if order.target_id else receipt.sent
    names = [
        name
        for name in written
        if name in receipt.base
        and name not in ("slug", *order.payload.fixed)
        and decide.short(receipt.base[name]) != receipt.sent.get(name)
    ]
    if names:
        yield Problem(
            f"{order.item.title or order.item.key}: the target did not take"
            f" {', '.join(names)} as sent",
            _place(order),
            "`wp-sync verify` shows both values; a template or a plugin may be wanting there",
        )


def _renamed(order: Order, held: Held) -> Problem:
    return Problem(
        f"{order.item.title}: the target named it {held.slug!r} and not {order.payload.slug!r}",
        _place(order),
        "something else took the name meanwhile; free it there and push again",
    )

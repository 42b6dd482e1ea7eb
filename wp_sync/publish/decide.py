"""What becomes of one thing: a pure function over ours, what was pushed last, and theirs.

``ours`` is the payload, ``base`` what the target answered to the last push, ``theirs`` what it
holds now. Only where the target's value is no longer the base did somebody edit there; only where
the payload is no longer what was sent did the source change. Asks nobody and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wp_sync.ledger import Intent, Receipt
from wp_sync.publish.base import Held, Item, OnConflict, Payload, digest_of
from wp_sync.publish.steps import Change, Step

Canonical = Callable[[str, str, Any], Any]
ALL = "*"  # in `Receipt.kept`: the whole thing is the target's


def short(value: Any) -> str:
    """The digest of a field's canonical value, as receipts keep it."""
    return digest_of(value)[:16]


def sent_of(payload: Payload, canonical: Canonical) -> dict[str, str]:
    """A digest for each field of a payload."""
    return {
        name: short(canonical(payload.kind, name, value)) for name, value in payload.fields.items()
    }


def base_of(held: Held, canonical: Canonical) -> dict[str, Any]:
    """What the target holds, field by field, in canonical form."""
    return {name: canonical(held.kind, name, value) for name, value in held.fields.items()}


@dataclass(frozen=True, slots=True)
class Judged:
    """The fields of one thing, sorted: to write, in conflict, kept as the target has them."""

    write: tuple[str, ...]
    conflicts: tuple[Change, ...]
    kept: tuple[str, ...]
    restored: bool = False


def judge(
    payload: Payload,
    held: Held,
    receipt: Receipt | None,
    intent: Intent | None,
    canonical: Canonical,
) -> Judged:
    """Three ways, field by field. ``intent``: a write whose end was not known."""
    theirs_now = base_of(held, canonical)
    restored = bool(receipt and digest_of(theirs_now) in receipt.past)
    write: list[str] = []
    conflicts: list[Change] = []
    kept: list[str] = []
    for name, value in payload.fields.items():
        ours = canonical(payload.kind, name, value)
        theirs = theirs_now.get(name)
        if short(ours) == short(theirs):
            continue
        base = receipt.base.get(name) if receipt else None
        known = receipt is not None and name in receipt.base
        edited = receipt is None or (known and not restored and short(theirs) != short(base))
        if intent is not None and short(theirs) == intent.sent.get(name):
            edited, known = False, False  # our own write, whose answer was lost
        if receipt is not None and (name in receipt.kept or ALL in receipt.kept):
            kept.append(name)
        elif name in payload.fixed:
            continue
        elif edited:
            conflicts.append(Change(name, base, ours, theirs))
        elif not known or restored or (receipt and receipt.sent.get(name) != short(ours)):
            write.append(name)
    return Judged(tuple(write), tuple(conflicts), tuple(kept), restored)


def unread(payload: Payload, receipt: Receipt, canonical: Canonical) -> tuple[str, ...]:
    """The fields to write where the target's stamp says that nobody changed anything there."""
    if ALL in receipt.kept:
        return ()
    sent = sent_of(payload, canonical)
    return tuple(
        name
        for name, digest in sent.items()
        if receipt.sent.get(name) != digest
        and short(receipt.base.get(name)) != digest  # the target has it already
        and name not in receipt.kept
        and name not in payload.fixed
    )


def unchanged_there(
    item: Item, payload: Payload, receipt: Receipt, stamp: str, canonical: Canonical
) -> Step:
    """A thing of ours whose stamp is the one of our last push."""
    fields = unread(payload, receipt, canonical)
    if fields:
        return _step("update", item, _said(fields), receipt.target_id, fields, stamp=stamp)
    reason = ""
    if receipt.source != item.digest and receipt.sent != sent_of(payload, canonical):
        reason = "changed at the source in nothing that can be written again"
    return _step("skip", item, reason, receipt.target_id, stamp=stamp)


def changed_there(
    item: Item,
    payload: Payload,
    held: Held,
    receipt: Receipt,
    intent: Intent | None,
    policy: OnConflict,
    canonical: Canonical,
) -> Step:
    """A thing of ours that has another stamp than after our last push."""
    judged = judge(payload, held, receipt, intent, canonical)
    if held.trashed and ALL not in receipt.kept:
        if receipt.removed:
            fields = tuple(name for name in payload.fields if name not in payload.fixed)
            reason = "it is back at the source"
            return _step("update", item, reason, held.id, fields, stamp=held.stamp)
        return _there_or_not(item, held.id, held.stamp, "it is in the target's trash", policy)
    if not judged.conflicts:
        reason = "the target shows what an earlier push left there" if judged.restored else ""
        if judged.write:
            reason = reason or _said(judged.write)
            return _step("update", item, reason, held.id, judged.write, stamp=held.stamp)
        reason = reason or "the target has it already"
        return _step("skip", item, reason, held.id, stamp=held.stamp, kept=judged.kept)
    return _conflict(item, held, judged, policy)


def found_there(
    item: Item,
    payload: Payload,
    held: Held,
    intent: Intent | None,
    policy: OnConflict,
    canonical: Canonical,
) -> Step:
    """A thing that stands at the target and that we have no receipt for, though it is ours."""
    judged = judge(payload, held, None, intent, canonical)
    why = "a push that was broken off made it" if intent else "it is there already"
    if not judged.conflicts:
        if judged.write:
            why = f"{why}; {_said(judged.write)}"
        return _step("adopt", item, why, held.id, judged.write, stamp=held.stamp)
    if policy == "stop":
        listed = ", ".join(change.field for change in judged.conflicts)
        return Step(
            "conflict",
            item.key,
            item.title,
            f"it is there already, with another {listed}",
            held.id,
            changes=judged.conflicts,
            source=item.digest,
            stamp=held.stamp,
        )
    names = tuple(change.field for change in judged.conflicts)
    if policy == "theirs":
        reason = f"{why}; the target's {', '.join(names)} stay"
        return _step("adopt", item, reason, held.id, judged.write, stamp=held.stamp, kept=names)
    fields = (*judged.write, *names)
    reason = f"{why}; {_said(fields)}"
    return Step(
        "adopt", item.key, item.title, reason, held.id, fields, source=item.digest,
        stamp=held.stamp, save=True,
    )  # fmt: skip


def _conflict(item: Item, held: Held, judged: Judged, policy: OnConflict) -> Step:
    names = tuple(change.field for change in judged.conflicts)
    if policy == "theirs":
        stay = tuple(dict.fromkeys((*judged.kept, *names)))
        reason = f"edited at the target; its {', '.join(names)} stay"
        action = "update" if judged.write else "skip"
        return _step(action, item, reason, held.id, judged.write, stamp=held.stamp, kept=stay)
    if policy == "overwrite":
        fields = tuple(dict.fromkeys((*judged.write, *names)))
        reason = f"edited at the target, and overwritten: {', '.join(names)}"
        return Step(
            "update", item.key, item.title, reason, held.id, fields, judged.conflicts,
            source=item.digest, stamp=held.stamp, save=True,
        )  # fmt: skip
    return Step(
        "conflict",
        item.key,
        item.title,
        f"edited at the target: {', '.join(names)}",
        held.id,
        judged.write,
        judged.conflicts,
        source=item.digest,
        stamp=held.stamp,
    )


def gone_there(item: Item, receipt: Receipt, policy: OnConflict, *, put_back: bool) -> Step:
    """A thing that we once made and that the target no longer has."""
    if ALL in receipt.kept:
        return _step("skip", item, "", receipt.target_id)
    if put_back:
        return _step("create", item, "it is not at the target any more")
    reason = "it is not at the target any more"
    return _there_or_not(item, receipt.target_id, "", reason, policy)


def _there_or_not(item: Item, id: str, stamp: str, reason: str, policy: OnConflict) -> Step:
    if policy == "theirs":
        return _step("skip", item, f"{reason}, and stays so", id, stamp=stamp, kept=(ALL,))
    if policy == "overwrite":
        if not stamp:
            return _step("create", item, reason)
        return _step("update", item, f"{reason}, and comes back", id, (ALL,), stamp=stamp)
    return _step("conflict", item, reason, id, stamp=stamp)


def _step(
    action: Any,
    item: Item,
    reason: str,
    id: str = "",
    fields: tuple[str, ...] = (),
    *,
    stamp: str = "",
    kept: tuple[str, ...] = (),
) -> Step:
    return Step(
        action, item.key, item.title, reason, id, fields, kept=kept, source=item.digest, stamp=stamp
    )


def _said(fields: tuple[str, ...]) -> str:
    return f"{', '.join(fields)} {'differs' if len(fields) == 1 else 'differ'}"


def slug_taken(item: Item, slug: str, by: str) -> Step:
    """The name that an item must have belongs to something else at the target."""
    reason = f"the target has another thing of the name {slug!r}: {by}"
    return Step("conflict", item.key, item.title, reason, source=item.digest)


def create(item: Item) -> Step:
    return Step("create", item.key, item.title, "it is new", source=item.digest)


def by_item(intents: Any) -> Mapping[str, Intent]:
    """The last intent of each item whose end is not known."""
    return {intent.item: intent for intent in intents}

"""The suite every publisher passes: plan, push, verify, and what goes wrong between them.

Subclass it in your tests and say how to open your publisher; pytest finds the rest. A kind that
your target does not take is left out by its `Doctor.kinds`. What can't be tried through the port
alone (an edit at the target, an answer that is lost) is done by wrapping the publisher, so that no
test needs to know your target.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from wp_sync.errors import LoginFailed, OutcomeUnknown
from wp_sync.publish.base import Held, Payload, Publisher, Removal, Write
from wp_sync.publish.parity.nouns import Parity
from wp_sync.publish.parity.verify import Verifier
from wp_sync.testing.sample import Sample


class Killed(BaseException):
    """Raised where a test kills the process."""


class Wrapped:
    """A publisher whose writes can be counted, forbidden, lost and cut short.

    ``faults`` maps the number of a write (from 1) to ``lost`` (it takes place, its answer does not
    come), ``unsent`` (it does not take place, and nobody knows), ``kill`` (it takes place, and we
    die) or ``login`` (refused from then on).
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self.faults: dict[int, str] = {}
        self.fired: list[str] = []
        self.writes = 0
        self.forbidden = False
        self._revoked = False

    def __getattr__(self, name: str) -> Any:
        if name == "write_many":  # one by one, so that faults meet single writes
            raise AttributeError(name)
        return getattr(self._publisher, name)

    def _write(self, do: Any) -> Any:
        assert not self.forbidden, "a write where none was expected"
        self.writes += 1
        fault = self.faults.pop(self.writes, "")
        if fault:
            self.fired.append(fault)
        if fault == "login" or self._revoked:
            self._revoked = True
            raise LoginFailed("the login was revoked")
        if fault == "unsent":
            raise OutcomeUnknown("the connection broke")
        found = do()
        if fault == "kill":
            raise Killed
        if fault == "lost":
            raise OutcomeUnknown("the answer was lost")
        return found

    def create(self, payload: Payload) -> Held:
        held: Held = self._write(lambda: self._publisher.create(payload))
        return held

    def update(self, id: str, payload: Payload) -> Held:
        held: Held = self._write(lambda: self._publisher.update(id, payload))
        return held

    def remove(self, kind: str, id: str, how: Removal) -> Held | None:
        held: Held | None = self._write(lambda: self._publisher.remove(kind, id, how))
        return held


class PublisherSuite:
    """Subclass it: ``class TestMine(PublisherSuite)``, with a fixture ``publisher`` that gives one
    on an empty target."""

    @pytest.fixture
    def publisher(self) -> Any:
        raise NotImplementedError("give a fixture `publisher`, on an empty target")

    @pytest.fixture
    def wrapped(self, publisher: Publisher) -> Wrapped:
        return Wrapped(publisher)

    @pytest.fixture
    def sample(self) -> Iterator[Sample]:
        with Sample() as sample:
            yield sample

    # -- helpers

    def settle(self, publisher: Any) -> None:
        """Called before a second look: where stamps have whole seconds, wait one here."""

    def push(self, sample: Sample, wrapped: Any, **how: Any) -> Any:
        self.settle(wrapped)
        return sample.mirror(wrapped, **how).push()[1]

    def verify(self, sample: Sample, wrapped: Any, **how: Any) -> Parity:
        return Verifier(sample.mirror(wrapped, **how)).verify()

    def quiet(self, sample: Sample, wrapped: Any, **how: Any) -> None:
        """Nothing is left to do, and nothing is done."""
        wrapped.forbidden = True
        try:
            pushed = self.push(sample, wrapped, **how)
        finally:
            wrapped.forbidden = False
        assert pushed.writes == 0
        assert not [s for s in sample.mirror(wrapped, **how).plan().steps if s.action != "skip"]

    def taken(self, sample: Sample, wrapped: Any) -> list[Any]:
        """The sample's items of the kinds that the target takes."""
        kinds = set(wrapped.doctor().kinds)
        return [item for item in sample.mirror(wrapped).desired.items() if item.kind in kinds]

    def once(self, sample: Sample, wrapped: Any) -> None:
        """Every item stands there once, under its own name."""
        ledger = sample.mirror(wrapped).ledger
        items = self.taken(sample, wrapped)
        receipts = ledger.of(item.key for item in items)
        assert set(receipts) == {item.key for item in items}
        places = Counter((one.kind, one.target_id) for one in receipts.values())
        assert max(places.values()) == 1
        for kind in {item.kind for item in items}:
            ids = [one.id for one in wrapped.index(kind) if not one.trashed]
            mine = [one.target_id for one in receipts.values() if one.kind == kind]
            assert set(mine) <= set(ids)
            slugs = Counter(one.slug for one in wrapped.index(kind) if one.slug and not one.trashed)
            assert not [slug for slug, count in slugs.items() if count > 1]
            assert not [s for s in slugs if s.endswith("-2")], "a name that we caused"

    # -- what every publisher does

    def test_the_doctor_writes_nothing(self, wrapped: Wrapped) -> None:
        wrapped.forbidden = True
        doctor = wrapped.doctor()
        assert doctor.name
        assert doctor.kinds

    def test_a_plan_writes_nothing_and_says_the_same_twice(
        self, sample: Sample, wrapped: Wrapped
    ) -> None:
        wrapped.forbidden = True
        first, second = sample.mirror(wrapped).plan(), sample.mirror(wrapped).plan()
        assert first.to_json() == second.to_json()
        assert first.count("create", "adopt") == len(self.taken(sample, wrapped))

    def test_a_push_makes_each_thing_once_and_the_next_writes_nothing(
        self, sample: Sample, wrapped: Wrapped
    ) -> None:
        pushed = self.push(sample, wrapped)
        assert not pushed.problems
        self.once(sample, wrapped)
        parity = self.verify(sample, wrapped)
        assert parity.clean, parity.differences
        self.quiet(sample, wrapped)

    def test_what_is_rendered_is_pure(self, sample: Sample, wrapped: Wrapped) -> None:
        wrapped.forbidden = True
        mirror = sample.mirror(wrapped)
        for item in self.taken(sample, wrapped):
            first = wrapped.render(item, mirror.desired.atlas)
            assert first == wrapped.render(item, mirror.desired.atlas)
            assert first.key == item.key
            for name, value in first.fields.items():
                canonical = wrapped.canonical(item.kind, name, value)
                assert wrapped.canonical(item.kind, name, canonical) == canonical

    def test_an_edit_at_the_source_arrives(self, sample: Sample, wrapped: Wrapped) -> None:
        self.push(sample, wrapped)
        sample.edit("posts/post", 20, title="Another title")
        before = wrapped.writes
        self.push(sample, wrapped)
        assert wrapped.writes == before + 1
        assert self.verify(sample, wrapped).clean
        self.quiet(sample, wrapped)

    def test_a_link_to_what_comes_later_is_right_in_the_end(
        self, sample: Sample, wrapped: Wrapped
    ) -> None:
        self.push(sample, wrapped)
        sample.add(23, "three", content=_link("four"))
        sample.add(24, "four", content=_link("three"))
        self.push(sample, wrapped)
        assert self.verify(sample, wrapped).clean
        self.quiet(sample, wrapped)

    def test_an_edit_at_the_target_is_a_conflict(
        self, sample: Sample, wrapped: Wrapped, publisher: Publisher
    ) -> None:
        self.push(sample, wrapped)
        self.edit_there(sample, wrapped, publisher)
        (step,) = sample.mirror(wrapped).plan().steps
        assert step.action == "conflict"
        assert "title" in {change.field for change in step.changes}
        wrapped.forbidden = True
        self.push(sample, wrapped)
        wrapped.forbidden = False
        assert not self.verify(sample, wrapped).clean
        self.push(sample, wrapped, on_conflict="overwrite")
        assert self.verify(sample, wrapped).clean
        self.quiet(sample, wrapped)

    def test_what_a_person_keeps_stays(
        self, sample: Sample, wrapped: Wrapped, publisher: Publisher
    ) -> None:
        self.push(sample, wrapped)
        self.edit_there(sample, wrapped, publisher)
        self.push(sample, wrapped, on_conflict="theirs")
        parity = self.verify(sample, wrapped)
        assert parity.clean
        assert parity.count("kept") == 1
        self.quiet(sample, wrapped)

    def edit_there(self, sample: Sample, wrapped: Any, publisher: Publisher) -> None:
        """Somebody edits the title of the post ``two`` at the target, past wp-sync."""
        self.settle(wrapped)
        receipt = sample.mirror(wrapped).ledger.of(["posts/post:21"])["posts/post:21"]
        payload = Payload("posts/post:21", "posts/post", {"title": "Edited over there"})
        publisher.update(receipt.target_id, payload)

    def test_what_is_gone_at_the_source_is_taken_from_visitors(
        self, sample: Sample, wrapped: Wrapped
    ) -> None:
        self.push(sample, wrapped)
        ways = wrapped.doctor().removals.get("posts/post", ())
        sample.remove("posts/post", 21)
        for how in ways[:1]:
            self.push(sample, wrapped, on_deleted=how)
            self.quiet(sample, wrapped, on_deleted=how)

    def test_an_archive_lost_and_rebuilt_finds_its_work_again(
        self, sample: Sample, wrapped: Wrapped
    ) -> None:
        self.push(sample, wrapped)
        with Sample() as other:
            wrapped.forbidden = True
            assert {step.action for step in other.mirror(wrapped).plan().steps} == {"adopt"}
            self.push(other, wrapped)
            self.once(other, wrapped)
            wrapped.forbidden = False
            self.quiet(other, wrapped)

    @pytest.mark.parametrize("number", [1, 6])
    @pytest.mark.parametrize("fault", ["lost", "unsent", "kill", "login"])
    def test_a_push_that_goes_wrong_is_whole_after_the_next(
        self, sample: Sample, wrapped: Wrapped, fault: str, number: int
    ) -> None:
        wrapped.faults = {number: fault}
        try:
            self.push(sample, wrapped)
        except Killed:
            assert fault == "kill"
        assert wrapped.fired == [fault], "the fault did not fire"
        wrapped._revoked = False
        self.push(sample, wrapped)
        self.once(sample, wrapped)
        parity = self.verify(sample, wrapped)
        assert parity.clean, parity.differences
        self.quiet(sample, wrapped)

    def test_batches_do_what_single_writes_do(self, sample: Sample, publisher: Publisher) -> None:
        many = getattr(publisher, "write_many", None)
        if many is None:
            return  # it has no batches, and need not
        writes = [
            Write(publisher.render(item, sample.mirror(publisher).desired.atlas))
            for item in self.taken(sample, publisher)
            if item.kind == "posts/post"
        ]
        answers = many(writes)
        assert [type(answer) for answer in answers] == [Held] * len(writes)
        assert [a.slug for a in answers] == [w.payload.slug for w in writes]


def _link(name: str) -> dict[str, str]:
    text = f'<p><a href="https://source.example/{name}/">{name}</a></p>'
    return {"raw": text, "rendered": text}

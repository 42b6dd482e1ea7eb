"""Any story of edits here and there, faults and kills, and a push at its end: each thing once.

A state machine over an archive, a target that misbehaves and the pushes between them. Whatever
happened before, two more pushes bring the target to where every item stands exactly once, nothing
is written twice, and a comparison is clean or names exactly what a person has to decide.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.helpers import SITE, make_record
from tests.unit.test_publish_push import Bench, both, link
from wp_sync.archive import open_archive
from wp_sync.errors import LoginFailed, PlanStale
from wp_sync.ledger import Ledger
from wp_sync.publish.memory import Fault, Killed, MemoryPublisher
from wp_sync.publish.mirror import Mirror
from wp_sync.publish.parity.verify import Verifier

IDS = st.sampled_from([20, 21, 22, 23])
PAGES = st.sampled_from([30, 31, 32])
FAULTS: st.SearchStrategy[Fault] = st.sampled_from(
    ["error after", "lost", "lost before", "login", "later", "refused", "kill"]
)


class DyingLedger:
    """A ledger whose process is killed before or after one of its writes."""

    def __init__(self, ledger: Ledger, after: int, *, late: bool) -> None:
        self._ledger = ledger
        self._left = after
        self._late = late

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._ledger, name)
        if name not in ("begin", "settle", "save_version"):
            return found

        def call(*given: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._late:
                raise Killed
            value = found(*given, **named)
            if self._left == 0:
                raise Killed
            return value

        return call


class Story(RuleBasedStateMachine):
    """Edits, faults, backups; pushes in between."""

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        self.archive = self.stack.enter_context(open_archive(Path(folder) / "archive"))
        self.bench = Bench(self.archive.of(SITE))
        self.bench.target.add("posts/post", slug="hello-world", title="Hello", date="2020")
        self.backup = self.bench.target.save()
        self.number = 0

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.finish()
            self.stack.close()

    # -- at the source

    @rule(id=IDS, to=IDS)
    def edit_post(self, id: int, to: int) -> None:
        self.number += 1
        words = f"<p>{self.number} {link(to)}</p>"
        self.bench.pull([make_record("posts/post", id, content=both(words), categories=[1])])

    @rule(id=PAGES, parent=st.sampled_from([0, 30, 31]))
    def edit_page(self, id: int, parent: int) -> None:
        self.number += 1
        words = both(f"<p>{self.number}</p>")
        parent = 0 if parent == id else parent
        self.bench.pull([make_record("posts/page", id, content=words, parent=parent)])

    @rule(id=IDS)
    def delete_post(self, id: int) -> None:
        if any(one.id == id for one in self.bench.site.known("posts/post")):
            self.bench.gone(id)

    # -- at the target

    def _ours(self) -> list[str]:
        things = self.bench.target.things.values()
        return sorted(
            (one.id for one in things if one.kind in ("posts/post", "posts/page")), key=int
        )

    @precondition(lambda self: self._ours())
    @rule(pick=st.integers(0, 20), field=st.sampled_from(["title", "content"]))
    def edit_there(self, pick: int, field: str) -> None:
        ours = self._ours()
        self.number += 1
        self.bench.target.edit(ours[pick % len(ours)], **{field: f"theirs {self.number}"})

    @precondition(lambda self: self._ours())
    @rule(pick=st.integers(0, 20))
    def drop_there(self, pick: int) -> None:
        ours = self._ours()
        id = ours[pick % len(ours)]
        self.bench.target.drop(id)

    @rule()
    def back_up(self) -> None:
        self.backup = self.bench.target.save()

    @rule()
    def restore(self) -> None:
        self.bench.target.restore(self.backup)

    # -- between them

    @rule()
    def push(self) -> None:
        self.bench.push()

    @rule(fault=FAULTS, number=st.integers(1, 6))
    def push_that_fails(self, fault: Fault, number: int) -> None:
        target = self.bench.target
        target.faults = {target.writes + number: fault}
        with suppress(Killed, LoginFailed):
            self.bench.push()
        target.faults = {}
        target.revoked = False

    @rule(after=st.integers(1, 8), late=st.booleans())
    def push_that_is_killed_at_its_journal(self, after: int, late: bool) -> None:
        mirror = self.bench.mirror()
        mirror.ledger = DyingLedger(mirror.ledger, after, late=late)
        with suppress(Killed):
            mirror.push()

    @rule(id=PAGES)
    def push_a_plan_that_is_old(self, id: int) -> None:
        plan = self.bench.plan()
        self.edit_page(id, 0)
        writes = self.bench.target.writes
        with pytest.raises(PlanStale):
            self.bench.push(plan)
        assert self.bench.target.writes == writes

    # -- what holds

    @invariant()
    def nothing_has_a_number_behind_its_name(self) -> None:
        if hasattr(self, "bench"):
            slugs = [str(one.fields.get("slug")) for one in self.bench.target.things.values()]
            assert not [slug for slug in slugs if slug.count("-") > 1 and slug.endswith("-2")]

    def finish(self) -> None:
        """A person decides everything in our favour, and pushes."""
        bench = self.bench
        bench.settings = replace(bench.settings, on_conflict="overwrite", put_back=True)
        for _ in range(2):
            bench.push()
        desired = Counter(
            item.fields["slug"]
            for item in bench.mirror().desired.items()
            if item.kind.startswith(("posts/", "terms/", "users/"))
        )
        ours = Counter(
            one.fields["slug"]
            for one in bench.target.things.values()
            if one.fields.get("slug") not in (None, "hello-world")
            and one.fields.get("status") != "draft"
            and one.kind.startswith(("posts/", "terms/", "users/"))
            and not one.trashed
        )
        assert ours == desired
        mirror = Mirror(
            bench.site, bench.mirror().desired._rules, MemoryPublisher(bench.target), bench.settings
        )
        parity = Verifier(mirror).verify()
        assert parity.clean, parity.differences
        bench.target.forbidden = True
        assert bench.push().writes == 0
        bench.target.forbidden = False
        assert not bench.mirror().ledger.intents()


Story.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TestStory = Story.TestCase

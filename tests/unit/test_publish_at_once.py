"""Several batches under way at once: nothing is made twice, too early, or forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.errors import Interrupted, LoginFailed, OutcomeUnknown, WpSyncError
from wp_sync.model import Outcome
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.progress import Stop
from wp_sync.publish.apply import Pushed
from wp_sync.publish.base import Held, Payload, Settings, Write
from wp_sync.publish.memory import Killed, MemoryPublisher, MemoryTarget
from wp_sync.publish.mirror import Mirror

RULES = Rules()
POSTS, PAGES = 30, 4


class Crowd(MemoryPublisher):
    """Three batches of ten at once; ``meanwhile`` is called before each, with its number."""

    most = 10
    at_once = 3

    def __init__(self, target: MemoryTarget, meanwhile: Callable[[int], None]) -> None:
        super().__init__(target)
        self.meanwhile = meanwhile
        self.lock = threading.Lock()
        self.batches = self.under_way = self.largest = 0

    def write_many(self, writes: Sequence[Write]) -> Sequence[Held | Exception]:
        with self.lock:
            self.batches += 1
            number = self.batches
            self.under_way += 1
            self.largest = max(self.largest, self.under_way)
        try:
            self.meanwhile(number)
            return [self._one(write) for write in writes]
        finally:
            with self.lock:
                self.under_way -= 1

    def look(self, payload: Payload) -> Held | None:
        with self.lock:
            return super().look(payload)

    def _one(self, write: Write) -> Held | Exception:
        with self.lock:
            try:
                if write.id:
                    return self.update(write.id, write.payload)
                return self.create(write.payload)
            except WpSyncError as error:
                return error


class Bench:
    def __init__(self, site: SiteArchive) -> None:
        self.site = site
        self.target = MemoryTarget()
        self.stop = Stop()
        self.crowd: Crowd | None = None
        records = [make_record("site/site", 0)]
        for id in range(100, 100 + POSTS):
            text = f'<p>{id} <a href="https://{SITE}/post-{100 + (id + 7) % POSTS}/">there</a></p>'
            records.append(make_record("posts/post", id, content={"raw": text, "rendered": text}))
        for id in range(200, 200 + PAGES):  # each page's parent comes after it in the archive
            parent = id + 1 if id < 199 + PAGES else 0
            records.append(make_record("posts/page", id, parent=parent))
        site.set_site(make_identity())
        run = site.begin_run("pull", "anonymous")
        site.save(run, records)
        site.finish_run(run, Outcome.DONE, {}, [], 1)
        normalize_site(site, RULES)

    def push(self, meanwhile: Callable[[int], None] = lambda _: None) -> Pushed:
        self.crowd = Crowd(self.target, meanwhile)
        settings = Settings("new", "memory", "")
        return Mirror(self.site, RULES, self.crowd, settings, stop=self.stop).push()[1]

    def settled(self) -> None:
        """All is there once, refers to the right things, and a push writes nothing."""
        ledger = self.site.ledger("new")
        assert not ledger.intents()
        slugs = [thing.fields.get("slug") for thing in self.target.things.values()]
        assert len(slugs) == len(set(slugs)) == POSTS + PAGES
        assert not [one for one in self.target.of("posts/post") if SITE in one.fields["content"]]
        ids = {key: one.target_id for key, one in ((r.item, r) for r in ledger.receipts())}
        for id in range(200, 199 + PAGES):
            page = self.target.things[ids[f"posts/page:{id}"]]
            assert page.fields["parent"] == ids[f"posts/page:{id + 1}"]
        assert self.push().writes == 0


@pytest.fixture
def bench() -> Iterator[Bench]:
    with tmp_archive() as archive:
        yield Bench(archive.of(SITE))


def test_batches_go_out_together_and_what_needs_another_waits(bench: Bench) -> None:
    together = threading.Barrier(2)

    def meanwhile(number: int) -> None:
        if number <= 2:
            together.wait(20)  # neither ends before the other began

    pushed = bench.push(meanwhile)
    assert (pushed.left, pushed.problems) == (0, [])
    assert bench.crowd is not None
    assert 2 <= bench.crowd.largest <= Crowd.at_once
    bench.settled()


def test_a_stop_remembers_what_is_under_way(bench: Bench) -> None:
    def meanwhile(number: int) -> None:
        if number == 2:
            bench.stop.request()

    with pytest.raises(Interrupted):
        bench.push(meanwhile)
    assert 0 < len(bench.target.things) < POSTS + PAGES
    ledger = bench.site.ledger("new")
    assert not ledger.intents()
    assert {one.target_id for one in ledger.receipts()} == set(bench.target.things)
    bench.stop = Stop()
    assert bench.push().left == 0
    bench.settled()


@pytest.mark.parametrize("error", [Killed(), RuntimeError("a bug"), OutcomeUnknown("lost")])
def test_a_batch_that_ends_badly_takes_no_other_along(bench: Bench, error: Any) -> None:
    def meanwhile(number: int) -> None:
        if number == 2:
            raise error

    try:
        bench.push(meanwhile)
    except (Killed, RuntimeError):
        left = bench.site.ledger("new").intents()
        assert 0 < len(left) <= Crowd.most, "only the batch itself is to be looked for"
    assert bench.push().left == 0
    bench.settled()


def test_a_login_that_is_revoked_ends_them_all(bench: Bench) -> None:
    bench.target.faults = {15: "login"}
    pushed = bench.push()
    assert isinstance(pushed.over, LoginFailed)
    assert len(bench.target.things) == 14
    assert not bench.site.ledger("new").intents()
    bench.target.revoked = False
    assert bench.push().left == 0
    bench.settled()

"""A site that changes at random, pulls that meet faults, and a model that says what must be true.

After every pull, whatever it met: nothing is called away that the site shows, and nothing past the
guard without a person's word. After a clean pull: everything that left a trace (a time, a total, a
count) has arrived. After a clean census: the archive is the site.

Over 6,000 steps, the same ones each time, so that a change of the code and nothing else can fail
this. ``WP_SYNC_MACHINE_EXAMPLES`` walks of 100 steps at most are taken instead where that is set,
others each time; `make test-fire` takes 3,000.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.fake_source import FakeSite, FakeSource, gmt
from tests.faults.story import inline
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.errors import GuardRefused, Interrupted, TryLater
from wp_sync.model import Login, Outcome, RunResult, State
from wp_sync.progress import Silent, Stop
from wp_sync.pull.decide import SLACK
from wp_sync.pull.options import OVERLAP, Limits, Narrowing, PullOptions
from wp_sync.run import pull

POST, MEDIA, TERM = "posts/post", "posts/attachment", "terms/category"
KINDS = (POST, MEDIA, TERM)
WALKS = int(os.environ.get("WP_SYNC_MACHINE_EXAMPLES", "0"))
EXAMPLES, STEPS = WALKS or 84, 100
ANYTHING = Limits(allowed=10**6)
BY_ITSELF = Limits()
_WRITES = {
    *("set_site", "begin_run", "finish_run", "save", "vanish", "quarantine", "set_bookmark"),
    *("want_files", "adopt_file", "mark_file"),
}
DST = timedelta(hours=2)  # what a wall clock goes through twice at most
taken = {"steps": 0, "pulls": 0, "narrowed": 0}
# Counts over ranges of dates are for sites where a census is dear; here they are always tried.
TRIED = Narrowing(ways=2, leaf=2, share=1_000.0)

Known = dict[tuple[str, int], State]


class Killed(BaseException):
    """The process is gone: nothing of it runs any more, its own clearing up included."""


class Mortal:
    """A site's archive whose process is killed before or behind one of its writes.

    Each write is one transaction; that a kill within one is a kill before or behind it is shown by
    the tests at every system call.
    """

    def __init__(self, archive: SiteArchive, writes: int, *, behind: bool) -> None:
        self._archive = archive
        self._left = writes
        self._behind = behind

    def __getattr__(self, name: str) -> Any:
        wrapped = getattr(self._archive, name)
        if name not in _WRITES:
            return wrapped

        def write(*args: Any, **more: Any) -> Any:
            self._left -= 1
            if self._left < 0 or (self._left == 0 and not self._behind):
                raise Killed
            answer = wrapped(*args, **more)
            if self._left == 0:
                raise Killed
            return answer

        return write


class SiteAndArchive(RuleBasedStateMachine):
    posts = Bundle("posts")
    away = Bundle("away")

    def __init__(self) -> None:
        super().__init__()
        # In memory where there is such a place: what a disk does is other tests' affair.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.TemporaryDirectory(dir=memory)
        self.opened = open_archive(self.folder.name)
        self.archive = self.opened.of("blog.example")
        self.world = FakeSite()
        self.source = FakeSource(self.world)
        self.ours: datetime = self.world.now  # our own clock
        self.traceless: set[int] = set()  # changed or appeared in a way that only a census finds
        self.refiled: set[int] = set()  # found by the terms' counts, unless an exchange hides it
        self.lost: set[tuple[str, int]] = set()  # everything that the site ever lost
        self.known: Known = {}
        self.jumps = 0
        self.did_pull = False
        self.pulled = 0  # so many pulls since the site last changed

    def teardown(self) -> None:
        self.opened.close()
        self.folder.cleanup()

    @invariant()
    def counted(self) -> None:
        taken["steps"] += 1
        # The walk is not to be spent on pulls that find nothing new.
        self.pulled = self.pulled + 1 if self.did_pull else 0
        self.did_pull = False

    def _few_pulls(self) -> bool:
        return self.pulled < 2

    # -- the site changes

    @initialize(target=posts, count=st.sampled_from([0, 3, 12, 30]))
    def begin(self, count: int) -> Any:
        for id in (1, 2, 3):
            self.world.add(TERM, id=id, name=f"Category {id}", count=0)
        self.world.next_id = 10
        # One in four is filed nowhere: no term's count tells of it.
        made = [
            self.world.add(categories=[number % 4] if number % 4 else []) for number in range(count)
        ]
        self.world.recount()
        return multiple(*made)

    @rule(target=posts, category=st.integers(0, 3), status=st.sampled_from(["publish", "draft"]))
    def write(self, category: int, status: str) -> int:
        filed = [category] if category in self.world.items[TERM] else []
        id = self.world.add(categories=filed, status=status)
        self.world.recount()
        self._notice(id)
        return id

    @rule(target=posts, hours=st.sampled_from([0, 1, 20]))
    def schedule(self, hours: float) -> int:
        """To be seen as such by who may see it; its time comes in `time_passes`."""
        later = gmt(self.world.now + timedelta(hours=hours))
        id = self.world.add(status="future", date_gmt=later)
        self._notice(id)
        return id

    @rule(target=posts, count=st.integers(1, 6))
    def scheduled_posts_go_live(self, count: int) -> Any:
        """To visitors: dated now, modified long ago, since WordPress leaves `modified` alone."""
        long_ago = gmt(self.world.now - timedelta(days=30))
        made = [self.world.add(modified_gmt=long_ago) for _ in range(count)]
        for id in made:
            self._notice(id)
        return multiple(*made)

    @rule(post=posts, title=st.text("ab", max_size=2))
    def edit(self, post: int, title: str) -> None:
        if post in self.world.items[POST]:
            self.world.edit(post, title={"rendered": title})
            self._notice(post)

    @rule(post=posts, status=st.sampled_from(["publish", "draft", "private"]))
    def change_status(self, post: int, status: str) -> None:
        if post in self.world.items[POST]:
            self.world.edit(post, status=status)
            self.world.recount()
            self._notice(post)

    @rule(title=st.text("cd", max_size=2))
    def edit_all_in_one_second(self, title: str) -> None:
        for post in self.world.items.get(POST, {}):
            self.world.edit(post, title={"rendered": title})
            self._notice(post)

    @rule(post=posts, category=st.integers(1, 3))
    def refile_behind_its_back(self, post: int, category: int) -> None:
        if post in self.world.items[POST] and category in self.world.items[TERM]:
            self.world.silently(post, categories=[category])
            self.refiled.add(post)
            self.world.recount()

    @rule(target=away, post=consumes(posts), answer=st.sampled_from([404, 401, 403, "trash"]))
    def take_away(self, post: int, answer: object) -> Any:
        self._remove(post, answer)
        return post

    @rule(target=away, some=st.lists(consumes(posts), min_size=11, max_size=20))
    def delete_many(self, some: list[int]) -> Any:
        for post in some:
            self._remove(post, 404)
        return multiple(*some)

    @rule(target=posts, post=consumes(away))
    def bring_back(self, post: int) -> int:
        """`wp_untrash_post()` touches `modified`."""
        self.world.restore(post)
        self.world.edit(post)
        self._notice(post)
        self.world.recount()
        return post

    @rule(category=st.integers(1, 3), name=st.text("xy", max_size=2))
    def rename_category(self, category: int, name: str) -> None:
        if category in self.world.items[TERM]:
            self.world.edit(category, TERM, name=name)

    @rule(category=st.integers(2, 3))
    def merge_category_away(self, category: int) -> None:
        if category in self.world.items[TERM]:
            for id, post in self.world.items.get(POST, {}).items():
                if category in post["categories"]:
                    self.world.silently(id, categories=[1])
                    self.refiled.add(id)
            self.world.remove(category, TERM)
            self.lost.add((TERM, category))
            self.world.recount()
        else:
            self.world.restore(category, TERM)
            self.world.recount()

    @rule(content=st.binary(min_size=1, max_size=3), which=st.integers(1, 3))
    def upload_or_replace(self, content: bytes, which: int) -> None:
        url, id = f"https://blog.example/{which}.png", 100_000 + which
        self.world.files[url] = content
        if id in self.world.items.get(MEDIA, {}):
            self.world.edit(id, MEDIA)
        else:
            kept = self.world.next_id
            self.world.away.pop((MEDIA, id), None)
            self.world.add(MEDIA, id=id, source_url=url, media_details={})
            self.world.next_id = kept
        self._notice(id)

    @rule(which=st.integers(1, 3))
    def delete_file(self, which: int) -> None:
        id = 100_000 + which
        if id in self.world.items.get(MEDIA, {}):
            self.world.remove(id, MEDIA)
            self.lost.add((MEDIA, id))

    # -- time

    @rule(hours=st.sampled_from([0.001, 0.5, 4, 30, 24 * 9]))
    def time_passes(self, hours: float) -> None:
        self.world.tick(hours=hours)
        self.ours += timedelta(hours=hours)
        for id, post in self.world.items.get(POST, {}).items():
            if post["status"] == "future" and post["date_gmt"] < gmt(self.world.now):
                self.world.silently(id, status="publish")
        self.world.recount()

    @rule(hours=st.sampled_from([-30, -1, 1, 30]))
    def the_site_s_clock_jumps(self, hours: int) -> None:
        # Never back into the very second of an earlier edit: where the clock jumped twice between
        # two pulls, nobody can know that it was there (`test_clocks` has the case of one jump).
        self.jumps += 1
        self.world.tick(hours=hours, seconds=self.jumps * 7)

    @rule(hours=st.sampled_from([-200, -1, 1, 200]))
    def our_clock_jumps(self, hours: int) -> None:
        self.ours += timedelta(hours=hours)

    # -- pulls

    @precondition(_few_pulls)
    @rule(repeats=st.sampled_from([0, 1, 2]))
    def clean_pull(self, repeats: int) -> None:
        """``repeats``: hours that the site's wall clock goes through twice just now (DST)."""
        if self._set_back(MEDIA):  # which means a census
            self.traceless = {id for id in self.traceless if id < 100_000}
        if self._set_back(POST):
            self.traceless = {id for id in self.traceless if id > 100_000}
            self.refiled.clear()
        result = self._pull(PullOptions(limits=ANYTHING), repeated_hours=repeats)
        assert result is not None
        assert result.outcome is Outcome.DONE, result.problems
        self._all_that_left_a_trace()

    @precondition(_few_pulls)
    @rule()
    def clean_census(self) -> None:
        for _ in range(2):  # what a run meets while it runs is settled by the next one
            result = self._pull(PullOptions(full=True, limits=ANYTHING))
            assert result is not None
            if result.outcome is Outcome.DONE and not result.notes:
                break
        for kind in KINDS:
            assert self._live(kind) == self.world.items.get(kind, {}), kind
        for file in self.archive.files():
            if file.attachment in self.world.items.get(MEDIA, {}):
                stored = self.archive.file_path(file.sha256).read_bytes()
                assert stored == self.world.files[file.url]
        for kind, id in self.lost:
            # Away in the state that the site named when it went; nobody asks again meanwhile.
            if (kind, id) in self.known and id not in self.world.items[kind]:
                assert self.known[kind, id] is not State.LIVE, (kind, id)
        self.traceless.clear()
        self.refiled.clear()

    @precondition(_few_pulls)
    @rule(full=st.booleans())
    def pull_with_nobody_s_word(self, full: bool) -> None:
        """More than a tenth and more than ten that went at once: that is for a person to decide."""
        live = {id for (kind, id), state in self.known.items() if kind == POST and state == "live"}
        absent = live - set(self.world.items.get(POST, {}))
        before = self.known
        result = self._pull(PullOptions(full=full, limits=BY_ITSELF))
        assert result is not None
        if len(absent) > 10 and len(absent) > 0.1 * (len(live) + len(self.world.items[POST])):
            assert not full or result.outcome is Outcome.REFUSED
            for id in absent:
                assert self.known[POST, id] is before[POST, id], id

    @precondition(_few_pulls)
    @rule(
        how=st.sampled_from(["killed before", "killed behind", "down", "stopped", "login lost"]),
        number=st.integers(0, 25),
        full=st.booleans(),
    )
    def pull_that_is_broken_off(self, how: str, number: int, full: bool) -> None:
        """``number``: of the write or of the listing's batch where it happens."""
        if how == "login lost":
            self._pull_that_loses_its_login(full)
            return
        if how.startswith("killed"):
            self._pull(PullOptions(full=full), dies=(number, how.endswith("behind")))
            return
        stop = Stop()

        def happen(kind: str, batch: int) -> None:
            if how == "down" and batch >= number % 6:
                raise TryLater("answer 503")
            if how == "stopped" and kind == POST and batch == number % 6:
                stop.request()

        self._pull(PullOptions(full=full), stop=stop, during=happen)

    def _pull_that_loses_its_login(self, full: bool) -> None:
        now = self.source.identity()
        stranger = replace(now, login=Login(7, "somebody"))
        before = self.known
        self._pull(PullOptions(full=full), identities=[now, *[stranger] * 9])
        went = {key for key, state in self.known.items() if state != before.get(key, state)}
        assert not any(before[key] is State.LIVE for key in went), went

    @precondition(_few_pulls)
    @rule(
        post=posts,
        full=st.booleans(),
        fault=st.sampled_from(["stale", "half", "uncounted", "miscounted", "no fate", "broken"]),
    )
    def pull_with_wrong_answers(self, post: int, full: bool, fault: str) -> None:
        wrong: dict[str, Any] = {
            "stale": {"unlisted": {post}},
            "half": {"incomplete": "an empty page"},
            # Without totals nothing proves where a listing ends.
            "uncounted": {"no_totals": True, "incomplete": "no totals"},
            "miscounted": {"total_offset": 3},
            "no fate": {"unknown_fate": {post}},
            "broken": {"broken": {post}},
        }[fault]
        self._pull(PullOptions(full=full), **wrong)

    @precondition(_few_pulls)
    @rule(target=away, post=consumes(posts), full=st.booleans(), batch=st.integers(1, 8))
    def post_disappears_while_we_walk(self, post: int, full: bool, batch: int) -> Any:
        def remove(kind: str, number: int) -> None:
            if kind == POST and number == batch:
                self._remove(post, 404)

        self._pull(PullOptions(full=full), during=remove)
        self._remove(post, 404)  # where nothing was walked that far
        return post

    @precondition(_few_pulls)
    @rule(target=posts, full=st.booleans())
    def post_appears_while_we_walk(self, full: bool) -> Any:
        made: list[int] = []

        def add(kind: str, number: int) -> None:
            if kind == POST and number == 1 and not made:
                made.append(self.world.add())
                self._notice(made[0])

        self._pull(PullOptions(full=full), during=add)
        return multiple(*made)

    # -- what must be true

    def _pull(
        self,
        options: PullOptions,
        *,
        stop: Stop | None = None,
        dies: tuple[int, bool] | None = None,
        **faults: Any,
    ) -> RunResult | None:
        """A pull under faults; nothing false is in the archive afterwards. None: it was broken off
        or refused."""
        taken["pulls"] += 1
        asked = len(self.source.log)
        self.did_pull = True
        before = {name: getattr(self.source, name) for name in faults}
        for name, value in faults.items():
            setattr(self.source, name, value)
        archive: Any = self.archive
        if dies is not None:
            archive = Mortal(self.archive, dies[0], behind=dies[1])
        result = None
        try:
            options = replace(options, narrowing=TRIED)
            result = pull(self.source, archive, options, Silent(), stop, clock=lambda: self.ours)
        except (TryLater, Interrupted, GuardRefused):
            pass
        except Killed:
            self.archive = self.opened.of("blog.example")  # the next process knows nothing
        finally:
            listed = any(line.startswith("range") for line in self.source.log[asked:])
            taken["narrowed"] += listed
            for name, value in before.items():
                setattr(self.source, name, value)
            self.source.identities = []
        self._nothing_false()
        return result

    def _nothing_false(self) -> None:
        """What went in this pull is not at the site, and what is away was lost once."""
        now: Known = {
            (kind, one.id): one.state for kind in KINDS for one in self.archive.known(kind)
        }
        for key, state in now.items():
            kind, id = key
            if state is not State.LIVE:
                assert key in self.lost, key
                if self.known.get(key, state) is State.LIVE:
                    assert id not in self.world.items.get(kind, {}), key
        assert self.known.keys() <= now.keys()
        self.known = now

    def _remove(self, post: int, answer: object) -> None:
        if post in self.world.items[POST]:
            self.world.remove(post, answer=answer)
            self.lost.add((POST, post))
            self.world.recount()

    def _set_back(self, kind: str) -> bool:
        """Whether the site's clock lags behind what the last pull saw, or what ours then lets
        expect."""
        mark = self.archive.bookmark(kind)
        if mark.watermark is None or mark.clock is None:
            return False
        went, ours = self.world.now - mark.watermark, self.ours - mark.clock
        return went < timedelta() or ours - went > SLACK

    def _notice(self, id: int) -> None:
        """A change in a time that the archive believes to have seen already leaves no trace (unless
        our own clock tells of it)."""
        kind = MEDIA if id > 100_000 else POST
        mark = self.archive.bookmark(kind)
        if mark.watermark is not None and self.world.now <= mark.watermark - OVERLAP + DST:
            self.traceless.add(id)

    def _live(self, kind: str) -> dict[int, dict[str, Any]]:
        return {
            one.id: dict(one.data) for one in self.archive.current(kind) if one.state is State.LIVE
        }

    def _all_that_left_a_trace(self) -> None:
        for kind in (POST, MEDIA):
            ours, theirs = self._live(kind), self.world.items.get(kind, {})
            if not self.traceless:
                assert set(ours) == set(theirs)
            for id, item in theirs.items():
                if id not in self.traceless | self.refiled:
                    assert ours.get(id) == item, id


@pytest.mark.timeout(0 if WALKS else 1800)
def test_whatever_a_site_does_and_pulls_meet_the_archive_says_nothing_false() -> None:
    with inline():
        run_state_machine_as_test(
            SiteAndArchive,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                derandomize=not WALKS,
                database=None,
                deadline=None,
                print_blob=bool(WALKS),
                suppress_health_check=list(HealthCheck),
            ),
        )
    print(taken)
    assert taken["steps"] > (60 * WALKS or 6_000)
    assert taken["pulls"] > (15 * WALKS or 1_200)
    assert taken["narrowed"] > (WALKS // 10 or 24)

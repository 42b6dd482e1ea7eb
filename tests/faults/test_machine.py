"""A site that changes at random, pulls that meet faults, and a model that says what must be true.

After every pull, whatever it met: nothing that the site has is called gone, and nothing is called
gone that the site did not lose. After a clean pull: everything that left a trace (a time, a total,
a count) has arrived. After a clean census: the archive is the site.

``WP_SYNC_MACHINE_EXAMPLES`` times 100 steps are walked (30 by default);
`make test-fire` walks a hundred times as many.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    rule,
)

from tests.fake_source import FakeSite, FakeSource, gmt
from wp_sync.archive import open_archive
from wp_sync.errors import GuardRefused, Interrupted, TryLater
from wp_sync.model import Login, Outcome, State
from wp_sync.progress import Silent, Stop
from wp_sync.pull.options import OVERLAP, Limits, PullOptions
from wp_sync.run import pull

POST, MEDIA, TERM = "posts/post", "posts/attachment", "terms/category"
EXAMPLES = int(os.environ.get("WP_SYNC_MACHINE_EXAMPLES", "30"))
ANYTHING = Limits(allowed=10**6)


class SiteAndArchive(RuleBasedStateMachine):
    posts = Bundle("posts")
    away = Bundle("away")

    def __init__(self) -> None:
        super().__init__()
        # In memory where there is such a place: what a disk does is other tests' affair.
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
        self.folder = tempfile.TemporaryDirectory(dir=memory)
        self.opened = open_archive(self.folder.name)
        self.archive = self.opened.of("blog.example")
        self.world = FakeSite()
        self.source = FakeSource(self.world)
        self.traceless: set[int] = set()  # changed or appeared in a way that only a census finds
        self.refiled: set[int] = set()  # found by the terms' counts, unless an exchange hides it
        self.lost: set[tuple[str, int]] = set()  # everything that the site ever lost

    def teardown(self) -> None:
        self.clean_census()
        self.opened.close()
        self.folder.cleanup()

    # -- the site changes

    @initialize(target=posts, count=st.integers(0, 12))
    def begin(self, count: int) -> Any:
        for id in (1, 2, 3):
            self.world.add(TERM, id=id, name=f"Category {id}", count=0)
        self.world.next_id = 10
        made = [self.world.add(categories=[1 + number % 3]) for number in range(count)]
        self.world.recount()
        return multiple(*made)

    @rule(target=posts, category=st.integers(1, 3))
    def publish(self, category: int) -> int:
        id = self.world.add(categories=[category] if category in self.world.items[TERM] else [])
        self._notice(id)
        return id

    @rule(target=posts, count=st.integers(1, 6))
    def scheduled_posts_go_live(self, count: int) -> Any:
        """Dated now, modified long ago: WordPress leaves `modified` alone."""
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
        if post not in self.world.items[POST]:
            return multiple()
        self.world.remove(post, answer=answer)
        self.lost.add((POST, post))
        self.world.recount()
        return post

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

    @rule(content=st.binary(min_size=1, max_size=3), which=st.integers(1, 3))
    def upload_or_replace(self, content: bytes, which: int) -> None:
        url, id = f"https://blog.example/{which}.png", 100_000 + which
        self.world.files[url] = content
        if id in self.world.items.get(MEDIA, {}):
            self.world.edit(id, MEDIA)
        else:
            kept = self.world.next_id
            self.world.add(MEDIA, id=id, source_url=url, media_details={})
            self.world.next_id = kept
        self._notice(id)

    @rule(hours=st.sampled_from([0.001, 0.5, 4, 30, 24 * 9]))
    def time_passes(self, hours: float) -> None:
        self.world.tick(hours=hours)

    @rule(hours=st.sampled_from([1, 30]))
    def clock_goes_back(self, hours: int) -> None:
        self.world.tick(hours=-hours)

    # -- pulls

    @rule()
    def clean_pull(self) -> None:
        mark = self.archive.bookmark(POST).watermark
        if mark is not None and mark > self.world.now:
            self.traceless.clear()  # a server clock that went back means a census
            self.refiled.clear()
        result = pull(self.source, self.archive, PullOptions(limits=ANYTHING))
        assert result.outcome is Outcome.DONE, result.problems
        self._nothing_false()
        self._all_that_left_a_trace()

    @rule()
    def clean_census(self) -> None:
        for _ in range(2):  # what a run meets while it runs is settled by the next one
            pull(self.source, self.archive, PullOptions(full=True, limits=ANYTHING))
        self._nothing_false()
        for kind in (POST, MEDIA, TERM):
            assert self._live(kind) == self.world.items.get(kind, {}), kind
        for file in self.archive.files():
            stored = self.archive.file_path(file.sha256).read_bytes()
            assert stored == self.world.files[file.url]
        for kind, id in self.lost:
            known = self.archive.known_of(kind, [id]).get(id)
            # Away in the state that the site named when it went; nobody asks again meanwhile.
            if known is not None and id not in self.world.items[kind]:
                assert known.state is not State.LIVE, (kind, id)
        self.traceless.clear()
        self.refiled.clear()

    @rule(batch=st.integers(0, 5), full=st.booleans())
    def pull_while_the_server_goes_down(self, batch: int, full: bool) -> None:
        def fail(kind: str, number: int) -> None:
            if number >= batch:
                raise TryLater("answer 503")

        self._faulty(during=fail, full=full)

    @rule(batch=st.integers(0, 5), full=st.booleans())
    def pull_that_is_stopped(self, batch: int, full: bool) -> None:
        stop = Stop()

        def request(kind: str, number: int) -> None:
            if kind == POST and number == batch:
                stop.request()

        self._faulty(during=request, full=full, stop=stop)

    @rule(post=posts, full=st.booleans())
    def pull_with_a_stale_listing(self, post: int, full: bool) -> None:
        self._faulty(unlisted={post}, full=full)

    @rule(full=st.booleans())
    def pull_with_an_incomplete_listing(self, full: bool) -> None:
        self._faulty(incomplete="an empty page", full=full)

    @rule(full=st.booleans())
    def pull_without_totals(self, full: bool) -> None:
        self._faulty(no_totals=True, full=full)

    @rule(post=posts, full=st.booleans())
    def pull_that_gets_no_answer_about_some(self, post: int, full: bool) -> None:
        self._faulty(unknown_fate={post}, full=full)

    @rule(post=posts, full=st.booleans())
    def pull_with_a_broken_post(self, post: int, full: bool) -> None:
        self._faulty(broken={post}, full=full)

    @rule(full=st.booleans())
    def pull_that_loses_its_login(self, full: bool) -> None:
        now = self.source.identity()
        self._faulty(identities=[now, replace(now, login=Login(7, "somebody"))], full=full)

    @rule(target=away, post=consumes(posts), full=st.booleans())
    def post_disappears_while_we_walk(self, post: int, full: bool) -> Any:
        def remove(kind: str, number: int) -> None:
            if kind == POST and number == 1 and post in self.world.items[POST]:
                self.world.remove(post, answer=404)
                self.lost.add((POST, post))
                self.world.recount()

        self._faulty(during=remove, full=full)
        if post in self.world.items[POST]:  # nothing was walked that far
            self.world.remove(post, answer=404)
            self.lost.add((POST, post))
            self.world.recount()
        return post

    # -- what must be true

    def _faulty(self, *, full: bool, stop: Stop | None = None, **faults: Any) -> None:
        before = {name: getattr(self.source, name) for name in faults}
        for name, value in faults.items():
            setattr(self.source, name, value)
        try:
            pull(self.source, self.archive, PullOptions(full=full), Silent(), stop)
        except (TryLater, Interrupted, GuardRefused):
            pass
        finally:
            for name, value in before.items():
                setattr(self.source, name, value)
            self.source.identities = []
        self._nothing_false()

    def _notice(self, id: int) -> None:
        """A change in a time that the archive believes to have seen already leaves no trace."""
        kind = MEDIA if id > 100_000 else POST
        mark = self.archive.bookmark(kind).watermark
        if mark is not None and self.world.now <= mark - OVERLAP:
            self.traceless.add(id)

    def _live(self, kind: str) -> dict[int, dict[str, Any]]:
        return {
            one.id: dict(one.data) for one in self.archive.current(kind) if one.state is State.LIVE
        }

    def _nothing_false(self) -> None:
        """Called away: only what the site lost once. Live at the site: never called gone."""
        for kind in (POST, MEDIA, TERM):
            for known in self.archive.known(kind):
                if known.state is not State.LIVE:
                    assert (kind, known.id) in self.lost, (kind, known)
                if known.state is State.GONE and known.id in self.world.items.get(kind, {}):
                    assert (kind, known.id) in self.lost, (kind, known)

    def _all_that_left_a_trace(self) -> None:
        ours, theirs = self._live(POST), self.world.items.get(POST, {})
        if not self.traceless:
            assert set(ours) == set(theirs)
        for id, item in theirs.items():
            if id not in self.traceless | self.refiled:
                assert ours.get(id) == item, id


TestSiteAndArchive = SiteAndArchive.TestCase
TestSiteAndArchive.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=100,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

"""A pull against a misbehaving site in memory, into a real SQLite archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fake_source import CATEGORIES, MEDIA, POSTS, FakeSite, FakeSource
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.errors import GuardRefused, Interrupted, Problem, TryLater
from wp_sync.model import LeftOut, Login, MediaFile, Outcome, RunResult, State, View
from wp_sync.progress import Silent, Stop
from wp_sync.pull.options import Limits, PullOptions
from wp_sync.run import pull

POST = "posts/post"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[SiteArchive]:
    with open_archive(tmp_path / "archive") as opened:
        yield opened.of("blog.example")


@pytest.fixture
def world() -> FakeSite:
    site = FakeSite()
    for category in (1, 2):
        site.add("terms/category", id=category, name=f"Category {category}", count=0)
    for id in range(10, 20):
        site.add(id=id, categories=[1 + id % 2])
        site.tick(hours=1)
    site.recount()
    site.tick(days=1)
    return site


@pytest.fixture
def source(world: FakeSite) -> FakeSource:
    return FakeSource(world)


def live(archive: SiteArchive, kind: str = POST) -> dict[int, dict[str, object]]:
    return {one.id: dict(one.data) for one in archive.current(kind) if one.state is State.LIVE}


def assert_mirrors(archive: SiteArchive, world: FakeSite) -> None:
    for kind, items in world.items.items():
        assert live(archive, kind) == items, kind


def run(source: FakeSource, archive: SiteArchive, **options: object) -> RunResult:
    source.world.tick(minutes=10)
    return pull(source, archive, PullOptions(**options))  # type: ignore[arg-type]


def test_a_first_pull_takes_everything(source: FakeSource, archive: SiteArchive) -> None:
    result = run(source, archive)
    assert result.outcome is Outcome.DONE
    assert result.tallies[POST].new == 10
    assert_mirrors(archive, source.world)


def test_a_result_says_who_we_were_and_what_that_means(
    source: FakeSource, archive: SiteArchive
) -> None:
    hidden = Problem("not visible to visitors", hint="log in")
    source.unseen = (hidden, LeftOut("not copied: it belongs to the theme"))
    seen = run(source, archive)
    assert seen.view == View(Login(), rendered=(POSTS.kind, MEDIA.kind))
    assert seen.view.rendered_only
    assert list(seen.unseen) == list(source.unseen)
    assert seen.notes == []
    source.login = Login(7, "frontdesk", ("editor",))
    whole = {"context": "edit", "status": "publish,draft,private"}
    source.collections_ = (CATEGORIES, replace(POSTS, query=whole), MEDIA)
    seen = run(source, archive, accept_login_change=True)
    assert seen.view == View(source.login, (POSTS.kind,), (MEDIA.kind,), (POSTS.kind,))
    assert not seen.view.rendered_only


def test_a_pull_with_nothing_changed_writes_nothing_and_asks_little(
    source: FakeSource, archive: SiteArchive
) -> None:
    run(source, archive)
    source.batch = 100
    source.world.tick(days=1)
    before = len(source.log)
    result = run(source, archive)
    assert sum(tally.written for tally in result.tallies.values()) == 0
    asked = source.log[before:]
    for collection in (CATEGORIES, POSTS, MEDIA):
        assert sum(collection.kind in line for line in asked) <= 2, asked


def test_an_edit_a_new_post_and_a_term_renamed_are_found(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    run(source, archive)
    world.tick(days=2)
    world.edit(11, title={"rendered": "Changed"})
    world.add(id=30, categories=[1])
    world.edit(1, "terms/category", name="Renamed")
    world.recount()
    result = run(source, archive)
    assert (result.tallies[POST].new, result.tallies[POST].changed) == (1, 1)
    assert not any(line.startswith("census") for line in source.log)
    assert_mirrors(archive, world)
    assert [version.number for version in archive.versions(POST, 11)] == [1, 2]


def test_a_scheduled_post_that_goes_live_is_found_without_its_modified_changing(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    """Anonymous: it appears, dated now and modified long ago."""
    run(source, archive)
    old = world.now - timedelta(days=30)
    world.tick(days=2)
    world.add(id=31, modified_gmt=old.strftime("%Y-%m-%dT%H:%M:%S"))
    run(source, archive)
    assert 31 in live(archive)


def test_a_scheduled_post_known_as_future_is_asked_for_once_its_hour_has_come(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    """Logged in: it was archived as future; nothing but its status changes."""
    source.login = Login(1, "admin")
    due = world.now + timedelta(days=1)
    for id in range(40, 50):
        world.add(id=id, date_gmt=(due + timedelta(days=id)).strftime("%Y-%m-%dT%H:%M:%S"))
    world.add(id=32, status="future", date_gmt=due.strftime("%Y-%m-%dT%H:%M:%S"))
    run(source, archive)
    world.tick(days=3)
    world.silently(32, status="publish")
    run(source, archive)
    assert live(archive)[32]["status"] == "publish"


def test_an_edit_in_the_same_second_as_its_fetch_is_found(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    world.edit(12, title={"rendered": "First"})
    pull(source, archive)
    world.edit(12, title={"rendered": "Second, within the same second"})
    run(source, archive)
    assert live(archive)[12]["title"] == {"rendered": "Second, within the same second"}


def test_a_deletion_is_believed_after_404(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    run(source, archive)
    world.tick(days=1)
    world.remove(13)
    world.recount()
    result = run(source, archive)
    assert result.outcome is Outcome.DONE
    assert result.tallies[POST].vanished == 1
    assert archive.known_of(POST, [13])[13].state is State.GONE
    assert [one.raw for one in archive.versions(POST, 13)], "nothing is ever deleted for good"
    before = len(source.log)
    run(source, archive)
    assert not any("fate" in line for line in source.log[before:])


@pytest.mark.parametrize(
    ("answer", "state"), [(401, State.WITHHELD), (403, State.WITHHELD), ("trash", State.TRASHED)]
)
def test_401_and_403_are_never_a_deletion(
    source: FakeSource, archive: SiteArchive, world: FakeSite, answer: object, state: State
) -> None:
    run(source, archive)
    world.remove(14, answer=answer)
    run(source, archive)
    assert archive.known_of(POST, [14])[14].state is state


def test_a_restore_from_trash_is_found(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    run(source, archive)
    world.remove(14, answer=401)
    run(source, archive)
    world.tick(days=3)
    world.restore(14)
    result = run(source, archive)
    assert result.tallies[POST].restored == 1
    assert_mirrors(archive, world)


def test_a_post_filed_anew_behind_wordpress_back_is_found_by_the_counts(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    run(source, archive)
    world.tick(days=3)
    world.silently(15, categories=[1])
    world.recount()
    run(source, archive)
    assert_mirrors(archive, world)


def test_counts_that_edits_explain_cost_no_census(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    run(source, archive)
    world.tick(days=3)
    world.edit(15, categories=[1])
    world.add(id=33, categories=[2])
    world.recount()
    run(source, archive)
    assert not any(line.startswith("census") for line in source.log)
    assert_mirrors(archive, world)


def test_a_merged_category_vanishes_and_its_posts_follow(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    run(source, archive)
    world.tick(days=3)
    for id in (11, 13, 15, 17, 19):
        world.silently(id, categories=[1])
    world.remove(2, "terms/category")
    world.recount()
    result = run(source, archive)
    assert result.outcome is Outcome.DONE
    assert archive.known_of("terms/category", [2])[2].state is State.GONE
    assert live(archive)[11]["categories"] == [1]


def test_a_post_trashed_during_the_walk_does_not_take_its_neighbour_along(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    def trash(kind: str, batch: int) -> None:
        if kind == POST and batch == 1 and 10 in world.items[POST]:
            world.remove(10, answer=401)

    source.during = trash
    run(source, archive)
    source.during = None
    run(source, archive)
    assert_mirrors(archive, world)
    assert archive.known_of(POST, [10])[10].state is State.WITHHELD


def test_a_stale_listing_deletes_nothing(source: FakeSource, archive: SiteArchive) -> None:
    run(source, archive)
    source.unlisted = {16, 17}
    result = run(source, archive)
    assert result.tallies[POST].vanished == 0
    assert 16 in live(archive)
    assert any("left out 2" in note for note in result.notes)


def test_a_stale_answer_is_not_taken_for_a_new_version(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    old = dict(world.items[POST][16])
    world.tick(days=1)
    world.edit(16, title={"rendered": "Now"})
    run(source, archive)
    source.stale = {16: old}
    run(source, archive, full=True)
    assert live(archive)[16]["title"] == {"rendered": "Now"}
    assert len(archive.versions(POST, 16)) == 1


def test_an_incomplete_listing_deletes_nothing_and_says_so(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    run(source, archive)
    world.remove(16)
    source.incomplete = "an empty page before the end"
    result = run(source, archive, full=True)
    assert result.outcome is Outcome.PARTIAL
    assert archive.known_of(POST, [16])[16].state is State.LIVE
    assert "an empty page before the end" in str(result.problems[0])
    source.incomplete = ""
    assert run(source, archive).outcome is Outcome.DONE
    assert archive.known_of(POST, [16])[16].state is State.GONE


def test_an_id_whose_fate_gets_no_answer_is_kept(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    run(source, archive)
    world.remove(16)
    source.unknown_fate = {16}
    result = run(source, archive)
    assert result.outcome is Outcome.PARTIAL
    assert archive.known_of(POST, [16])[16].state is State.LIVE
    source.unknown_fate = set()
    run(source, archive)
    assert archive.known_of(POST, [16])[16].state is State.GONE


def test_more_deletions_than_expected_are_refused_until_a_person_allows_them(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    for id in range(100, 150):
        world.add(id=id)
    run(source, archive)
    for id in range(100, 111):
        world.remove(id)
    result = run(source, archive)
    assert result.outcome is Outcome.REFUSED
    assert "--allow-deletions 11" in result.problems[0].hint
    assert 100 in live(archive)
    result = run(source, archive, limits=Limits(allowed=11))
    assert result.tallies[POST].vanished == 11
    assert_mirrors(archive, world)


def test_another_site_at_the_address_is_refused(source: FakeSource, archive: SiteArchive) -> None:
    run(source, archive)
    before = archive.runs()
    source.key = "parked.example"
    with pytest.raises(GuardRefused, match=r"parked\.example"):
        run(source, archive)
    assert archive.runs() == before, "a refused run touches nothing"


def test_a_lost_login_is_refused_and_accepted_only_without_deletions(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    source.login = Login(1, "admin")
    world.add(id=50, status="private")
    run(source, archive)
    source.login = Login()
    world.remove(50, answer=401)
    with pytest.raises(GuardRefused, match="anonymous"):
        run(source, archive)
    run(source, archive, accept_login_change=True, full=True)
    assert archive.known_of(POST, [50])[50].state is State.LIVE


def test_a_login_lost_during_the_run_deletes_nothing(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    source.login = Login(1, "admin")
    run(source, archive)
    world.remove(16)
    world.tick(minutes=1)
    source.identities = [source.identity(), source.identity(login=Login())]
    result = pull(source, archive)
    assert result.outcome is Outcome.REFUSED
    assert archive.known_of(POST, [16])[16].state is State.LIVE


def test_a_broken_post_is_kept_without_its_content_and_named_each_run(
    source: FakeSource, archive: SiteArchive
) -> None:
    source.broken = {17}
    result = run(source, archive)
    assert result.outcome is Outcome.PARTIAL
    assert [problem.place.id for problem in result.problems] == [17]
    assert result.tallies[POST].new == 10
    assert archive.quarantined(POST) == {17: "answer 500 while rendering"}
    assert run(source, archive).outcome is Outcome.PARTIAL
    source.broken = set()
    assert run(source, archive).outcome is Outcome.DONE
    assert archive.quarantined(POST) == {}


@pytest.mark.parametrize("survives", [True, False])
def test_a_part_is_resumed_once_on_its_word_and_again_only_when_it_was_synced_anew(
    source: FakeSource, archive: SiteArchive, monkeypatch: pytest.MonkeyPatch, survives: bool
) -> None:
    """While bytes are added that no sync has followed, nothing vouches for the part."""
    url = "https://blog.example/a.png"
    source.world.add(MEDIA.kind, id=100_001, source_url=url, media_details={})
    vouched: list[str] = []
    given: list[str] = []

    def download(file: MediaFile, into: Path) -> MediaFile:
        given.append(file.etag)
        vouched.extend(one.etag for one in archive.files())
        into.write_bytes(b"half of it")
        if not survives and len(given) == 2:
            raise KeyboardInterrupt
        return replace(file, state="failed", etag='"one"', reason="cut")

    monkeypatch.setattr(source, "download", download)
    run(source, archive)
    with pytest.raises(KeyboardInterrupt) if not survives else nullcontext():
        run(source, archive)
    run(source, archive)
    assert vouched == ["", "", ""]
    assert given == ["", '"one"', '"one"' if survives else ""]


def test_a_deletion_that_evens_out_a_new_post_of_a_run_without_totals_is_seen(
    source: FakeSource, archive: SiteArchive
) -> None:
    run(source, archive)
    source.world.add()
    source.no_totals = True
    run(source, archive)
    source.no_totals = False
    source.world.remove(11)
    run(source, archive)
    assert_mirrors(archive, source.world)


def test_without_totals_new_posts_arrive_and_nothing_is_called_gone_by_the_fast_path(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    run(source, archive)
    source.no_totals = True
    world.tick(days=1)
    world.add(id=60)
    world.remove(10)
    run(source, archive)
    assert {10, 60} <= set(live(archive))


def test_hidden_items_in_the_total_cause_no_census(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    source.hidden = 3
    run(source, archive)
    world.tick(days=1)
    world.add(id=61)
    run(source, archive)
    assert not any(line.startswith("census") for line in source.log)


def test_a_census_happens_on_schedule(source: FakeSource, archive: SiteArchive) -> None:
    run(source, archive)
    source.world.tick(days=8)
    run(source, archive, full_every=timedelta(days=7))
    assert any(line.startswith("census posts/post") for line in source.log)


def test_a_dry_run_tells_and_changes_nothing(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    assert run(source, archive, dry_run=True).tallies[POST].new == 10
    assert archive.site() is None
    assert archive.runs() == []
    run(source, archive)
    world.tick(days=1)
    world.edit(11, title={"rendered": "Changed"})
    world.remove(12)
    runs = len(archive.runs())
    result = run(source, archive, dry_run=True)
    assert (result.tallies[POST].changed, result.tallies[POST].vanished) == (1, 1)
    assert live(archive)[11]["title"] == {"rendered": "Item 11"}
    assert len(archive.runs()) == runs


def test_a_stop_between_batches_keeps_what_came_and_the_next_run_ends_the_same(
    source: FakeSource, archive: SiteArchive
) -> None:
    stop = Stop()

    def request(kind: str, batch: int) -> None:
        if kind == POST and batch == 2:
            stop.request()

    source.during = request
    with pytest.raises(Interrupted):
        pull(source, archive, progress=Silent(), stop=stop)
    assert 0 < archive.count(POST) < 10
    assert archive.runs()[0].outcome is Outcome.INTERRUPTED
    source.during = None
    assert run(source, archive).outcome is Outcome.DONE
    assert_mirrors(archive, source.world)


def test_a_server_that_stops_answering_leaves_the_archive_as_it_was(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    run(source, archive)
    world.remove(11)

    def fail(kind: str, batch: int) -> None:
        if kind == POST:
            raise TryLater("answer 503")

    source.during = fail
    with pytest.raises(TryLater):
        run(source, archive, full=True)
    assert 11 in live(archive)
    assert archive.runs()[0].outcome is Outcome.FAILED


def test_media_files_are_stored_once_and_replaced_files_are_noticed(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    kind = "posts/attachment"
    for id, url in ((70, "https://blog.example/a.png"), (71, "https://blog.example/b.png")):
        world.files[url] = b"same bytes"
        world.add(kind, id=id, source_url=url, mime_type="image/png", media_details={})
    world.add(kind, id=72, source_url="https://blog.example/gone.png", media_details={})
    result = run(source, archive)
    assert result.outcome is Outcome.DONE
    assert any("gone.png" in note for note in result.notes)
    files = {file.attachment: file for file in archive.files()}
    assert files[70].sha256 == files[71].sha256
    assert archive.file_path(files[70].sha256).read_bytes() == b"same bytes"
    assert files[72].state == "missing"
    world.tick(days=1)
    world.files["https://blog.example/a.png"] = b"other bytes"
    world.edit(70, kind)
    run(source, archive)
    files = {file.attachment: file for file in archive.files()}
    assert archive.file_path(files[70].sha256).read_bytes() == b"other bytes"
    assert archive.file_path(files[71].sha256).read_bytes() == b"same bytes"


def test_a_new_login_fetches_everything_anew_even_when_it_is_killed_half_way(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    """No stamp tells that raw content can be seen now."""
    run(source, archive)
    source.login = Login(1, "admin")
    for id in world.items[POST]:
        world.silently(id, content={"rendered": "<p>Text</p>", "raw": "Text"})
    stop = Stop()

    def request(kind: str, batch: int) -> None:
        if kind == POST and batch == 2:
            stop.request()

    source.during = request
    with pytest.raises(Interrupted):
        pull(source, archive, PullOptions(accept_login_change=True), stop=stop)
    source.during = None
    with pytest.raises(GuardRefused):
        run(source, archive)
    run(source, archive, accept_login_change=True)
    assert_mirrors(archive, world)
    assert POST not in run(source, archive).tallies


def test_refetching_brings_fields_that_a_plugin_added(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    run(source, archive)
    world.tick(days=1)
    for id in world.items[POST]:
        world.silently(id, acf={"subtitle": "New"})
    assert POST not in run(source, archive, full=True).tallies, "no stamp tells"
    assert run(source, archive, refetch=True).tallies[POST].changed == 10
    assert_mirrors(archive, world)


def test_a_kind_that_the_site_no_longer_lists_is_kept_and_named(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    run(source, archive)
    source.collections_ = (CATEGORIES, MEDIA)
    result = run(source, archive, full=True)
    assert archive.count(POST) == 10
    assert any(note.startswith("posts/post: the site does not list") for note in result.notes)


def test_a_file_that_was_missing_is_looked_for_again_by_a_full_run(
    source: FakeSource, archive: SiteArchive, world: FakeSite
) -> None:
    url = "https://blog.example/late.png"
    world.add("posts/attachment", id=73, source_url=url, media_details={})
    run(source, archive)
    world.files[url] = b"here after all"
    run(source, archive, full=True)
    (file,) = archive.files()
    assert archive.file_path(file.sha256).read_bytes() == b"here after all"


def test_a_stop_right_after_a_broken_post_does_not_forget_that_it_is_broken(
    source: FakeSource, archive: SiteArchive
) -> None:
    stop = Stop()
    source.broken = {10}

    def request(kind: str, batch: int) -> None:
        if kind == POST and batch == 1:
            stop.request()

    source.during = request
    with pytest.raises(Interrupted):
        pull(source, archive, stop=stop)
    source.during = None
    source.broken = set()
    assert 10 in archive.quarantined(POST)
    assert run(source, archive).outcome is Outcome.DONE
    assert archive.quarantined(POST) == {}

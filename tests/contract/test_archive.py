"""What every archive must do, whatever it is made of."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.conftest import Store, opener
from tests.helpers import SEEN_AT, SITE, make_identity, make_record
from wp_sync.archive import losses
from wp_sync.archive.archive import SqlArchive
from wp_sync.archive.base import Archive, SiteArchive
from wp_sync.archive.codec import parse
from wp_sync.archive.losses import Loss
from wp_sync.content import (
    Author,
    Cleaning,
    Comment,
    Derived,
    Link,
    MediaItem,
    Post,
    PostAuthor,
    PostTerm,
    Related,
    Term,
    TermSource,
)
from wp_sync.digest import content_digest
from wp_sync.errors import ArchiveError, ArchiveLocked, Place, Problem
from wp_sync.findings import Audit, Certainty, Finding, LinkCheck, Severity
from wp_sync.ledger import Intent, Receipt, SavedVersion
from wp_sync.model import Bookmark, MediaFile, Outcome, Record, State, Tally

KIND = "posts/post"
EACH = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Tamper = Callable[..., None]


@pytest.fixture
def site(archive: Archive) -> SiteArchive:
    return known(archive)


def known(archive: Archive) -> SiteArchive:
    part = archive.of(SITE)
    part.set_site(make_identity())
    return part


@pytest.fixture
def run(site: SiteArchive) -> int:
    return site.begin_run("pull", "anonymous")


def count(site: SiteArchive, table: str) -> int:
    return int(str(site.query(f"SELECT count(*) AS n FROM {table}")[0]["n"]))


def errors(archive: Archive, *, read_data: bool = True) -> list[str]:
    found = archive.check(read_data=read_data)
    return [f"{one.item}: {one.message}" for one in found if one.severity == "error"]


# -- records and versions


def test_what_was_saved_comes_back_byte_for_byte(site: SiteArchive, run: int) -> None:
    records = [make_record(KIND, id, content={"rendered": "é" * id}) for id in (3, 1, 2)]
    assert site.save(run, records) == Tally(new=3)
    assert [one.id for one in site.known(KIND)] == [1, 2, 3]
    for record in records:
        (version,) = site.versions(KIND, record.id)
        assert version.raw == record.raw
        assert version.sha256 == hashlib.sha256(record.raw).hexdigest()
        assert (version.data, version.seen_at, version.run) == (record.data, SEEN_AT, run)
    assert [one.data for one in site.current(KIND, ids=[3])] == [records[0].data]


def test_saving_the_same_again_writes_no_row(archive: Archive, site: SiteArchive, run: int) -> None:
    records = [make_record(KIND, id) for id in range(1, 120)]
    site.save(run, records)
    before = site.query("SELECT * FROM records ORDER BY id")
    later = [make_record(KIND, id, seen_at=SEEN_AT + timedelta(hours=1)) for id in range(1, 120)]
    assert site.save(run, later) == Tally(unchanged=119)
    assert site.query("SELECT * FROM records ORDER BY id") == before
    assert (count(site, "versions"), count(site, "changes")) == (119, 119)


def test_a_change_is_a_version_with_its_run(site: SiteArchive, run: int) -> None:
    site.save(run, [make_record(KIND, 1)])
    second = site.begin_run("pull", "anonymous")
    assert site.save(second, [make_record(KIND, 1, sticky=True)]) == Tally(changed=1)
    assert [(one.number, one.run) for one in site.versions(KIND, 1)] == [(1, run), (2, second)]
    assert next(site.current(KIND)).data["sticky"] is True


def test_what_wordpress_randomises_is_no_version(site: SiteArchive, run: int) -> None:
    def embed(secret: str) -> Record:
        html = f'<iframe data-secret="{secret}"></iframe>'
        return make_record(KIND, 1, content={"rendered": html})

    site.save(run, [embed("aaaa1111")])
    assert site.save(run, [embed("bbbb2222")]) == Tally(unchanged=1)


def test_an_archive_of_earlier_rules_gets_no_version_that_nobody_wrote(
    archive: Archive, site: SiteArchive, run: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The digest that stands is compared as it was made, and `check` holds the bytes against it."""
    record = make_record(KIND, 1, content={"rendered": "<p>One</p>"})
    earlier = partial(content_digest, version="1")
    with monkeypatch.context() as then:
        then.setattr("wp_sync.archive.keeping.content_digest", earlier)
        site.save(run, [record])
    assert site.save(run, [record]) == Tally(unchanged=1)
    (version,) = site.versions(KIND, 1)
    assert version.digest == content_digest(record.data, "1")
    assert errors(archive) == []
    changed = make_record(KIND, 1, content={"rendered": "<p>Two</p>"})
    assert site.save(run, [changed]) == Tally(changed=1)
    assert site.versions(KIND, 1)[1].digest == content_digest(changed.data)


def test_a_new_stamp_without_new_content_is_remembered_without_a_version(
    site: SiteArchive, run: int
) -> None:
    record = make_record(KIND, 1)
    site.save(run, [record])
    other = Record(KIND, 1, record.raw, record.data, "another stamp", SEEN_AT)
    assert site.save(run, [other]) == Tally(unchanged=1)
    assert next(site.known(KIND)).stamp == "another stamp"
    assert len(site.versions(KIND, 1)) == 1


def test_a_tombstone_deletes_nothing_and_a_return_is_told(site: SiteArchive, run: int) -> None:
    site.save(run, [make_record(KIND, 1), make_record(KIND, 2)])
    assert site.vanish(run, KIND, {1: State.GONE, 9: State.GONE}) == Tally(vanished=1)
    assert site.vanish(run, KIND, {1: State.GONE}) == Tally(unchanged=1)
    assert [one.state for one in site.known(KIND)] == [State.GONE, State.LIVE]
    assert (site.count(KIND), site.count(KIND, State.GONE)) == (1, 1)
    assert len(site.versions(KIND, 1)) == 1
    assert site.save(run, [make_record(KIND, 1)]) == Tally(restored=1)
    assert site.count(KIND) == 2
    story = [row["change"] for row in site.query("SELECT change FROM history WHERE id = 1")]
    assert sorted(map(str, story)) == ["new", "restored", "vanished"]


def test_an_item_sent_from_the_trash_is_not_live(site: SiteArchive, run: int) -> None:
    site.save(run, [make_record(KIND, 1)])
    site.save(run, [make_record(KIND, 1, status="trash")])
    assert next(site.known(KIND)).state is State.TRASHED


def test_racy_until_the_clock_has_moved_on(site: SiteArchive, run: int) -> None:
    for seconds, racy in ((0, True), (1, True), (2, False)):
        seen = datetime(2024, 4, 2, 9, 0, seconds, tzinfo=UTC)
        site.save(run, [make_record(KIND, 1, seen_at=seen)])
        assert next(site.known(KIND)).racy is racy
    assert site.count(KIND) == 1
    assert next(site.known(KIND)).modified == "2024-04-02T09:00:00"


def test_a_field_that_the_server_lost_does_not_replace_the_whole(
    site: SiteArchive, run: int
) -> None:
    whole = make_record(KIND, 1)
    broken = Record(KIND, 1, b'{"id":1}', {"id": 1}, whole.stamp, SEEN_AT, ("content",))
    site.save(run, [whole])
    assert site.save(run, [broken]) == Tally(unchanged=1)
    assert next(site.current(KIND)).data == whole.data
    # First seen broken, then whole: that is news.
    site.save(run, [Record(KIND, 2, b'{"id":2}', {"id": 2}, "s", SEEN_AT, ("content",))])
    assert site.versions(KIND, 2)[0].lacking == ("content",)
    assert site.save(run, [make_record(KIND, 2)]) == Tally(changed=1)
    assert site.versions(KIND, 2)[1].lacking == ()


def test_an_id_twice_in_one_batch_keeps_both_versions(site: SiteArchive, run: int) -> None:
    tally = site.save(run, [make_record(KIND, 1, slug="a"), make_record(KIND, 1, slug="b")])
    assert tally == Tally(new=1, changed=1)
    assert [one.data["slug"] for one in site.versions(KIND, 1)] == ["a", "b"]


def test_a_batch_with_one_impossible_record_leaves_nothing(site: SiteArchive, run: int) -> None:
    with pytest.raises(ArchiveError, match="id is no number"):
        site.save(run, [make_record(KIND, 1), make_record(KIND, 2**63)])
    assert list(site.known(KIND)) == []


def test_streams_let_writes_between_their_pages(
    site: SiteArchive, run: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wp_sync.archive.records.PAGE", 10)
    monkeypatch.setattr("wp_sync.archive.records.PAGE_OF_VERSIONS", 10)
    records = [make_record(KIND, id) for id in range(1, 36)]
    site.save(run, records)
    for stream in (site.known(KIND), site.current(KIND)):
        for known in stream:
            site.save(run, [make_record(KIND, known.id, sticky=known.id % 2, menu_order=1)])
    assert len(list(site.urls())) == 35
    assert len(list(site.current(KIND, ids=range(100)))) == 35
    assert {one.data["menu_order"] for one in site.current(KIND)} == {1}


def test_scheduled_posts_whose_hour_has_come(site: SiteArchive, run: int) -> None:
    soon = {"status": "future", "date_gmt": "2024-06-01T10:00:00"}
    site.save(run, [make_record(KIND, 1, **soon), make_record(KIND, 2)])

    def due(hour: int) -> list[int]:
        moment = datetime(2024, 6, 1, hour, tzinfo=UTC)
        return list(site.due(KIND, field="status", value="future", before=moment))

    assert (due(10), due(11)) == ([], [1])
    site.save(run, [make_record(KIND, 1, status="publish", date_gmt="2024-06-01T10:00:00")])
    assert due(11) == []


def test_quarantine_is_lifted_by_a_save(site: SiteArchive, run: int) -> None:
    site.quarantine(run, KIND, {1: "answers 500", 2: "answers 500"})
    site.quarantine(run, KIND, {2: "answers 502"})
    assert site.quarantined(KIND) == {1: "answers 500", 2: "answers 502"}
    site.save(run, [make_record(KIND, 1)])
    assert site.quarantined(KIND) == {2: "answers 502"}


def test_bookmarks_and_the_site_itself(archive: Archive, site: SiteArchive) -> None:
    assert site.bookmark(KIND) == Bookmark()
    mark = Bookmark(SEEN_AT, SEEN_AT - timedelta(days=1), 7, SEEN_AT + timedelta(hours=1))
    site.set_bookmark(KIND, mark)
    site.set_bookmark("posts/page", Bookmark(total=0))
    assert (site.bookmark(KIND), site.bookmark("posts/page")) == (mark, Bookmark(total=0))
    archive.of("other.example").set_site(make_identity("other.example", user=7))
    assert [(one.key, one.view) for one in archive.sites()] == [
        (SITE, "anonymous"),
        ("other.example", "user:7"),
    ]
    assert archive.of("third.example").site() is None


def test_sites_do_not_see_each_other(archive: Archive, site: SiteArchive, run: int) -> None:
    other = archive.of("other.example")
    other.save(other.begin_run("pull", "anonymous"), [make_record(KIND, 1, slug="theirs")])
    site.save(run, [make_record(KIND, 1, slug="ours")])
    assert [one.data["slug"] for one in site.current(KIND)] == ["ours"]
    assert other.find("ours") == []
    assert len(other.runs()) == 1


# -- runs


def test_a_killed_run_is_called_interrupted_by_the_next(reopen: Any) -> None:
    first = reopen().of(SITE)
    killed = first.begin_run("pull", "anonymous")
    second = reopen().of(SITE)
    run = second.begin_run("run", "user:7")
    tallies = {KIND: Tally(new=2, broken=1)}
    problems = [Problem("no luck", Place(SITE, KIND, 7), "look there")]
    second.finish_run(run, Outcome.PARTIAL, tallies, problems, 12)
    newest, before = second.runs()
    assert (before.number, before.outcome, before.finished_at) == (
        killed,
        Outcome.INTERRUPTED,
        None,
    )
    assert (newest.outcome, newest.tallies, newest.problems, newest.requests, newest.view) == (
        Outcome.PARTIAL,
        tallies,
        problems,
        12,
        "user:7",
    )
    assert newest.finished_at is not None


def test_one_writer_at_a_time_and_the_holder_is_named(reopen: Any) -> None:
    one, two = reopen(), reopen()
    with one.lock(), one.lock():
        said = r"another run holds the archive \(.*since"
        with pytest.raises(ArchiveLocked, match=said) as no, two.lock():
            pass
        assert no.value.exit_code == 11
        assert no.value.hint
    with two.lock():
        pass


# -- finding


def test_finding_a_record_by_any_of_its_names(site: SiteArchive, run: int) -> None:
    site.save(
        run,
        [
            make_record(KIND, 42, slug="hello", link=f"https://{SITE}/2024/hello/"),
            make_record("posts/page", 7, slug="caf%c3%a9", link=f"https://{SITE}/caf%c3%a9/"),
            make_record("terms/category", 42, slug="news"),
            make_record("rendered/post", 42, link=f"https://{SITE}/2024/hello/"),
        ],
    )
    post, page, term = (KIND, 42), ("posts/page", 7), ("terms/category", 42)
    for name in (
        f"https://{SITE}/2024/hello/",
        f"http://www.{SITE}/2024/hello",
        f"https://{SITE}/2024/hello/?utm_source=x#top",
        f"https://{SITE.upper()}:443/2024/Hello/",
        f"https://{SITE}/?p=42",
        "?p=42",
        "/2024/hello/",
        f"{SITE}/2024/hello",
        "hello",
        "post 42",
        "posts/post 42",
    ):
        assert site.find(name) == [post], name
    assert site.find("42") == [post, term]
    assert site.find("category 42") == [term]
    for name in (f"https://{SITE}/café/", "/caf%C3%A9", "café", "caf%c3%a9"):
        assert site.find(name) == [page], name
    for name in ("nothing", "https://[broken/", "", "/", "post 43", "9" * 40):
        assert site.find(name) == [], name


def test_former_addresses_lead_to_the_record(site: SiteArchive, run: int) -> None:
    site.save(run, [make_record(KIND, 1, slug="old", link=f"https://{SITE}/old/")])
    site.save(run, [make_record(KIND, 1, slug="new", link=f"https://{SITE}/new/")])
    site.save(run, [make_record(KIND, 2, slug="old", link=f"https://{SITE}/old/")])
    assert site.find("old") == [(KIND, 2), (KIND, 1)]
    assert list(site.old_slugs()) == [("old", f"https://{SITE}/old/", 1)]


# -- media files


def put(site: SiteArchive, run: int, url: str, data: bytes, **known: Any) -> MediaFile:
    file = MediaFile(url, 1, **known)
    part = site.incoming(file)
    part.write_bytes(data)
    return site.adopt_file(run, file, part)


def test_a_file_is_kept_once_under_its_digest(site: SiteArchive, run: int) -> None:
    one = put(site, run, "https://x/a.jpg", b"picture", mime="image/jpeg", etag='"e"')
    two = put(site, run, "https://x/copy.jpg", b"picture")
    assert one.sha256 == two.sha256 == hashlib.sha256(b"picture").hexdigest()
    assert site.file_path(one.sha256).read_bytes() == b"picture"
    stored = {file.url: file for file in site.files(states=["stored"])}
    assert stored["https://x/a.jpg"] == one
    assert (one.size, one.state, one.etag) == (7, "stored", '"e"')
    media = site.file_path(one.sha256).parent.parent
    assert [path for path in media.rglob("*") if path.is_file()] == [site.file_path(one.sha256)]


@pytest.mark.parametrize("promise", [{"sha256": "0" * 64}, {"size": 3}])
def test_a_wrong_file_is_refused_and_leaves_nothing(
    archive: Archive, site: SiteArchive, run: int, promise: dict[str, Any]
) -> None:
    with pytest.raises(ArchiveError, match="not what was promised"):
        put(site, run, "https://x/a.jpg", b"picture", **promise)
    assert list(site.files()) == []
    digest = hashlib.sha256(b"picture").hexdigest()
    assert not site.file_path(digest).exists()
    assert list(archive.check(read_data=True))[1:] == []  # the run under way is the only notice


def test_wanted_files_keep_what_is_known_of_them(site: SiteArchive, run: int) -> None:
    stored = put(site, run, "https://x/a.jpg", b"picture", etag='"e"')
    site.want_files([MediaFile("https://x/a.jpg", 1), MediaFile("https://x/b.jpg", 2, size=4)])
    assert {file.url: file for file in site.files(states=["due"])} == {
        "https://x/a.jpg": replace(stored, state="due"),
        "https://x/b.jpg": MediaFile("https://x/b.jpg", 2, size=4),
    }
    assert list(site.files(states=["stored"])) == []
    site.mark_file(run, MediaFile("https://x/b.jpg", 2, state="missing", reason="404"))
    assert [file.reason for file in site.files(states=["missing"])] == ["404"]


def test_a_part_is_found_again_after_a_break(site: SiteArchive, reopen: Any) -> None:
    file = MediaFile("https://x/a/../../../../etc/passwd?" + "x" * 5000, 1)
    site.want_files([file])
    site.incoming(file).write_bytes(b"half")
    assert reopen().of(SITE).incoming(file).read_bytes() == b"half"


# -- derived tables


def derived(id: int, **fields: Any) -> Derived:
    post = Post(
        id, "post", "publish", "live", f"s{id}", "T", "l", "ann", "", "", "", fields.pop("text", "")
    )
    return Derived(post, fields.pop("derived_from", "d:live:1"), **fields)


def test_posts_replace_what_stood_for_each_and_only_what_differs(
    archive: Archive, site: SiteArchive
) -> None:
    link = Link(0, "/x", "x", "a", "missing")
    related = Related(0, "rest:jetpack", "/y", "Y", "resolved", 2)
    filed = [PostTerm("category", "a", 0, primary=True), PostTerm("category", "b", 1)]
    site.put_terms([Term("category", slug, slug, slug) for slug in "ab"], [])
    one = derived(1, terms=filed, links=[link, Link(1, "/z", "z", "a", "outside")])
    by = [PostAuthor(0, "ann", "Ann", "publishpress", 3), PostAuthor(1, "bob", "B", "publishpress")]
    two = derived(2, related=[related], authors=by)
    assert site.put_posts([one, two]) == 9
    assert site.put_posts([one, two]) == 0
    assert site.put_posts([derived(1, terms=filed[1:], links=[link])]) == 3  # post, link and term
    assert [row["slug"] for row in site.query("SELECT slug FROM post_terms")] == ["b"]
    assert [row["url"] for row in site.query("SELECT url FROM broken_links")] == ["/x"]
    assert [row["target"] for row in site.query("SELECT target FROM related_posts")] == [2]
    assert site.put_posts([derived(2, related=[related], authors=by[:1])]) == 2
    assert [row["author"] for row in site.query("SELECT author FROM post_authors")] == ["ann"]
    assert errors(archive) == []


def test_posts_are_found_by_what_their_derivations_asked_for(site: SiteArchive) -> None:
    facts = b"\0\0\0\1abcd", b"abcdefgh", b"xxxx"
    site.put_posts([derived(id, dependencies=some) for id, some in enumerate(facts, 1)])
    for wanted, found in (((b"abcd",), {1, 2}), ((b"\0\0\0\1", b"xxxx"), {1, 3}), ((), set())):
        assert {id for _, id, _ in site.asking(wanted)} == found
    assert list(site.asking([b"xxxx"])) == [("post", 3, b"xxxx")]


def test_a_term_that_was_split_has_a_row_for_each_place(
    archive: Archive, site: SiteArchive
) -> None:
    places = [("category", "a"), ("category", "b"), ("post_tag", "a")]
    rows = [TermSource("category", 1, "A & B", "a-b", "split", *place) for place in places]
    assert site.put_terms([], rows) == 3
    found = site.query("SELECT to_taxonomy, to_slug FROM term_sources")
    assert sorted((row["to_taxonomy"], row["to_slug"]) for row in found) == places
    assert site.put_terms([], rows[1:]) == 1
    assert errors(archive) == []


def test_terms_and_authors_are_whole_sets(site: SiteArchive) -> None:
    terms = [Term("category", slug, slug, slug, source_ids=(1, 2)) for slug in "abc"]
    sources = [TermSource("category", 1, "A", "a", "kept", "category", "a")]
    assert site.put_terms(terms, sources) == 4
    assert site.put_terms(terms, sources) == 0
    assert site.put_terms(terms[:2], []) == 2
    assert [row["slug"] for row in site.query("SELECT slug FROM terms ORDER BY slug")] == ["a", "b"]
    assert site.put_authors([Author("ann", "Ann"), Author("bob", "Bob")]) == 2
    assert site.put_authors([Author("ann", "Anne")]) == 2
    assert [row["name"] for row in site.query("SELECT name FROM authors")] == ["Anne"]


def test_media_and_comments_come_in_batches(site: SiteArchive) -> None:
    def comment(id: int, text: str = "") -> Comment:
        return Comment(id, "live", 1, 0, "N", "", 0, "approved", "comment", "", "", text)

    item = MediaItem(1, "live", "u", "l", "t", "", "", "image/png", 10**30, None, 0, "", "", "")
    assert site.put_comments([comment(1), comment(2)]) == 2
    assert site.put_comments([comment(2, "new"), comment(3)]) == 2
    assert site.put_comments([comment(2, "new"), comment(3)]) == 0
    assert count(site, "comments") == 3
    assert site.put_media([item]) == 1
    assert site.put_media([item]) == 0


def test_only_what_is_stale_is_derived_again(site: SiteArchive, run: int) -> None:
    site.save(run, [make_record(KIND, id) for id in (1, 2, 3)])
    for current in site.current(KIND):
        start = f"{current.digest}:{current.state}:"
        site.put_posts([derived(current.id, derived_from=start + "rules")])
    assert len(list(site.current(KIND, stale_for="ctx"))) == 3
    site.set_derived_under("ctx")
    assert site.derived_under() == "ctx"
    assert list(site.current(KIND, stale_for="ctx")) == []
    assert len(list(site.current(KIND, stale_for="other"))) == 3
    assert all(one.derived_from.endswith("rules") for one in site.current(KIND))
    site.save(run, [make_record(KIND, 2, sticky=True)])
    site.vanish(run, KIND, {3: State.GONE})
    assert [one.id for one in site.current(KIND, stale_for="ctx")] == [2, 3]


def test_queries_can_only_read(site: SiteArchive, run: int) -> None:
    site.save(run, [make_record(KIND, 1)])
    assert site.query("SELECT id FROM records WHERE kind = :kind", kind=KIND) == [{"id": 1}]
    for sql in ("DELETE FROM records", "SELEC", "SELECT * FROM nowhere"):
        with pytest.raises(ArchiveError, match="the query failed"):
            site.query(sql)
    site.save(run, [make_record(KIND, 2)])  # and writing goes on afterwards
    assert count(site, "records") == 2


def test_the_guides_queries_are_everybodys_sql(site: SiteArchive) -> None:
    guide = Path(__file__).parents[2] / "docs" / "archive.md"
    queries = re.findall(r"```sql\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    assert queries
    for sql in queries:
        assert site.query(sql.rstrip().rstrip(";")) == []


# -- check


def fill(archive: Archive) -> None:
    """Put something into every table."""
    site = known(archive)
    run = site.begin_run("pull", "anonymous")
    site.save(run, [make_record(KIND, id) for id in range(1, 81)])
    site.save(run, [make_record(KIND, 1, slug="moved")])
    site.quarantine(run, KIND, {99: "broken"})
    site.set_bookmark(KIND, Bookmark(SEEN_AT, SEEN_AT, 80))
    site.set_derived_under("ctx")
    put(site, run, "https://x/a.jpg", b"picture")
    site.put_terms([Term("category", "a", "A", "A")], [TermSource("category", 1, "A", "a", "kept")])
    site.put_authors([Author("ann", "Ann")])
    site.put_media([MediaItem(1, "live", "u", "l", "t", "", "", "", 1, 1, 0, "", "", "")])
    site.put_comments([Comment(1, "live", 1, 0, "N", "", 0, "approved", "", "", "", "")])
    links = [Link(0, "/x", "x", "a", "missing")]
    related = [Related(0, "content", "/y", "Y", "missing")]
    filed, by = [PostTerm("category", "a", 0)], [PostAuthor(0, "ann", "Ann", "wordpress", 1)]
    mended = [Cleaning(0, "empty", "an empty paragraph", False, 5, "<p></p>", "")]
    parts = {"authors": by, "links": links, "related": related, "cleanings": mended}
    site.put_posts([derived(1, terms=filed, dependencies=b"fact", **parts)])
    ledger = site.ledger("new")
    ledger.settle(run, [Receipt("posts/post:1", "7", base={"title": "One"})])
    ledger.begin(run, [Intent("posts/post:2", "create")])
    ledger.save_version(run, SavedVersion("posts/post:1", "7", {"title": "Theirs"}))
    site.finish_run(run, Outcome.DONE, {}, [], 1)
    book = site.audit_book()
    book.put_facts(KIND, [(1, "basis", b"facts")])
    book.put_link_checks([LinkCheck("https://elsewhere.example/", "ok", 200)])
    found = Finding("links/x", Severity.ERROR, Certainty.CERTAIN, KIND, 1, "/x", "not there")
    book.record(Audit(at="2024-05-01T12:00:00Z"), [found])
    assert list(archive.check()) == []
    assert list(archive.check(read_data=True)) == []


@pytest.fixture
def filled(store: Store, tmp_path: Path) -> Iterator[Archive]:
    """An archive with something in every table."""
    for reopen in opener(store.filled(fill, tmp_path)):
        yield reopen()


COLUMNS = {
    "sites": "name",
    "runs": "outcome",
    "records": "stamp",
    "old_addresses": "link",
    "versions": "seen_at",
    "dictionaries": "kind",
    "changes": "state",
    "quarantine": "reason",
    "bookmarks": "watermark",
    "files": "mime",
    "derivations": "context",
    "tallies": "rows",
    "losses": "reason",
    "receipts": "stamp",
    "intents": "slug",
    "target_versions": "target_id",
    "terms": "name",
    "term_sources": "source_name",
    "authors": "name",
    "posts": "title",
    "post_terms": "position",
    "post_authors": "author",
    "links": "text",
    "related_posts": "title",
    "cleanings": "what",
    "post_dependencies": "facts",
    "media": "title",
    "comments": "content",
    "audits": "at",
    "findings": "message",
    "audit_facts": "basis",
    "link_checks": "reason",
}


@pytest.mark.parametrize("table", COLUMNS)
def test_a_changed_value_in_any_table_is_found(filled: Archive, tamper: Tamper, table: str) -> None:
    column = COLUMNS[table]
    value = "7" if column in ("position", "rows") else "'damaged'"
    assert isinstance(filled, SqlArchive)
    with filled._database.write() as connection:
        lost = Loss(SITE, "changes", KIND, 90, 1, "a change", "gone")
        losses.remember(filled._database, connection, [lost])
    tamper(filled, f"UPDATE {table} SET {column} = {value}")
    found = [one for one in filled.check(read_data=True) if one.item.startswith(f"{table}: ")]
    assert found
    assert all(one.hint and one.severity == "error" for one in found)


def test_every_table_of_the_archive_is_in_that_list() -> None:
    from wp_sync.archive.schema import METADATA

    assert set(COLUMNS) == set(METADATA.tables)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM versions WHERE id = 1 AND number = 1", "posts/post 1: 1 of its 2 versions"),
        ("DELETE FROM versions WHERE id = 1 AND number = 2", "posts/post 1: 1 of its 2 versions"),
        ("DELETE FROM records WHERE id = 5", "posts/post 5: it has versions, and its row"),
        ("DELETE FROM changes WHERE id = 5", "posts/post 5: 0 of its 1 changes"),
        ("DELETE FROM runs", "run 1: it brought changes, and its row in runs is missing"),
        ("DELETE FROM links", "links of post 1: 0 rows where the post has 1"),
        ("DELETE FROM posts", "links of post 1: the post is missing"),
        ("DELETE FROM terms", "category a: posts are filed under it"),
        ("DELETE FROM sites", "which the table of sites does not know"),
    ],
)
def test_a_removed_row_is_found_by_the_quick_check(
    filled: Archive, tamper: Tamper, sql: str, said: str
) -> None:
    tamper(filled, sql)
    assert any(said in one for one in errors(filled, read_data=False))


def test_damaged_bytes_of_a_version_are_found_and_named(filled: Archive, tamper: Tamper) -> None:
    site = filled.of(SITE)
    rows = site.query("SELECT data FROM versions WHERE id = 7")
    data = bytearray(bytes(rows[0]["data"]))  # type: ignore[arg-type]
    data[len(data) // 2] ^= 4
    tamper(filled, "UPDATE versions SET data = :data WHERE id = 7", data=bytes(data))
    assert [one.item for one in filled.check()] == []
    assert [one.item for one in filled.check(read_data=True)] == [f"versions: {SITE} {KIND} 7 1"]


def test_a_lost_dictionary_is_named_by_every_version_that_needs_it(
    filled: Archive, tamper: Tamper
) -> None:
    tamper(filled, "DELETE FROM dictionaries")
    assert sum("dictionary 1 is not in the archive" in one for one in errors(filled)) == 81


def test_missing_changed_and_extra_media_are_found(filled: Archive) -> None:
    site = filled.of(SITE)
    path = site.file_path(next(site.files()).sha256)
    path.write_bytes(b"pictuRe")
    assert list(filled.check()) == []  # its size is right: only reading tells
    assert [one.item for one in filled.check(read_data=True)] == [f"{SITE}: file https://x/a.jpg"]
    path.write_bytes(b"pict")
    assert "4 bytes are there, 7 were stored" in errors(filled, read_data=False)[0]
    path.unlink()
    assert "is missing" in errors(filled, read_data=False)[0]
    path.write_bytes(b"picture")
    extra = path.with_name("stranger.jpg")
    extra.write_bytes(b"?")
    part = site.incoming(MediaFile("https://x/unknown.jpg", 1))
    part.write_bytes(b"half")
    notices = list(filled.check(read_data=True))
    assert {one.item for one in notices} == {str(extra), str(part)}
    assert {one.severity for one in notices} == {"notice"}


def test_a_link_in_place_of_a_file_is_damage(filled: Archive, tmp_path: Path) -> None:
    site = filled.of(SITE)
    path = site.file_path(next(site.files()).sha256)
    outside = tmp_path / "outside"
    outside.write_bytes(b"picture")
    path.unlink()
    try:
        path.symlink_to(outside)
    except OSError:
        pytest.skip("this system's user may not make symbolic links")
    assert "is missing" in errors(filled)[0]
    put(site, 1, "https://x/a.jpg", b"picture")
    assert not path.is_symlink()
    assert path.read_bytes() == outside.read_bytes() == b"picture"


# -- any content at all

texts = st.text(st.characters(codec=None), max_size=30)  # NUL and lone surrogates included
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
FIELDS = ("slug", "link", "status", "date_gmt", "modified_gmt", "content", "title")
items = st.dictionaries(st.sampled_from(FIELDS) | texts, values, max_size=8)
_examples = iter(range(10**9))


def odd_record(item: dict[str, Any], id: int = 1) -> Record:
    """As a source does it: the JSON as it was sent, and its storable values beside it."""
    raw = json.dumps(item | {"id": id}).encode()
    return Record(KIND, id, raw, parse(raw), "s", SEEN_AT)


def test_any_json_is_kept_byte_for_byte(archive: Archive) -> None:
    @EACH
    @given(item=items)
    def kept(item: dict[str, Any]) -> None:
        key = f"odd{next(_examples)}.example"
        site = archive.of(key)
        site.set_site(make_identity(key))
        run = site.begin_run("pull", "anonymous")
        record = odd_record(item)
        assert site.save(run, [record]) == Tally(new=1)
        assert site.save(run, [record]) == Tally(unchanged=1)
        (version,) = site.versions(KIND, 1)
        assert (version.raw, version.digest) == (record.raw, content_digest(record.data))
        (current,) = site.current(KIND)
        assert content_digest(current.data) == version.digest

    kept()
    assert errors(archive) == []


@EACH
@given(data=st.data())
def test_the_order_of_saves_does_not_change_the_current_state(
    archive: Archive, data: st.DataObject
) -> None:
    """Whatever batches records come in, the same last word of each stands at the end."""
    titles = data.draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=6))
    order = data.draw(st.permutations(range(len(titles))))
    cut = data.draw(st.integers(0, len(titles)))
    found = []
    for batches in ([range(len(titles))], [order[:cut], order[cut:]]):
        site = archive.of(f"order{next(_examples)}.example")
        run = site.begin_run("pull", "anonymous")
        for batch in batches:
            site.save(run, [make_record(KIND, id, slug=titles[id]) for id in batch])
        found.append(
            (
                [(one.id, one.digest, one.state) for one in site.current(KIND)],
                list(site.known(KIND)),
                list(site.urls()),
            )
        )
    assert found[0] == found[1]

"""Damage to an archive: all of it is found and named, and what can be had again is mended."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults import rot
from tests.faults.rot import Story, begin, content, errors, notices, tamper
from tests.fire import FIRE
from wp_sync.archive import open_archive
from wp_sync.archive.archive import SqlArchive
from wp_sync.archive.repair import Repaired, repair_archive
from wp_sync.demo import DemoServer
from wp_sync.errors import ArchiveError
from wp_sync.model import State


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with DemoServer() as site:
        yield begin(site, tmp_path_factory.mktemp("rot") / "archive")


@pytest.fixture(scope="module")
def truth(story: Story) -> rot.Content:
    return content(story.folder, story.key)


@pytest.fixture
def folder(story: Story, tmp_path: Path) -> Path:
    return story.copy(tmp_path)


def differences(found: rot.Content, truth: rot.Content) -> dict[str, tuple[object, object]]:
    return {
        name: (
            [row for row in found.get(name, []) if row not in truth.get(name, [])],
            [row for row in truth.get(name, []) if row not in found.get(name, [])],
        )
        for name in found.keys() | truth.keys()
        if found.get(name) != truth.get(name)
    }


def ends(done: Repaired) -> set[str]:
    return {one.end for one in done.repairs}


def mended(story: Story, folder: Path, truth: rot.Content) -> Repaired:
    """Repair, pull and normalize; afterwards all is as if nothing had been damaged."""
    done = repair_archive(folder)
    assert errors(folder) == []
    story.pull(folder)
    assert errors(folder) == []
    assert notices(folder) == []
    assert differences(content(folder, story.key), truth) == {}
    return done


@dataclass(frozen=True)
class Row:
    """Rows that are removed: what the check then calls by name, and how a repair ends.

    ``lost``: what is still told, as lost, when all is mended that can be.
    """

    sql: str
    named: str
    ends: frozenset[str]
    lost: str = ""
    differs: frozenset[str] = frozenset()


def row(sql: str, named: str, *ends: str, lost: str = "", differs: str = "") -> Row:
    return Row(f"DELETE FROM {sql}", named, frozenset(ends), lost, frozenset(differs.split()))


def _rows() -> dict[str, Row]:
    edited, gone = "(SELECT min(id) FROM versions WHERE number = 3)", "state = 'gone'"
    gone_id = f"(SELECT id FROM records WHERE {gone})"
    page = "kind = 'posts/page'"
    return {
        "the newest version": row(
            f"versions WHERE id = {edited} AND number = 3", "2 of its 3 versions", "pull"
        ),
        "an older version": row(
            f"versions WHERE id = {edited} AND number = 2", "2 of its 3 versions", "lost",
            lost="text of version 2", differs="versions texts",
        ),
        "a version of what is gone": row(
            f"versions WHERE id = {gone_id}", "0 of its 1 versions", "lost",
            lost="no longer shows it", differs="versions texts",
        ),
        "a record": row(f"records WHERE {page}", "its row in records is missing", "mended"),
        "the record of what is gone": row(
            f"records WHERE {gone}", "its row in records is missing", "mended", differs="records"
        ),
        "a change": row(f"changes WHERE {page}", "0 of its 1 changes", "mended"),
        "a later change": row(
            f"changes WHERE id = {edited} AND number = 2", "2 of its 3 changes", "lost",
            lost="change 2 of",
        ),
        "a run": row("runs WHERE number = 2", "table runs: 2 rows", "lost", lost="run 2"),
        "the last run": row("runs WHERE number = 3", "table runs: 2 rows", "lost", lost="run 3"),
        "the site": row("sites", "which the table of sites does not know", "mended"),
        "a former address": row("old_addresses", "table old_addresses: 0 rows", "mended"),
        "a bookmark": row(
            f"bookmarks WHERE {page}", "posts/page: it may be one whose row in bookmarks", "pull"
        ),
        "a dictionary": row(
            "dictionaries", "its dictionary 1 is not in the archive", "pull", "lost",
            lost="text of version 2", differs="versions texts",
        ),
        "a file": row(
            "files WHERE url = (SELECT max(url) FROM files)", "row in files is missing", "pull"
        ),
        "the rules' context": row("derivations", "table derivations: 0 rows", "normalize"),
        "a term": row(
            "terms WHERE slug = (SELECT max(slug) FROM terms)", "table terms", "normalize"
        ),
        "a term's source": row(
            "term_sources WHERE source_id = (SELECT max(source_id) FROM term_sources)",
            "row in term_sources is missing", "normalize",
        ),
        "an author": row("authors WHERE slug = (SELECT min(slug) FROM authors)", "table authors",
                         "normalize"),
        "a post": row("posts WHERE id = (SELECT max(id) FROM posts)", "row in posts is missing",
                      "normalize"),
        "a post's term": row(
            "post_terms WHERE post = (SELECT max(post) FROM post_terms)", "post_terms of",
            "normalize",
        ),
        "a link": row("links WHERE post = (SELECT max(post) FROM links)", "links of", "normalize"),
        "a related post": row(
            "related_posts WHERE post = (SELECT max(post) FROM related_posts)", "related_posts of",
            "normalize",
        ),
        "an attachment": row(
            "media WHERE id = (SELECT max(id) FROM media)", "row in media is missing", "normalize"
        ),
        "a comment": row(
            "comments WHERE id = (SELECT max(id) FROM comments)", "row in comments is missing",
            "normalize",
        ),
        "a tally": row("tallies WHERE name = 'posts'", "table posts: 29 rows are there, 0",
                       "normalize"),
        "a migration": row("schema_version WHERE version = 2", "schema_version", "mended"),
    }  # fmt: skip


ROWS = _rows()


def test_each_removed_row_is_named(story: Story, tmp_path: Path) -> None:
    for number, (what, given) in enumerate(ROWS.items()):
        (tmp_path / str(number)).mkdir()
        folder = story.copy(tmp_path / str(number))
        tamper(folder, given.sql)
        told = errors(folder)
        assert any(given.named in one for one in told), (what, told)


# Each is mended; under `make test` those whose mending goes its own way.
OWN_WAYS = (
    *("the newest version", "an older version", "the record of what is gone", "a later change"),
    *("the last run", "the site", "a former address", "a dictionary", "a file", "a link"),
)


@pytest.mark.parametrize("what", ROWS if FIRE else OWN_WAYS)
def test_a_removed_row_is_mended(story: Story, folder: Path, truth: rot.Content, what: str) -> None:
    given = ROWS[what]
    tamper(folder, given.sql)
    done = repair_archive(folder)
    assert given.ends <= ends(done), done
    assert errors(folder) == []
    story.pull(folder)
    assert errors(folder) == []
    told = notices(folder)
    assert all("lost" in ends(done) for _ in told), told
    assert any(given.lost in one for one in told) if given.lost else told == []
    assert differences(content(folder, story.key), truth).keys() <= given.differs


def unreadable(folder: Path) -> str:
    """What a check says of a database that can't even be opened, or the first that it finds."""
    try:
        return "; ".join(errors(folder))
    except ArchiveError as error:
        return str(error)


# -- flipped bits


def flips(file: Path, each: int, page_size: int = 4096) -> Iterator[tuple[int, int]]:
    """Places in every page of a file: byte and bit, some in its head, the others anywhere."""
    chance = random.Random(20240501)
    for start in range(0, file.stat().st_size, page_size):
        for number in range(each):
            within = chance.randrange(16 if number % 4 == 3 else page_size)
            yield start + within, chance.randrange(8)


def flip(file: Path, at: int, bit: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)[0]
        opened.seek(at)
        opened.write(bytes([byte ^ 1 << bit]))


def found_by_a_check(archive: SqlArchive) -> bool:
    archive.database.engine.dispose()  # no page of before stays in a connection's memory
    try:
        return any(one.severity == "error" for one in archive.check(read_data=True))
    except ArchiveError:
        return True


def test_a_flipped_bit_is_found_or_changes_nothing(story: Story, folder: Path) -> None:
    file = folder / "archive.db"
    before = rot.whole(folder)
    found = harmless = 0
    with open_archive(folder, read_only=True) as archive:
        assert isinstance(archive, SqlArchive)
        for at, bit in flips(file, 40 if FIRE else 1):
            flip(file, at, bit)
            if found_by_a_check(archive):
                found += 1
            else:
                harmless += 1
                assert rot.whole(folder) == before, f"bit {bit} of byte {at} is not seen"
            flip(file, at, bit)
        assert not found_by_a_check(archive)
    # Room that no row stands in can't be damaged; most of the file is rows and what leads to them.
    assert found > harmless / 2, (found, harmless)


def test_flipped_bits_are_mended(story: Story, tmp_path: Path, truth: rot.Content) -> None:
    """Wherever one bit flipped, after a repair and a pull the archive says what it said before."""
    places = list(flips(story.folder / "archive.db", 4 if FIRE else 2))
    chosen = places if FIRE else places[1::40]
    for number, (at, bit) in enumerate(chosen):
        (tmp_path / str(number)).mkdir()
        folder = story.copy(tmp_path / str(number))
        flip(folder / "archive.db", at, bit)
        done = repair_archive(folder)
        assert errors(folder) == [], (at, bit, done)
        story.pull(folder)
        assert errors(folder) == [], (at, bit, done)
        if "lost" not in ends(done):
            assert notices(folder) == [], (at, bit, done)
            assert differences(content(folder, story.key), truth) == {}, (at, bit, done)
        else:
            assert notices(folder) != [], (at, bit, done)
        shutil.rmtree(tmp_path / str(number))


def test_a_file_whose_first_page_is_gone_is_read_row_by_row(
    story: Story, folder: Path, truth: rot.Content
) -> None:
    """Without its head SQLite opens nothing; the old file stays beside the new one."""
    file = folder / "archive.db"
    broken = b"\xff" * 4096 + file.read_bytes()[4096:]
    file.write_bytes(broken)
    with pytest.raises(ArchiveError, match="not a database"), rot.opened(folder):
        pass
    done = mended(story, folder, truth)
    assert done.folder is not None
    assert (done.folder / "archive.db").read_bytes() == broken
    assert "archive.db" in (done.folder / "README.txt").read_text()


@pytest.mark.skipif(not FIRE, reason="make test-fire: much like the one above")
def test_a_truncated_database_is_found_and_mended(
    story: Story, folder: Path, truth: rot.Content
) -> None:
    """A third of it is gone: what nobody has any more is told as lost, the rest comes back."""
    file = folder / "archive.db"
    size = file.stat().st_size // 4096 * 2 // 3 * 4096
    with file.open("r+b") as opened:
        opened.truncate(size)
    assert "malformed" in unreadable(folder)
    repair_archive(folder)
    assert errors(folder) == []
    story.pull(folder)
    assert errors(folder) == []
    now, before = content(folder, story.key), truth
    live = [one[:2] for one in before["records"] if one[2] == "live"]
    assert [one[:2] for one in now["records"] if one[2] == "live"] == live
    assert now["posts"] == before["posts"] or notices(folder)


def test_an_index_alone_is_made_anew(story: Story, folder: Path, truth: rot.Content) -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        sql = "SELECT sql FROM sqlite_schema WHERE name = 'files_by_sha256'"
        kept = database.execute(sql).fetchone()[0]
        database.execute("DELETE FROM sqlite_schema WHERE name = 'files_by_sha256'")
        database.execute("PRAGMA writable_schema = RESET")
    assert any("files_by_sha256" in one and "missing" in one for one in errors(folder))
    assert kept
    assert ends(mended(story, folder, truth)) >= {"mended"}


# -- rows whose values are wrong, each by itself right


def test_a_bit_of_a_value_is_turned_back(story: Story, folder: Path, truth: rot.Content) -> None:
    """Even of what no site shows any more: the checksum proves which bit it was."""
    sql = "SELECT data FROM versions WHERE id = ? AND number = 2"
    with closing(sqlite3.connect(folder / "archive.db")) as database, database:
        data = bytearray(database.execute(sql, (story.edited,)).fetchone()[0])
        data[len(data) // 2] ^= 16
        database.execute(
            "UPDATE versions SET data = ? WHERE id = ? AND number = 2", (bytes(data), story.edited)
        )
        database.execute("UPDATE records SET state = 'gond' WHERE state = 'gone'")
        database.execute("UPDATE runs SET command = 'pu' || char(108 + 1) || 'l' WHERE number = 1")
    told = errors(folder)
    assert any(f"versions: {story.key} posts/post {story.edited} 2" in one for one in told)
    assert any(story.link(story.edited) in one for one in told)
    done = mended(story, folder, truth)
    assert ends(done) == {"mended"}
    assert len(done.repairs) == 3


def test_texts_of_two_versions_exchanged_change_back(
    story: Story, folder: Path, truth: rot.Content
) -> None:
    """A row of one record's version that holds another record's text."""
    one, other = story.gone, story.edited
    columns = ("data", "size", "dictionary")
    with closing(sqlite3.connect(folder / "archive.db")) as database, database:
        rows = {
            id: database.execute(
                f"SELECT {', '.join(columns)} FROM versions WHERE id = ? AND number = 1", (id,)
            ).fetchone()
            for id in (one, other)
        }
        for id, held in ((one, rows[other]), (other, rows[one])):
            database.execute(
                "UPDATE versions SET data = ?, size = ?, dictionary = ?"
                " WHERE id = ? AND number = 1",
                (*held, id),
            )
    told = errors(folder)
    for id in (one, other):
        assert any(f"posts/post {id} 1: its bytes are not" in said for said in told), told
    assert ends(mended(story, folder, truth)) == {"mended"}


def test_a_copied_row_under_another_key_is_found_and_taken_out(
    story: Story, folder: Path, truth: rot.Content
) -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as database, database:
        names = [one[1] for one in database.execute("PRAGMA table_info(comments)")]
        copied = ", ".join("id + 7000" if name == "id" else name for name in names)
        database.execute(f"INSERT INTO comments SELECT {copied} FROM comments LIMIT 1")
        names = [one[1] for one in database.execute("PRAGMA table_info(versions)")]
        copied = ", ".join("12" if name == "number" else name for name in names)
        database.execute(
            f"INSERT INTO versions SELECT {copied} FROM versions WHERE id = 101 LIMIT 1"
        )
    told = errors(folder)
    assert any("comments: " in one and "checksum" in one for one in told)
    assert any("posts/post 101 12" in one for one in told)
    mended(story, folder, truth)


def test_a_row_of_an_earlier_time_is_found(story: Story, folder: Path) -> None:
    """A page of an earlier time is whole in itself, and so is each of its rows."""
    with open_archive(folder) as archive:
        site = archive.of(story.key)
        state = site.bookmark("posts/post")
        keep = tuple(site.query("SELECT * FROM bookmarks WHERE kind = 'posts/post'")[0].values())
        from dataclasses import replace

        site.set_bookmark("posts/post", replace(state, total=7))
    tamper(folder, "DELETE FROM bookmarks WHERE kind = 'posts/post'")
    marks = ", ".join("?" for _ in keep)
    tamper(folder, f"INSERT INTO bookmarks VALUES ({marks})", *keep)
    assert any("table bookmarks: a row of an earlier time" in one for one in errors(folder))
    repair_archive(folder)
    assert errors(folder) == []


# -- media files


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "media").glob("??/*"))


def exchanged(paths: list[Path]) -> None:
    one, other = paths[0].read_bytes(), paths[1].read_bytes()
    paths[0].write_bytes(other)
    paths[1].write_bytes(one)


def flipped(paths: list[Path]) -> None:
    flip(paths[0], paths[0].stat().st_size // 2, 3)


MEDIA: dict[str, tuple[Callable[[list[Path]], object], str, set[str]]] = {
    "a flipped bit": (flipped, "has other content", {"pull"}),
    "a truncated file": (lambda paths: os.truncate(paths[0], 100), "100 bytes are there", {"pull"}),
    "a missing file": (lambda paths: paths[0].unlink(), "is missing", {"pull"}),
    "an empty file": (lambda paths: os.truncate(paths[0], 0), "0 bytes are there", {"pull"}),
    "two files exchanged": (exchanged, "bytes are there", {"mended"}),
}


@pytest.mark.parametrize("what", MEDIA if FIRE else ("a flipped bit", "two files exchanged"))
def test_a_damaged_media_file_is_named_and_fetched_again(
    story: Story, folder: Path, truth: rot.Content, what: str
) -> None:
    damage, said, end = MEDIA[what]
    paths = files_of(folder)
    damage(paths)
    told = [one for one in errors(folder) if "/uploads/" in one]
    assert told
    assert all(said in one and "it is of attachment" in one for one in told), told
    before = {path.read_bytes() for path in paths if path.exists()}
    done = mended(story, folder, truth)
    assert ends(done) == end
    assert before <= {path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_stranger_in_the_media_folder_is_told_and_left(story: Story, folder: Path) -> None:
    stranger = files_of(folder)[0].with_name("stranger.jpg")
    stranger.write_bytes(b"?")
    assert errors(folder) == []
    assert any("stranger.jpg" in one for one in notices(folder))
    assert repair_archive(folder).repairs == []
    assert stranger.read_bytes() == b"?"


# -- what can't be had again, rehearsals, the command line


def test_a_file_that_the_site_has_lost_too_stays_told_as_lost(story: Story, folder: Path) -> None:
    path = files_of(folder)[0]
    with rot.opened(folder) as archive:
        url = next(one.url for one in archive.of(story.key).files() if one.sha256 == path.name)
    path.unlink()
    repair_archive(folder)
    served = story.site.site.files.pop(url.removeprefix(story.site.url))
    try:
        story.pull(folder)
    finally:
        story.site.site.files[url.removeprefix(story.site.url)] = served
    assert errors(folder) == []
    assert any(url in one and path.name[:12] in one for one in notices(folder))
    story.pull(folder, full=True)  # it is there again
    assert notices(folder) == []


def test_a_rehearsal_tells_the_same_and_changes_nothing(story: Story, folder: Path) -> None:
    tamper(folder, "DELETE FROM versions WHERE number = 3")
    tamper(folder, "UPDATE posts SET title = 'x'")
    files_of(folder)[0].unlink()
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    told = repair_archive(folder, dry_run=True)
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after == before
    assert repair_archive(folder).repairs == told.repairs
    assert repair_archive(folder).repairs == []


def test_a_removed_wal_is_told_and_the_next_pull_makes_up_for_it(
    story: Story, folder: Path, truth: rot.Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed run saved last stands in the WAL alone; without it the database is older."""
    monkeypatch.setattr("sys.argv", ["wp-sync", "pull"])
    later = tmp_path / "later"
    with open_archive(folder) as archive, archive.lock():
        site = archive.of(story.key)
        run = site.begin_run("pull", "anonymous")
        site.vanish(run, "posts/post", {story.edited: State.GONE})
        shutil.copytree(folder, later)  # as the kill leaves it
    assert (later / "archive.db-wal").stat().st_size
    lost = tmp_path / "lost"
    shutil.copytree(later, lost, ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    with rot.opened(later) as archive:
        assert len(archive.of(story.key).runs()) == 4
    assert errors(lost) == []
    assert any("the archive knows no run since" in one for one in notices(lost))
    story.pull(lost)
    assert errors(lost) == notices(lost) == []
    assert differences(content(lost, story.key), truth) == {}

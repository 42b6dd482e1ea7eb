"""Opening an archive: what is wrong with a place is said in words, and the place left as it was."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection

from tests.fire import FIRE
from tests.helpers import SEEN_AT, SITE, make_identity, make_record
from wp_sync.archive import open_archive
from wp_sync.archive.archive import SqlArchive
from wp_sync.archive.base import Archive
from wp_sync.archive.database import Database, open_sqlite
from wp_sync.archive.migrations import MIGRATIONS, Migration, migrate, version_of
from wp_sync.errors import ArchiveDamaged, ArchiveError, ArchiveLocked, UsageError
from wp_sync.model import Bookmark, MediaFile, Outcome

KIND = "posts/post"


def fill(folder: Path, count: int = 100) -> Path:
    """An archive with records, closed again; its database file."""
    with open_archive(folder) as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        run = site.begin_run("pull", "anonymous")
        site.save(run, [make_record(KIND, id) for id in range(1, count + 1)])
        site.finish_run(run, Outcome.DONE, {}, [], 1)
    return folder / "archive.db"


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def refused(folder: Path | str, match: str, **options: bool) -> ArchiveError:
    with pytest.raises(ArchiveError, match=match) as error:
        open_archive(folder, **options).close()
    assert error.value.hint, "no next step"
    return error.value


def test_an_archive_is_opened_again_as_it_was(tmp_path: Path) -> None:
    fill(tmp_path / "new" / "archive")
    with open_archive(tmp_path / "new" / "archive", create=False) as archive:
        assert archive.of(SITE).count(KIND) == 100
    with open_archive(tmp_path / "new" / "archive" / "archive.db") as archive:
        assert archive.of(SITE).count(KIND) == 100
    assert sorted(p.name for p in (tmp_path / "new" / "archive").iterdir()) == ["archive.db"]


def test_commits_are_synced(tmp_path: Path) -> None:
    with open_archive(tmp_path) as archive:
        assert isinstance(archive, SqlArchive)
        with archive._database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL


def test_nothing_there_and_nothing_to_be_made(tmp_path: Path) -> None:
    refused(tmp_path / "none", "no archive in", create=False)
    refused(tmp_path / "none", "no archive in", read_only=True)
    assert not (tmp_path / "none").exists()


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    place = tmp_path / "notes.txt"
    place.write_text("mine")
    refused(place, "is a file, not an archive's folder")
    refused(place / "below", "directory|folder|path")
    assert place.read_text() == "mine"


@pytest.mark.parametrize(
    "junk", [b"not a database at all, only words " * 200, b"SQLite format 3\0"]
)
def test_not_a_database(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "archive.db").write_bytes(junk)
    error = refused(tmp_path, "not an SQLite database|damaged")
    assert isinstance(error, ArchiveDamaged)
    assert contents(tmp_path) == {"archive.db": hashlib.sha256(junk).hexdigest()}


def test_somebody_elses_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "archive.db") as other:
        other.execute("CREATE TABLE songs (name TEXT)")
    other.close()
    refused(tmp_path, r"not an archive of wp-sync \(it has the tables songs\)")


def test_an_archive_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = fill(tmp_path)
    with sqlite3.connect(path) as newer:
        newer.execute("INSERT INTO schema_version VALUES (99, 'later', '2030-01-01T00:00:00Z')")
    newer.close()
    before = contents(tmp_path)
    assert "upgrade" in refused(tmp_path, "newer wp-sync .*version 99").hint
    assert contents(tmp_path) == before


def test_read_only_reads_and_refuses_to_write(tmp_path: Path) -> None:
    fill(tmp_path)
    before = contents(tmp_path)["archive.db"]
    with open_archive(tmp_path, read_only=True) as archive:
        site = archive.of(SITE)
        assert site.count(KIND) == 100
        assert list(archive.check(read_data=True)) == []
        with pytest.raises(ArchiveError, match="reading only"):
            site.save(1, [make_record(KIND, 1)])
    assert contents(tmp_path)["archive.db"] == before


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions as POSIX has them")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    """As an ordinary user in a process of its own: root may write anywhere."""
    folder = tmp_path / "archive"
    fill(folder)
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == os.geteuid() and path != Path("/") and "pytest" in str(path):
            path.chmod(0o755)
    (folder / "archive.db").chmod(0o444)
    folder.chmod(0o555)
    script = (
        "import os, sys\n"
        "from wp_sync.archive import open_archive\n"
        "from wp_sync.errors import ArchiveError\n"
        "os.geteuid() or os.setuid(65534)\n"
        "archive = open_archive(sys.argv[1], read_only=True)\n"
        f"print(archive.of({SITE!r}).count('posts/post'))\n"
        "for place in (sys.argv[1], sys.argv[1] + '/new'):\n"
        "    try:\n"
        "        open_archive(place).of('x.example').begin_run('pull', '')\n"
        "    except ArchiveError as error:\n"
        "        print(bool(error.hint), error)\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=False
        )
    finally:
        folder.chmod(0o755)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert lines[0] == "100"
    assert lines[1].startswith("True ")
    assert lines[2].startswith("True ")
    assert "written" in lines[1] or "opened" in lines[1]


def test_a_full_disk_is_said_and_leaves_the_batch_out(tmp_path: Path) -> None:
    fill(tmp_path)
    with open_archive(tmp_path) as archive:
        assert isinstance(archive, SqlArchive)
        site = archive.of(SITE)
        with archive._database.write() as connection:  # the limit holds for this connection's pool
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        big = [make_record(KIND, id, content={"rendered": os.urandom(9000).hex()}) for id in (7, 8)]
        with pytest.raises(ArchiveError, match="the disk is full") as error:
            site.save(1, [*big, make_record(KIND, 1000)])
        assert "free some space" in error.value.hint
        assert site.known_of(KIND, [1000]) == {}
        assert len(site.versions(KIND, 7)) == 1
        assert list(archive.check(read_data=True)) == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mysql://root@host/db", "mysql:// is no address of an archive"),
        ("postgresql://host/db", "needs a folder for its media files"),
        ("postgresql://host:port/db?media=x", "can't be read"),
    ],
)
def test_addresses_that_are_none(address: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)) as error:
        open_archive(address)
    assert error.value.hint


def test_a_server_that_is_not_there_is_said_without_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    place = f"postgresql://me:hunter2@127.0.0.1:9/db?media={tmp_path}"
    error = refused(place, "no PostgreSQL server answers there")
    assert "hunter2" not in str(error) + error.hint


def test_a_missing_driver_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    error = refused(f"postgresql://host/db?media={tmp_path}", "needs the driver psycopg")
    assert "wp-sync[postgresql]" in error.hint


# -- damage to the file itself


def test_every_flipped_byte_that_changes_content_is_found(tmp_path: Path) -> None:
    """Flips spread over the whole file: either a check says so, or the content is what it was."""
    path = fill(tmp_path, 300)
    whole = path.read_bytes()
    with open_archive(tmp_path) as archive:
        truth = story(archive)
    found = 0
    flips = 100 if FIRE else 25  # each reads the whole archive
    for position in range(100, len(whole), len(whole) // flips):
        damaged = bytearray(whole)
        damaged[position] ^= 0x10
        path.write_bytes(damaged)
        try:
            with open_archive(tmp_path, read_only=True) as archive:
                if list(archive.check(read_data=True)):
                    found += 1
                    continue
                assert story(archive) == truth, f"byte {position} was changed and nobody noticed"
        except ArchiveError:
            found += 1
    assert found > 0.3 * flips, "the flips hardly hit anything"


def story(archive: Archive) -> object:
    site = archive.of(SITE)
    tables = ("records", "versions", "changes", "runs", "sites", "dictionaries")
    return [site.query(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4") for table in tables]


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_truncated_database_is_found(tmp_path: Path, part: float) -> None:
    path = fill(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part) // 4096 * 4096])
    try:
        with open_archive(tmp_path, read_only=True) as archive:
            found = list(archive.check())
            assert found
            assert all(one.hint for one in found)
    except ArchiveDamaged as error:
        assert error.hint  # noqa: PT017 - either is fine: said at opening or by the check


# -- kills


def test_the_lock_ends_with_the_process_that_held_it(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from wp_sync.archive import open_archive\n"
        "with open_archive(sys.argv[1]) as archive, archive.lock():\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        with open_archive(tmp_path) as archive:
            named = f"process {holder.pid} on"
            with pytest.raises(ArchiveLocked, match=named), archive.lock():
                pass
            holder.kill()
            holder.wait()
            with archive.lock():
                pass


def test_a_killed_writer_leaves_whole_batches_only(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from tests.helpers import SITE, make_record, make_identity\n"
        "from wp_sync.archive import open_archive\n"
        "site = open_archive(sys.argv[1]).of(SITE)\n"
        "site.set_site(make_identity())\n"
        "run = site.begin_run('pull', 'anonymous')\n"
        "for start in range(1, 10**6, 100):\n"
        "    site.save(run, [make_record('posts/post', id) for id in range(start, start + 100)])\n"
        "    print(start + 99, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as writer:
        assert writer.stdout is not None
        for _ in range(7):
            acknowledged = int(writer.stdout.readline())
        writer.kill()
        acknowledged = max([acknowledged, *map(int, writer.stdout.read().split())])
    with open_archive(tmp_path) as archive:
        site = archive.of(SITE)
        count = site.count(KIND)
        assert count >= acknowledged
        assert count % 100 == 0
        site.begin_run("pull", "anonymous")
        assert site.runs()[1].outcome is Outcome.INTERRUPTED
        assert [one.severity for one in archive.check(read_data=True)] == ["notice"]


def test_a_file_killed_between_its_name_and_its_row_is_an_orphan_and_adopted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_archive(tmp_path) as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        file = MediaFile("https://x/a.jpg", 1)
        site.want_files([file])
        site.incoming(file).write_bytes(b"picture")
        with monkeypatch.context() as broken:
            broken.setattr(type(site), "mark_file", _killed)
            with pytest.raises(KeyboardInterrupt):
                site.adopt_file(1, file, site.incoming(file))
        assert [one.state for one in site.files()] == ["due"]
        assert [one.severity for one in archive.check(read_data=True)] == ["notice"]
        site.incoming(file).write_bytes(b"picture")
        site.adopt_file(1, file, site.incoming(file))
        assert list(archive.check(read_data=True)) == []


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


# -- migrations


def steps(*bodies: str) -> list[Migration]:
    def step(sql: str) -> object:
        def apply(connection: Connection) -> None:
            for one in sql.split(";"):
                connection.exec_driver_sql(one)

        return apply

    return [Migration(n, sql, step(sql)) for n, sql in enumerate(bodies, 1)]  # type: ignore[arg-type]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return open_sqlite(tmp_path / "archive.db", read_only=False)


def test_migrations_run_once_and_in_order(database: Database) -> None:
    first = steps("CREATE TABLE a (x)")
    both = steps("CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y")
    migrate(database, first)
    migrate(database, both)
    migrate(database, both)
    assert version_of(database) == 2
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT x, y FROM a").all() == []


def test_a_migration_that_fails_changes_nothing(database: Database) -> None:
    migrate(database, steps("CREATE TABLE a (x)"))
    broken = steps("CREATE TABLE a (x)", "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)")
    with pytest.raises(ArchiveError):
        migrate(database, broken)
    assert version_of(database) == 1
    with database.read() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars().all()
    assert "b" not in names


def test_derived_tables_of_an_older_shape_are_made_anew_and_nothing_else_is(
    database: Database,
) -> None:
    migrate(database, MIGRATIONS[:1])
    with database.write() as connection:
        for sql in (
            "DROP TABLE term_sources",
            "CREATE TABLE term_sources (site, taxonomy, source_id, checksum, PRIMARY KEY (site))",
            "DROP TABLE post_authors",
            "INSERT INTO sites VALUES ('a', 'h', 'i', 'v', 'n', 1)",
            "INSERT INTO authors VALUES ('a', 'ann', 'Ann', '[]', '[]', 0, '', 1)",
            "INSERT INTO derivations VALUES ('a', 'context', 1)",
        ):
            connection.exec_driver_sql(sql)
    migrate(database, MIGRATIONS)
    with database.read() as connection:

        def count(table: str) -> int:
            return len(connection.exec_driver_sql(f"SELECT * FROM {table}").all())

        assert connection.exec_driver_sql("SELECT to_slug, why FROM term_sources").all() == []
        assert [count(name) for name in ("post_authors", "authors", "derivations")] == [0, 0, 0]
        assert count("sites") == 1
        assert count("published_posts") == 0


def test_bookmarks_from_before_our_own_clock_was_kept_stay(tmp_path: Path) -> None:
    mark = Bookmark(SEEN_AT, SEEN_AT, 7)
    with open_archive(tmp_path) as archive:
        archive.of(SITE).set_site(make_identity())
        archive.of(SITE).set_bookmark(KIND, mark)
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        connection.execute("ALTER TABLE bookmarks DROP COLUMN clock")
        connection.execute("DELETE FROM schema_version WHERE version > 3")
    with open_archive(tmp_path) as archive:
        assert archive.of(SITE).bookmark(KIND) == mark
        assert list(archive.check(read_data=True)) == []
        now = replace(mark, clock=SEEN_AT)
        archive.of(SITE).set_bookmark(KIND, now)
        assert archive.of(SITE).bookmark(KIND) == now


def test_a_new_archive_is_what_all_steps_one_by_one_lead_to(tmp_path: Path) -> None:
    found = []
    for name, migrations in (("at once", MIGRATIONS), ("step by step", list(MIGRATIONS))):
        database = open_sqlite(tmp_path / f"{name}.db", read_only=False)
        migrate(database, migrations)
        with database.read() as connection:
            made = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master")
            steps = connection.exec_driver_sql("SELECT version, description FROM schema_version")
            found.append((sorted(map(str, made)), steps.all()))
    assert found[0] == found[1]


def test_migrations_are_numbered_without_gaps() -> None:
    assert [one.version for one in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))

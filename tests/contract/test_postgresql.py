"""What PostgreSQL alone must do for an archive: plan with statistics, keep packed bytes as is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.postgresql import PostgreSQL
from tests.helpers import SITE, make_record
from wp_sync.archive import open_archive
from wp_sync.archive.archive import SqlArchive

pytestmark = pytest.mark.postgresql
KIND = "posts/post"


@pytest.fixture
def archive(
    postgresql: PostgreSQL, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[SqlArchive]:
    name = f"alone_{os.getpid()}_{abs(hash(request.node.nodeid)):x}"
    address = f"{postgresql.create(name)}&media={tmp_path / 'media'}"
    with open_archive(address) as archive:
        assert isinstance(archive, SqlArchive)
        yield archive


def told_at_once(archive: SqlArchive) -> None:
    """Have the server count what was written now, and not within the second."""
    with archive._database.write() as connection:
        version = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
        if int(version) < 150_000:
            pytest.skip("this PostgreSQL can't be told to count at once")
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")


def planned_for(archive: SqlArchive) -> dict[str, float]:
    """How many rows the server thinks these tables have; -1 where it never looked."""
    with archive._database.read() as connection:
        sql = "SELECT relname, reltuples FROM pg_class WHERE relname IN ('records', 'versions')"
        return {row[0]: row[1] for row in connection.exec_driver_sql(sql)}


def test_a_stream_over_much_that_is_new_is_planned_with_statistics(archive: SqlArchive) -> None:
    """Without them a page of records is joined by reading every version for each of its rows."""
    site = archive.of(SITE)
    run = site.begin_run("pull", "anonymous")
    for start in range(1, 1_601, 200):
        site.save(run, [make_record(KIND, id) for id in range(start, start + 200)])
    told_at_once(archive)
    assert sum(1 for _ in site.current(KIND)) == 1_600
    assert planned_for(archive) == {"records": 1_600, "versions": 1_600}


def test_a_first_pull_is_planned_with_statistics_while_it_goes_on(archive: SqlArchive) -> None:
    """Without them each batch reads all records before it, to see which of its own are known."""
    site = archive.of(SITE)
    run = site.begin_run("pull", "anonymous")
    for number in range(60):
        if number == 45:
            told_at_once(archive)
        first = 1 + number * 30
        site.save(run, [make_record(KIND, id) for id in range(first, first + 30)])
    assert min(planned_for(archive).values()) > 1_000


def test_packed_bytes_are_not_packed_again(archive: SqlArchive) -> None:
    with archive._database.read() as connection:
        sql = """SELECT attstorage::text FROM pg_attribute
                 WHERE attrelid = 'versions'::regclass AND attname = 'data'"""
        assert connection.exec_driver_sql(sql).scalar_one() == "e"  # external: out of line, plain

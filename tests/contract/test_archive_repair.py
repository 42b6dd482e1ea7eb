"""What every archive must do when it was damaged and is repaired, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import SITE, make_identity, make_record
from wp_sync.archive.archive import SqlArchive
from wp_sync.archive.aside import Aside
from wp_sync.archive.base import Archive, Repair, SiteArchive
from wp_sync.archive.repair import mend
from wp_sync.content import Derived, Post, PostTerm, Term
from wp_sync.model import Outcome, Record, State, Tally

KIND = "posts/post"
Tamper = Callable[..., None]


def record(id: int, version: int = 1) -> Record:
    return make_record(KIND, id, title={"rendered": f"Version {version}"}, slug=f"slug-{version}")


@pytest.fixture
def site(archive: Archive) -> SiteArchive:
    """Two posts of two versions, one of them gone; one post filed under a term."""
    part = archive.of(SITE)
    part.set_site(make_identity())
    run = part.begin_run("pull", "anonymous")
    part.save(run, [record(1), record(2)])
    part.save(run, [record(1, 2), record(2, 2)])
    part.vanish(run, KIND, {2: State.GONE})
    part.put_terms([Term("category", "a", "A", "A")], [])
    post = Post(1, "post", "publish", "live", "s", "T", "l", "", "", "", "", "")
    part.put_posts([Derived(post, "from", [PostTerm("category", "a", 0)], [], [])])
    part.finish_run(run, Outcome.DONE, {}, [], 1)
    assert list(archive.check(read_data=True)) == []
    return part


def repair(archive: Archive, folder: Path, *, dry_run: bool = False) -> list[Repair]:
    assert isinstance(archive, SqlArchive)
    aside = Aside(folder, rehearsal=dry_run)
    return mend(archive.database, archive.blobs, aside, lambda _: None, dry_run=dry_run)


def told(archive: Archive) -> list[tuple[str, str]]:
    return [(one.severity, one.item) for one in archive.check(read_data=True)]


def test_a_sound_archive_is_left_as_it_is(
    archive: Archive, site: SiteArchive, tmp_path: Path
) -> None:
    before = site.query("SELECT * FROM records ORDER BY id")
    assert repair(archive, tmp_path) == []
    assert site.query("SELECT * FROM records ORDER BY id") == before
    assert not (tmp_path / "damaged").exists()


def test_a_flipped_bit_is_turned_back(
    archive: Archive, site: SiteArchive, tamper: Tamper, tmp_path: Path
) -> None:
    tamper(archive, "UPDATE records SET slug = 'slue-2' WHERE id = 1")
    tamper(archive, "UPDATE runs SET requests = requests + 4096")
    tamper(archive, "UPDATE records SET racy = NOT racy WHERE id = 2")
    done = repair(archive, tmp_path)
    assert [one.end for one in done] == ["mended"] * 3
    assert told(archive) == []
    assert site.query("SELECT slug FROM records WHERE id = 1")[0]["slug"] == "slug-2"


def test_a_lost_newest_text_is_asked_for_and_filled_in(
    archive: Archive, site: SiteArchive, tamper: Tamper, tmp_path: Path
) -> None:
    versions = site.versions(KIND, 1)
    tamper(archive, "UPDATE versions SET data = :data WHERE id = 1 AND number = 2", data=b"rotten")
    (done,) = repair(archive, tmp_path)
    assert done.end == "pull"
    assert set(site.quarantined(KIND)) == {1}
    assert [one.number for one in site.versions(KIND, 1)] == [1]
    assert {severity for severity, _ in told(archive)} == {"notice"}
    run = site.begin_run("pull", "anonymous")
    assert site.save(run, [record(1, 2)]) == Tally(unchanged=1)
    site.finish_run(run, Outcome.DONE, {}, [], 1)
    assert told(archive) == []
    assert [(one.number, one.raw) for one in site.versions(KIND, 1)] == [
        (one.number, one.raw) for one in versions
    ]
    assert site.quarantined(KIND) == {}


def test_other_words_than_the_lost_ones_are_a_new_version(
    archive: Archive, site: SiteArchive, tamper: Tamper, tmp_path: Path
) -> None:
    tamper(archive, "DELETE FROM versions WHERE id = 1 AND number = 2")
    repair(archive, tmp_path)
    run = site.begin_run("pull", "anonymous")
    assert site.save(run, [record(1, 3)]) == Tally(changed=1)
    site.finish_run(run, Outcome.DONE, {}, [], 1)
    assert [one.number for one in site.versions(KIND, 1)] == [1, 3]
    ((severity, item),) = told(archive)
    assert severity == "notice"
    assert f"{KIND} 1" in item


def test_what_is_gone_and_damaged_stays_told_as_lost_and_stops_nothing(
    archive: Archive, site: SiteArchive, tamper: Tamper, tmp_path: Path
) -> None:
    tamper(archive, "UPDATE versions SET data = :data WHERE id = 2 AND number = 2", data=b"rotten")
    (done,) = repair(archive, tmp_path)
    assert done.end == "lost"
    assert "no longer shows it" in done.message
    assert site.quarantined(KIND) == {}
    assert repair(archive, tmp_path) == []
    assert [severity for severity, _ in told(archive)] == ["notice"]
    assert [one.id for one in site.current(KIND)] == [1]
    assert "cm90dGVu" in next((tmp_path / "damaged").rglob("rows.jsonl")).read_text()


def test_a_record_is_made_again_of_its_versions_and_changes(
    archive: Archive, site: SiteArchive, tamper: Tamper, tmp_path: Path
) -> None:
    columns = "id, state, digest, version, changes, slug, link, address, first_run, gone_run"
    before = site.query(f"SELECT {columns} FROM records ORDER BY id")
    tamper(archive, "DELETE FROM records")
    tamper(archive, "DELETE FROM old_addresses WHERE id = 2")
    done = repair(archive, tmp_path)
    assert {one.end for one in done} == {"mended"}
    assert told(archive) == []
    assert site.query(f"SELECT {columns} FROM records ORDER BY id") == before
    assert set(site.quarantined(KIND)) == {1}  # its stamp is not known


def test_derived_rows_are_taken_out_to_be_made_anew(
    archive: Archive, site: SiteArchive, tamper: Tamper, tmp_path: Path
) -> None:
    tamper(archive, "UPDATE posts SET title = 'something else'")
    site.set_derived_under("ctx")
    done = repair(archive, tmp_path)
    assert {one.end for one in done} == {"normalize"}
    assert site.query("SELECT * FROM post_terms") == []
    assert site.derived_under() == ""
    assert told(archive) == []


def test_a_rehearsal_changes_nothing(
    archive: Archive, site: SiteArchive, tamper: Tamper, tmp_path: Path
) -> None:
    tamper(archive, "DELETE FROM versions WHERE number = 2")
    before = told(archive)
    rehearsed = repair(archive, tmp_path, dry_run=True)
    assert told(archive) == before
    assert not (tmp_path / "damaged").exists()
    assert repair(archive, tmp_path) == rehearsed

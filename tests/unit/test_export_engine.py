"""Exports into a folder: only what changed is written, only what is ours is touched."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.pages import Pages
from wp_sync.errors import ArchiveLocked, GuardRefused, WpSyncError
from wp_sync.publish.files.base import Made, Outcome, Output, Policy, Unit
from wp_sync.publish.files.engine import Export


def pushed(folder: Path, pages: Pages, **policy: object) -> Outcome:
    return Export(pages, folder, policy=Policy(**policy)).push()  # type: ignore[arg-type]


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".wp-sync" not in path.parts
    }


def test_what_did_not_change_is_neither_rendered_nor_written(tmp_path: Path) -> None:
    first = Pages({"a": "one", "b": "two"})
    assert pushed(tmp_path, first).count("create") == 2
    before = {path: (tmp_path / path).stat() for path in tree(tmp_path)}
    again = Pages({"a": "one", "b": "two"})
    outcome = pushed(tmp_path, again)
    assert (outcome.count("skip"), outcome.written, again.rendered) == (2, 0, [])
    assert {path: (tmp_path / path).stat() for path in tree(tmp_path)} == before
    edited = Pages({"a": "one", "b": "three"})
    outcome = pushed(tmp_path, edited)
    assert edited.rendered == ["b"]
    assert [step[:2] for step in outcome.steps] == [("update", "b")]
    assert outcome.steps[0].files == ("pages/b/index.md",)


def test_a_unit_that_depends_on_another_follows_it(tmp_path: Path) -> None:
    pushed(tmp_path, Pages({"a": "one", "b": "two", "c": "three"}, {"a": "b"}))
    pages = Pages({"a": "one", "b": "TWO", "c": "three"}, {"a": "b"})
    pushed(tmp_path, pages)
    assert pages.rendered == ["a", "b"]
    assert tree(tmp_path)["pages/a/index.md"] == b"one> TWO"


def test_the_same_pages_give_the_same_tree_whatever_was_there_before(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    pushed(one, Pages({"x": "old", "a": "first"}))
    pushed(one, Pages({"a": "one", "b": "two"}))
    pushed(two, Pages({"b": "two", "a": "one"}))
    assert tree(one) == tree(two)


def test_what_is_gone_goes_and_what_a_person_made_stays(tmp_path: Path) -> None:
    pushed(tmp_path, Pages({"a": "one", "b": "two"}))
    (tmp_path / "pages" / "b" / "notes.txt").write_text("mine")
    (tmp_path / "pages" / "own.md").write_text("mine")
    outcome = pushed(tmp_path, Pages({"a": "one"}))
    assert [(step.action, step.key) for step in outcome.steps] == [("delete", "b")]
    assert set(tree(tmp_path)) == {
        "pages/a/index.md", "pages/a/picture.bin", "pages/b/notes.txt", "pages/own.md",
    }  # fmt: skip
    assert pushed(tmp_path, Pages({"a": "one"}), on_deleted="leave").count("delete") == 0


def test_a_unit_that_moves_leaves_nothing_behind(tmp_path: Path) -> None:
    pushed(tmp_path, Pages({"a": "one", "b": "two"}))
    swapped = Pages({"a": "one", "b": "two"})
    swapped.paths = {"a": "b", "b": "a"}
    pushed(tmp_path, swapped)
    assert tree(tmp_path)["pages/b/index.md"] == b"one"
    assert tree(tmp_path)["pages/a/index.md"] == b"two"
    moved = Pages({"a": "one", "b": "two"})
    moved.paths = {"a": "elsewhere", "b": "a"}
    pushed(tmp_path, moved)
    assert not (tmp_path / "pages" / "b").exists()
    assert Export(moved, tmp_path).verify().clean


@pytest.mark.parametrize("newer", ["one", "news"])
def test_an_edited_file_is_a_persons_decision(tmp_path: Path, newer: str) -> None:
    pushed(tmp_path, Pages({"a": "one", "b": "two"}))
    text = tmp_path / "pages" / "a" / "index.md"
    text.write_text("edited by hand")
    pages = Pages({"a": newer, "b": "two"})
    outcome = pushed(tmp_path, pages)
    assert [(step.action, step.reason) for step in outcome.steps] == [
        ("conflict", "was edited there")
    ]
    assert text.read_text() == "edited by hand"
    assert pushed(tmp_path, pages).count("conflict") == 1  # until it is settled
    stays = pushed(tmp_path, pages, on_conflict="theirs")
    assert (stays.count("conflict"), text.read_text()) == (0, "edited by hand")
    assert pushed(tmp_path, pages, on_conflict="theirs").rendered == 0
    assert pushed(tmp_path, Pages({"a": "later", "b": "two"})).count("conflict") == 0  # settled
    pushed(tmp_path, pages, on_conflict="overwrite")
    assert text.read_text() == newer
    saved = list((tmp_path / ".wp-sync" / "saved").rglob("index.md.*"))
    assert [path.read_text() for path in saved] == ["edited by hand"]


def test_a_strangers_file_in_our_place_is_never_written_over(tmp_path: Path) -> None:
    place = tmp_path / "pages" / "a" / "index.md"
    place.parent.mkdir(parents=True)
    place.write_text("a stranger's")
    (tmp_path / "pages" / "b").mkdir()
    (tmp_path / "pages" / "b" / "index.md").symlink_to(place)
    outcome = pushed(tmp_path, Pages({"a": "one", "b": "two", "c": "three"}))
    assert {step.key: step.reason for step in outcome.steps if step.action == "conflict"} == {
        "a": "is there, and not from us",
        "b": "is no plain file there",
    }
    assert set(tree(tmp_path)) >= {"pages/c/index.md"}
    assert not (tmp_path / "pages" / "a" / "picture.bin").exists()  # a unit goes whole or not
    assert place.read_text() == "a stranger's"


def test_a_lost_manifest_is_made_anew_from_what_is_there(tmp_path: Path) -> None:
    pushed(tmp_path, Pages({"a": "one", "b": "two"}))
    (tmp_path / ".wp-sync" / "pages.manifest").unlink()
    outcome = pushed(tmp_path, Pages({"a": "one", "b": "two"}))
    assert (outcome.count("adopt"), outcome.written) == (2, 0)


def test_a_missing_file_is_written_again(tmp_path: Path) -> None:
    pages = Pages({"a": "one", "b": "two"})
    pushed(tmp_path, pages)
    (tmp_path / "pages" / "a" / "index.md").unlink()
    outcome = pushed(tmp_path, pages)
    assert [(one.action, one.reason) for one in outcome.steps] == [
        ("update", "is not there any more")
    ]
    assert tree(tmp_path)["pages/a/index.md"] == b"one"


def test_a_unit_that_fails_takes_nothing_from_those_before_it(tmp_path: Path) -> None:
    class Failing(Pages):
        def made(self, units: Sequence[Unit]) -> Iterator[Made]:
            if any(unit.key == "p200" for unit in units):
                raise WpSyncError("its text is damaged")
            yield from super().made(units)

    texts = {f"p{number:03}": "text" for number in range(205)}
    with pytest.raises(WpSyncError, match="its text is damaged"):
        pushed(tmp_path, Failing(texts))
    assert sum(path.endswith("index.md") for path in tree(tmp_path)) == 200
    assert pushed(tmp_path, Pages(texts)).count("skip") == 200


def test_many_deletions_need_a_word(tmp_path: Path) -> None:
    many = {f"p{number}": "text" for number in range(30)}
    pushed(tmp_path, Pages(many))
    few = Pages(dict(list(many.items())[:5]))
    outcome = pushed(tmp_path, few)
    assert outcome.refused
    assert "25 of 30" in outcome.refused.message
    assert len(tree(tmp_path)) == 60
    assert pushed(tmp_path, few, allowed=25).count("delete") == 25
    assert len(tree(tmp_path)) == 10


def test_a_plan_tells_what_a_push_does_and_changes_nothing(tmp_path: Path) -> None:
    pushed(tmp_path, Pages({"a": "one", "b": "two", "d": "four"}))
    (tmp_path / "pages" / "d" / "index.md").write_text("edited")
    now = Pages({"a": "ONE", "c": "three", "d": "FOUR"})
    before = tree(tmp_path), (tmp_path / ".wp-sync" / "pages.manifest").read_bytes()
    planned = Export(now, tmp_path).plan()
    assert (tree(tmp_path), (tmp_path / ".wp-sync" / "pages.manifest").read_bytes()) == before
    done = pushed(tmp_path, now)
    assert planned.steps == done.steps
    assert planned.digest == done.digest
    assert [(one.action, one.key) for one in done.steps] == [
        ("update", "a"), ("create", "c"), ("conflict", "d"), ("delete", "b"),
    ]  # fmt: skip


def test_an_approved_plan_is_applied_exactly_or_not_at_all(tmp_path: Path) -> None:
    planned = Export(Pages({"a": "one"}), tmp_path / "new").plan()
    assert not (tmp_path / "new").exists()
    with pytest.raises(GuardRefused):
        Export(Pages({"a": "other"}), tmp_path / "new").push(expected=planned.digest)
    assert tree(tmp_path / "new") == {}
    Export(Pages({"a": "one"}), tmp_path / "new").push(expected=planned.digest)
    assert len(tree(tmp_path / "new")) == 2


def test_verify_compares_every_byte_with_what_is_wanted(tmp_path: Path) -> None:
    pages = Pages({"a": "one", "b": "two", "c": "three"})
    pushed(tmp_path, pages)
    assert Export(pages, tmp_path).verify().clean
    stamp = (tmp_path / "pages" / "a" / "index.md").stat()
    (tmp_path / "pages" / "a" / "index.md").write_text("oNe")  # as long, and as old
    os.utime(tmp_path / "pages" / "a" / "index.md", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    (tmp_path / "pages" / "b" / "picture.bin").unlink()
    later = Pages({"a": "one", "b": "two", "d": "four"})
    proof = Export(later, tmp_path).verify()
    assert {(one.state, one.path) for one in proof.differences} == {
        ("edited", "pages/a/index.md"),
        ("missing", "pages/b/picture.bin"),
        ("missing", "pages/d/picture.bin"),
        ("missing", "pages/d/index.md"),
        ("extra", "pages/c/picture.bin"),
        ("extra", "pages/c/index.md"),
    }
    assert proof.counts["page", "same"] == 2


def test_two_exports_at_once_are_one_too_many(tmp_path: Path) -> None:
    class Slow(Pages):
        def made(self, units: Sequence[Unit]) -> Iterator[Made]:
            with pytest.raises(ArchiveLocked):
                pushed(tmp_path, Pages({"a": "one"}))
            return super().made(units)

    assert pushed(tmp_path, Slow({"a": "one"})).count("create") == 1


def test_a_file_edited_while_we_write_stays(tmp_path: Path) -> None:
    pushed(tmp_path, Pages({"a": "one"}))

    class Racing(Pages):
        def made(self, units: Sequence[Unit]) -> Iterator[Made]:
            yield from super().made(units)
            (tmp_path / "pages" / "a" / "index.md").write_text("in between")

    outcome = pushed(tmp_path, Racing({"a": "two"}))
    assert [step.reason for step in outcome.steps] == ["was edited while we wrote"]
    assert tree(tmp_path)["pages/a/index.md"] == b"in between"


def test_a_file_for_the_first_time_only_is_a_persons_from_then_on(tmp_path: Path) -> None:
    class Config(Pages):
        def made(self, units: Sequence[Unit]) -> Iterator[Made]:
            for unit in units:
                yield Made(unit, [Output("hugo.toml", b"ours", once=True)])

    pushed(tmp_path, Config({"config": "1"}))
    (tmp_path / "hugo.toml").write_text("mine")
    assert pushed(tmp_path, Config({"config": "2"})).count("conflict") == 0
    pushed(tmp_path, Pages({}), allowed=5)
    assert (tmp_path / "hugo.toml").read_text() == "mine"


@pytest.mark.parametrize("path", ["../out", "/etc/x", "a//b", "a/./b", "", "a\\b"])
def test_no_path_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    class Wild(Pages):
        def made(self, units: Sequence[Unit]) -> Iterator[Made]:
            yield Made(units[0], [Output(path, b"x")])

    with pytest.raises(WpSyncError, match="asked for the path"):
        pushed(tmp_path, Wild({"a": "one"}))


def test_two_files_that_one_disk_takes_for_one_are_refused(tmp_path: Path) -> None:
    class Twins(Pages):
        def made(self, units: Sequence[Unit]) -> Iterator[Made]:
            yield Made(units[0], [Output("Straße", b"1"), Output("STRASSE", b"2")])

    with pytest.raises(WpSyncError, match="same file"):
        pushed(tmp_path, Twins({"a": "one"}))

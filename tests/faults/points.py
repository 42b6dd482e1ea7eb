"""One fault at one system call of a pull, and everything that must hold afterwards.

Many faults leave the same bytes: all kills between two commits do. Each fault is fired, what it
left is seen by a reader and opened; what then depends on the bytes alone (the check, the next run
and the check of that) is done once for each folder of files that faults can leave.

Works in the processes of a pool: gets a point, returns what was wrong, in words; decides nothing.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import pickle
import shutil
import signal
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import compiled
from tests.faults import syscalls
from tests.faults.story import (
    KEY,
    Content,
    Story,
    content,
    opened,
    pull_act,
    recorded,
    stored_wrong,
    tell_of_act,
)
from wp_sync.archive import open_archive
from wp_sync.errors import ArchiveError
from wp_sync.model import Outcome

KILL, FULL, BROKEN = "signal=SIGKILL", "error=ENOSPC", "error=EIO"


@dataclass(frozen=True, slots=True)
class Point:
    """Where and what: the call of an act, and the fault there."""

    act: int
    call: syscalls.Call
    faults: tuple[syscalls.Fault, ...]

    def __str__(self) -> str:
        what = " ".join(fault.words for fault in self.faults[:1])
        return f"act {self.act}, {what} ({self.call})"


@dataclass(frozen=True, slots=True)
class Stage:
    """A story, the archives before each act, what each act's writes come to, and its calls."""

    story: Story
    folder: Path
    states: tuple[Sequence[Content], ...]
    calls: tuple[Sequence[syscalls.Call], ...]
    told: tuple[Sequence[str], ...]

    def before(self, act: int) -> Path:
        return self.folder / f"before-{act}" / "archive"

    def points(self, act: int, what: str) -> list[Point]:
        """The fault at every call of an act that changes anything in the archive's folder."""
        return [
            Point(act, call, (syscalls.Fault(call.name, call.number, what),))
            for call in self.calls[act]
        ]

    def from_here_on(self, act: int, what: str) -> list[Point]:
        """The same, staying: this call and every later one fails, whatever it is called."""
        calls = self.calls[act]
        found = []
        for place, call in enumerate(calls):
            first: dict[str, syscalls.Fault] = {}
            for later in calls[place:]:
                fault = syscalls.Fault(later.name, later.number, what, onwards=True)
                first.setdefault(later.name, fault)
            # A name that the rest of the undisturbed run does not use is not disturbed either.
            found.append(Point(act, call, tuple(first.values())))
        return found


def prepare(story: Story, folder: Path) -> Stage:
    """Pull the story undisturbed: once for what it leaves, once traced for its calls."""
    states, calls, told = [], [], []
    before = folder / "before-0" / "archive"
    before.parent.mkdir(parents=True)
    for act in range(story.acts):
        after = folder / f"before-{act + 1}" / "archive"
        _copy(before, after)
        states.append(recorded(after, story, act))
        traced = folder / "traced" / "archive"
        _copy(before, traced)
        ran = syscalls.run(tell_of_act(traced, story, act))
        assert not ran.crash, ran.crash
        assert json.loads(ran.told[-1].partition(" ")[2]).get("done"), ran.told[-1]
        assert len(ran.told) == len(states[-1]), "the story does not take the same way twice"
        calls.append([call for call in ran.calls if call.changes and call.touches(traced)])
        told.append(ran.told)
        shutil.rmtree(traced.parent)
        before = after
    stage = Stage(story, folder, tuple(states), tuple(calls), tuple(told))
    (folder / "stage").write_bytes(pickle.dumps(stage))
    return stage


@functools.cache
def _stage(folder: Path) -> Stage:
    """The stage, once in each process of the pool."""
    compiled.share()
    stage: Stage = pickle.loads((folder / "stage").read_bytes())
    return stage


def _copy(archive: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    if archive.exists():
        shutil.copytree(archive, to)


def tried(folder: Path, point: Point) -> str:
    """What was wrong after the fault at a point; empty when everything held."""
    stage = _stage(folder)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        archive = Path(work) / "archive"
        _copy(stage.before(point.act), archive)
        try:
            _ordeal(stage, point, archive)
        except (AssertionError, ArchiveError) as error:
            return f"{point}: {type(error).__name__}: {error}"
    return ""


def _ordeal(stage: Stage, point: Point, archive: Path) -> None:
    states = stage.states[point.act]
    ran = syscalls.run(tell_of_act(archive, stage.story, point.act), point.faults)
    assert not ran.crash, f"it ended in a traceback:\n{ran.crash}"
    acknowledged = sum(line.startswith("ack ") for line in ran.told)
    fault = point.faults[0]
    if fault.what == KILL:
        assert ran.signal == signal.SIGKILL, "the fault did not fire"
        assert ran.calls[-1].touches(archive), f"it fired elsewhere: {ran.calls[-1]}"
        possible = states[acknowledged : acknowledged + 2]
    else:
        hit = [call for call in ran.calls if call.injected]
        assert hit, "the fault did not fire"
        assert hit[0].touches(archive), f"it fired elsewhere: {hit[0]}"
        possible = _after_an_error(ran, states)
    if len(possible) > 1 and (archive / "archive.db").exists():
        _seen_by_a_reader(archive, possible, states)
    with opened(archive):
        pass  # by which the database takes in its log, or drops what was not committed
    now = _once_for_the_same_bytes(stage, point.act, archive)
    assert _among(now, possible, states), (
        f"after {acknowledged} acknowledged writes it holds {_differences(now, possible)}"
    )


def _once_for_the_same_bytes(stage: Stage, act: int, archive: Path) -> Content:
    """What an archive holds that is sound, and that the next run makes whole."""
    known = stage.folder / f"sound-{act}-{_fingerprint(archive)}"
    if known.exists():
        found: Content = pickle.loads(known.read_bytes())
        return found
    now = _sound(archive)
    result = pull_act(archive, stage.story, act, lambda _: None, again=True)
    assert result.outcome is Outcome.DONE, f"the next run ends as {result}"
    end, wanted = _sound(archive), stage.states[act]
    assert _among(end, wanted[-1:], wanted), (
        f"after the next run it holds {_differences(end, wanted[-1:])}"
    )
    half = known.with_suffix(f".{os.getpid()}")
    half.write_bytes(pickle.dumps(now))
    half.rename(known)
    return now


def _fingerprint(archive: Path) -> str:
    """A digest of every name and byte in a folder, but for who holds the lock and since when."""
    digest = hashlib.sha256()
    for path in sorted(archive.rglob("*")):
        data = path.read_bytes() if path.is_file() else b"a folder"
        if path.name.startswith("archive.lock"):
            data = b"somebody" if data else b""
        digest.update(f"{path.relative_to(archive)} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def _after_an_error(ran: syscalls.Ran, states: Sequence[Content]) -> Sequence[Content]:
    end = json.loads(ran.told[-1].partition(" ")[2])
    if end.get("done"):  # a fault where nothing depends on success: a checkpoint, a note
        return states[-1:]
    assert end.get("error") == "ArchiveError", f"it ended as {end}"
    assert end["hint"], f"no next step: {end}"
    assert "\n" not in end["message"], f"more than a line: {end}"
    # How the run ended is written after the error, and is no content.
    made = [line for line in ran.told if line.startswith("ack ") and line != "ack finish_run"]
    return states[len(made) : len(made) + 2]


def _sound(archive: Path) -> Content:
    """What an archive holds in which nothing is damaged, and nothing acknowledged is missing."""
    with opened(archive) as (whole, site):
        damage = [one for one in whole.check(read_data=True) if one.severity == "error"]
        assert not damage, f"the check found {damage}"
        now = content(site)
        for file in site.files(states=["stored"]):
            assert site.file_path(file.sha256).is_file(), f"{file.url} is acknowledged and missing"
    assert not stored_wrong(archive), "a name in the media folder stands for other bytes"
    return now


def _among(now: Content, possible: Sequence[Content], states: Sequence[Content]) -> bool:
    """Whether this is one of these contents.

    Files are fetched side by side: after one that failed, others may be done that an undisturbed
    run comes to later. So many must be done, stored or found missing, and each must stand as it
    does in some undisturbed state.
    """
    if now in possible:
        return True
    rows = {row for state in states for row in state["files"]}
    return any(
        now["files"]
        and {**now, "files": None} == {**one, "files": None}
        and [row[0] for row in now["files"]] == [row[0] for row in one["files"]]
        and _due(now) == _due(one)
        and rows.issuperset(now["files"])
        for one in possible
    )


def _due(content: Content) -> int:
    return sum(row[2] == "due" for row in content["files"])


def _seen_by_a_reader(
    archive: Path, possible: Sequence[Content], states: Sequence[Content]
) -> None:
    """Somebody who only looks sees the same, or is told in words why nothing can be seen yet."""
    try:
        with open_archive(archive, read_only=True, create=False) as reading:
            now = content(reading.of(KEY))
    except ArchiveError as error:
        refused = error
    else:
        assert _among(now, possible, states), f"a reader sees {_differences(now, possible)}"
        return
    assert refused.hint, f"no next step: {refused}"
    assert not any(possible[0].values()), f"a reader is refused: {refused}"


def _differences(now: Content, possible: Sequence[Content]) -> Mapping[str, object]:
    if not possible:
        return {"": "something, and more was acknowledged than the undisturbed run writes"}
    wanted = possible[0]
    return {
        name: {
            "lacks": [row for row in wanted[name] if row not in now[name]],
            "has": [row for row in now[name] if row not in wanted[name]],
        }
        for name in wanted
        if now[name] != wanted[name]
    }

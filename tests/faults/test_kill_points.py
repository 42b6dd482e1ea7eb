"""A pull killed, or met by a full or failing disk, at every system call that changes the archive.

An undisturbed pull is traced, and each of its calls that writes, renames, removes, makes or syncs
in the archive's folder gets a kill in a run of its own: not a sample. Every fourth call gets one of
the disk's two errors; `make test-fire` gives each call both, tells a longer story, and lets errors
stay as well as pass.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.faults import points, syscalls
from tests.faults.points import BROKEN, FULL, KILL, Point, Stage
from tests.faults.story import LARGE, SMALL, opened, tell_of_act
from tests.fire import FIRE
from wp_sync.model import MediaFile

STORY = LARGE if FIRE else SMALL
WORKERS = 2
FAULTS = {"killed": KILL, "disk full": FULL, "disk broken": BROKEN}
# Which of an act's calls `make test` takes: kills are where most is at stake.
SHARES = {"killed": slice(None), "disk full": slice(0, None, 8), "disk broken": slice(4, None, 8)}
ACTS = range(STORY.acts)
_MEMORY = Path("/dev/shm")

pytestmark = pytest.mark.timeout(3600 if FIRE else 1200)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The story, traced. In memory where there is such a folder: a kill loses nothing that the
    kernel was given, so that a real disk would only make each of the syncs slower."""
    syscalls.needed()
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="wp-sync-points-", dir=place))
    try:
        yield points.prepare(STORY, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn")) as workers:
        yield workers


def all_hold(stage: Stage, pool: ProcessPoolExecutor, found: list[Point]) -> None:
    wrong = [said for said in pool.map(partial(points.tried, stage.folder), found) if said]
    shown = "\n\n".join(wrong[:5])
    assert not wrong, f"{len(wrong)} of {len(found)} points:\n\n{shown}"
    print(f"{len(found)} points")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("act", ACTS)
def test_a_fault_at_every_call(
    stage: Stage, pool: ProcessPoolExecutor, act: int, fault: str
) -> None:
    found = stage.points(act, FAULTS[fault])
    assert len(found) > 100, "the trace hardly saw anything"
    all_hold(stage, pool, found if FIRE else found[SHARES[fault]])


@pytest.mark.skipif(not FIRE, reason="the longer story: make test-fire")
@pytest.mark.parametrize("fault", ["disk full", "disk broken"])
@pytest.mark.parametrize("act", ACTS)
def test_a_disk_that_stays_so_from_every_call_on(
    stage: Stage, pool: ProcessPoolExecutor, act: int, fault: str
) -> None:
    all_hold(stage, pool, stage.from_here_on(act, FAULTS[fault]))


def test_the_story_comes_past_every_kind_of_call(stage: Stage) -> None:
    seen = Counter(call.name for calls in stage.calls for call in calls)
    for names in (("pwrite64", "write"), ("fsync", "fdatasync"), ("rename", "renameat2")):
        assert any(seen[name] for name in names), names
    for names in (("unlink", "unlinkat"), ("mkdir", "mkdirat"), ("ftruncate",), ("openat",)):
        assert any(seen[name] for name in names), names


def test_everything_is_synced_before_it_is_acknowledged(tmp_path: Path) -> None:
    """What a power cut would take is what was written and not synced: at no acknowledgement may
    there be any such bytes that it stands on."""
    syscalls.needed()
    ran = syscalls.run(tell_of_act(tmp_path / "archive", SMALL, 0))
    unsynced: set[str] = set()  # files with bytes, and folders with names, that no sync followed
    files = 0
    for call in ran.calls:
        path = _path(call)
        if call.name == "sendto" and '"ack ' in call.arguments:
            waiting = {one for one in unsynced if not one.endswith((".part", "-shm", "incoming"))}
            assert not waiting, f"{waiting} not synced before {call}"
        elif not call.touches(tmp_path):
            continue
        elif call.name in ("fsync", "fdatasync"):
            unsynced.discard(path)
        elif call.name in ("write", "pwrite64"):
            if path.endswith("archive.db"):
                wal = f"{path}-wal"
                assert wal not in unsynced, "the database was written before its log was safe"
            if not path.endswith((".lock", ".lock.json")):
                unsynced.add(path)
        elif call.name.startswith("rename"):
            source, target = re.findall(r'"([^"]+)"', call.arguments)
            assert source not in unsynced, "a file got its name before its bytes were safe"
            unsynced.add(str(Path(target).parent))
            files += 1
        elif call.name.startswith("mkdir") and "/media/" in path and call.answer == "0":
            unsynced.add(str(Path(path).parent))
    assert files == SMALL.files
    assert [line for line in ran.told if line == "ack adopt_file"] == ["ack adopt_file"] * files


def test_a_part_is_synced_before_its_bytes_are_vouched_for(tmp_path: Path) -> None:
    """A row with an ETag lets the next run go on behind the part's bytes."""
    syscalls.needed()
    file = MediaFile("https://blog.example/a.png", 7)

    def break_off(tell: syscalls.Tell) -> None:
        with opened(tmp_path / "archive") as (_, site):
            site.incoming(file).write_bytes(b"half of it")
            site.mark_file(1, replace(file, state="failed", etag='"one"', reason="cut"))
            tell("ack mark_file")

    ran = syscalls.run(break_off)
    assert not ran.crash, ran.crash
    order = [
        call.name
        for call in ran.calls
        if _path(call).endswith((".part", "incoming")) and call.name != "openat"
    ]
    assert order[-3:] == ["write", "fsync", "fsync"], order
    (synced,) = (
        at
        for at, call in enumerate(ran.calls)
        if _path(call).endswith(".part") and call.name == "fsync"
    )
    rows = [at for at, call in enumerate(ran.calls) if _path(call).endswith("-wal")]
    told = [at for at, call in enumerate(ran.calls) if call.name == "sendto"]
    assert any(synced < at < told[-1] for at in rows), "the row came before the part was safe"
    assert not any(
        ran.calls[at].name.startswith("pwrite") and b"one" in ran.calls[at].arguments.encode()
        for at in rows
        if at < synced
    )


def _path(call: syscalls.Call) -> str:
    """The file that a call is about: its descriptor's, or the one it names."""
    match = re.match(r"\d+<([^>]+)>", call.arguments) or re.search(r'"([^"]+)"', call.arguments)
    return match[1] if match else ""

"""A kill, a full disk or a broken one at every call by which an export changes anything.

Whatever happens where: a reader sees whole files, what a person made stays, and the next run ends
as an undisturbed one would have.
"""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from tests.faults import syscalls
from tests.fire import FIRE
from tests.pages import Pages
from wp_sync.errors import WpSyncError
from wp_sync.publish.files.engine import Export

BEFORE = {"kept": "kept", "edited": "old words", "gone": "gone", "moves": "moves"}
AFTER = {"kept": "kept", "edited": "new words, more of them", "moves": "moves", "new": "new"}
OWN = {"pages/own.md": b"a person's", "pages/gone/notes.txt": b"a person's too"}


def before(folder: Path) -> None:
    Export(Pages(BEFORE), folder).push()
    for path, data in OWN.items():
        (folder / path).write_bytes(data)


def after() -> Pages:
    pages = Pages(AFTER)
    pages.paths = {"moves": "elsewhere"}
    return pages


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".wp-sync" not in path.parts
    }


def whole(found: dict[str, bytes], states: tuple[dict[str, bytes], dict[str, bytes]]) -> None:
    """Nothing but whole files of before or after; what is in both is never away."""
    for path, data in found.items():
        assert data in [state[path] for state in states if path in state], path
    for path in states[0].keys() & states[1].keys():
        assert path in found, f"{path} is away"
    for path, data in OWN.items():
        assert found[path] == data


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder before, and what an undisturbed push makes of it."""
    place = tmp_path_factory.mktemp("export")
    before(place / "before")
    shutil.copytree(place / "before", place / "after")
    Export(after(), place / "after").push()
    return place


def calls(stage: Path, tmp_path: Path) -> list[syscalls.Call]:
    shutil.copytree(stage / "before", tmp_path / "traced")
    ran = syscalls.run(lambda tell: told(tmp_path / "traced", tell))
    assert not ran.crash, ran.crash
    assert ran.told[-1] == "done"
    found = [call for call in ran.calls if call.changes and call.touches(tmp_path / "traced")]
    assert {"rename", "fsync"} <= {call.name for call in found}
    return found


def told(folder: Path, tell: syscalls.Tell) -> None:
    try:
        Export(after(), folder).push()
    except WpSyncError as error:
        tell(f"error {error.message} ({error.hint})")
    else:
        tell("done")


def few(points: list[syscalls.Call]) -> list[syscalls.Call]:
    """All with WP_SYNC_FIRE; else every renaming and deleting, and some of the others."""
    if FIRE:
        return points
    naming = [one for one in points if one.name in ("rename", "unlink", "link")]
    return [*naming[::2], *[one for one in points if one not in naming][::12]]


@pytest.mark.parametrize("what", ["signal=SIGKILL", "error=ENOSPC", "error=EIO"])
def test_a_fault_anywhere_loses_nothing(stage: Path, tmp_path: Path, what: str) -> None:
    syscalls.needed()
    states = (tree(stage / "before"), tree(stage / "after"))
    points = few(calls(stage, tmp_path))
    assert len(points) >= 10
    for number, call in enumerate(points):
        folder = tmp_path / f"try-{number}"
        shutil.copytree(stage / "before", folder)
        fault = syscalls.Fault(call.name, call.number, what)
        ran = syscalls.run(lambda tell, folder=folder: told(folder, tell), [fault])
        assert not ran.crash, f"{call}: {ran.crash}"
        if what == "signal=SIGKILL":
            assert ran.signal == signal.SIGKILL, f"{call}: the fault did not fire"
        else:
            assert [one for one in ran.calls if one.injected], f"{call}: the fault did not fire"
            assert ran.told[-1] == "done" or "(" in ran.told[-1], ran.told
        whole(tree(folder), states)
        outcome = Export(after(), folder).push()
        assert not outcome.count("conflict"), (call, outcome.steps)
        assert tree(folder) == states[1], call
        assert Export(after(), folder).verify().clean
        assert not list((folder / ".wp-sync" / "tmp").iterdir())
        again = Export(after(), folder).push()
        assert (again.written, again.rendered) == (0, 0)
        shutil.rmtree(folder)

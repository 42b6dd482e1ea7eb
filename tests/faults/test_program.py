"""The whole program in the middle of a pull from a real WordPress: killed, told to stop, its disk
full or failing. What every kill point leaves is shown in memory by `test_kill_points`."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.cli import ROOT, start
from tests.faults import syscalls
from tests.faults.ordeal import (
    LATER,
    POSTS,
    TERMS,
    TYPES,
    WHOLE,
    Ordeal,
    Row,
    assert_sound,
    away,
    content,
    live,
    look,
)
from tests.faults.points import BROKEN, FULL
from tests.faults.proxy import Exchange, Rule
from tests.fire import FIRE
from wp_sync.archive import open_archive

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")

POINTS = {"types": TYPES, "terms": TERMS, "listing": WHOLE, "later": LATER}
ENDS = {"SIGKILL": -9, "SIGTERM": 143, "SIGINT": 130}
MOMENTS = [(point, name) for point in POINTS for name in ENDS]
if not FIRE:
    MOMENTS = [("types", "SIGINT"), ("later", "SIGTERM"), *((one, "SIGKILL") for one in POINTS)]
DISKS = [(what, full) for what in (FULL, BROKEN) for full in (True, False)]


def words(ordeal: Ordeal, *more: str) -> list[str]:
    only = [word for kind in sorted(POSTS) for word in ("--only", kind)]
    return ["pull", ordeal.proxy.url, "--archive", "archive", "--media", "none", *only, *more]


def settled(ordeal: Ordeal, row: Row, said: str) -> None:
    """Nothing false is in the archive now, and a plain rerun of the program completes it."""
    place = ordeal.folder / "archive"
    truth = look(ordeal.clean(row), ordeal.key)
    with open_archive(place) as archive:
        assert_sound(archive, said)
        left = ordeal.of(archive)
        assert away(left) == {}, said
        assert live(left).items() <= truth[0].items(), said
    with start(*words(ordeal), cwd=ordeal.folder) as process:
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    with open_archive(place) as archive:
        assert_sound(archive, err)
        assert away(ordeal.of(archive)) == {}
        assert content(ordeal.of(archive)) == truth


@pytest.mark.parametrize(("point", "name"), MOMENTS)
def test_the_program_ends_in_mid_pull_and_the_next_run_completes_it(
    ordeal: Ordeal, point: str, name: str
) -> None:
    number = signal.Signals[name]
    row = Row(point, ())
    ordeal.clean(row)
    came, go_on = threading.Event(), threading.Event()

    def hold(exchange: Exchange) -> None:
        came.set()
        go_on.wait(60)
        exchange.send(exchange.fetch())

    try:
        with (
            ordeal.proxy.under(Rule(POINTS[point], hold)),
            start(*words(ordeal), cwd=ordeal.folder) as process,
        ):
            assert came.wait(60)
            process.send_signal(number)
            if name == "SIGKILL":
                process.wait(60)
            go_on.set()
            _, err = process.communicate(timeout=120)
    finally:
        go_on.set()
    assert process.returncode == ENDS[name], err
    assert "Traceback" not in err
    if name != "SIGKILL":
        assert "safe" in err
        assert "run again" in err
    settled(ordeal, row, err)


@pytest.mark.parametrize(("what", "full"), DISKS if FIRE else DISKS[1:3])
def test_a_disk_that_fails_under_the_program_is_told(
    ordeal: Ordeal, tmp_path: Path, what: str, full: bool
) -> None:
    syscalls.needed()
    row = Row("disk", ())
    clean = ordeal.clean(row)
    if full:
        shutil.copytree(clean, ordeal.folder / "archive")
    # A census of what is known writes the run and the bookmarks, a first pull the posts as well.
    fault = syscalls.Fault("pwrite64", 4 if full else 150, what, onwards=True).words
    under = ["strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=pwrite64"]
    done = subprocess.run(
        [
            *(*under, "-e", fault, sys.executable, str(ROOT / "sync.py")),
            *words(ordeal, *(["--full"] if full else [])),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ordeal.folder,
        timeout=120,
    )
    assert "INJECTED" in (tmp_path / "trace").read_text(), "the fault did not fire"
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "sorry" not in done.stderr
    assert re.search(r"disk is full|disk failed", done.stderr), done.stderr
    settled(ordeal, row, done.stderr)

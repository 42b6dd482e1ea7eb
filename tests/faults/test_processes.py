"""Signals at random moments, and a holder of the lock that is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli import start
from tests.fire import FIRE
from wp_sync.archive import open_archive
from wp_sync.demo import DemoServer, Request, Response

if TYPE_CHECKING:
    from lab.postgresql import PostgreSQL

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
# The moments differ from run to run and are said when a test fails.
SEED = int(os.environ.get("WP_SYNC_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
ROUNDS = 40 if FIRE else 4


class Gate:
    """Holds one request back, once it is known that it came, until it is let go."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.came = threading.Event()
        self.free = threading.Event()

    def __call__(self, request: Request) -> Response | None:
        if request.number >= self.number:
            self.came.set()
            self.free.wait(60)
        return None


@pytest.fixture
def site() -> Iterator[DemoServer]:
    with DemoServer() as running:
        yield running


def pull(site: DemoServer, folder: Path, archive: str = "blog") -> subprocess.Popen[str]:
    return start("pull", site.url, "--archive", archive, cwd=folder)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in out + err, err
    assert "sorry" not in err, err
    return process.returncode, err


def texts(folder: Path) -> object:
    """What an archive holds, without when and in which run it learned it."""
    with open_archive(folder / "blog", create=False) as archive:
        assert not [one for one in archive.check(read_data=True) if one.severity == "error"]
        (state,) = archive.sites()
        site = archive.of(state.key)
        return [
            site.query("SELECT kind, id, state, version, digest FROM records ORDER BY 1, 2"),
            site.query("SELECT url, state, sha256, size FROM files ORDER BY 1"),
        ]


@pytest.mark.parametrize("round", range(ROUNDS))
def test_a_signal_at_any_request_ends_the_run_and_the_next_completes_it(
    site: DemoServer, tmp_path: Path, round: int
) -> None:
    """At a random request, with what the client does beside it: threads, writes, downloads."""
    chance = random.Random(SEED + round)
    with pull(site, tmp_path) as process:
        assert ended(process)[0] == 0
    whole = texts(tmp_path)
    asked = len(site.requests)
    (tmp_path / "blog").rename(tmp_path / "undisturbed")
    gate = Gate(asked + chance.randrange(2, asked))
    site.hook = gate
    number = chance.choice(list(SIGNALS))
    try:
        with pull(site, tmp_path) as process:
            assert gate.came.wait(60), f"it never came to request {gate.number} (seed {SEED})"
            process.send_signal(number)
            time.sleep(chance.random() / 20)
            gate.free.set()
            code, err = ended(process)
    finally:
        gate.free.set()
    assert code == SIGNALS[number], f"seed {SEED}: {err}"
    assert "safe" in err
    site.hook = None
    with pull(site, tmp_path) as process:
        assert ended(process)[0] == 0
    assert texts(tmp_path) == whole, f"seed {SEED}"


def test_a_killed_holder_of_the_lock_keeps_nobody_out(site: DemoServer, tmp_path: Path) -> None:
    gate = Gate(12)
    site.hook = gate
    try:
        with pull(site, tmp_path) as first:
            assert gate.came.wait(60)
            first.kill()
            first.communicate(timeout=60)
    finally:
        gate.free.set()
    site.hook = None
    with pull(site, tmp_path) as second:
        assert ended(second)[0] == 0
    with start("status", "-a", "blog", "--json", cwd=tmp_path) as process:
        runs = json.loads(process.communicate(timeout=60)[0])["runs"]
    assert [run["outcome"] for run in runs] == ["done", "interrupted"]
    texts(tmp_path)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An archive's place: a folder, or a database of its own in PostgreSQL."""
    if request.param == "sqlite":
        return "blog"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return f"{server.create(f'two_{os.getpid()}')}&media={tmp_path / 'media'}"


@pytest.mark.parametrize(
    "place",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
def test_a_second_run_ends_at_once_naming_the_first_which_goes_on(
    site: DemoServer, tmp_path: Path, place: str
) -> None:
    """The first is held in the middle of its pull, and with it whatever else asks the site: the
    second must have ended before it asks anything."""
    gate = Gate(12)
    site.hook = gate
    try:
        with pull(site, tmp_path, place) as first:
            assert gate.came.wait(60)
            with pull(site, tmp_path, place) as second:
                code, err = ended(second)
            assert code == 11, err
            assert "another run holds the archive" in err
            assert "sync.py pull" in err, "the holder is not named"
            assert "Wait for it to end" in err
            if place == "blog":
                assert f"process {first.pid} on" in err
            gate.free.set()
            code, err = ended(first)
            assert code == 0, err
    finally:
        gate.free.set()
    with pull(site, tmp_path, place) as third:
        assert ended(third)[0] == 0

"""Starts the lab's servers so that none outlives its owner, and ends them and their children."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from lab.where import ROOT, state

# Every process of a running lab carries its run folder in its environment. That finds worker
# children whose parent is gone, and unlike a stored process id it can't hit a stranger.
MARK = "WP_SYNC_LAB_RUN"


def environment(run: Path, **more: str) -> dict[str, str]:
    """The environment for a process that belongs to the run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WP_SYNC_")}
    return kept | {MARK: str(run)} | more


def scratch(run: Path) -> Path:
    """A place for the run outside its folder: for short socket paths and other users."""
    return Path(tempfile.gettempdir()) / f"wp-sync-lab-{run.name}"


def spawn(
    command: list[str], run: Path, log: Path, *, user: str | None = None, **more: str
) -> subprocess.Popen[bytes]:
    """A server process in a group of its own, its output in the log."""
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env=environment(run, **more),
            user=user,
        )


def members(run: Path) -> Iterator[int]:
    """The ids of all processes that carry the run's mark."""
    mark = f"{MARK}={run}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name)
        except OSError:
            continue  # gone meanwhile, or somebody else's


def end(process: subprocess.Popen[bytes], grace: float = 5.0) -> None:
    """End a server and its whole group: politely, then surely.

    PHP's server collects its workers when interrupted and forgets them when terminated, so the
    interrupt goes first; MariaDB ignores that and ends at the second signal.
    """
    steps = ((signal.SIGINT, 0.5), (signal.SIGTERM, grace), (signal.SIGKILL, grace))
    for sign, patience in steps:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        break
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # workers that overlooked their parent's end


def end_run(run: Path) -> int:
    """End everything that still belongs to the run and remove its folder; how many there were."""
    count = 0
    for sign, patience in ((signal.SIGINT, 0.5), (signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
        alive = list(members(run))
        count = max(count, len(alive))
        for pid in alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, sign)
        until = time.monotonic() + patience
        while time.monotonic() < until and any(members(run)):
            time.sleep(0.05)
    for folder in (scratch(run), run):
        shutil.rmtree(folder, ignore_errors=True)
    return count


def started(pid: int) -> str:
    """When a process began, in the kernel's ticks: tells it from a later one with its id."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def new_run() -> Path:
    """A fresh folder for one running lab, with its owner noted in it."""
    run = state() / "run" / f"{os.getpid()}-{time.monotonic_ns() % 10**9:09d}"
    run.mkdir(parents=True, mode=0o700)
    owner = {"pid": os.getpid(), "started": started(os.getpid())}
    (run / "owner.json").write_text(json.dumps(owner), encoding="utf-8")
    return run


def clear_leftovers() -> int:
    """End what labs without a living owner left behind; how many processes there were."""
    count = 0
    for run in sorted((state() / "run").glob("*-*")):
        try:
            owner = json.loads((run / "owner.json").read_text(encoding="utf-8"))
            alive = started(int(owner["pid"])) == owner["started"] != ""
        except (OSError, ValueError, KeyError):
            # A run being made this moment has no owner's note yet: leave young ones alone.
            alive = run.exists() and time.time() - run.stat().st_mtime < 10
        if not alive:
            count += end_run(run)
    return count


class Guard:
    """A process that tidies the run up when its owner ends without doing so, even by kill -9."""

    def __init__(self, run: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if name != MARK}
        # It lives in a session of its own, so that Ctrl-C on the terminal does not reach it.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lab.guard", str(run)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=ROOT,
            env=kept,
        )

    def close(self) -> None:
        """Let the guard go: it checks once that nothing is left, and ends."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(30)

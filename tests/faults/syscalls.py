"""Runs work in a forked child under strace: what it asked of the kernel, and faults at any call.

A fault is put before one numbered call of the child: a signal instead of it, or an error as its
answer. Knows nothing of archives. Linux only, and only where one process may trace another.

The child is forked from a process that has imported everything: a start of the interpreter for
each of some thousand faults would cost far more than the work between them. strace counts calls
by name and thread from the moment it attaches, so that the same work has the same numbers, as long
as it keeps to one thread.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.needs import lacking

# Everything by which a file or a folder can change, in strace's words (`?`: not on every machine).
CHANGING = [
    "?write",
    "?writev",
    "?pwrite64",
    "?pwritev",
    "?pwritev2",
    "?copy_file_range",
    "?sendfile",
    "?splice",
    "?ftruncate",
    "?truncate",
    "?fallocate",
    "?fsync",
    "?fdatasync",
    "?sync_file_range",
    "?msync",
    "?rename",
    "?renameat",
    "?renameat2",
    "?unlink",
    "?unlinkat",
    "?rmdir",
    "?link",
    "?linkat",
    "?symlink",
    "?symlinkat",
    "?mkdir",
    "?mkdirat",
    "?creat",
    "?open",
    "?openat",
    "?openat2",
]
_TELLING = "?sendto"  # how the child tells its parent: seen in a trace, never disturbed
_OPENING = ("creat", "open", "openat", "openat2")
_LINE = re.compile(r"(\d+)\s+(\w+)\((.*)\)\s+=\s+(\S+)(.*)")
_CUT = re.compile(r"(\d+)\s+(\w+)\((.*?)(?:\)\s+=\s+\?.*|\s*<unfinished \.\.\.>.*)")
_PR_SET_PTRACER = 0x59616D61
_SECONDS = 60

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Call:
    """One system call of a child: the ``number``-th of its ``name``, counted from 1."""

    name: str
    number: int
    arguments: str
    answer: str

    def touches(self, folder: Path) -> bool:
        return f"{folder}" in self.arguments

    @property
    def changes(self) -> bool:
        """Whether it can change anything: opening a file for reading does not."""
        return self.name not in _OPENING or "O_CREAT" in self.arguments

    @property
    def injected(self) -> bool:
        return "INJECTED" in self.answer

    def __str__(self) -> str:
        return f"{self.name} {self.number}: {self.arguments[:160]}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What strace does to a call: ``signal=SIGKILL``, ``error=ENOSPC`` …; ``+``: and all after."""

    name: str
    number: int
    what: str
    onwards: bool = False

    @property
    def words(self) -> str:
        return f"inject={self.name}:{self.what}:when={self.number}{'+' if self.onwards else ''}"


@dataclass(frozen=True, slots=True)
class Ran:
    """How a child ended: what it told, the signal or code it ended with, and its calls."""

    told: tuple[str, ...]
    signal: int
    code: int
    calls: tuple[Call, ...]
    crash: str = ""


def run(
    work: Callable[[Tell], None], faults: Iterable[Fault] = (), *, names: Iterable[str] = ()
) -> Ran:
    """Fork, trace, run ``work`` in the child, and wait for its end.

    ``names``: the calls to trace; those that change anything when neither they nor faults are
    given. An exception that leaves ``work`` comes back as ``crash``, with its traceback.
    """
    faults = tuple(faults)
    traced = {*(names or ()), *(fault.name for fault in faults)} or {*CHANGING, _TELLING}
    ours, theirs = socket.socketpair()
    go, wait_for_go = os.pipe()[::-1]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "trace"
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            ours.close()
            os.close(go)
            _child(work, wait_for_go, theirs)
        theirs.close()
        os.close(wait_for_go)
        strace = _attach(child, traced, faults, log)
        os.write(go, b"!")
        os.close(go)
        try:
            told = _heard(ours)
            _, status = os.waitpid(child, 0)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            raise
        finally:
            ours.close()
            strace.wait(_SECONDS)
            if strace.stderr:
                strace.stderr.close()
        calls = tuple(_calls(log.read_text(errors="replace")))
    code = os.waitstatus_to_exitcode(status)
    crash = "\n".join(line[1:] for line in told if line.startswith("!"))
    return Ran(
        tuple(line for line in told if not line.startswith("!")),
        -code if code < 0 else 0,
        max(code, 0),
        calls,
        crash,
    )


def _child(work: Callable[[Tell], None], wait_for_go: int, ends: socket.socket) -> None:
    """Never returns: what the parent would do at its own end must not be done twice."""
    code = 1

    def tell(line: str) -> None:
        ends.sendall(line.encode() + b"\n")

    try:
        with contextlib.suppress(OSError, AttributeError):  # where only descendants may be traced
            ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)
        os.read(wait_for_go, 1)
        work(tell)
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it was is told
        for line in traceback.format_exc().splitlines():
            tell(f"!{line}")
    finally:
        os._exit(code)


def _attach(
    child: int, names: Iterable[str], faults: Iterable[Fault], log: Path
) -> subprocess.Popen[str]:
    words = ["strace", "-f", "-y", "-s", "96", "-e", f"trace={','.join(sorted(names))}"]
    for fault in faults:
        words += ["-e", fault.words]
    words += ["-o", str(log), "-p", str(child)]
    strace = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert strace.stderr is not None
    said = strace.stderr.readline()
    if "attached" not in said:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        strace.wait(_SECONDS)
        raise RuntimeError(f"strace can't attach: {said}")
    return strace


def _heard(ends: socket.socket) -> list[str]:
    ends.settimeout(_SECONDS)
    heard = b""
    while piece := ends.recv(1 << 16):
        heard += piece
    return heard.decode().splitlines()


def _calls(log: str) -> Iterable[Call]:
    counts: Counter[tuple[str, str]] = Counter()
    for line in log.splitlines():
        if not (match := _LINE.match(line) or _CUT.match(line)):
            continue
        thread, name, arguments, *answer = match.groups()
        counts[thread, name] += 1
        yield Call(name, counts[thread, name], arguments, "".join(answer))


@functools.cache
def obstacle() -> str:
    """Why faults can't be put before system calls here; empty where they can.

    strace is installed where it is missing and we may.
    """
    if sys.platform != "linux":
        return "system calls are traced on Linux only"
    if not shutil.which("strace") and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"capture_output": True, "check": False}
        if subprocess.run(["apt-get", "install", "-y", "-q", "strace"], **quiet).returncode:
            subprocess.run(["apt-get", "update", "-q"], **quiet)
            subprocess.run(["apt-get", "install", "-y", "-q", "strace"], **quiet)
    if not shutil.which("strace"):
        return "strace is missing: apt-get install strace"
    try:
        tried = run(lambda tell: tell("here"), [Fault("sendto", 1, "error=EIO")])
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return f"this machine lets no process trace another ({error})"
    if "OSError" not in tried.crash or not tried.calls or not tried.calls[0].injected:
        # Telling of the failure is the second call, which is let through.
        return "strace can trace here, and its faults do not take"
    return ""


def needed() -> None:
    """Skip a test where system calls can't be disturbed; in CI that is a failure."""
    if why := obstacle():
        lacking(why)

"""wp-sync as an installation has it, without each command's seconds of importing.

The folder's program hands its words, folder, environment and streams to a process that has imported
what every command begins with, and ends as that process's child ends: every command has a process
of its own, in which it imports the rest of what it needs. What a start by itself does is asked by
the tests that start one (`tests.cli.start`). Needs what POSIX systems have.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.cli import ROOT

# Runs without the folders of libraries, whose search takes longer than all the rest.
_PROGRAM = """
import json, os, socket, sys
asking = socket.socket(socket.AF_UNIX)
asking.connect(sys.argv[1])
socket.send_fds(asking, [b"!"], [0, 1, 2])
words = {"words": sys.argv[2:], "folder": os.getcwd(), "environment": dict(os.environ)}
asking.sendall(json.dumps(words).encode())
asking.shutdown(socket.SHUT_WR)
sys.exit(int(asking.recv(10) or 70))
"""


@contextlib.contextmanager
def programs() -> Iterator[Path]:
    """A folder for PATH with wp-sync in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        address = folder / "socket"
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(address))
            listening.listen()
            answering = subprocess.Popen(
                [sys.executable, "-m", "tests.forked", str(listening.fileno())],
                cwd=ROOT,
                pass_fds=[listening.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        (folder / "bin").mkdir()
        program = folder / "bin" / "wp-sync"
        words = shlex.join([sys.executable, "-ISc", _PROGRAM, str(address)])
        program.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        program.chmod(0o755)
        try:
            yield folder / "bin"
        finally:
            answering.kill()
            answering.wait()


def _answer(listening: socket.socket) -> None:
    """Take commands; returns in the process that is to run one."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        connection, _ = listening.accept()
        with connection:
            if os.fork():
                continue
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listening.close()
            _, streams, *_ = socket.recv_fds(connection, 1, 3)
            with connection.makefile("rb") as words:
                asked = json.load(words)
            command = os.fork()
            if not command:
                break
            for stream in streams:
                os.close(stream)
            code = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
            connection.sendall(str(code).encode())
            os._exit(0)
    _become(asked, streams)


def _become(asked: dict[str, Any], streams: list[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - streams know what they stand on
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv[1:] = asked["words"]


if __name__ == "__main__":
    # What every command begins with, and the libraries that most go on with.
    for library in ("bs4", "lxml.etree", "lxml.html", "requests", "sqlalchemy", "wp_sync.cli.app"):
        importlib.import_module(library)
    from wp_sync.cli import main

    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as place:
        _answer(place)
    main()

"""Real web servers on loopback, each with one configuration: nginx, Apache and Caddy from Debian.

Made for tests that ask a server what it makes of a configuration. Serves no WordPress.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

from lab import process, system
from lab.errors import LabError, LabUnavailable
from lab.where import locked

PROGRAMS = {"nginx": "nginx-light", "apache2": "apache2-bin", "caddy": "caddy"}


class WebServer:
    """A context manager around one server, not yet started.

    ``port`` is where it will listen, ``folder`` is its own.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.port = 0
        self._run: Path | None = None
        self._guard: process.Guard | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> WebServer:
        process.clear_leftovers()
        self._program = _program(self.name)
        self._run = process.new_run()
        self._guard = process.Guard(self._run)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        assert self._run is not None
        return self._run

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self, configuration: str) -> None:
        """Start on `port` with this configuration; what the server says is in `log`.

        Raises:
            LabError: it did not start; the message is the server's own.
        """
        file = self.folder / "configuration"
        file.write_text(configuration, encoding="utf-8")
        folder = str(self.folder)
        command = {
            "nginx": [self._program, "-p", folder, "-c", str(file), "-e", "log"],
            "apache2": [self._program, "-d", folder, "-f", str(file), "-D", "FOREGROUND"],
            "caddy": [self._program, "run", "--config", str(file), "--adapter", "caddyfile"],
        }[self.name]
        more = {"HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder}
        self._process = process.spawn(command, self.folder, self.log, **more)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        said = self.log.read_text(encoding="utf-8", errors="replace")
        raise LabError(f"{self.name} did not start: {said[-2000:]}")

    def close(self) -> None:
        """End the server and remove its folder."""
        if self._process is not None:
            process.end(self._process)
            self._process = None
        if self._run is not None:
            process.end_run(self._run)
            self._run = None
        if self._guard is not None:
            self._guard.close()
            self._guard = None


def _program(name: str) -> str:
    found = shutil.which(name, path=system.SEARCH)
    if found:
        return found
    with locked("apt"):
        found = shutil.which(name, path=system.SEARCH)
        if not found:
            system.install([PROGRAMS[name]])
            found = shutil.which(name, path=system.SEARCH)
    if not found:
        raise LabUnavailable(f"{name} is not installed (package {PROGRAMS[name]})")
    return found

"""A PostgreSQL server of the tests' own: data folder and socket per run, no network, no service."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType

from lab import process, system
from lab.errors import LabError, LabUnavailable
from lab.where import locked


class PostgreSQL:
    """A context manager around an empty server that goes away without a trace.

    ``durable``: it syncs what it commits, which only measurements need of a server that goes away.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._unsafe = [] if durable else ["-c", "fsync=off", "-c", "full_page_writes=off"]
        self._programs = Path()
        self._run: Path | None = None
        self._folder = Path()
        self._guard: process.Guard | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PostgreSQL:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The server's process; those that serve connections are its children."""
        assert self._process is not None
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        """A database's address for SQLAlchemy with psycopg."""
        return f"postgresql+psycopg://wp_sync@/{database}?host={self._folder}"

    def create(self, database: str, *, like: str = "") -> str:
        """Create a database, empty or like another that nobody is connected to; its address."""
        model = ("-T", like) if like else ()
        self._call("createdb", "-h", str(self._folder), "-U", "wp_sync", *model, database)
        return self.url(database)

    def _start(self) -> None:
        process.clear_leftovers()
        self._programs = _programs()
        self._run = process.new_run()
        self._guard = process.Guard(self._run)
        # Its unprivileged user must reach the folder, which below the project it might not.
        self._folder = process.scratch(self._run)
        self._folder.mkdir(mode=0o700)
        if user := _user():
            shutil.chown(self._folder, user, user)
        data = str(self._folder / "data")
        self._call(
            "initdb", "-D", data, "-U", "wp_sync", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
            "--no-sync",
        )  # fmt: skip
        log = self._run / "postgresql.log"
        self._process = process.spawn(
            [
                str(self._programs / "postgres"), "-D", data, "-k", str(self._folder),
                "-c", "listen_addresses=", *self._unsafe,
            ],
            self._run, log, user=_user(),
        )  # fmt: skip
        until = time.monotonic() + 30
        while time.monotonic() < until and self._process.poll() is None:
            ready = [str(self._programs / "pg_isready"), "-q", "-h", str(self._folder)]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise LabError(f"PostgreSQL does not start: {log.read_text(encoding='utf-8')[-500:]}")

    def _call(self, name: str, *arguments: str) -> None:
        assert self._run is not None
        done = subprocess.run(
            [str(self._programs / name), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=_user(),
            env=process.environment(self._run),
        )
        if done.returncode:
            raise LabError(f"{name} failed: {done.stderr.strip()}")

    def close(self) -> None:
        """Shut the server down and remove everything of it."""
        if self._process is not None:
            process.end(self._process)
            self._process = None
        if self._run is not None:
            process.end_run(self._run)
            self._run = None
        if self._guard is not None:
            self._guard.close()
            self._guard = None


def _programs() -> Path:
    """The folder with the newest installed PostgreSQL's programs, installed when missing."""
    if found := _installed():
        return found
    with locked("apt"):
        if not _installed():
            system.install(["postgresql"])
            _stop_system_clusters()
    if found := _installed():
        return found
    raise LabUnavailable("PostgreSQL is not there even after its installation")


def _installed() -> Path | None:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4])
    )
    if found:
        return found[-1].parent
    initdb, server = (shutil.which(name, path=system.SEARCH) for name in ("initdb", "postgres"))
    return Path(initdb).parent if initdb and server else None


def _stop_system_clusters() -> None:
    # The package starts a cluster of the system's; we installed it, so we put it to rest again.
    listed = subprocess.run(
        ["pg_lsclusters", "-h"], capture_output=True, text=True, check=False
    ).stdout
    for line in listed.splitlines():
        version, name, _, status, *_ = line.split()
        if status.startswith("online"):
            subprocess.run(["pg_ctlcluster", version, name, "stop"], check=False)


def _user() -> str | None:
    """PostgreSQL refuses to run as root: whom to run it as then."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise LabUnavailable("PostgreSQL does not run as root, and there is no other user here")

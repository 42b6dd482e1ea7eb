"""MariaDB of the lab's own: data folder and socket per run, no network, no service."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from lab import process
from lab.errors import LabError
from lab.system import program
from lab.where import locked, state

# The data live as long as the run: nothing has to survive a power cut, everything has to be fast.
SETTINGS = [
    "--innodb-log-file-size=32M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
    "--innodb-fast-shutdown=2",
    "--innodb-buffer-pool-size=256M",
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--max-allowed-packet=256M",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_unicode_ci",
]


class Database:
    """One MariaDB server, used by all WordPress servers of a run."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.data = run / "mysql"
        self.log = run / "mariadb.log"
        self.socket = run / "mysql.sock"
        if len(str(self.socket)) > 100:  # the kernel's limit for a socket's path is 107
            process.scratch(run).mkdir(mode=0o700)
            self.socket = process.scratch(run) / "mysql.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Copy an empty data folder, start on it, wait until it answers."""
        shutil.copytree(_template(), self.data)
        command = [
            program("mariadbd"),
            "--no-defaults",
            f"--datadir={self.data}",
            f"--socket={self.socket}",
            "--skip-networking",
            f"--pid-file={self.run / 'mysql.pid'}",
            *SETTINGS,
        ]
        if os.geteuid() == 0:
            command.append("--user=root")
        self._process = process.spawn(command, self.run, self.log)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if self.socket.exists() and self._answers():
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise LabError(f"MariaDB does not start: {_tail(self.log)}")

    def _answers(self) -> bool:
        done = subprocess.run([*self._client(), "-e", "SELECT 1"], capture_output=True, check=False)
        return done.returncode == 0

    def _client(self, name: str = "mariadb") -> list[str]:
        return [
            program(name),
            "--no-defaults",
            f"--socket={self.socket}",
            "--user=root",
            "--default-character-set=utf8mb4",
        ]

    def query(self, statement: str | bytes, database: str = "") -> list[list[str]]:
        """Run SQL; the rows of its answer as text, NULL as the word."""
        data = statement.encode() if isinstance(statement, str) else statement
        command = [*self._client(), "--batch", "--skip-column-names"]
        if database:
            command.append(database)
        done = subprocess.run(command, input=data, capture_output=True, check=False)
        if done.returncode:
            raise LabError(f"SQL failed: {done.stderr.decode(errors='replace').strip()}")
        return [line.split("\t") for line in done.stdout.decode(errors="replace").splitlines()]

    def create(self, database: str) -> None:
        """An empty database of that name, in place of any before."""
        self.query(
            f"DROP DATABASE IF EXISTS `{database}`; "
            f"CREATE DATABASE `{database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
        )

    def dump(self, database: str) -> bytes:
        """The whole database as SQL, without dates or comments that differ from day to day."""
        command = [
            *self._client("mariadb-dump"),
            "--single-transaction",
            "--skip-comments",
            "--no-tablespaces",
            "--hex-blob",
            database,
        ]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            raise LabError(f"the dump failed: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def stop(self) -> None:
        """Shut the server down; its data go with the run."""
        if self._process is not None:
            process.end(self._process)
            self._process = None
        self.socket.unlink(missing_ok=True)


def _template() -> Path:
    """An empty data folder, made once: making one takes seconds, copying it does not."""
    target = state() / "mysql-empty"
    with locked("mysql-empty"):
        if target.exists():
            return target
        scratch = state() / "mysql-empty.partial"
        shutil.rmtree(scratch, ignore_errors=True)
        command = [
            program("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={scratch}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--innodb-log-file-size=32M",
            "--innodb-flush-method=nosync",
        ]
        if os.geteuid() == 0:
            command.append("--user=root")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(scratch, ignore_errors=True)
            raise LabError(f"mariadb-install-db failed: {(done.stderr or done.stdout)[-500:]}")
        scratch.rename(target)
    return target


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    errors = [line for line in lines if "ERROR" in line]
    return " / ".join((errors or lines)[-3:]) or "it wrote no log"

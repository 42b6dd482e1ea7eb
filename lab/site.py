"""One WordPress server: its folder and configuration, PHP in it, SQL, reset, start and stop."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from lab import bulk, process
from lab.database import Database
from lab.errors import LabError
from lab.shape import LOGINS, SEEDED, Login, Shape, Snapshot
from lab.system import program
from lab.where import HERE

WORKERS = 4
PHP_SETTINGS = {
    "opcache.enable": "1",
    "opcache.enable_cli": "1",
    "opcache.revalidate_freq": "0",
    "opcache.max_accelerated_files": "8000",
    "memory_limit": "1G",
    # A fatal error can only answer 500 while nothing was sent: hold whole pages back.
    "output_buffering": "16777216",
    "upload_max_filesize": "64M",
    "post_max_size": "64M",
    "display_errors": "0",
    "log_errors": "1",
    "date.timezone": "UTC",
}
MARKER = b"\n=====lab=====\n"


class Server:
    """A WordPress site with a database of its own and, once started, an address."""

    def __init__(
        self,
        version: str,
        name: str,
        code: Path,
        run: Path,
        database: Database,
        shape: Shape | None = None,
    ) -> None:
        self.version = version
        self.name = name
        self.code = code
        self.shape = shape or Shape()
        self.folder = run / name
        self.content = self.folder / "wp-content"
        self.uploads = self.content / "uploads"
        self.log = self.folder / "server.log"
        self.logins: dict[str, Login] = dict(LOGINS)
        self.address = SEEDED
        self._run = run
        self._database = database
        self._schema = "wp_" + "".join(c if c.isalnum() else "_" for c in name)
        self._process: subprocess.Popen[bytes] | None = None
        self._snapshot: Snapshot | None = None

    @property
    def url(self) -> str:
        """The site's home, without a slash at the end."""
        return f"http://{self.address}{self._path}"

    @property
    def api(self) -> str:
        """The root of its REST API as WordPress itself announces it."""
        if self.shape.plain_permalinks:
            return f"{self.url}/?rest_route=/"
        return f"{self.url}/{self.shape.rest_prefix}/"

    @property
    def manifest(self) -> dict[str, Any]:
        """What the seed made: names to ids, counts by type, status and taxonomy."""
        if self._snapshot is None:
            raise LabError(f"{self.name} was not seeded")
        text = self._snapshot.manifest.replace(f"http://{SEEDED}", self.url)
        found: dict[str, Any] = json.loads(text)
        return found

    @property
    def _path(self) -> str:
        return f"/{self.shape.subfolder.strip('/')}" if self.shape.subfolder else ""

    def prepare(self) -> None:
        """Lay out the site's folder: content, theme, plugin, configuration."""
        self.uploads.mkdir(parents=True)
        shutil.copytree(HERE / "theme", self.content / "themes" / "stillwater")
        shutil.copytree(HERE / "seed" / "mu-plugins", self.content / "mu-plugins")
        self._configure()

    def _configure(self) -> None:
        settings = {
            "url": self.url,
            "folder": self._path,
            "content": str(self.content),
            "database": self._schema,
            "socket": str(self._database.socket),
            "rest_prefix": self.shape.rest_prefix,
        }
        (self.folder / "site.json").write_text(json.dumps(settings), encoding="utf-8")

    def _php(self, *options: str) -> list[str]:
        settings = (f"-d{name}={value}" for name, value in PHP_SETTINGS.items())
        return [program("php"), *settings, *options]

    def _variables(self) -> dict[str, str]:
        return {"WP_SYNC_LAB_SITE": str(self.folder / "site.json")}

    def php(self, code: str, *, installing: bool = False) -> Any:
        """The value that PHP code returns in a loaded WordPress, run as the administrator."""
        more = {"WP_SYNC_LAB_INSTALLING": "1"} if installing else {}
        done = subprocess.run(
            self._php("-derror_log=", str(HERE / "php" / "run.php")),
            input=code.encode(),
            capture_output=True,
            check=False,
            cwd=self.code,
            env=process.environment(self._run, **self._variables(), **more),
        )
        _, marker, after = done.stdout.rpartition(MARKER)
        if not marker:
            said = (done.stderr + done.stdout).decode("utf-8", "replace").strip()
            raise LabError(f"PHP failed on {self.name}: {said[-2000:] or done.returncode}")
        return json.loads(after)

    def sql(self, statement: str) -> list[list[str]]:
        """Run raw SQL on the site's database (table prefix wp_); the rows as text."""
        return self._database.query(statement, self._schema)

    def install(self) -> None:
        """WordPress in an empty database, with no content."""
        self._database.create(self._schema)
        self.php(_body(HERE / "php" / "install.php"), installing=True)

    def seed(self) -> dict[str, Any]:
        """Run the seed's PHP on an installed site; what it says it made."""
        name = "empty.php" if self.shape.empty else "seed.php"
        found = self.php(f"return require {json.dumps(str(HERE / 'seed' / name))};")
        if not isinstance(found, dict):
            raise LabError(f"the seed failed on {self.name}: {found!r}")
        return found

    def dump(self) -> bytes:
        """The database as SQL."""
        return self._database.dump(self._schema)

    def back_up(self, folder: Path) -> Snapshot:
        """The site as it is now, to be restored; `reset` goes back to its seed all the same."""
        shutil.copytree(self.uploads, folder / "uploads")
        return Snapshot(folder, self.dump(), "")

    def restore(self, snapshot: Snapshot) -> None:
        """Put the site into the snapshot's state, under its own address."""
        self._snapshot = self._snapshot or snapshot
        own = snapshot.dump
        for colon in (":", "%3A"):
            old, new = (address.replace(":", colon) for address in (SEEDED, self.address))
            own = own.replace(old.encode(), new.encode())
        self._database.create(self._schema)
        self._database.query(own, self._schema)
        shutil.rmtree(self.uploads, ignore_errors=True)
        shutil.copytree(snapshot.folder / "uploads", self.uploads)
        self._reshape()

    def _reshape(self) -> None:
        statements: list[str] = []
        if self._path:
            old, new = f"http://{self.address}/", f"{self.url}/"
            statements += [
                f"UPDATE wp_{table} SET {column} = REPLACE({column}, '{old}', '{new}')"
                for table, column in (
                    ("posts", "post_content"),
                    ("posts", "post_excerpt"),
                    ("posts", "guid"),
                    ("comments", "comment_content"),
                )
            ]
            statements.append(
                "UPDATE wp_postmeta SET meta_value = "
                f"REPLACE(meta_value, '{old}', '{new}') WHERE meta_key = '_menu_item_url'"
            )
        if self.shape.plain_permalinks:
            statements.append(
                "UPDATE wp_options SET option_value='' WHERE option_name='permalink_structure'"
            )
        if self.shape != Shape(empty=self.shape.empty):
            # WordPress writes its rewrite rules anew when it finds none.
            statements.append("DELETE FROM wp_options WHERE option_name='rewrite_rules'")
            self.sql("; ".join(statements))

    def reset(self) -> None:
        """Back to the seeded state: database and uploads."""
        if self._snapshot is None:
            raise LabError(f"{self.name} has no snapshot to go back to")
        self.restore(self._snapshot)

    def choose_port(self) -> None:
        """Settle on a free port; restoring then writes content for it."""
        self.address = f"127.0.0.1:{_free_port()}"
        self._configure()

    def start(self) -> None:
        """Start PHP's server and wait until WordPress answers."""
        if self._process is not None:
            return
        self._process = process.spawn(
            self._php(
                f"-derror_log={self.log}",
                "-S",
                self.address,
                "-t",
                str(self.code),
                str(HERE / "php" / "router.php"),
            ),
            self._run,
            self.log,
            PHP_CLI_SERVER_WORKERS=str(WORKERS),
            **self._variables(),
        )
        until = time.monotonic() + 30
        while time.monotonic() < until and self._process.poll() is None:
            if self._is_ours():
                self._greet()
                return
            time.sleep(0.03)
        self.stop()
        raise LabError(f"{self.name} does not start; see {self.log}")

    def _is_ours(self) -> bool:
        # Somebody else may have taken the port between choosing and using it.
        try:
            with urllib.request.urlopen(f"http://{self.address}/.lab", timeout=30) as answer:
                return bytes(answer.read()).decode() == str(self.content)
        except (OSError, ValueError):
            return False

    def _greet(self) -> None:
        try:
            with urllib.request.urlopen(f"{self.url}/?rest_route=/&_fields=name", timeout=30):
                return
        except OSError as error:
            raise LabError(f"{self.name} answers {error}; see {self.log}") from None

    def stop(self) -> None:
        """End the server with its workers; the database stays until the lab ends."""
        if self._process is not None:
            process.end(self._process)
            self._process = None

    def add_posts(self, count: int, *, seed: int = 1) -> list[int]:
        """Add that many published posts of 4 to 6 KB of distinct text with terms; their ids."""
        return bulk.add_posts(self.sql, self.url, count, seed)

    def heal(self, broken: bool = False) -> None:
        """Mend the post whose shortcode is fatal (or break it again), for runs that want none."""
        value = "0" if broken else "1"
        self.sql(
            "INSERT INTO wp_options (option_name, option_value, autoload)"
            f" VALUES ('lab_healed', '{value}', 'yes')"
            f" ON DUPLICATE KEY UPDATE option_value = '{value}'"
        )


def _body(path: Path) -> str:
    """A PHP file's code as `eval` wants it: without its opening tag."""
    return path.read_text(encoding="utf-8").removeprefix("<?php")


def _free_port() -> int:
    # Below the range from which the kernel takes ports for outgoing connections.
    for port in random.sample(range(12_000, 32_000), 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise LabError("no free port between 12000 and 32000 on 127.0.0.1")


def cpus() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))

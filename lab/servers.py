"""The lab: starts MariaDB and any number of WordPress servers, seeded, and ends them all."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from lab import debian, process, system
from lab.database import Database
from lab.errors import LabError, LabUnavailable
from lab.shape import Shape, Snapshot
from lab.site import Server, cpus
from lab.where import HERE, SUITES, VERSIONS, digest_of, locked, state

KEPT_SNAPSHOTS = 3


class Lab:
    """A context manager around real WordPress servers on loopback.

    Every lab has a database server and folders of its own, so that several can run at once.
    """

    def __init__(
        self, versions: Iterable[str] = VERSIONS, *, say: Callable[[str], None] | None = None
    ) -> None:
        self.versions = tuple(dict.fromkeys(versions))
        unknown = [version for version in self.versions if version not in SUITES]
        if unknown:
            raise LabError(
                f"no such WordPress version in the lab: {', '.join(unknown)} "
                f"(there are {', '.join(VERSIONS)})"
            )
        self._say = say or _silent
        self._servers: dict[str, Server] = {}
        self._run: Path | None = None
        self._guard: process.Guard | None = None
        self._database: Database | None = None

    def __enter__(self) -> Lab:
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

    def __getitem__(self, name: str) -> Server:
        return self._servers[name]

    def __iter__(self) -> Iterator[Server]:
        return iter(self._servers.values())

    def _start(self) -> None:
        if not Path("/proc/self/environ").exists():
            raise LabUnavailable("the lab needs Linux")
        if ended := process.clear_leftovers():
            self._say(f"ended {ended} processes that an earlier lab left behind")
        system.ensure(self._say)
        self._run = process.new_run()
        self._guard = process.Guard(self._run)
        self._database = Database(self._run)
        with ThreadPoolExecutor(max_workers=max(2, cpus())) as pool:
            starting = pool.submit(self._database.start)
            code = list(pool.map(self._code, self.versions))
            starting.result()
            for version, root in zip(self.versions, code, strict=True):
                self._servers[version] = self._server(version, version, root, Shape())
            list(pool.map(self._bring_up, self._servers.values()))

    def _code(self, version: str) -> Path:
        root = debian.wordpress(version)
        _configure(root)
        return root

    def _server(self, version: str, name: str, code: Path, shape: Shape) -> Server:
        assert self._run is not None
        assert self._database is not None
        return Server(version, name, code, self._run, self._database, shape)

    def _bring_up(self, server: Server) -> None:
        snapshot = self._snapshot(server.version, server.code, server.shape.empty)
        server.prepare()
        for chance in (2, 1, 0):
            server.choose_port()
            server.restore(snapshot)
            try:
                server.start()
            except LabError:
                if not chance:
                    raise
            else:
                return

    def _snapshot(self, version: str, code: Path, empty: bool) -> Snapshot:
        """The seeded (or empty) state of a version: from disk, or made now and kept."""
        salt = f"{version} {code.parent.parent.parent.name}"
        digest = digest_of(HERE / "seed", HERE / "php", HERE / "theme", salt=salt)
        name = f"empty-{version}" if empty else version
        folder = state() / "snapshots" / f"{name}-{digest}"
        with locked(f"snapshot-{version}"):
            if not (folder / "manifest.json").exists():
                self._seed(name, version, code, folder, Shape(empty=empty))
        return Snapshot(
            folder,
            (folder / "dump.sql").read_bytes(),
            (folder / "manifest.json").read_text(encoding="utf-8"),
        )

    def _seed(self, name: str, version: str, code: Path, folder: Path, shape: Shape) -> None:
        self._say(f"seeding WordPress {name}")
        began = time.monotonic()
        server = self._server(version, f"seed-{name}", code, shape)
        server.prepare()
        server.install()
        manifest = server.seed()
        scratch = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        (scratch / "dump.sql").write_bytes(server.dump())
        shutil.copytree(server.uploads, scratch / "uploads")
        (scratch / "manifest.json").write_text(
            json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        shutil.rmtree(folder, ignore_errors=True)
        scratch.rename(folder)
        shutil.rmtree(server.folder)
        self._say(f"seeded WordPress {name} in {time.monotonic() - began:.1f} s")
        kept = sorted(folder.parent.glob(f"{name}-*"), key=lambda path: path.stat().st_mtime)
        for old in kept[:-KEPT_SNAPSHOTS]:
            shutil.rmtree(old, ignore_errors=True)

    def variant(
        self,
        version: str,
        *,
        subfolder: str = "",
        plain_permalinks: bool = False,
        rest_prefix: str = "wp-json",
        empty: bool = False,
    ) -> Server:
        """One more server from the same code and seed, shaped otherwise, at a port of its own.

        ``empty``: with the seed's settings and users, and without its content.
        """
        if self._run is None:
            raise LabError("the lab is not running")
        shape = Shape(subfolder, plain_permalinks, rest_prefix, empty)
        name = f"{version}-{len(self._servers)}"
        server = self._server(version, name, self._code(version), shape)
        self._servers[name] = server
        self._bring_up(server)
        return server

    def close(self) -> None:
        """End every process and remove the run's folder; snapshots and downloads stay."""
        for server in self._servers.values():
            server.stop()
        self._servers.clear()
        if self._database is not None:
            self._database.stop()
            self._database = None
        if self._run is not None:
            process.end_run(self._run)
            self._run = None
        if self._guard is not None:
            self._guard.close()
            self._guard = None


def _silent(text: str) -> None:
    """Tests want no talk."""
    del text


def _configure(root: Path) -> None:
    """Put our wp-config.php into a code tree, only when it differs: other labs may read it."""
    wanted = (HERE / "php" / "wp-config.php").read_bytes()
    config = root / "wp-config.php"
    if config.is_symlink() or not config.exists() or config.read_bytes() != wanted:
        temporary = root / f"wp-config.{os.getpid()}"
        temporary.write_bytes(wanted)
        temporary.replace(config)

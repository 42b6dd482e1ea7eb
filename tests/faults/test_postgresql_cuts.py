"""An archive in PostgreSQL whose connections are cut at what the client sends, and whose server
crashes, in the middle of a pull.

For the server a cut is the client's death; for the client it is the server's. Sampled in CI, at
every send by `make test-fire`. What PostgreSQL itself promises about its disk is not tested here.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.story import KEY, SMALL, Content, content, opened, pull_act, recorded
from tests.fire import FIRE
from wp_sync.archive import open_archive
from wp_sync.archive.archive import SqlArchive
from wp_sync.errors import ArchiveError, ArchiveLocked
from wp_sync.model import Outcome, RunResult

if TYPE_CHECKING:
    from lab.postgresql import PostgreSQL

SAMPLE = 6  # cuts of each kind and act, in CI
SOCKET = ".s.PGSQL.5432"

pytestmark = [pytest.mark.postgresql, pytest.mark.timeout(3600 if FIRE else 1200)]


class Wire:
    """A socket before the server's own, that ends all connections at the nth thing that a client
    sends (0: never): before it arrives, or behind, with the answer lost. A context manager."""

    def __init__(self, server: Path, *, at: int = 0, behind: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wire-"))
        self.sent = 0
        self.cut = False
        self._server = str(server / SOCKET)
        self._at, self._behind = at, behind
        self._lines: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.folder / SOCKET))
        self._listener.listen(20)
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._listener.close()
        shutil.rmtree(self.folder)

    def _end(self) -> None:
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.cut:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                self._lines += [client, server]
                for source, target, asks in ((client, server, True), (server, client, False)):
                    threading.Thread(
                        target=self._pump, args=(source, target, asks), daemon=True
                    ).start()

    def _pump(self, source: socket.socket, target: socket.socket, asks: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(1 << 16):
                if not asks:
                    if not self.cut:
                        target.sendall(piece)
                    continue
                with self._lock:
                    self.sent += not self.cut
                    now = self.sent == self._at and not self.cut
                    self.cut = self.cut or now
                    if not now or self._behind:
                        target.sendall(piece)
                if now:
                    self._end()
        for line in (source, target):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class Stage:
    """A database and its media folder before an act, and what the act's writes come to."""

    server: PostgreSQL
    act: int
    before: str
    media: Path
    states: Sequence[Content]
    sends: int

    @contextlib.contextmanager
    def copy(self, name: str) -> Iterator[Callable[[Path | None], str]]:
        """The archive once more, under another name; its address, given a socket's folder."""
        folder = Path(tempfile.mkdtemp(prefix="cut-")) / "media"
        shutil.copytree(self.media, folder) if self.media.exists() else folder.mkdir()
        copied(self.server, self.before, name)
        try:
            yield lambda through: address(self.server, name, folder, through)
        finally:
            shutil.rmtree(folder.parent)


def address(server: PostgreSQL, name: str, media: Path, through: Path | None = None) -> str:
    url = f"{server.url(name)}&media={media}"
    return url.replace(str(socket_of(server)), str(through)) if through else url


def socket_of(server: PostgreSQL) -> Path:
    return Path(server.url().partition("host=")[2])


def asked(server: PostgreSQL, sql: str) -> list[Any]:
    import psycopg

    with psycopg.connect(
        f"host={socket_of(server)} user=wp_sync dbname=postgres", autocommit=True
    ) as connection:
        found = connection.execute(sql)  # type: ignore[call-overload]
        return found.fetchall() if found.description else []


def copied(server: PostgreSQL, template: str, name: str) -> None:
    asked(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    asked(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


@pytest.fixture(scope="module", params=range(SMALL.acts))
def stage(request: pytest.FixtureRequest, postgresql: PostgreSQL, tmp_path_factory: Any) -> Stage:
    act = request.param
    media = tmp_path_factory.mktemp("media")
    before, after, counted = (f"{name}_{act}_{os.getpid()}" for name in ("b", "a", "c"))
    postgresql.create(before)
    open_archive(address(postgresql, before, media / "m")).close()
    for number in range(act):
        pull_act(address(postgresql, before, media / "m"), SMALL, number, lambda _: None)
    copied(postgresql, before, after)
    shutil.copytree(media / "m", media / "a") if act else None
    states = recorded(address(postgresql, after, media / "a"), SMALL, act)
    copied(postgresql, before, counted)
    shutil.copytree(media / "m", media / "c") if act else None
    with Wire(socket_of(postgresql)) as wire:
        pull_act(address(postgresql, counted, media / "c", wire.folder), SMALL, act, lambda _: None)
        sends = wire.sent
    assert sends > 100, "the wire hardly saw anything"
    return Stage(postgresql, act, before, media / "m", states, sends)


@pytest.mark.parametrize("behind", [False, True], ids=["before it", "behind it"])
def test_a_cut_at_what_is_sent_leaves_whole_writes_and_the_next_run_completes_them(
    stage: Stage, behind: bool
) -> None:
    every = 1 if FIRE else stage.sends // SAMPLE
    for at in range(1 + (0 if FIRE else behind * every // 2), stage.sends, every):
        with stage.copy(f"cut_{os.getpid()}") as place:
            with Wire(socket_of(stage.server), at=at, behind=behind) as wire:
                told, error = broken_off(place(wire.folder), stage.act)
                assert wire.cut, f"the cut at {at} did not happen"
            assert_settled(stage, place(None), told, error, f"send {at} of {stage.sends}")


@pytest.mark.parametrize("acknowledged", [3, 9])
def test_a_crash_of_the_server_ends_the_run_which_does_not_go_on_without_its_lock(
    stage: Stage, acknowledged: int
) -> None:
    """It ends all its connections and recovers: new ones work, the lock is gone."""
    name = f"crash_{os.getpid()}"
    with stage.copy(name) as place:

        def crash(told: list[str]) -> None:
            if len(told) == acknowledged:
                ((pid,), *_) = asked(
                    stage.server, f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}'"
                )
                crashed(stage.server, pid)

        told, error = broken_off(place(None), stage.act, crash)
        assert len(told) == acknowledged, "it went on"
        assert_settled(stage, place(None), told, error, f"after {acknowledged} writes")


def test_a_run_whose_lock_alone_was_lost_writes_nothing_more(stage: Stage) -> None:
    name = f"lock_{os.getpid()}"
    with stage.copy(name) as place:

        def end_the_holder(told: list[str]) -> None:
            if len(told) == 5:
                holders = asked(
                    stage.server,
                    "SELECT pg_terminate_backend(a.pid) FROM pg_locks l JOIN pg_stat_activity a "
                    f"ON a.pid = l.pid WHERE l.locktype = 'advisory' AND a.datname = '{name}'",
                )
                assert holders == [(True,)]

        told, error = broken_off(place(None), stage.act, end_the_holder)
        assert len(told) == 5, "it went on"
        assert_settled(stage, place(None), told, error, "without its lock")


def crashed(server: PostgreSQL, pid: int) -> None:
    """Kill a connection's process, which the server takes for a crash, and see it recover."""
    import psycopg

    # Until the server has noticed, it lets clients in and has nothing to recover from yet. As soon
    # as it has, it takes no new ones and ends those that it has: the witness tells.
    where = f"host={socket_of(server)} user=wp_sync dbname=postgres"
    with contextlib.closing(psycopg.connect(where, autocommit=True)) as witness:
        os.kill(pid, signal.SIGKILL)
        for _ in patiently():
            try:
                witness.execute("SELECT 1")
            except psycopg.OperationalError:
                break
        else:
            pytest.fail("the server does not mind the death of one of its processes")
    for _ in patiently():
        with contextlib.suppress(psycopg.OperationalError):
            asked(server, "SELECT 1")
            return
    pytest.fail("the server did not come back")


def patiently() -> Iterator[None]:
    """Try now and again for two minutes: a busy machine is slow, not wrong."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        yield
        time.sleep(0.05)


def broken_off(
    place: str, act: int, happens: Callable[[list[str]], None] = lambda _: None
) -> tuple[list[str], ArchiveError | None]:
    """A pull under a fault: the writes that were acknowledged, and the error that ended it."""
    told: list[str] = []

    def tell(line: str) -> None:
        if line != "ack finish_run":  # how the run ended is written after the error
            told.append(line)
            happens(told)

    try:
        pull_act(place, SMALL, act, tell)
    except ArchiveError as error:
        return told, error
    return told, None


def assert_settled(
    stage: Stage, place: str, told: list[str], error: ArchiveError | None, where: str
) -> None:
    if error is not None:
        assert error.hint, f"{where}: no next step: {error}"
        assert "Traceback" not in str(error)
        possible = stage.states[len(told) : len(told) + 2]
    else:
        possible = stage.states[-1:]
    assert_holds(place, possible, where)
    result = rerun(place, stage.act)
    assert result.outcome is Outcome.DONE, f"{where}: {result}"
    assert_holds(place, stage.states[-1:], where)


def rerun(place: str, act: int) -> RunResult:
    for _ in patiently():  # the server may take a moment to see that the client is gone
        with contextlib.suppress(ArchiveLocked):
            return pull_act(place, SMALL, act, lambda _: None, again=True)
    pytest.fail("the lock outlived its holder")


def assert_holds(place: str, possible: Sequence[Content], where: str) -> None:
    with opened(place) as (whole, site):
        assert isinstance(whole, SqlArchive)
        damage = [one for one in whole.check(read_data=True) if one.severity == "error"]
        assert not damage, f"{where}: {damage}"
        now = content(whole.of(KEY))
        assert site.kinds() is not None
        assert now in possible, f"{where}: it holds what no whole number of writes leaves"

"""One writer at a time: a lock on the folder, or an advisory lock of PostgreSQL.

Both end with the process that holds them, however it ends. What is written beside the lock is for
the message only; nothing is decided from it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import event, text
from sqlalchemy.engine import Connection

from wp_sync.archive import rows
from wp_sync.archive.database import Database, explained
from wp_sync.errors import ArchiveError, ArchiveLocked

LOCK_NAME = "archive.lock"
HOLDER_NAME = "archive.lock.json"
_ADVISORY = 0x77702D73796E63  # "wp-sync": the key of the advisory lock in its database
_AGAIN = "what is archived is safe; run again once the server is up"
_HINT = "wait for it to end, or end it; the lock ends with its process"


def command_line() -> str:
    """This process's command by its name and first words: arguments can hold a password."""
    return " ".join([Path(sys.argv[0] or "python").name, *sys.argv[1:2]])


def signature(folder: Path) -> dict[str, object]:
    """What the last holder of a folder's lock wrote and, if killed, left; empty for nothing."""
    try:
        known = json.loads((folder / HOLDER_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


class FolderLock:
    """A lock on an archive's folder; the same object may take it again inside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / LOCK_NAME, timeout=0)

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            ArchiveLocked: another process holds it; the message says which.
        """
        try:
            self._lock.acquire()
        except Timeout as error:
            raise ArchiveLocked(
                f"{self._folder}: another run holds the archive ({self._holder()})", hint=_HINT
            ) from error
        except OSError as error:
            raise explained(str(self._folder), error) from error
        try:
            if self._lock.lock_counter == 1:
                self._sign()
            yield
        finally:
            if self._lock.lock_counter == 1:
                with contextlib.suppress(OSError):
                    (self._folder / HOLDER_NAME).unlink(missing_ok=True)
            self._lock.release()

    def _sign(self) -> None:
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": rows.now(),
            "command": command_line(),
        }
        with contextlib.suppress(OSError):  # it only serves a message
            (self._folder / HOLDER_NAME).write_text(json.dumps(holder), encoding="utf-8")

    def _holder(self) -> str:
        try:
            known = json.loads((self._folder / HOLDER_NAME).read_text(encoding="utf-8"))
            return (
                f"{known['command']}, process {known['pid']} on {known['host']}, "
                f"since {known['since']}"
            )
        except (OSError, ValueError, KeyError, TypeError):
            return "it did not say who it is"


class ServerLock:
    """An advisory lock in the archive's PostgreSQL database, held by a connection of its own.

    The lock goes when that connection does (the server was restarted, or an administrator ended
    it), while others are opened anew and work on. So every writing transaction asks first.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._depth = 0

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            ArchiveLocked: another connection holds it; the message says which.
        """
        if self._depth:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        with contextlib.ExitStack() as held:
            # The caller's own errors must pass as they are: only taking the lock is explained.
            with self._database.said():
                connection = held.enter_context(self._database.engine.connect())
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
                taken = connection.execute(
                    text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY}
                ).scalar()
                if not taken:
                    holder = connection.execute(
                        text(
                            "SELECT a.application_name, a.client_addr::text AS host, a.pid, "
                            "a.backend_start::text AS since "
                            "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
                            "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
                            "AND l.database = (SELECT oid FROM pg_database "
                            "WHERE datname = current_database()) "
                            "AND (l.classid::bigint << 32 | l.objid::bigint) = :key"
                        ),
                        {"key": _ADVISORY},
                    ).first()
                    who = (
                        f"{holder.application_name}, from {holder.host or 'this machine'}, "
                        f"since {holder.since}"
                        if holder
                        else "it has just ended"
                    )
                    raise ArchiveLocked(
                        f"{self._database.name}: another run holds the archive ({who})", hint=_HINT
                    )
            self._depth = 1
            still_held = self._guard(connection)
            event.listen(self._database.engine, "begin", still_held)
            try:
                yield
            finally:
                event.remove(self._database.engine, "begin", still_held)
                self._depth = 0
                with contextlib.suppress(Exception):  # a lost connection has let go already
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY})

    def _guard(self, holder: Connection) -> Callable[[Connection], None]:
        import psycopg  # there, since a connection is

        held: Any = holder.connection.dbapi_connection
        name = self._database.name

        def still_held(connection: Connection) -> None:
            if not connection.get_execution_options().get("wp_sync_writes"):
                return
            try:
                held.execute("SELECT 1")
            except psycopg.Error as error:
                raise ArchiveError(
                    f"{name}: the connection that held the lock is lost", hint=_AGAIN
                ) from error

        return still_held

"""Datasette over one archive, for this computer alone: loopback, read-only, questions at hand.

Every connection is opened for reading, and the engine is told to refuse writes besides. A run that
writes meanwhile is not disturbed: in WAL mode readers hold up nobody, and each query is one short
read. Whoever speaks to the server must call it by a loopback name, so that no page of another site
can read it by a name that it had point here (DNS rebinding).
"""

from __future__ import annotations

import logging
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette  # type: ignore[import-untyped]
from datasette.database import Database  # type: ignore[import-untyped]
from datasette.plugins import pm  # type: ignore[import-untyped]
from datasette.utils import parse_metadata  # type: ignore[import-untyped]

from wp_sync.archive.database import sqlite_address
from wp_sync.browse import cells, functions
from wp_sync.errors import UsageError

HOST = "127.0.0.1"
_SETTINGS = {
    "sql_time_limit_ms": 5_000,
    "default_cache_ttl": 0,  # a run may be writing
    "allow_download": False,
    "suggest_facets": False,  # a count of every column, at every look at a table
    "max_returned_rows": 1_000,
    "truncate_cells_html": 2_000,
}
# Datasette's own pages have scripts in them; they may speak to nobody but this server.
_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
        b" img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none';"
        b" frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_START_SECONDS = 60.0


class _ReadOnly(Database):  # type: ignore[misc]
    """A database file of which Datasette gets nothing but reading connections."""

    def __init__(self, datasette: Datasette, path: Path) -> None:
        super().__init__(datasette, path=str(path), is_mutable=True)
        self._address = sqlite_address(path, read_only=True)

    def connect(self, write: bool = False) -> sqlite3.Connection:
        if write:
            raise PermissionError("an archive in the browser is read-only")
        connection = sqlite3.connect(self._address, uri=True, check_same_thread=False, timeout=15)
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA trusted_schema=OFF")
        functions.register(connection)
        self._all_file_connections.append(connection)
        return connection


def application(archive: Path, search: Path | None) -> tuple[Any, Callable[[], None]]:
    """The pages as an ASGI application, and what closes its connections."""
    here = resources.files("wp_sync.browse")
    metadata = parse_metadata((here / "metadata.yaml").read_text(encoding="utf-8"))
    files = {"archive": archive} | ({"search": search} if search else {})
    metadata["databases"] = {name: metadata["databases"][name] for name in files}
    if not pm.is_registered(cells):
        pm.register(cells, name="wp-sync")
    # Where it finds rich, Datasette prints all variables of every query that it refuses.
    pm.get_plugin("datasette.handle_exception").rich = None
    datasette = Datasette(metadata=metadata, settings=_SETTINGS)
    datasette.remove_database("_memory")
    for name, path in files.items():
        datasette.add_database(_ReadOnly(datasette, path), name=name)
    style = (here / "browse.css").read_bytes()

    def close() -> None:
        for database in datasette.databases.values():
            database.close()

    return _Guarded(datasette.app(), style), close


class _Guarded:
    """Lets through what asks by a loopback name and only reads; adds headers to every answer."""

    def __init__(self, inner: Any, style: bytes) -> None:
        self._inner = inner
        self._style = style

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
            await send(message)

        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower()
        if host.partition(":")[0] not in (HOST, "localhost"):
            await _answer(sending, 403, b"this server answers to 127.0.0.1 and localhost only\n")
        elif scope["method"] not in ("GET", "HEAD"):
            await _answer(sending, 405, b"an archive in the browser is read-only\n")
        elif scope["path"] == "/wp-sync/browse.css":
            await _answer(sending, 200, self._style, b"text/css; charset=utf-8")
        else:
            await self._inner(scope, receive, sending)


async def _answer(
    send: Any, status: int, body: bytes, kind: bytes = b"text/plain; charset=utf-8"
) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def served(archive: Path, search: Path | None, port: int) -> Iterator[str]:
    """Serve an archive's database file while this lasts; gives the address.

    Raises:
        UsageError: the port can't be had.
    """
    with listening(port) as listener:
        app, close = application(archive, search)
        # Errors go the way of our own log; requests are nobody's business.
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="on",
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        # In a thread of its own uvicorn leaves the signals to us.
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="wp-sync-serve", daemon=True
        )
        thread.start()
        try:
            until = time.monotonic() + _START_SECONDS
            while not server.started and thread.is_alive() and time.monotonic() < until:
                time.sleep(0.02)
            if not server.started:
                raise UsageError("the server did not start", hint="--verbose says more")
            yield f"http://{HOST}:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(10)
            close()


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """A socket on loopback; port 0 for any that is free.

    Raises:
        UsageError: another program has the port.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise UsageError(
                f"port {port} can't be had: {error.strerror or error}",
                hint="name another with --port, or 0 for any that is free",
            ) from error
        yield listener

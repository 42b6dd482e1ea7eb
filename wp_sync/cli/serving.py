"""The command `serve`: an archive in the browser, on this computer alone, until Ctrl-C."""

from __future__ import annotations

import importlib.util
import tempfile
import threading
import time
import webbrowser
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from wp_sync.archive.base import Archive
from wp_sync.cli import options as given
from wp_sync.cli.look import PANEL
from wp_sync.cli.parts import archive_of, settings, site_in
from wp_sync.cli.session import Reply, Session, command
from wp_sync.config import is_address
from wp_sync.errors import UsageError, WpSyncError
from wp_sync.paths import typed
from wp_sync.progress import Stop

_Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, metavar="N", help="Port; 0 for any free one.")
]
_Open = Annotated[bool, typer.Option("--open", help="Open the browser too.")]
_Search = Annotated[
    bool, typer.Option("--search/--no-search", help="Make a full-text search, in a temporary file.")
]


def register(app: typer.Typer) -> None:
    """Add this command to the menu."""

    @command(app, "serve", PANEL)
    def serve(
        session: Session,
        archive: given.ArchiveDir = "",
        port: _Port = 8809,
        open_: _Open = False,
        search: _Search = True,
    ) -> Reply:
        """Browse an archive with Datasette: on this computer alone, read-only, until Ctrl-C."""
        config = settings(session, archive=archive)
        if is_address(config.archive):
            raise UsageError(
                "only archives in SQLite can be browsed, and this one is in PostgreSQL.",
                hint="look at its tables with psql, or copy the site into a folder as well",
            )
        if importlib.util.find_spec("datasette") is None:
            raise UsageError(
                "browsing an archive needs Datasette, which is not installed.",
                hint="install it: pip install 'wp-sync[serve]'",
            )
        from wp_sync.archive.archive import database_file
        from wp_sync.browse.server import served

        with (
            archive_of(config, read_only=True) as store,
            tempfile.TemporaryDirectory(prefix="wp-sync-", ignore_cleanup_errors=True) as folder,
            session.interruptible() as stop,
        ):
            if not store.sites():
                site_in(store, config)  # says so; several sites are browsed together
            texts = Path(folder) / "search.db" if search else None
            filling = _Filling(session, store, texts)
            with served(database_file(typed(config.archive)), texts, port) as address:
                session.screen.show(
                    Text(f"The archive is at {address} until Ctrl-C; nobody can write to it.")
                )
                with filling:
                    if open_:
                        webbrowser.open(address)
                    while not stop.requested:
                        time.sleep(0.1)
        return Reply({"url": address})


class _Filling:
    """The search, filled in a thread while pages are read already."""

    def __init__(self, session: Session, store: Archive, path: Path | None) -> None:
        from wp_sync.browse import texts

        self._session = session
        self._stop = Stop()
        self._thread: threading.Thread | None = None
        if path is not None:
            texts.lay_out(path)
            self._thread = threading.Thread(
                target=self._fill, args=(path, store), name="wp-sync-search", daemon=True
            )

    def _fill(self, path: Path, store: Archive) -> None:
        from wp_sync.browse import texts

        try:
            number = texts.fill(path, store, self._stop)
        except WpSyncError as error:
            self._session.screen.error(error)
            return
        if not self._stop.requested:
            self._session.screen.say(f"all {number:,} texts can be searched")

    def __enter__(self) -> None:
        if self._thread is not None:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.request()
        if self._thread is not None:
            self._thread.join()

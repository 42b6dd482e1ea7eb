"""Where the log goes and in which form; no secret passes, whatever a library wrote.

Redaction happens on the finished line, so that messages, arguments, tracebacks and fields of other
libraries' records are all covered.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from wp_sync.cli.secrets import Redactor
from wp_sync.cli.text import printable
from wp_sync.errors import UsageError

LogFormat = Literal["text", "json"]


class _Text(logging.Formatter):
    """One line a record, a traceback below it; times in UTC."""

    converter = staticmethod(time.gmtime)

    def __init__(self, redact: Redactor) -> None:
        super().__init__("%(asctime)sZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return printable(self._redact(super().format(record)))


class _Json(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and error where there was one."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._redact(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = self._redact(self.formatException(record.exc_info))
        return self._redact(json.dumps(line, ensure_ascii=True))


@contextmanager
def logging_to(
    *, verbose: int, quiet: bool, form: LogFormat, file: Path | None, redact: Redactor
) -> Iterator[None]:
    """Send the log to stderr (by verbosity) and, where named, to a file (from INFO on).

    Raises:
        UsageError: the log file can't be written.
    """
    formatter: logging.Formatter = _Json(redact) if form == "json" else _Text(redact)
    screen = logging.StreamHandler(sys.stderr)
    screen.setLevel(_level(verbose, quiet))
    handlers: list[logging.Handler] = [screen]
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            to_file = logging.FileHandler(file, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise UsageError(
                f"the log can't be written to {file}: {error.strerror}.",
                hint="name another file with --log-file",
            ) from None
        to_file.setLevel(logging.DEBUG if verbose > 1 else logging.INFO)
        handlers.append(to_file)
    root = logging.getLogger()
    before = root.level
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(min(handler.level for handler in handlers))
    # Other libraries' debug lines name headers and addresses; ours say what matters.
    logging.getLogger("urllib3").setLevel(logging.INFO)
    logging.raiseExceptions = False  # a full disk under the log must not end a run
    try:
        yield
    finally:
        root.setLevel(before)
        for handler in handlers:
            root.removeHandler(handler)
            if handler is not screen:
                handler.close()


def _level(verbose: int, quiet: bool) -> int:
    if quiet:
        return logging.ERROR
    return {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)


def keep_traceback(error: BaseException, file: Path | None, redact: Redactor) -> str:
    """Write an unexpected error's traceback where it can be found; returns the place's name."""
    text = redact("".join(traceback.format_exception(error)))
    if file is not None:
        logging.getLogger("wp_sync").error("unexpected error", exc_info=error)
        return str(file)
    try:
        handle, name = tempfile.mkstemp(prefix="wp-sync-error-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as out:
            out.write(text)
    except OSError:
        sys.stderr.write(printable(text))
        return "the lines above"
    return name

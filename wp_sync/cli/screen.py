"""What reaches the terminal: results on stdout, everything else on stderr; no secret, no escape.

Under ``--json`` stdout carries one JSON document and nothing else. Text of a site is shown through
`printable`, never as markup.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from wp_sync.cli.progress import Bars, Lines, Reporter
from wp_sync.cli.secrets import Redactor
from wp_sync.cli.text import printable
from wp_sync.errors import ConfigError, Place, Problem, WpSyncError
from wp_sync.model import LeftOut


class _Redacted:
    """A stream that no secret passes; written whole pieces at a time, as rich does."""

    def __init__(self, name: str, redact: Redactor) -> None:
        self._name = name
        self._redact = redact

    def _stream(self) -> TextIO:
        stream: TextIO = getattr(sys, self._name)
        return stream

    def write(self, text: str) -> int:
        self._stream().write(self._redact(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream(), name)


class Screen:
    """One command's way to speak."""

    def __init__(self, *, as_json: bool, quiet: bool, verbose: int, redact: Redactor) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.verbose = verbose
        for stream in (sys.stdout, sys.stderr):
            # A terminal that can't show a character gets its code, never an exception.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        self._redact = redact
        self.out = self._console("stdout")
        self.err = self._console("stderr")
        self.told: list[Problem] = []  # problems so far, for those who are told of a run later

    def _console(self, name: str) -> Console:
        stream: Any = _Redacted(name, self._redact)
        # Piped text is for programs and logs: never broken into lines at an invented width.
        piped = None if stream.isatty() or "COLUMNS" in os.environ else 200
        return Console(file=stream, highlight=False, emoji=False, width=piped)

    # -- results
    def show(self, *parts: RenderableType) -> None:
        """The result of a command, for people. Texts are never broken into lines (commands are
        there to be copied); in a pipe nothing but a table is."""
        if not self.as_json:
            for part in parts:
                whole = not self.out.is_terminal and not isinstance(part, Table)
                self.out.print(part, soft_wrap=whole or isinstance(part, Text))

    def summary(self, *parts: RenderableType) -> None:
        """What was done; left out when quiet."""
        if not self.quiet:
            self.show(*parts)

    def document(self, document: Mapping[str, object]) -> None:
        """The result of a command, for programs."""
        text = json.dumps(document, ensure_ascii=True, default=str, indent=2)
        sys.stdout.write(self._redact(text) + "\n")
        sys.stdout.flush()

    def raw(self, text: str) -> None:
        """A verbatim piece of output (JSON of a record) that must not be wrapped or styled."""
        sys.stdout.write(self._redact(text))
        sys.stdout.flush()

    # -- the rest
    def say(self, text: str) -> None:
        """A remark on what is going on."""
        if not self.quiet:
            self.err.print(Text(printable(text)), soft_wrap=True)

    def progress(self) -> Reporter:
        """Where a stage tells how far it is."""
        if self.quiet:
            return Reporter()
        if self.err.is_terminal:
            return Bars(self.err)
        return Lines(self.say)

    def problem(self, problem: Problem) -> None:
        """One thing that is wrong."""
        self.told.append(problem)
        self.err.print(problem_text(problem, "• "), soft_wrap=True)

    def error(self, error: WpSyncError) -> None:
        """Why a command ended: what, where and the next step."""
        self.err.print(error_text(error), soft_wrap=True)


def error_text(error: WpSyncError) -> Text:
    """One message for people: what, where, next step."""
    text = Text()
    text.append("error: ", style="bold red")
    if isinstance(error, ConfigError):
        number = len(error.problems)
        text.append("1 mistake" if number == 1 else f"{number} mistakes")
        text.append(" in the configuration; nothing was done.")
        for problem in error.problems:
            text.append("\n")
            text.append_text(problem_text(problem, "  "))
        return text
    text.append(sentence(error.message))
    if where := str(error.place):
        text.append(f"\n  where: {printable(where, one_line=True)}")
    if error.hint:
        text.append("\n  next:  ", style="bold")
        text.append(sentence(error.hint))
    return text


def problem_text(problem: Problem, bullet: str) -> Text:
    """One problem on one line, its next step below."""
    text = Text(bullet)
    if where := str(problem.place):
        text.append(f"{printable(where, one_line=True)}: ", style="bold")
    text.append(printable(problem.message, one_line=True))
    if problem.hint:
        text.append(f"\n{' ' * len(bullet)}  → {printable(problem.hint, one_line=True)}")
    return text


def sentence(text: str) -> str:
    """With a capital and a full stop, unless it ends in a sign, an address or a command."""
    shown = printable(text).strip()
    if shown[:1].islower() and not shown.startswith(("wp-sync", "http")):
        shown = shown[:1].upper() + shown[1:]
    last = shown.rpartition(" ")[2]
    plain = last.isalpha() or last[-1:] in ")”"
    return f"{shown}." if plain else shown


def problem_json(problem: Problem) -> dict[str, object]:
    """A problem as every ``--json`` document carries it."""
    return {
        "message": problem.message,
        "place": place_json(problem.place),
        "hint": problem.hint,
        **({"on_purpose": True} if isinstance(problem, LeftOut) else {}),
    }


def place_json(place: Place) -> dict[str, object]:
    """The known parts of a place."""
    return {key: value for key, value in asdict(place).items() if value not in ("", None)}


def error_json(error: WpSyncError) -> dict[str, object]:
    """An error as a ``--json`` document carries it."""
    problems: Sequence[Problem] = error.problems if isinstance(error, ConfigError) else ()
    return {
        "type": type(error).__name__,
        "message": error.message if not problems else "mistakes in the configuration",
        "place": place_json(error.place) if not problems else {},
        "hint": error.hint if not problems else "",
        "problems": [problem_json(problem) for problem in problems],
    }

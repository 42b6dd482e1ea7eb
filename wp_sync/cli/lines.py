"""How results are laid out: lines that hang under their label, blocks with air between them.

Knows nothing of what it lays out. On a terminal a long line is broken between words and goes on
under its own text; in a pipe it stays one line, for `grep` and for logs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from wp_sync.cli.text import printable

_NARROWEST = 24  # columns; a text column below this is no better than a wrapped line


class Line:
    """A label and its text; without a label, an indented text."""

    def __init__(self, text: str | Text, *, label: str = "", width: int = 0, indent: int = 2):
        self._head = " " * indent + (label.ljust(width) + "  " if label else "")
        self._text = text if isinstance(text, Text) else Text(printable(text, one_line=True))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        head = (self._head, "dim")
        room = options.max_width - len(self._head)
        if not console.is_terminal or room < _NARROWEST:
            yield Text.assemble(head, self._text)
            return
        first, *rest = self._text.wrap(console, room) or [Text()]
        yield Text.assemble(head, first)
        for line in rest:
            yield Text.assemble(" " * len(self._head), line)


def block(head: str, rows: Sequence[tuple[str, str | Text]], *, more: str = "") -> list[Line]:
    """A headed block of labels and texts, aligned; ``more`` stands dimly below."""
    if not rows:
        return []
    width = max(len(label) for label, _ in rows)
    lines = [Line(Text(head, style="bold"), indent=0)]
    lines += [Line(text, label=label, width=width) for label, text in rows]
    if more:
        lines.append(Line(Text(more, style="dim")))
    return lines


def spaced(*blocks: Iterable[RenderableType]) -> list[RenderableType]:
    """Blocks one below the other with an empty line between them; empty ones leave no gap."""
    there = [list(one) for one in blocks]
    full = [one for one in there if one]
    return list(chain.from_iterable((Text(), *one) for one in full))[1:]


def dim(text: str) -> Text:
    """Something said in passing."""
    return Text(printable(text, one_line=True), style="dim")

"""Draws the README's picture from a real run: ``make picture``.

The sample site is copied by the real command line into a folder that is thrown away; what the
terminal would show is exported as SVG.
"""

from __future__ import annotations

import html
import io
import os
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from wp_sync.cli import screen
from wp_sync.cli.app import build

PICTURE = Path(__file__).resolve().parent / "img" / "terminal.svg"
WIDTH = 92


_COLUMN = 12.2  # units from one character to the next, as rich draws them
_TEXT = re.compile(
    r'<text class="(terminal-r[0-9]+)" x="([0-9.]+)" y="([0-9.]+)" textLength="[0-9.]+"'
    r' clip-path="([^"]+)">([^<]*)</text>'
)


def _by_words(match: re.Match[str]) -> str:
    """Every word at its own column: not all renderers keep to ``textLength``, or to the spaces
    that a text begins with, and no two fonts are equally wide."""
    name, left, top, clip, content = match.groups()
    plain = html.unescape(content).replace("\xa0", " ")
    return "".join(
        f'<text class="{name}" x="{float(left) + word.start() * _COLUMN:.1f}" y="{top}"'
        f' textLength="{len(word[0]) * _COLUMN:.1f}" clip-path="{clip}">'
        f"{html.escape(word[0], quote=False)}</text>"
        for word in re.finditer(r"\S+", plain)
    )


def main() -> None:
    """Run, record, export."""
    consoles: list[Console] = []

    class Recording(Console):
        def __init__(self, **options: object) -> None:
            given = {**options, "width": WIDTH, "record": True, "color_system": "truecolor"}
            if not consoles:  # results look as on a terminal; progress as in a log
                given["force_terminal"] = True
            super().__init__(**given)  # type: ignore[arg-type]
            consoles.append(self)

    screen.Console = Recording  # type: ignore[misc]
    PICTURE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        here = Path.cwd()
        os.chdir(folder)
        try:
            build()(["demo"])
        except SystemExit as end:
            if end.code:
                sys.exit(f"the run ended with {end.code}; no picture was drawn")
        finally:
            os.chdir(here)
    out = consoles[0]
    shown = out.export_text(styles=True)
    sheet = Console(record=True, width=WIDTH, color_system="truecolor", file=io.StringIO())
    sheet.print(Text.assemble(("$ ", "bold green"), ("wp-sync demo", "bold")))
    sheet.print(Text.from_ansi(shown))
    drawn = sheet.export_svg(title="wp-sync", unique_id="terminal")
    # A picture fetches nothing: the reader's own monospaced font is good enough.
    drawn = re.sub(r"@font-face \{.*?\n    \}\n", "", drawn, flags=re.DOTALL)
    drawn = _TEXT.sub(_by_words, drawn)
    PICTURE.write_text(drawn, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

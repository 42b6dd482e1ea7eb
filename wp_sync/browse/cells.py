"""How Datasette shows the cells of an archive: bytes as their number, differences by line, links.

A plugin of Datasette's, registered by `server`. Everything else stays as Datasette shows it: it
escapes whatever a site's content holds, and so does this.
"""

from __future__ import annotations

from typing import Any

from datasette import hookimpl  # type: ignore[import-untyped]
from markupsafe import Markup

LINK = "→ "  # how a query calls a column whose values are addresses in here
_LINE = Markup("{}")
_LINES = {
    "+": Markup("<ins>{}</ins>"),
    "-": Markup("<del>{}</del>"),
    "@": Markup("<b>{}</b>"),
}


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: Any, column: str, table: str | None) -> Markup | None:
    """A cell's markup; None where Datasette is to do it."""
    if isinstance(value, bytes):
        return Markup('<span class="bytes">{:,} bytes, packed</span>').format(len(value))
    if table is not None or not isinstance(value, str):
        return None
    if column == "differences":
        return Markup('<pre class="diff">{}</pre>').format(Markup("\n").join(_lines(value)))
    if column == "whole":
        return Markup("<pre>{}</pre>").format(value)
    # Content can choose a value, but no column's name, and leads nowhere but to another query.
    if column.startswith(LINK) and value.startswith("/archive/"):
        return Markup('<a href="{}">{}</a>').format(value, column.removeprefix(LINK))
    return None


def _lines(text: str) -> list[Markup]:
    return [_LINES.get(line[:1], _LINE).format(line) for line in text.split("\n")]

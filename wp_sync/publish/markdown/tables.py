"""Tables as Markdown's pipes where they say all that the table says; else None, and HTML stays."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from wp_sync.publish.markdown import inline
from wp_sync.publish.markdown.inline import Context

_IN_CELLS = frozenset(
    ("p", "div", "br", "a", "em", "i", "strong", "b", "code", "img", "span", "sub", "sup", "kbd",
     "mark", "u", "ins", "small", "del", "s", "strike", "abbr", "font", "tt", "q", "time", "cite")
)  # fmt: skip
_ALIGN = re.compile(r"text-align:\s*(left|center|right)|has-text-align-(left|center|right)")
_RULES = {"": "---", "left": ":--", "center": ":-:", "right": "--:"}
_MOST_COLUMNS = 40


def table(element: HtmlElement, context: Context) -> str | None:
    """A table in pipes; without a head it gets an empty one."""
    if any(isinstance(one.tag, str) and one.tag == "table" for one in element.iterdescendants()):
        return None
    rows = list(element.iter("tr"))
    cells = [[cell for cell in row if cell.tag in ("td", "th")] for row in rows]
    cells = [row for row in cells if row]
    width = max(map(len, cells), default=0)
    if not width or width > _MOST_COLUMNS or not all(_plain(cell) for row in cells for cell in row):
        return None
    caption = element.find("caption")
    head = cells[0] if _is_head(cells[0]) else []
    body = cells[1:] if head else cells
    if any(cell.tag == "th" for row in body for cell in row):
        return None
    lines = [_row([_cell(cell, context) for cell in head], width)]
    aligned = head or cells[0]
    rules = [_RULES[_alignment(cell)] for cell in aligned]
    lines.append(_row(rules, width, "---"))
    lines += [_row([_cell(cell, context) for cell in row], width) for row in body]
    if caption is not None and (text := inline.line(caption, context)):
        lines += ["", f"*{text}*" if "*" not in text else text]
    return "\n".join(lines)


def _is_head(row: list[HtmlElement]) -> bool:
    parent = row[0].getparent()
    above = parent.getparent() if parent is not None else None
    return all(cell.tag == "th" for cell in row) or (above is not None and above.tag == "thead")


def _plain(cell: HtmlElement) -> bool:
    if any((cell.get(name) or "1").strip() not in ("1", "") for name in ("colspan", "rowspan")):
        return False
    return all(one.tag in _IN_CELLS for one in cell.iterdescendants() if isinstance(one.tag, str))


def _alignment(cell: HtmlElement) -> str:
    found = (cell.get("align") or "").lower()
    if found and found in _RULES:
        return found
    match = _ALIGN.search(f"{cell.get('style') or ''} {cell.get('class') or ''}")
    return (match[1] or match[2]) if match else ""


def _cell(cell: HtmlElement, context: Context) -> str:
    """A cell's text in one line; its paragraphs are told apart by line breaks."""
    context.cell = True
    try:
        parts: list[str] = []
        blocks = [one for one in cell if one.tag in ("p", "div")]
        if blocks and not (cell.text or "").strip() and len(blocks) == len(cell):
            parts = [inline.line(one, context) for one in blocks]
        else:
            parts = [inline.line(cell, context)]
    finally:
        context.cell = False
    return "<br>".join(part for part in parts if part).replace("\n", " ")


def _row(cells: list[str], width: int, empty: str = "") -> str:
    return "| " + " | ".join([*cells, *[empty] * (width - len(cells))]) + " |"

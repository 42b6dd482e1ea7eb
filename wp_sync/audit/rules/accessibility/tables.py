"""Tables whose headers don't tell what a cell is about."""

from __future__ import annotations

from collections.abc import Iterator

from wp_sync.audit.base import Hit, Limits, page_rule
from wp_sync.audit.naming import PRESENTATION, seen, spaced
from wp_sync.audit.page import Page
from wp_sync.audit.rules.accessibility.shared import axe_rule, called, hit
from wp_sync.audit.tree import Node

_SCOPES = ("row", "col", "rowgroup", "colgroup")
_HEADER_ROLES = ("columnheader", "rowheader")
_MOST_CELLS = 2_000  # of a table that headers are looked for in
_WIDEST = 1_000


def rows(table: Node) -> list[list[Node]]:
    """The cells of a table, row by row; those of tables in it are theirs."""
    found: list[list[Node]] = []
    heads: list[list[Node]] = []
    feet: list[list[Node]] = []
    for part in table.elements():
        trs = [part] if part.name == "tr" else list(part.elements())
        if part.name not in ("tr", "thead", "tbody", "tfoot"):
            continue
        cells = [
            [cell for cell in tr.elements() if cell.name in ("td", "th")]
            for tr in trs
            if tr.name == "tr"
        ]
        {"thead": heads, "tfoot": feet}.get(part.name, found).extend(cells)
    return heads + found + feet


@page_rule(
    axe_rule(
        "empty-table-header",
        "minor",
        "A header without words says nothing of the cells below it.",
        "Put words into it, or make an empty corner a <td>.",
        "<table><tr><th></th><th>Week</th></tr><tr><td>Naps</td><td>3</td></tr></table>",
        "<table><tr><td></td><th>Week</th></tr><tr><td>Naps</td><td>3</td></tr></table>",
    )
)
def empty_table_header(page: Page, limits: Limits) -> Iterator[Hit]:
    naming = page.naming
    headers = [one for one in seen(naming, "th") if "role" not in one.attributes]
    if "rowheader" in page.html or "columnheader" in page.html:
        headers += [
            one
            for one in page.tree.root.walk()
            if one.attributes.get("role") in _HEADER_ROLES and not naming.hidden(one)
        ]
    for node in headers:
        if not naming.says(node) and naming.role(node) not in PRESENTATION:
            yield hit(page, node, f"a header <{node.name}> has no words")


@page_rule(
    axe_rule(
        "scope-attr-valid",
        "moderate",
        "A scope that browsers don't know, or on a plain cell, ties the header to nothing.",
        'Use scope="col" or scope="row", and only on <th>.',
        '<table><tr><th scope="column">Night</th></tr><tr><td>Monday</td></tr></table>',
        '<table><tr><th scope="col">Night</th></tr><tr><td>Monday</td></tr></table>',
    )
)
def scope_attr_valid(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in seen(page.naming, "td", "th"):
        scope = node.get("scope")
        if scope is None:
            continue
        text = called(page.naming.shown(node))
        if node.name == "td":
            yield hit(page, node, f"a plain cell has a scope: {text}", text)
        elif scope.lower() not in _SCOPES:
            yield hit(page, node, f"no browser knows the scope {scope!r} of {text}", text)


@page_rule(
    axe_rule(
        "td-headers-attr",
        "serious",
        "A cell names headers that are not in its table.",
        "Name ids of <th> cells of the same table, or take headers away.",
        '<table><tr><th id="n">N</th></tr><tr><td headers="x">Monday</td></tr></table>',
        '<table><tr><th id="n">N</th></tr><tr><td headers="n">Monday</td></tr></table>',
    )
)
def td_headers_attr(page: Page, limits: Limits) -> Iterator[Hit]:
    if "headers" not in page.attribute_names:
        return
    naming = page.naming
    for table in seen(naming, "table"):
        if naming.role(table) not in ("table", "grid", "treegrid"):
            continue
        cells = [cell for row in rows(table) for cell in row][:_MOST_CELLS]
        roles = {id: naming.role(cell) for cell in cells if (id := cell.get("id"))}
        for cell in cells:
            named = cell.get("headers")
            if not (named or "").strip() or naming.hidden(cell):
                continue
            wrong = [
                id
                for id in (named or "").split()
                if id == cell.get("id") or roles.get(id) not in _HEADER_ROLES
            ]
            if wrong:
                message = f"a cell names the header {wrong[0][:80]}, which is none of its table"
                yield hit(page, table, message, f"headers {' '.join(wrong)}")
                break


@page_rule(
    axe_rule(
        "table-duplicate-name",
        "minor",
        "The same words are read out twice, as caption and as summary.",
        "Take the summary away.",
        '<table summary="Nights"><caption>Nights</caption><tr><td>6</td></tr></table>',
        "<table><caption>Nights</caption><tr><td>6</td></tr></table>",
    )
)
def table_duplicate_name(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in seen(page.naming, "table"):
        summary = spaced(node.get("summary") or "").lower()
        caption = next((one for one in node.elements() if one.name == "caption"), None)
        if summary and caption is not None and page.naming.says(caption).lower() == summary:
            yield hit(page, node, f"caption and summary are the same: {called(summary)}", summary)


@page_rule(
    axe_rule(
        "th-has-data-cells",
        "serious",
        "A header that stands over no cell and beside none describes nothing.",
        "Make it a <td>, or put it over the cells that it is about.",
        "<table><tr><th>Night</th><th>Hours</th></tr><tr><th>Mon</th><th>6</th></tr></table>",
        "<table><tr><th>Night</th><th>Hours</th></tr><tr><td>Mon</td><td>6</td></tr></table>",
        review=True,
    )
)
def th_has_data_cells(page: Page, limits: Limits) -> Iterator[Hit]:
    if "th" not in page.tree.by_name:
        return
    naming = page.naming
    for table in seen(naming, "table"):
        if naming.explicit(table) in PRESENTATION and not naming.focusable(table):
            continue
        listed = rows(table)
        if sum(len(row) for row in listed) > _MOST_CELLS:
            continue
        headers = [c for row in listed for c in row if c.name == "th" or _is_header(page, c)]
        if not any(c.name == "th" for c in headers):
            continue
        named = " ".join(c.get("headers") or "" for row in listed for c in row).split()
        grid = _grid(listed)
        for header in headers:
            if not naming.shown_anyway(header) or header.get("id") in named:
                continue
            if not _describes(page, header, grid):
                text = called(naming.shown_anyway(header))
                message = f"the header {text} stands over no cell and beside none"
                yield hit(page, table, message, f"th {text}")
                break


def _is_header(page: Page, cell: Node) -> bool:
    return page.naming.explicit(cell) in _HEADER_ROLES


def _span(cell: Node, name: str) -> int:
    value = (cell.get(name) or "").strip()
    return min(int(value), _WIDEST) if value.isascii() and value.isdigit() and int(value) else 1


def _grid(listed: list[list[Node]]) -> list[list[Node | None]]:
    """The cells by row and column, each in all the places that it spans."""
    grid: list[list[Node | None]] = [[] for _ in listed]
    for y, row in enumerate(listed):
        x = 0
        for cell in row:
            while x < len(grid[y]) and grid[y][x] is not None:
                x += 1
            for below in range(y, min(len(grid), y + _span(cell, "rowspan"))):
                line = grid[below]
                line.extend([None] * (x + _span(cell, "colspan") - len(line)))
                for place in range(x, x + _span(cell, "colspan")):
                    line[place] = cell
            x += _span(cell, "colspan")
    return grid


def _scope(page: Page, cell: Node, grid: list[list[Node | None]]) -> str:
    """What a cell is a header of: a column, a row, either (auto), or nothing."""
    role = page.naming.explicit(cell)
    if role in _HEADER_ROLES:
        return "col" if role == "columnheader" else "row"
    scope = (cell.get("scope") or "").lower()
    if scope in _SCOPES:
        return scope[:3]
    if cell.name != "th":
        return ""
    place = next(((y, row.index(cell)) for y, row in enumerate(grid) if cell in row), None)
    if place is None:
        return "auto"
    y, x = place
    if all(c is None or c.name == "th" for c in grid[y]):
        return "col"
    column = [row[x] for row in grid if x < len(row)]
    return "row" if all(c is None or c.name == "th" for c in column) else "auto"


def _describes(page: Page, header: Node, grid: list[list[Node | None]]) -> bool:
    scope = _scope(page, header, grid)
    place = next(((y, row.index(header)) for y, row in enumerate(grid) if header in row), None)
    if place is None:
        return False
    y, x = place
    if scope in ("col", "auto"):
        for row in grid[y + 1 :]:
            cell = row[x] if x < len(row) else None
            if cell is None or cell is header:
                continue
            if cell.name == "td" or _scope(page, cell, grid) == "row":
                return True
    if scope in ("row", "auto"):
        for cell in grid[y][x + 1 :]:
            if cell is None or cell is header:
                continue
            if cell.name == "td" or _scope(page, cell, grid) == "col":
                return True
    return False

"""JSON Lines and CSV as targets of files: ``jsonl:out/`` and ``csv:out/``. One file a family."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from wp_sync.archive.base import SiteArchive
from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.rules import Rules
from wp_sync.publish.base import Item
from wp_sync.publish.desired import Desired
from wp_sync.publish.files.whole import WholeFiles, state_of
from wp_sync.publish.order import MENU_ITEM_KIND
from wp_sync.publish.tables import sheets
from wp_sync.publish.tables.lines import SCHEMA, line_of

_FORM = 1  # raise it whenever the same archive and rules would give other bytes


def table_of(kind: str) -> str:
    """The file that items of a kind stand in."""
    if kind == MEDIA_KIND:
        return "media"
    if kind == MENU_ITEM_KIND:
        return "menus"
    return {"users": "people"}.get(family := kind.partition("/")[0], family)


def jsonl_exporter(archive: SiteArchive, rules: Rules) -> WholeFiles:
    """An archive's items as lines of JSON, with the schema of the lines beside them."""
    state = state_of(archive, rules, "jsonl", _FORM, SCHEMA.read_text(encoding="utf-8"))
    files: dict[str, Callable[[], Iterable[bytes]]] = {"schema.json": _schema}
    for table in sheets.TABLES:
        files[f"{table}.jsonl"] = partial(_lines, archive, rules, table)
    return WholeFiles("jsonl", state, files)


def csv_exporter(archive: SiteArchive, rules: Rules) -> WholeFiles:
    """An archive's items as tables for spreadsheets."""
    files = {f"{table}.csv": partial(_rows, archive, rules, table) for table in sheets.TABLES}
    return WholeFiles("csv", state_of(archive, rules, "csv", _FORM), files)


def _schema() -> Iterator[bytes]:
    yield SCHEMA.read_bytes()


def _items(archive: SiteArchive, rules: Rules, table: str) -> Iterator[Item]:
    desired = Desired(archive, rules)
    return desired.items(kind for kind in desired.kinds() if table_of(kind) == table)


def _lines(archive: SiteArchive, rules: Rules, table: str) -> Iterator[bytes]:
    yield from map(line_of, _items(archive, rules, table))


def _rows(archive: SiteArchive, rules: Rules, table: str) -> Iterator[bytes]:
    yield sheets.row(sheets.TABLES[table])
    paths: dict[str, str] = {}
    if table == "posts":
        paths = {
            item.key: str(item.fields.get("path", "")) for item in _items(archive, rules, "terms")
        }
    for item in _items(archive, rules, table):
        yield sheets.row_of(table, item, paths)

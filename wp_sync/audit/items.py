"""The items that findings are about: their titles, public addresses and where to edit them.

Asks the archive for many at a time; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from wp_sync.archive.base import SiteArchive
from wp_sync.normalize.text import clean_name

_SOME = 200
_LENGTHS = (1, 10, 50, _SOME)
_HOLDERS = {length: ", ".join(f":id{number}" for number in range(length)) for length in _LENGTHS}


@dataclass(frozen=True, slots=True)
class Shown:
    """How an item is shown to people."""

    title: str = ""
    url: str = ""
    edit_url: str = ""


NOT_SHOWN = Shown()


def edit_url(home: str, kind: str, id: int) -> str:
    """Where WordPress lets its people edit an item; empty for what has no such place."""
    family, _, name = kind.partition("/")
    admin = f"{home.rstrip('/')}/wp-admin"
    if family == "posts":
        return f"{admin}/post.php?post={id}&action=edit"
    if family == "terms":
        return f"{admin}/term.php?taxonomy={quote(name)}&tag_ID={id}"
    if family == "users":
        return f"{admin}/user-edit.php?user_id={id}"
    if family == "comments":
        return f"{admin}/comment.php?action=editcomment&c={id}"
    return ""


def shown(archive: SiteArchive, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Shown]:
    """How these items, each a kind and an id, are shown."""
    known = archive.site()
    key, home = (known.key, known.home) if known else ("", "")
    by_kind: dict[str, set[int]] = {}
    for kind, id in wanted:
        by_kind.setdefault(kind, set()).add(id)
    found: dict[tuple[str, int], Shown] = {}
    for kind, ids in by_kind.items():
        ordered = sorted(ids)
        for start in range(0, len(ordered), _SOME):
            some = ordered[start : start + _SOME]
            titles = _titles(archive, key, kind, some)
            for row in _rows(archive, key, "records", "link, slug", "kind", kind, some):
                id = int(row["id"])
                title = titles.get(id) or str(row["slug"])
                found[kind, id] = Shown(title, str(row["link"]), edit_url(home, kind, id))
    return found


def _titles(archive: SiteArchive, site: str, kind: str, ids: list[int]) -> Mapping[int, str]:
    family, _, name = kind.partition("/")
    if kind == "posts/attachment":
        rows = _rows(archive, site, "media", "title", "", "", ids)
        return {int(row["id"]): str(row["title"]) for row in rows}
    if family == "posts":
        rows = _rows(archive, site, "posts", "title", "type", name, ids)
        return {int(row["id"]): str(row["title"]) for row in rows}
    if family in ("terms", "users"):
        return {
            one.id: clean_name(str(one.data.get("name") or ""))
            for one in archive.current(kind, ids=ids)
        }
    return {}


def _rows(
    archive: SiteArchive,
    site: str,
    table: str,
    columns: str,
    column: str,
    value: str,
    ids: list[int],
) -> Iterable[Mapping[str, Any]]:
    # Of few lengths, the last id filled in for the rest: the same statement over and over.
    length = next(length for length in _LENGTHS if length >= len(ids))
    padded = [*ids, *[ids[-1]] * (length - len(ids))]
    of_kind = f" AND {column} = :value" if column else ""
    return archive.query(
        f"SELECT id, {columns} FROM {table} WHERE site = :site{of_kind}"  # noqa: S608
        f" AND id IN ({_HOLDERS[length]})",
        site=site,
        **({"value": value} if column else {}),
        **{f"id{number}": id for number, id in enumerate(padded)},
    )

"""Which column of a sheet means which key of a mapping file, and how its cells are written.

A row is a rule, a rule on posts (``assign``), or a setting. Columns may stand in any order and be
left out where nothing uses them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wp_sync.normalize.mapping_sheets.cells import escaped, joined, parts
from wp_sync.normalize.mapping_sheets.toml_text import pairs

Data = dict[str, Any]
_YES: Final = ("yes", "true", "x", "1", "ja", "sí", "si", "oui", "wahr", "да")
_NO: Final = ("no", "false", "0", "")
_TOP: Final = "/"  # `under = ""`, the top level


class Unreadable(ValueError):
    """A cell that does not say what its column is for."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, the key's path in a rule, and a value's way into a cell and back."""

    name: str
    path: tuple[str, ...]
    write: Callable[[Any], str]
    read: Callable[[str], Any]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _short(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _write_texts(value: Any) -> str:
    return joined(_as_list(value))


def _read_texts(cell: str) -> Any:
    return _short(parts(cell))


def _write_numbers(value: Any) -> str:
    return joined(str(part) for part in _as_list(value))


def _read_numbers(cell: str) -> Any:
    return _short([_number(part) for part in parts(cell.replace(",", "|"))])


def _number(text: str) -> int:
    bare = text.removesuffix(".0")
    if not (bare.isascii() and bare.lstrip("-").isdigit() and len(bare) < 19):
        raise Unreadable(f'"{text}" is not a whole number')
    return int(bare)


def _write_text(value: Any) -> str:
    return escaped(str(value))


def _read_text(cell: str) -> str:
    found = parts(cell)
    if len(found) > 1:
        raise Unreadable("there is a bar in it, and this column takes one value (write \\| for |)")
    return found[0] if found else ""


def _write_under(value: Any) -> str:
    if value == "":
        return _TOP
    text = escaped(str(value))
    return f"\\{text}" if text == _TOP else text


def _read_under(cell: str) -> str:
    return "" if cell.strip() == _TOP else _read_text(cell)


def _write_into(value: Any) -> str:
    """Paths; one in another taxonomy is written ``@post_tag Name``."""
    found = []
    for part in _as_list(value):
        path = part.get("path", "") if isinstance(part, Mapping) else part
        taxonomy = part.get("taxonomy") if isinstance(part, Mapping) else ""
        text = escaped(str(path))
        plain = f"\\{text}" if text.startswith("@") else text
        found.append(f"@{taxonomy} {text}" if taxonomy else plain)
    return " | ".join(found)


def _read_into(cell: str) -> Any:
    found: list[Any] = []
    for raw in _raw_parts(cell):
        if raw.startswith("@"):
            taxonomy, _, path = raw[1:].partition(" ")
            found.append({"taxonomy": taxonomy, "path": _read_text(path)})
        elif raw:
            found.append(_read_text(raw))
    return _short(found)


def _raw_parts(cell: str) -> list[str]:
    """The parts between bars, escapes still in them."""
    found = [""]
    signs = iter(cell)
    for sign in signs:
        if sign == "\\":
            found[-1] += sign + next(signs, "")
        elif sign == "|":
            found.append("")
        else:
            found[-1] += sign
    return [part.lstrip() for part in found]


def _write_flag(value: Any) -> str:
    return "yes" if value else "no"


def _read_flag(cell: str) -> bool:
    word = cell.strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unreadable(f'"{cell.strip()}" is neither yes nor no')


def _write_table(value: Any) -> str:
    return pairs(value)


def _read_table(cell: str) -> Data:
    """A condition, as it stands between the braces of the TOML file."""
    text = cell.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    try:
        return tomllib.loads(f"x = {{ {text} }}")["x"]  # type: ignore[no-any-return]
    except tomllib.TOMLDecodeError:
        raise Unreadable('it is written like default = true, tag = ["Sleep", "Rest"]') from None


def _texts(name: str, *path: str) -> Column:
    return Column(name, path, _write_texts, _read_texts)


def _text(name: str, *path: str) -> Column:
    return Column(name, path, _write_text, _read_text)


def _flag(name: str) -> Column:
    return Column(name, (name,), _write_flag, _read_flag)


_MATCH = (
    Column("match id", ("match", "id"), _write_numbers, _read_numbers),
    _texts("match slug", "match", "slug"),
    _texts("match name", "match", "name"),
    _texts("match pattern", "match", "pattern"),
)
TERM_RULE: Final = (
    *_MATCH,
    _texts("match path", "match", "path"),
    _texts("match lang", "match", "lang"),
    Column("into", ("into",), _write_into, _read_into),
    _text("new name", "name"),
    _text("new slug", "slug"),
    Column("under", ("under",), _write_under, _read_under),
    _text("taxonomy", "taxonomy"),
    _flag("drop"),
    _flag("keep"),
)
AUTHOR_RULE: Final = (*_MATCH, _text("new name", "name"), _text("new slug", "slug"), _flag("house"))
ASSIGN: Final = (
    *(Column(name, (name,), _write_table, _read_table) for name in ("when", "any", "none")),
    _texts("to", "to"),
    _flag("stay"),
    _text("primary", "primary"),
)
# Settings that are neither text nor of a kind that the file itself tells.
SETTINGS: Final[Mapping[str, Column]] = {
    "slugs.allow_unicode": _flag("value"),
    "slugs.max_length": Column("value", (), lambda value: str(value), _number),
    "slugs.replacements": _texts("value"),
}
SETTING_TEXT: Final = _text("value")

"""Columns of a sheet: how the values of a key are written into cells, and read out of them.

Which columns which file has is said in `forms`.
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


def _write_number(value: Any) -> str:
    return str(value)


def _read_decimal(cell: str) -> int | float:
    text = cell.strip().replace(",", ".")  # as programs of half the world write it
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        raise Unreadable(f'"{cell.strip()}" is not a number') from None


def _read_list(cell: str) -> list[str]:
    return parts(cell)


def texts(name: str, *path: str) -> Column:
    """One text or several; a single one comes back as a text, not as a list."""
    return Column(name, path or (name,), _write_texts, _read_texts)


def many(name: str, *path: str) -> Column:
    """Texts that come back as a list, however many they are."""
    return Column(name, path or (name,), _write_texts, _read_list)


def text(name: str, *path: str) -> Column:
    """One text."""
    return Column(name, path or (name,), _write_text, _read_text)


def whole(name: str, *path: str) -> Column:
    """One whole number."""
    return Column(name, path or (name,), _write_number, _number)


def decimal(name: str, *path: str) -> Column:
    """One number, which may have a fraction, behind a point or a comma."""
    return Column(name, path or (name,), _write_number, _read_decimal)


def wholes(name: str, *path: str) -> Column:
    """One whole number or several."""
    return Column(name, path or (name,), _write_numbers, _read_numbers)


def flag(name: str, *path: str) -> Column:
    """Yes or no."""
    return Column(name, path or (name,), _write_flag, _read_flag)


def condition(name: str) -> Column:
    """What an ``[[assign]]`` rule asks of posts, as it stands between braces."""
    return Column(name, (name,), _write_table, _read_table)


def places(name: str) -> Column:
    """Paths of terms, in this taxonomy or another."""
    return Column(name, (name,), _write_into, _read_into)


def parent(name: str) -> Column:
    """The path of a parent, or the top level."""
    return Column(name, (name,), _write_under, _read_under)

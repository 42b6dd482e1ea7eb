"""CSV as spreadsheet programs write and read it: encodings, separators, formulas, lists in a cell.

Text in, rows out, and back. What the columns mean is known to `columns`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wp_sync.errors import Place, Problem

# What makes spreadsheet programs compute a cell (OWASP, "CSV Injection"; the wide forms too). Such
# cells get an apostrophe in front, as a person would type it, and lose it again when read.
_FORMULA = re.compile(r"'*\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]")
_SEPARATORS = (",", ";", "\t")
_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # Excel's own first line
_LONGEST = 1 << 20  # characters of one cell


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, and the line that it begins on."""

    line: int
    cells: tuple[str, ...]


def neutral(cell: str) -> str:
    """The cell as text that no program computes; `restored` gives it back."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """The cell before `neutral`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def joined(items: Iterable[str]) -> str:
    """Several values in one cell: a bar between them, a backslash before bars within them."""
    return " | ".join(escaped(item) for item in items)


def escaped(text: str) -> str:
    """One value of a cell: a backslash before bars, and before white space at its ends."""
    last = len(text) - 1
    return "".join(
        f"\\{sign}" if sign in "\\|" or (at in (0, last) and sign.isspace()) else sign
        for at, sign in enumerate(text)
    )


def parts(cell: str) -> list[str]:
    """The values in a cell, empty ones left out; the inverse of `joined`."""
    found: list[str] = []
    value: list[str] = []
    kept = 0  # how much of the value is no white space that may go
    signs = iter(cell)
    for sign in signs:
        if sign == "|":
            found.append("".join(value[:kept]))
            value, kept = [], 0
        elif sign == "\\":
            value.append(next(signs, "\\"))
            kept = len(value)
        elif not sign.isspace():
            value.append(sign)
            kept = len(value)
        elif value:
            value.append(sign)
    found.append("".join(value[:kept]))
    return [part for part in found if part]


def written(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as a CSV file that every spreadsheet program opens: UTF-8 with its mark, CRLF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def read(data: bytes, name: str, problems: list[Problem]) -> list[Row]:
    """The rows of a CSV file, formulas restored, empty rows left out; what is wrong is noted.

    Comma, semicolon or tab; UTF-8 with or without its mark, or UTF-16 with one.
    """
    text = _decoded(data, name, problems)
    first = 1
    separator = ""
    if named := _SEP_LINE.match(text):
        text, first, separator = text[named.end() :], 2, named[1]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator or _separator(text), strict=True
    )
    rows: list[Row] = []
    before = csv.field_size_limit(_LONGEST)
    try:
        rows.extend(_rows(reader, first))
    except csv.Error as error:
        place = Place(file=name, line=reader.line_num + first - 1)
        hint = "a quote within a cell is written twice; save it from the program once more"
        problems.append(Problem(f"not valid CSV: {error}", place, hint))
    finally:
        csv.field_size_limit(before)
    return rows


def _rows(reader: Iterator[list[str]], first: int) -> Iterator[Row]:
    line = first
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield Row(line, tuple(restored(cell) for cell in cells))
        line = first + reader.line_num  # type: ignore[attr-defined]


def _decoded(data: bytes, name: str, problems: list[Problem]) -> str:
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = "save it as “CSV UTF-8”"
        problems.append(Problem("is not UTF-8 text", Place(file=name, line=line), hint))
        return ""


def _separator(text: str) -> str:
    """The separator of the header: its names have neither commas, semicolons nor tabs."""
    header = text.partition("\n")[0]
    return max(_SEPARATORS, key=header.count)

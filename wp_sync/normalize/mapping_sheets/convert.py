"""A mapping file into a sheet, and a sheet into a mapping file with the same rules.

Settings and comments above rules go along. What can't be understood is named with the line of the
sheet; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from wp_sync.errors import ConfigError, Place, Problem
from wp_sync.normalize.mapping_files.folder import FOLDER, READERS, subject_of
from wp_sync.normalize.mapping_files.terms import read_terms
from wp_sync.normalize.mapping_files.versions import accepted, version_of
from wp_sync.normalize.mapping_sheets import toml_text
from wp_sync.normalize.mapping_sheets.cells import Row, read, written
from wp_sync.normalize.mapping_sheets.columns import Column, Data, Unreadable
from wp_sync.normalize.mapping_sheets.forms import RULES, form_of
from wp_sync.toml import KeyPath, TomlFile, did_you_mean, parse

_TYPE: Final = "type"
_SETTING: Final = "setting"
_VALUE: Final = "value"
_COMMENT: Final = "comment"
# The order in which a person reads a rule: what it is about, then what becomes of it.
_ORDER: Final = ("match", "when", "any", "none")


def to_csv(text: str, name: str) -> bytes:
    """A mapping file as a sheet; ``name`` is how it is called in messages.

    Raises:
        ConfigError: the file has mistakes.
    """
    stem = _stem(name)
    form = form_of(stem)
    file = parse(text, name)
    _checked(file, stem)
    comments = _comments(text, file)
    rows: list[dict[str, str]] = []
    for key, value in _flat(file.data):
        rows.append({_TYPE: _SETTING, _SETTING: key, _VALUE: form.setting(key).write(value)})
    for kind, columns in form.rows.items():
        for number, rule in enumerate(file.data.get(kind, ())):
            row = {_TYPE: kind, _COMMENT: comments.get((kind, number), "")}
            for column in columns:
                found = _at(rule, column.path)
                if found is not None:
                    row[column.name] = column.write(found)
            rows.append(row)
    used = {_TYPE, *(name for row in rows for name, cell in row.items() if cell)}
    header = [name for name in _header(stem) if name in used]
    return written([header, *([row.get(name, "") for name in header] for row in rows)])


def from_csv(data: bytes, name: str, before: str = "") -> str:
    """A sheet as the text of a mapping file; ``name`` is the sheet's, ``before`` the text of the
    file that it replaces: its head stays where the settings in it are the same.

    Raises:
        ConfigError: with every mistake in the sheet and its line.
    """
    stem = _stem(name)
    problems: list[Problem] = []
    rows = read(data, name, problems)
    sheet = _Sheet(name, stem, problems)
    sheet.take(rows)
    if not problems:
        problems += _problems(sheet.file, stem)
    if problems:
        raise ConfigError(sorted(set(problems), key=lambda problem: problem.place.line or 0))
    settings = {k: v for k, v in sheet.file.data.items() if k not in (*RULES, "version")}
    top = _head(before, settings, version_of(sheet.form.kind))
    texts = [
        toml_text.rule(each, _in_order(rule), sheet.comments.get((each, number), ""))
        for each in RULES
        for number, rule in enumerate(sheet.file.data.get(each, ()))
    ]
    return "\n".join([top, *texts])


def _stem(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name


def _header(stem: str) -> list[str]:
    names = [column.name for columns in form_of(stem).rows.values() for column in columns]
    return [_TYPE, *dict.fromkeys(names), _SETTING, _VALUE, _COMMENT]


def _flat(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", part) for inner, part in value.items())
        elif key not in (*RULES, "version"):
            yield key, value


def _at(rule: Mapping[str, Any], path: Sequence[str]) -> Any:
    found: Any = rule
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _in_order(rule: Data) -> Data:
    return {key: rule[key] for key in sorted(rule, key=lambda key: key not in _ORDER)}


# -- the rules' own checks, on either form


def _problems(file: TomlFile, stem: str) -> list[Problem]:
    top = file.table()
    if accepted(top, form_of(stem).kind):
        if stem in READERS:
            READERS[stem](top)
        else:
            read_terms(top, subject_of(stem))
        top.finish()
    return file.problems


def _checked(file: TomlFile, stem: str) -> None:
    if file.problems or _problems(file, stem):
        raise ConfigError(sorted(file.problems, key=lambda problem: problem.place.line or 0))


# -- comments and heads of TOML files


def _comments(text: str, file: TomlFile) -> dict[tuple[str, int], str]:
    """The comment lines directly above each rule and inside it."""
    lines = text.splitlines()
    starts = sorted(
        (file.lines[kind, number], kind, number)
        for kind in RULES
        for number in range(len(file.data.get(kind, ())))
        if (kind, number) in file.lines
    )
    found: dict[tuple[str, int], str] = {}
    for place, (line, kind, number) in enumerate(starts):
        first = _above(lines, line)
        next_line = starts[place + 1][0] if place + 1 < len(starts) else len(lines) + 1
        last = max(
            (at for path, at in file.lines.items() if path[:2] == (kind, number)), default=line
        )
        mine = [*lines[first - 1 : line - 1], *lines[line : min(last, next_line - 1)]]
        said = [each.strip()[1:].strip() for each in mine if each.strip().startswith("#")]
        if any(said):
            found[kind, number] = "\n".join(said)
    return found


def _above(lines: Sequence[str], line: int) -> int:
    """The first line of the comment directly above a line (both from 1)."""
    while line > 1 and lines[line - 2].strip().startswith("#"):
        line -= 1
    return line


def _head(before: str, settings: Mapping[str, Any], version: int) -> str:
    """The part above the rules: as it stood, where it says the same."""
    file = parse(before, "")
    lines = before.splitlines()
    firsts = [at for path, at in file.lines.items() if path and path[0] in RULES]
    if before.strip() and not file.problems:
        cut = _above(lines, min(firsts)) - 1 if firsts else len(lines)
        top = "\n".join(lines[:cut]).rstrip() + "\n"
        said = parse(top, "").data.items()
        kept = {key: value for key, value in said if key != "version" and value != {}}
        if kept == settings and (at := file.lines.get(("version",))):
            if file.data["version"] != version:
                lines[at - 1] = f"version = {version}"
            return "\n".join(lines[:cut]).rstrip() + "\n"
    return toml_text.head({"version": version, **settings})


# -- sheets


class _Sheet:
    """The rows of a sheet as the data of a mapping file that knows the sheet's lines."""

    def __init__(self, name: str, stem: str, problems: list[Problem]) -> None:
        self.name = name
        self.stem = stem
        self.problems = problems
        self.comments: dict[tuple[str, int], str] = {}
        self.lines: dict[KeyPath, int] = {(): 1}
        self.form = form_of(stem)
        self.data: Data = {"version": version_of(self.form.kind)}

    @property
    def file(self) -> TomlFile:
        return TomlFile(self.name, self.data, self.lines)

    def take(self, rows: Sequence[Row]) -> None:
        if not rows:
            if not self.problems:
                self._complain(1, "there is nothing in it", "its first row names the columns")
            return
        names = self._columns(rows[0])
        for row in rows[1:]:
            cells = dict(zip(names, row.cells, strict=False))
            if any(cell.strip() for cell in row.cells[len(names) :]):
                self._complain(row.line, "there are more cells than columns")
            self._row(row.line, {name: cell for name, cell in cells.items() if cell.strip()})

    def _complain(self, line: int, message: str, hint: str = "") -> None:
        self.problems.append(Problem(message, Place(file=self.name, line=line), hint))

    def _columns(self, row: Row) -> list[str]:
        known = _header(self.stem)
        names = [" ".join(cell.split()).casefold() for cell in row.cells]
        while names and not names[-1]:
            names.pop()
        for name in names:
            if name not in known:
                self._complain(row.line, f'unknown column "{name}"', did_you_mean(name, known))
            elif names.count(name) > 1:
                self._complain(row.line, f'the column "{name}" is there twice', "keep one")
        return names

    def _row(self, line: int, cells: Mapping[str, str]) -> None:
        kinds = self.form.rows
        kind = cells.get(_TYPE, "").strip().casefold() or (
            _SETTING if _SETTING in cells else next(iter(kinds), _SETTING)
        )
        if kind == _SETTING:
            self._take_setting(line, cells)
            return
        if kind not in kinds:
            hint = did_you_mean(kind, (*kinds, _SETTING))
            self._complain(line, f'"{kind}" is no type of row', hint)
            return
        rules = self.data.setdefault(kind, [])
        rule: Data = {}
        self.lines[(kind,)] = self.lines.get((kind,), line)
        self.lines[kind, len(rules)] = line
        for column in kinds[kind]:
            if column.name in cells:
                self._take(line, rule, column, cells[column.name])
        mine = {column.name for column in kinds[kind]} | {_TYPE, _COMMENT}
        for name in [name for name in cells if name not in mine and name in _header(self.stem)]:
            self._complain(
                line, f'"{name}" has no meaning in a row of type {kind}', "leave it empty"
            )
        if comment := cells.get(_COMMENT, "").strip():
            self.comments[kind, len(rules)] = comment
        rules.append(rule)

    def _take(self, line: int, rule: Data, column: Column, cell: str) -> None:
        try:
            value = column.read(cell)
        except Unreadable as error:
            self._complain(line, f"{column.name}: {error}")
            return
        if value is False:
            return
        inside = rule
        for key in column.path[:-1]:
            inside = inside.setdefault(key, {})
        inside[column.path[-1]] = value

    def _take_setting(self, line: int, cells: Mapping[str, str]) -> None:
        key = cells.get(_SETTING, "").strip()
        table, dot, inner = key.partition(".")
        if table in self.form.rows:
            self._complain(line, f'"{table}" is no setting', "it is a type of row")
            return
        try:
            value = self.form.setting(key).read(cells.get(_VALUE, ""))
        except Unreadable as error:
            self._complain(line, f"{key}: {error}")
            return
        inside = self.data.setdefault(table, {}) if dot else self.data
        if not isinstance(inside, dict) or (inner or table) in inside:
            self._complain(line, f'the setting "{key}" is there twice', "keep one")
            return
        inside[inner or table] = value
        path: KeyPath = (table, inner) if dot else (table,)
        self.lines.setdefault(path[:1], line)
        self.lines[path] = line


def has_sheet(stem: str) -> bool:
    """Whether a file of this name can be a sheet: all can but the one on the folder itself."""
    return stem != FOLDER

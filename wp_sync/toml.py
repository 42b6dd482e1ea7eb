"""TOML files read so that every mistake in them can be named with its file and line.

`tomllib` gives the values; a small walk over the same text gives the line of every key. `Table`
reads typed values and collects what is wrong instead of raising at the first mistake. This module
knows nothing of what the keys mean: the configuration and the mapping files do.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from wp_sync.errors import Place, Problem

KeyPath = tuple[str | int, ...]
_T = TypeVar("_T")

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*+")
_SPACE = re.compile(r"[ \t]*+")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+"{3,5}'
    r"|'''(?:[^']|'(?!''))*+'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*+"'
    r"|'[^'\n]*+'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*+")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


class _Lines:
    """The line of every key of a text that `tomllib` has accepted (so nothing is checked here)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: dict[KeyPath, int] = {(): 1}
        self._arrays: dict[KeyPath, int] = {}
        self._at = 0
        self._line = 1

    def walk(self) -> dict[KeyPath, int]:
        prefix: KeyPath = ()
        self._skip(_BLANK)
        while self._at < len(self.text):
            if self.text[self._at] == "[":
                prefix = self._header()
            else:
                self._pair(prefix)
            self._skip(_BLANK)
        return self.found

    def _move(self, end: int) -> None:
        self._line += self.text.count("\n", self._at, end)
        self._at = end

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self._at)
        if match:
            self._move(match.end())

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACE)
            if match := _STRING.match(self.text, self._at):
                keys.append(str(tomllib.loads(f"key = {match[0]}")["key"]))
            elif match := _BARE.match(self.text, self._at):
                keys.append(match[0])
            else:  # can't happen in a text that tomllib accepts
                return keys
            self._move(match.end())
            self._skip(_SPACE)
            if self.text[self._at : self._at + 1] != ".":
                return keys
            self._at += 1

    def _header(self) -> KeyPath:
        line = self._line
        many = self.text.startswith("[[", self._at)
        self._at += 2 if many else 1
        keys = self._keys()
        self._at += 2 if many else 1
        path: KeyPath = ()
        for number, key in enumerate(keys):
            path = (*path, key)
            if many and number == len(keys) - 1:
                self._arrays[path] = self._arrays.get(path, -1) + 1
                self.found.setdefault(path, line)
            if path in self._arrays:
                path = (*path, self._arrays[path])
            self.found.setdefault(path, line)
        return path

    def _pair(self, prefix: KeyPath) -> None:
        line = self._line
        path = prefix
        before = self._at
        for key in self._keys():
            path = (*path, key)
            self.found.setdefault(path, line)
        self._at = max(self._at, before) + 1  # the equals sign
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._skip(_SPACE)
        self.found.setdefault(path, self._line)
        sign = self.text[self._at : self._at + 1]
        if sign == "[":
            self._at += 1
            self._inside(path, "]")
        elif sign == "{":
            self._at += 1
            self._inside(path, "}")
        else:
            match = _STRING.match(self.text, self._at) or _SCALAR.match(self.text, self._at)
            if match:
                self._move(match.end())

    def _inside(self, path: KeyPath, end: str) -> None:
        number = 0
        while self._at < len(self.text):
            self._skip(_BLANK)
            sign = self.text[self._at : self._at + 1]
            if sign == end:
                self._at += 1
                return
            if sign == ",":
                self._at += 1
            elif end == "]":
                self._value((*path, number))
                number += 1
            else:
                self._pair(path)


def lines_of(text: str) -> dict[KeyPath, int]:
    """The line (from 1) of every key, table and array element of a valid TOML text.

    A path mixes keys and numbers: ``("rule", 0, "match", "id")``.
    """
    return _Lines(text).walk()


def nearest(word: str, valid: Iterable[str]) -> str:
    """The valid name most like a word, or an empty string when none comes near."""
    found = difflib.get_close_matches(word, list(valid), n=1, cutoff=0.6)
    return found[0] if found else ""


def did_you_mean(word: str, valid: Iterable[str]) -> str:
    """A hint that names the nearest valid name, else all of them (at most twenty)."""
    names = sorted(valid)
    close = nearest(word, names)
    return f"did you mean {close}?" if close else f"known here: {', '.join(names[:20])}"


@dataclass(slots=True)
class TomlFile:
    """One file's values with the line of every key, and the problems found while reading it.

    ``folders`` is where to look for the other files that it names; empty for a text alone.
    """

    path: str
    data: Mapping[str, Any]
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    folders: tuple[Path, ...] = ()

    def line(self, path: KeyPath) -> int | None:
        """The line of a key path, or of the nearest one around it."""
        while path not in self.lines:
            if not path:
                return None
            path = path[:-1]
        return self.lines[path]

    def place(self, path: KeyPath) -> Place:
        return Place(file=self.path, line=self.line(path))

    def complain(self, path: KeyPath, message: str, hint: str = "") -> None:
        self.problems.append(Problem(message, self.place(path), hint))

    def table(self) -> Table:
        return Table(self, (), self.data)


# The standard library reads a dotted key in time with the square of its length.
_LONG_KEY = re.compile(r"(?<![\w.-])(?:[\w-]++\.){200}", re.ASCII)


def parse(text: str, name: str) -> TomlFile:
    """Read a TOML text; a syntax error becomes a problem of an otherwise empty file."""
    if long := _LONG_KEY.search(text):
        place = Place(file=name, line=text.count("\n", 0, long.start()) + 1)
        hint = "a key is a few words; a text stands in quotes"
        return TomlFile(name, {}, {}, [Problem("a key of hundreds of parts", place, hint)])
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = str(error) or "nested too deeply"
        if type(error) is ValueError:  # raised by Python, not by the grammar
            message = "a number has thousands of digits"
        at = _AT_LINE.search(message)
        line = int(at[1]) if at else text.count("\n") + 1
        what = _AT_LINE.sub("", message).replace("(at end of document)", "").strip()
        problem = Problem(
            f"not valid TOML: {what[:1].lower()}{what[1:]}",
            Place(file=name, line=line),
            "text stands in quotes, a table's name in [brackets]",
        )
        return TomlFile(name, {}, {}, [problem])
    return TomlFile(name, data, lines_of(text))


def read(path: Path, name: str = "") -> TomlFile:
    """Read a TOML file (UTF-8); unreadable or malformed files become problems, never exceptions.

    ``name`` is how the file is called in messages; its path by default.
    """
    shown = name or str(path)
    try:
        # A byte-order mark is what Windows editors leave; TOML itself refuses it.
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        reason = error.strerror or str(error)
        return TomlFile(shown, {}, {}, [Problem(f"can't be read: {reason}", Place(file=shown))])
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = Problem("is not UTF-8 text", Place(file=shown, line=line), "save it as UTF-8")
        return TomlFile(shown, {}, {}, [problem])
    return replace(parse(text, shown), folders=(path.parent,))


class Table:
    """A table read key by key; what is wrong is noted in the file's problems.

    Every getter returns the default where the key is absent or its value has the wrong type.
    `finish` complains about keys that nobody asked for.
    """

    def __init__(self, file: TomlFile, path: KeyPath, data: Mapping[str, Any]) -> None:
        self.file = file
        self.path = path
        self.data = data
        self._asked: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self.data

    @property
    def where(self) -> str:
        """``file:line`` of this table."""
        return str(self.file.place(self.path))

    def complain(self, message: str, *, key: str = "", hint: str = "") -> None:
        self.file.complain((*self.path, key) if key else self.path, message, hint)

    def _get(self, key: str, default: _T, expected: str, accept: Callable[[Any], bool]) -> Any:
        self._asked.append(key)
        if key not in self.data:
            return default
        value = self.data[key]
        if accept(value):
            return value
        self.complain(f"{key} must be {expected}, not {_kind(value)}", key=key)
        return default

    def text(self, key: str, default: str = "", *, choices: Sequence[str] = ()) -> str:
        value: str = self._get(key, default, "text in quotes", lambda v: isinstance(v, str))
        if choices and value not in choices and key in self.data:
            hint = did_you_mean(value, choices)
            self.complain(
                f'{key} is "{value}", not one of {", ".join(choices)}', key=key, hint=hint
            )
            return default
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value: bool = self._get(key, default, "true or false", lambda v: isinstance(v, bool))
        return value

    def integer(
        self, key: str, default: int = 0, *, least: int | None = None, most: int | None = None
    ) -> int:
        value: int = self._get(key, default, "a whole number", _is_int)
        if key in self.data and (
            (least is not None and value < least) or (most is not None and value > most)
        ):
            span = f"at least {least}" if most is None else f"between {least} and {most}"
            self.complain(f"{key} is {value}, but must be {span}", key=key)
            return default
        return value

    def number(self, key: str, default: float = 0.0, *, least: float | None = None) -> float:
        value: float = self._get(
            key, default, "a number", lambda v: _is_int(v) or isinstance(v, float)
        )
        if key in self.data and least is not None and not value >= least:
            self.complain(f"{key} is {value}, but must be at least {least:g}", key=key)
            return default
        return float(value)

    def texts(self, key: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of texts; one text alone is a list of one."""
        value = self._get(
            key,
            list(default),
            "text or a list of texts",
            lambda v: (
                isinstance(v, str)
                or (isinstance(v, list) and all(isinstance(part, str) for part in v))
            ),
        )
        return (value,) if isinstance(value, str) else tuple(value)

    def integers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers; one alone is a list of one."""
        value = self._get(
            key,
            [],
            "a whole number or a list of them",
            lambda v: _is_int(v) or (isinstance(v, list) and all(_is_int(part) for part in v)),
        )
        return tuple(value) if isinstance(value, list) else (value,)

    def any(self, key: str) -> Any:
        """A value of whatever type, None where it is absent; the caller checks it."""
        self._asked.append(key)
        return self.data.get(key)

    def table(self, key: str) -> Table:
        """A sub-table; an empty one where it is absent."""
        value = self._get(key, {}, f"a table: [{key}]", lambda v: isinstance(v, dict))
        return Table(self.file, (*self.path, key), value)

    def tables(self, key: str) -> Iterator[Table]:
        """The entries of an array of tables, ``[[key]]``."""
        value = self._get(
            key,
            [],
            f"a list of tables: [[{key}]]",
            lambda v: isinstance(v, list) and all(isinstance(part, dict) for part in v),
        )
        for number, part in enumerate(value):
            yield Table(self.file, (*self.path, key, number), part)

    def finish(self) -> None:
        """Complain about every key that no getter asked for."""
        for key in self.data:
            if key not in self._asked:
                self.complain(f'unknown key "{key}"', key=key, hint=did_you_mean(key, self._asked))


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true/false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else "a date"

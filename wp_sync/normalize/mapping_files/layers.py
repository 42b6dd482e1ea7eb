"""Several files on one subject laid over each other: the shared ones first, the site's own last.

The result reads like one file, but each of its keys still knows the file and line it stands on, and
how many files lie below it. Tables are joined key by key, lists of tables stand one after another,
plain lists are joined (the later file's values first), and of single values the later file's holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wp_sync.errors import Place
from wp_sync.toml import KeyPath, Table, TomlFile


@dataclass(slots=True)
class LayeredFile(TomlFile):
    """Files laid over each other. ``places`` and ``layers`` say where each key comes from."""

    places: dict[KeyPath, Place] = field(default_factory=dict)
    layers: dict[KeyPath, int] = field(default_factory=dict)

    def _known(self, path: KeyPath) -> KeyPath:
        while path not in self.places and path:
            path = path[:-1]
        return path

    def line(self, path: KeyPath) -> int | None:
        return self.place(path).line

    def place(self, path: KeyPath) -> Place:
        return self.places.get(self._known(path), Place(file=self.path))

    def layer(self, path: KeyPath) -> int:
        """How many files lie below the one that a key stands in."""
        return self.layers.get(self._known(path), 0)


def layer_of(table: Table) -> int:
    """The layer of a table: 0 in a file that lies on nothing; a higher one has the last word."""
    return table.file.layer(table.path) if isinstance(table.file, LayeredFile) else 0


def overlaid(files: Sequence[tuple[int, TomlFile]]) -> LayeredFile:
    """Files on one subject, the lowest first, each with its layer, as one."""
    top = files[-1][1]
    result = LayeredFile(top.path, {})
    data: dict[str, Any] = {}
    for layer, file in files:
        _Layer(result, file, layer).join(data, (), file.data, ())
        result.places[()] = file.place(())
        result.layers[()] = layer
    result.data = data
    result.folders = tuple(folder for _, file in reversed(files) for folder in file.folders)
    return result


@dataclass(slots=True)
class _Layer:
    """One file on its way onto those below it."""

    result: LayeredFile
    file: TomlFile
    layer: int

    def join(self, below: dict[str, Any], at: KeyPath, own: Mapping[str, Any], of: KeyPath) -> None:
        for key, value in own.items():
            stands = below.get(key)
            if isinstance(stands, dict) and isinstance(value, dict):
                self._mark((*at, key), (*of, key))
                self.join(stands, (*at, key), value, (*of, key))
            elif isinstance(stands, list) and isinstance(value, list):
                self._lists(stands, (*at, key), value, (*of, key))
            else:
                if key in below:
                    self._forget((*at, key))
                below[key] = _copy(value)
                self._place((*at, key), value, (*of, key))

    def _lists(self, below: list[Any], at: KeyPath, own: list[Any], of: KeyPath) -> None:
        if any(isinstance(part, dict) for part in own + below):
            for number, part in enumerate(own):
                self._place((*at, len(below)), part, (*of, number))
                below.append(_copy(part))
            return
        self._mark(at, of)
        below[:] = own + [part for part in below if part not in own]

    def _place(self, at: KeyPath, value: Any, of: KeyPath) -> None:
        self._mark(at, of)
        if isinstance(value, dict):
            for key, part in value.items():
                self._place((*at, key), part, (*of, key))
        elif isinstance(value, list):
            for number, part in enumerate(value):
                self._place((*at, number), part, (*of, number))

    def _mark(self, at: KeyPath, of: KeyPath) -> None:
        self.result.places[at] = self.file.place(of)
        self.result.layers[at] = self.layer

    def _forget(self, at: KeyPath) -> None:
        for path in [path for path in self.result.places if path[: len(at)] == at]:
            del self.result.places[path], self.result.layers[path]


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(part) for key, part in value.items()}
    return [_copy(part) for part in value] if isinstance(value, list) else value

"""A folder of mapping files, and those it extends, into `Rules`; every mistake is named at once.

What a file of one kind may say is known to that kind's module; this one finds the files, reads each
once, lays those on one subject over each other and puts the results together.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, Final

from wp_sync.errors import ConfigError, Place, Problem
from wp_sync.normalize.mapping_files.authors import read_authors
from wp_sync.normalize.mapping_files.boilerplate import read_boilerplate
from wp_sync.normalize.mapping_files.cleaning import read_cleaning
from wp_sync.normalize.mapping_files.layers import overlaid
from wp_sync.normalize.mapping_files.links import read_links
from wp_sync.normalize.mapping_files.related import read_related
from wp_sync.normalize.mapping_files.terms import read_terms
from wp_sync.normalize.mapping_files.versions import accepted
from wp_sync.normalize.rules import Rules, TaxonomyRules
from wp_sync.paths import typed
from wp_sync.toml import Table, TomlFile, read

# A file's name says what it is about. These have readers of their own, and are named like the
# fields of `Rules`; any other name is that of a taxonomy.
READERS: Final[Mapping[str, Callable[[Table], Any]]] = {
    "authors": read_authors,
    "boilerplate": read_boilerplate,
    "cleaning": read_cleaning,
    "links": read_links,
    "related": read_related,
}
TAXONOMY_OF: Final = {"categories": "category", "tags": "post_tag"}
FOLDER: Final = "folder"  # folder.toml: what the folder itself extends
_DEEPEST: Final = 20  # folders on top of each other


@dataclass(slots=True)
class _Found:
    """What was found in the folders so far; ``files`` by subject, the lowest layer first."""

    files: dict[str, list[tuple[int, TomlFile]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    under_way: list[Path] = field(default_factory=list)
    layers: dict[Path, int] = field(default_factory=dict)  # of the folders that were read


def load_rules(folder: Path | None) -> Rules:
    """Read a folder of mapping files; without one, or for missing files, the defaults.

    Raises:
        ConfigError: with every problem of every file: its line, what was expected, a near name.
    """
    if folder is None:
        return Rules()
    found = _Found()
    _find(folder, folder.name, Place(file=str(folder)), found)
    taxonomies: dict[str, TaxonomyRules] = {}
    others: dict[str, Any] = {}
    for subject, files in found.files.items():
        file = overlaid(files)
        top = file.table()
        top.integer("version")
        if subject in READERS:
            others[subject] = READERS[subject](top)
        else:
            taxonomies[subject] = read_terms(top, subject)
        top.finish()
        found.problems += file.problems
    if found.problems:
        raise ConfigError(sorted(set(found.problems), key=_order))
    return Rules(dict(sorted(taxonomies.items())), **others)


def _order(problem: Problem) -> tuple[str, int, str]:
    return problem.place.file, problem.place.line or 0, problem.message


def _find(folder: Path, shown: str, named_at: Place, found: _Found) -> int:
    """The files of a folder, after those of the folders that it extends; the layer it has."""
    if not folder.is_dir():
        hint = "name an existing folder, or leave it out to work without rules"
        message = "there is no such folder of mapping files"
        if named_at.line:
            message, hint = f'there is no folder "{shown}" to extend', "name it as seen from here"
        found.problems.append(Problem(message, named_at, hint))
        return 0
    real = folder.resolve()
    if real in found.layers:
        return found.layers[real]
    if real in found.under_way or len(found.under_way) > _DEEPEST:
        message = f"a circle: {shown} is extended by what it extends"
        found.problems.append(Problem(message, named_at, "leave it out here"))
        return 0
    found.under_way.append(real)
    layer = 0
    paths = sorted(folder.glob("*.toml"))
    for path in paths:
        if path.stem == FOLDER:
            layer = _below(path, folder, shown, found)
    homes: dict[str, TomlFile] = {}
    for path in paths:
        if path.stem == FOLDER:
            continue
        file = read(path, f"{shown}/{path.name}")
        top = file.table()
        kind = path.stem if path.stem in READERS else "terms"
        if not file.problems and accepted(top, kind):
            subject = path.stem if kind != "terms" else _taxonomy(top, path.stem)
            if subject in homes:
                message = f'the taxonomy "{subject}" has its rules in {homes[subject].path} already'
                top.complain(message, key="taxonomy", hint="keep them in one file")
            else:
                homes[subject] = file
                found.files.setdefault(subject, []).append((layer, file))
        found.problems += file.problems
    found.under_way.remove(real)
    found.layers[real] = layer
    return layer


def _below(path: Path, folder: Path, shown: str, found: _Found) -> int:
    """The folders that ``folder.toml`` extends; the layer above them."""
    file = read(path, f"{shown}/{path.name}")
    top = file.table()
    layer = 0
    if not file.problems and accepted(top, FOLDER):
        for named in top.texts("extends"):
            if not named.strip():
                top.complain("extends is empty", key="extends", hint='such as "../shared"')
                continue
            place = file.place(("extends",))
            words = PurePath(named).as_posix()
            below = posixpath.normpath(posixpath.join(shown, words))
            layer = max(layer, _find(folder / typed(named), below, place, found) + 1)
        top.finish()
    found.problems += file.problems
    return layer


def _taxonomy(top: Table, stem: str) -> str:
    named = top.data.get("taxonomy")
    return named if isinstance(named, str) and named else subject_of(stem)


def subject_of(stem: str) -> str:
    """The taxonomy that the name of a file on terms stands for."""
    return TAXONOMY_OF.get(stem, stem)

"""A folder of mapping files into `Rules`, with every mistake of every file named at once.

What a file of one kind may say is known to that kind's module; this one finds the files, reads each
once and puts the results together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from wp_sync.errors import ConfigError, Place, Problem
from wp_sync.normalize.mapping_files.authors import read_authors
from wp_sync.normalize.mapping_files.links import read_links
from wp_sync.normalize.mapping_files.related import read_related
from wp_sync.normalize.mapping_files.terms import read_terms
from wp_sync.normalize.rules import Rules, TaxonomyRules
from wp_sync.toml import Table, read

FORMAT: Final = 1  # the version of the files' format

# A file's name says what it is about. These have readers of their own, and are named like the
# fields of `Rules`; any other name is that of a taxonomy.
READERS: Final[Mapping[str, Callable[[Table], Any]]] = {
    "authors": read_authors,
    "links": read_links,
    "related": read_related,
}
TAXONOMY_OF: Final = {"categories": "category", "tags": "post_tag"}


def load_rules(folder: Path | None) -> Rules:
    """Read a folder of mapping files; without one, or for missing files, the defaults.

    Raises:
        ConfigError: with every problem of every file: its line, what was expected, a near name.
    """
    if folder is None:
        return Rules()
    if not folder.is_dir():
        hint = "name an existing folder, or leave it out to work without rules"
        place = Place(file=str(folder))
        raise ConfigError([Problem("there is no such folder of mapping files", place, hint)])
    problems: list[Problem] = []
    taxonomies: dict[str, TaxonomyRules] = {}
    others: dict[str, Any] = {}
    homes: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        file = read(path, f"{folder.name}/{path.name}")
        top = file.table()
        if not file.problems:
            _version(top)
            if path.stem in READERS:
                others[path.stem] = READERS[path.stem](top)
            else:
                rules = read_terms(top, TAXONOMY_OF.get(path.stem, path.stem))
                if rules.taxonomy in homes:
                    first = homes[rules.taxonomy]
                    message = f'the taxonomy "{rules.taxonomy}" has its rules in {first} already'
                    top.complain(message, key="taxonomy", hint="keep them in one file")
                homes.setdefault(rules.taxonomy, file.path)
                taxonomies[rules.taxonomy] = rules
            top.finish()
        problems += sorted(file.problems, key=lambda problem: problem.place.line or 0)
    if problems:
        raise ConfigError(problems)
    return Rules(dict(sorted(taxonomies.items())), **others)


def _version(top: Table) -> None:
    version = top.integer("version", FORMAT)
    if "version" not in top:
        top.complain(
            "the format's version is missing", hint=f"begin the file with version = {FORMAT}"
        )
    elif version != FORMAT:
        hint = "a newer wp-sync may know it" if version > FORMAT else f"write version = {FORMAT}"
        top.complain(f"version {version} of the format is not known here", key="version", hint=hint)

"""What several kinds of mapping files have in common: policies, slug options, whom a rule is about.

Reads tables that others opened, and notes what is wrong in them; opens no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from wp_sync.normalize.paths import fold_path
from wp_sync.normalize.rules import UNMAPPED, Match, Unmapped
from wp_sync.normalize.text import SlugOptions, decoded_slug, fold
from wp_sync.toml import Table


def policy(table: Table) -> Unmapped:
    chosen = table.text("unmapped", "keep", choices=UNMAPPED)
    return next(policy for policy in UNMAPPED if policy == chosen)


def slug_options(table: Table) -> SlugOptions:
    pairs: list[tuple[str, str]] = []
    for text in table.texts("replacements"):
        old, arrow, new = text.partition("=>")
        if not arrow or not old.strip():
            table.complain(
                f'a replacement is written "old => new", not "{text}"', key="replacements"
            )
            continue
        pairs.append((old.strip(), new.strip()))
    options = SlugOptions(
        allow_unicode=table.flag("allow_unicode"),
        max_length=table.integer("max_length", 0, least=0, most=200),
        replacements=tuple(pairs),
    )
    table.finish()
    return options


def match_of(table: Table, *, paths: bool) -> Match:
    """The ``match`` table of a rule."""
    inner = table.table("match")
    ids = inner.integers("id")
    slugs = tuple(decoded_slug(text.strip().lower()) for text in inner.texts("slug"))
    names = tuple(fold(text) for text in inner.texts("name"))
    found = tuple(fold_path(text) for text in inner.texts("path")) if paths else ()
    patterns = inner.texts("pattern")
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            inner.complain(f"pattern is not a regular expression: {error}", key="pattern")
            patterns = tuple(each for each in patterns if each != pattern)
    inner.finish()
    for key in ("id", "slug", "name", "path", "pattern"):
        if (
            "" in inner.data.get(key, ())
            if isinstance(inner.data.get(key), list)
            else (inner.data.get(key) == "")
        ):
            inner.complain(f"{key} is empty", key=key, hint="an empty text matches nothing")
    if not any(key in inner for key in ("id", "slug", "name", "path", "pattern")):
        known = "id, slug, name, path or pattern" if paths else "id, slug, name or pattern"
        table.complain(
            "the rule does not say what it matches", hint=f"match = {{ … }} with {known}"
        )
    return Match(ids, slugs, found, names, patterns)


def claims(match: Match) -> Iterator[tuple[str, str]]:
    for kind, values in (
        ("id", match.ids),
        ("slug", match.slugs),
        ("path", match.paths),
        ("name", match.names),
        ("pattern", match.patterns),
    ):
        for value in values:
            yield kind, str(value)


def claimed_once(rules: Iterable[tuple[Table, Match]]) -> None:
    """Two rules that claim one term (or person) by the same key contradict each other."""
    first: dict[tuple[str, str], Table] = {}
    for table, match in rules:
        for claim in claims(match):
            if claim in first:
                message = f'{claim[0]} "{claim[1]}" is claimed by the rule at {first[claim].where}'
                table.complain(f"{message} already", key="match", hint="leave it to one of them")
            else:
                first[claim] = table

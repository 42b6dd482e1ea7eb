"""``[[assign]]`` tables of the files on terms into `AssignRule`: which posts go where.

Knows what a condition may ask, not whether a post meets it: `wp_sync.normalize.terms.assign` does.
"""

from __future__ import annotations

import datetime
from typing import Any

from wp_sync.normalize.mapping_files.layers import layer_of
from wp_sync.normalize.rules import AssignRule, Condition
from wp_sync.normalize.terms.paths import fold_path, split_path
from wp_sync.normalize.text import fold
from wp_sync.toml import Table

_TAXONOMIES = {"category": "category", "tag": "post_tag"}
_CONDITIONS = ("when", "any", "none")


def read_assign(table: Table, taxonomy: str) -> AssignRule:
    """One rule on posts; ``taxonomy`` is that of the file."""
    when, some, none = (_condition(table.table(name)) for name in _CONDITIONS)
    rule = AssignRule(
        when=when,
        some=some,
        none=none,
        to=tuple(" > ".join(split_path(path)) for path in table.texts("to")),
        stay=table.flag("stay"),
        primary=" > ".join(split_path(table.text("primary"))),
        where=table.where,
        layer=layer_of(table),
    )
    table.finish()
    if when == some == none == Condition() and not table.file.problems:
        table.complain("the rule does not say which posts it is about", hint=_EXAMPLE)
    if not rule.to and not rule.primary:
        table.complain("the rule does not say where they go", hint="one of to, primary")
    if "to" in table and not all(rule.to):
        table.complain("to is empty", key="to")
    if "stay" in table and not rule.to:
        table.complain("stay without to says nothing", key="stay", hint="leave it out")
    leaves = {fold_path(name) for of, name in when.terms if of == taxonomy}
    if rule.to and not rule.stay and leaves and {fold_path(path) for path in rule.to} <= leaves:
        table.complain("the rule files posts where they are", key="to", hint="name another one")
    return rule


_EXAMPLE = 'when = { default = true }, any = { tag = "Sleep", text = "insomnia" }'


def _condition(table: Table) -> Condition:
    terms: list[tuple[str, str]] = []
    for key, taxonomy in _TAXONOMIES.items():
        terms += [(taxonomy, fold_path(text)) for text in table.texts(key)]
    others = table.table("terms")
    for taxonomy in others.data:
        terms += [(taxonomy, fold_path(text)) for text in others.texts(taxonomy)]
    condition = Condition(
        default=table.flag("default"),
        terms=tuple(dict.fromkeys(terms)),
        title=tuple(fold(text) for text in table.texts("title")),
        text=tuple(fold(text) for text in table.texts("text")),
        authors=tuple(fold(text) for text in table.texts("author")),
        since=_day(table, "since"),
        before=_day(table, "before"),
        kinds=tuple(text.strip() for text in table.texts("kind")),
    )
    table.finish()
    if table.data.get("default") is False:
        table.complain("default = false says nothing", key="default", hint="leave it out")
    empty = {
        "title": condition.title,
        "text": condition.text,
        "author": condition.authors,
        "kind": condition.kinds,
    }
    for key, words in empty.items():
        if not all(words) or table.data.get(key) == []:
            table.complain(f"{key} is empty", key=key, hint="an empty text matches nothing")
    if not all(name for _, name in terms):
        table.complain("a term's name is empty", hint="an empty text matches nothing")
    if condition.since and condition.before and condition.since >= condition.before:
        table.complain("no day is since that and before this", key="before")
    return condition


def _day(table: Table, key: str) -> str:
    """A day, written as TOML's own date or as text."""
    value: Any = table.any(key)
    if value is None:
        return ""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    try:
        return datetime.date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        table.complain(f"{key} must be a day", key=key, hint=f"such as {key} = 2019-01-31")
        return ""

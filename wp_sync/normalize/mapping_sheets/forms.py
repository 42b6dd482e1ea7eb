"""Which rows and columns the sheet of which mapping file has.

A row is a rule of one of the file's lists (``[[rule]]``, ``[[assign]]``, ``[[external]]``,
``[[block]]``), or a setting. Columns may stand in any order and be left out where nothing uses
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from wp_sync.normalize.mapping_sheets.columns import (
    Column,
    condition,
    decimal,
    flag,
    many,
    parent,
    places,
    text,
    texts,
    whole,
    wholes,
)

# The lists of rules that files have; everything else in a file is a setting.
RULES: Final = ("rule", "assign", "external", "block")
_ANY: Final = "*"
_TEXT: Final = text("value")


@dataclass(frozen=True, slots=True)
class Form:
    """The sheet of one kind of file.

    ``kind`` is whose versions count (`mapping_files.versions`), ``rows`` are the columns of each
    list of rules, ``settings`` those that are more than one text, by their key; ``headings.*``
    stands for every key of that table.
    """

    kind: str
    rows: Mapping[str, Sequence[Column]] = field(default_factory=dict)
    settings: Mapping[str, Column] = field(default_factory=dict)

    def setting(self, key: str) -> Column:
        """How the value of a setting is written and read."""
        table = key.partition(".")[0]
        return self.settings.get(key) or self.settings.get(f"{table}.{_ANY}") or _TEXT


_MATCH = (
    wholes("match id", "match", "id"),
    texts("match slug", "match", "slug"),
    texts("match name", "match", "name"),
    texts("match pattern", "match", "pattern"),
)
_SLUGS = {
    "slugs.allow_unicode": flag("value"),
    "slugs.max_length": whole("value"),
    "slugs.replacements": many("value"),
}
_TERMS = Form(
    "terms",
    {
        "rule": (
            *_MATCH,
            texts("match path", "match", "path"),
            texts("match lang", "match", "lang"),
            places("into"),
            text("new name", "name"),
            text("new slug", "slug"),
            parent("under"),
            text("taxonomy"),
            flag("drop"),
            flag("keep"),
        ),
        "assign": (
            condition("when"),
            condition("any"),
            condition("none"),
            texts("to"),
            flag("stay"),
            text("primary"),
        ),
    },
    _SLUGS,
)
# Of the files that are about one subject; every other is about a taxonomy.
FORMS: Final[Mapping[str, Form]] = {
    "authors": Form(
        "authors",
        {"rule": (*_MATCH, text("new name", "name"), text("new slug", "slug"), flag("house"))},
        _SLUGS,
    ),
    "links": Form(
        "links",
        {"external": (text("from"), text("to"))},
        {
            "aliases": many("value"),
            "shortlinks": many("value"),
            "redirects": many("value"),
            "tracking.add": many("value"),
            "tracking.keep": many("value"),
            "tracking.clean": flag("value"),
        },
    ),
    "related": Form(
        "related",
        {"block": (text("name"), texts("class"), texts("id"), text("selector"))},
        {
            "most": whole("value"),
            "look.*": flag("value"),
            "fallback.most": whole("value"),
            "body.leave": many("value"),
            "headings.*": many("value"),
            "leads.*": many("value"),
        },
    ),
    "cleaning": Form(
        "cleaning",
        settings={
            "shortcodes.*": many("value"),
            "builders.*": many("value"),
            "pixels.*": many("value"),
        },
    ),
    "boilerplate": Form(
        "boilerplate",
        {"block": (text("name"), texts("like"), decimal("similarity"), text("do"), text("with"))},
        {"find.least_posts": whole("value"), "find.similarity": decimal("value")},
    ),
}


def form_of(stem: str) -> Form:
    """The form of a file of this name; any name that is no other file's is a taxonomy's."""
    return FORMS.get(stem, _TERMS)

"""What several kinds of mapping files have in common: policies, slug options, whom a rule is about.

Reads tables that others opened, and notes what is wrong in them; opens no file.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from slugify.special import CYRILLIC, GREEK

from wp_sync.normalize.mapping_files.layers import layer_of
from wp_sync.normalize.rules import UNMAPPED, Match, Unmapped
from wp_sync.normalize.terms.paths import fold_path
from wp_sync.normalize.text import SlugOptions, decoded_slug, fold
from wp_sync.toml import Table, did_you_mean

# How languages write their letters in plain ones: as WordPress's remove_accents() does for these,
# and python-slugify for Cyrillic and Greek.
SLUG_LANGUAGES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "bg": tuple(CYRILLIC),
    "bs": (("Đ", "DJ"), ("đ", "dj")),
    "ca": (("l·l", "ll"), ("L·L", "LL")),
    "da": (("Æ", "Ae"), ("æ", "ae"), ("Ø", "Oe"), ("ø", "oe"), ("Å", "Aa"), ("å", "aa")),
    "de": (
        ("Ä", "Ae"),
        ("ä", "ae"),
        ("Ö", "Oe"),
        ("ö", "oe"),
        ("Ü", "Ue"),
        ("ü", "ue"),
        ("ß", "ss"),
    ),
    "el": tuple(GREEK),
    "ru": tuple(CYRILLIC),
    "sr": (("Đ", "DJ"), ("đ", "dj")),
    "uk": tuple(CYRILLIC),
}
_KINDS: Final = ("id", "path", "slug", "name", "pattern")
_LANG = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,8})*")


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
    language = table.text("language")
    if language and language not in SLUG_LANGUAGES:
        hint = did_you_mean(language, SLUG_LANGUAGES)
        table.complain(f'no rules for the letters of "{language}"', key="language", hint=hint)
    options = SlugOptions(
        allow_unicode=table.flag("allow_unicode"),
        max_length=table.integer("max_length", 0, least=0, most=200),
        replacements=(*pairs, *SLUG_LANGUAGES.get(language, ())),
    )
    table.finish()
    return options


def match_of(table: Table, *, terms: bool) -> Match:
    """The ``match`` table of a rule; ``path`` and ``lang`` make sense for terms only."""
    inner = table.table("match")
    kinds = [kind for kind in _KINDS if terms or kind != "path"]
    patterns = inner.texts("pattern")
    for pattern in patterns:
        try:
            with warnings.catch_warnings():  # of what another Python may read otherwise
                warnings.simplefilter("ignore", FutureWarning)
                re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            inner.complain(f"pattern is not a regular expression: {error}", key="pattern")
            patterns = tuple(each for each in patterns if each != pattern)
    match = Match(
        ids=inner.integers("id"),
        slugs=tuple(decoded_slug(text.strip().lower()) for text in inner.texts("slug")),
        paths=tuple(fold_path(text) for text in inner.texts("path")) if terms else (),
        names=tuple(fold(text) for text in inner.texts("name")),
        patterns=patterns,
        langs=tuple(text.lower() for text in inner.texts("lang")) if terms else (),
    )
    inner.finish()
    for key in (*kinds, "lang"):
        values = inner.data.get(key)
        if "" in (values if isinstance(values, list) else [values]):
            inner.complain(f"{key} is empty", key=key, hint="an empty text matches nothing")
    for lang in match.langs:
        if lang and not _LANG.fullmatch(lang):
            inner.complain(f'"{lang}" is not a language code', key="lang", hint="such as en")
    if not any(key in inner for key in kinds):
        known = f"{', '.join(kinds[:-1])} or {kinds[-1]}"
        table.complain(
            "the rule does not say what it matches", hint=f"match = {{ … }} with {known}"
        )
    return match


def claims(match: Match) -> Iterator[tuple[str, str]]:
    """What a rule claims: (kind, value)."""
    for kind, values in (
        ("id", match.ids),
        ("path", match.paths),
        ("slug", match.slugs),
        ("name", match.names),
        ("pattern", match.patterns),
    ):
        for value in values:
            yield kind, str(value)


def claimed_once(rules: Iterable[tuple[Table, Match]]) -> None:
    """Two rules of one layer that claim one term (or person) by the same key contradict each other.

    Of two layers the higher one wins: that is what it is there for.
    """
    first: dict[tuple[int, str, str, str], Table] = {}
    for table, match in rules:
        for kind, value in claims(match):
            for lang in match.langs or ("",):
                before = first.setdefault((layer_of(table), kind, value, lang), table)
                if before is not table:
                    message = f'{kind} "{value}" is claimed by the rule at {before.where} already'
                    table.complain(message, key="match", hint="leave it to one of them")

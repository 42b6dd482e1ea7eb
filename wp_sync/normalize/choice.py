"""Which rule a term or a person falls under: the surest of all that fit, and why it does.

Pure. A rule of a higher layer (the site's own file over a shared one) goes before all others; then
the more exact kind of match: id, path, slug, name, pattern; among patterns the first in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from wp_sync.normalize.rules import Match

# wp_terms.name is varchar(200), wp_users.display_name varchar(250): a pattern never sees more of
# hostile input.
LONGEST_NAME = 250
_KINDS = {"id": 0, "path": 1, "slug": 2, "name": 3, "pattern": 4}


class _Rule(Protocol):
    @property
    def match(self) -> Match: ...
    @property
    def where(self) -> str: ...
    @property
    def layer(self) -> int: ...


_R = TypeVar("_R", bound=_Rule)


@dataclass(frozen=True, slots=True)
class Fit(Generic[_R]):
    """A rule that fits, and the words for it: ``its name is "pains"``."""

    rule: _R
    why: str


class Chooser(Generic[_R]):
    """The rules of one file (and those it lies on), ready to be asked."""

    def __init__(self, rules: Iterable[_R]) -> None:
        self._exact: dict[tuple[str, str], list[_R]] = {}
        self._patterns: list[tuple[re.Pattern[str], str, _R]] = []
        for rule in rules:
            match = rule.match
            for kind, values in (
                ("id", match.ids),
                ("path", match.paths),
                ("slug", match.slugs),
                ("name", match.names),
            ):
                for value in values:
                    self._exact.setdefault((kind, str(value)), []).append(rule)
            for text in match.patterns:
                self._patterns.append((re.compile(text, re.IGNORECASE), text, rule))

    def fitting(self, keys: Sequence[tuple[str, str]], name: str, lang: str = "") -> list[Fit[_R]]:
        """All rules that fit, the winner first; each once.

        ``keys`` are (kind, folded value) of everything exact; ``name`` is what patterns are tried
        on, whole.
        """
        found: list[tuple[int, int, _R, str]] = []
        for kind, value in keys:
            for rule in self._exact.get((kind, value), ()):
                found.append((-rule.layer, _KINDS[kind], rule, f'its {kind} is "{value}"'))
        short = name[:LONGEST_NAME]
        for pattern, text, rule in self._patterns:
            if pattern.fullmatch(short):
                why = f'its name fits the pattern "{text}"'
                found.append((-rule.layer, _KINDS["pattern"], rule, why))
        found.sort(key=lambda one: one[:2])
        fits: dict[int, Fit[_R]] = {}
        for _, _, rule, why in found:
            if not rule.match.langs or lang in rule.match.langs:
                fits.setdefault(id(rule), Fit(rule, why))
        return list(fits.values())


def others_of(fits: Sequence[Fit[_R]]) -> str:
    """The places of the rules that fit as well and did not win; empty where there are none."""
    return ", ".join(sorted({fit.rule.where for fit in fits[1:]}))

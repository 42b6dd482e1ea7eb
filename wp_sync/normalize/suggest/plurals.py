"""One word in singular and plural, in the languages that most WordPress sites are written in.

Pure. Words come folded and without accents (`wp_sync.normalize.suggest.alike`). Without a
dictionary no
rule is certain: each has a confidence, and what English builds with the same letters (a design and
its designer) is left out. Does not know which language a word is in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class _Rule(NamedTuple):
    """A singular's ending becomes a plural's; ``after``: what the word ends in before it."""

    singular: str
    plural: str
    confidence: float
    least: int = 4  # letters of the singular
    after: tuple[str, ...] = ()


_VOWELS = tuple("aeiouy")
_CONSONANTS = tuple("bcdfghjklmnpqrstvwxz")
_RUSSIAN = tuple("бвгджзклмнпрстфхцчшщ")
_HUSHING = tuple("гкхжшщч")
_RULES = (
    # English, and what many others share with it
    _Rule("", "s", 0.93, 3),
    _Rule("y", "ies", 0.95, 4),
    _Rule("", "es", 0.93, 3, ("s", "x", "z", "ch", "sh", "o")),
    _Rule("f", "ves", 0.93, 4),
    _Rule("fe", "ves", 0.93, 4),
    _Rule("sis", "ses", 0.9, 5),
    # Spanish, Portuguese
    _Rule("", "es", 0.9, 3, ("d", "l", "n", "r", "j")),
    _Rule("z", "ces", 0.93, 3),
    _Rule("ao", "oes", 0.95, 4),
    _Rule("ao", "aes", 0.9, 3),
    _Rule("m", "ns", 0.93, 4, _VOWELS),
    _Rule("l", "is", 0.9, 4, ("a", "e", "o", "u")),
    # French
    _Rule("al", "aux", 0.93, 5),
    _Rule("", "x", 0.93, 3, ("eau", "eu", "ou")),
    # Italian
    _Rule("o", "i", 0.85, 5, _CONSONANTS),
    _Rule("io", "i", 0.85, 5),
    _Rule("a", "e", 0.72, 6, (*_CONSONANTS, "i")),
    _Rule("e", "i", 0.72, 7, _CONSONANTS),
    _Rule("ca", "che", 0.9, 5),
    _Rule("co", "chi", 0.9, 5),
    # German
    _Rule("", "en", 0.93, 6, ("ung", "heit", "keit", "schaft", "ion", "tat")),
    _Rule("", "en", 0.75, 4, _CONSONANTS),
    _Rule("", "n", 0.85, 4, ("e", "el", "er")),
    _Rule("", "e", 0.72, 5, ("t", "f", "n", "r", "d", "g", "k", "z", "b", "p", "m", "s")),
    # Dutch: huis, huizen; brief, brieven; kat, katten is seen to below
    _Rule("s", "zen", 0.93, 4),
    _Rule("f", "ven", 0.9, 4),
    # Polish
    _Rule("ka", "ki", 0.9, 5),
    _Rule("ga", "gi", 0.9, 5),
    _Rule("ie", "ia", 0.85, 6, _CONSONANTS),
    _Rule("", "y", 0.55, 6, _CONSONANTS),  # photograph, photography
    # Russian, Ukrainian
    _Rule("", "ы", 0.9, 4, _RUSSIAN),
    _Rule("а", "ы", 0.9, 4, _RUSSIAN),
    _Rule("", "и", 0.85, 4, _HUSHING),
    _Rule("а", "и", 0.9, 4, _HUSHING),
    _Rule("ь", "и", 0.9, 4),
    _Rule("я", "и", 0.9, 4),
    _Rule("ие", "ия", 0.9, 5),
    _Rule("й", "и", 0.85, 4),
    # Swedish, Turkish
    _Rule("", "ar", 0.72, 4, ("ng", "k", "t", "d", "l")),
    _Rule("el", "lar", 0.85, 5),
    _Rule("", "lar", 0.9, 4, ("a", "i", "o", "u", "k", "n", "p", "r", "t", "z")),
    _Rule("", "ler", 0.9, 4, ("e", "i", "o", "u", "k", "n", "r", "t", "z")),
)
_IRREGULAR = {
    "child": "children", "man": "men", "woman": "women", "person": "people", "foot": "feet",
    "tooth": "teeth", "goose": "geese", "mouse": "mice", "ox": "oxen", "criterion": "criteria",
    "medium": "media", "datum": "data", "index": "indices", "phenomenon": "phenomena",
    "kind": "kinder", "bild": "bilder", "kleid": "kleider", "feld": "felder", "geld": "gelder",
    "lied": "lieder", "ei": "eier", "licht": "lichter", "oeil": "yeux", "uomo": "uomini",
    "stad": "steden", "человек": "люди", "ребенок": "дети",
}  # fmt: skip
# Words that only look like a plural of the other.
_NO_PLURALS = frozenset(
    (
        "news", "customs", "goods", "glasses", "arms", "economics", "physics", "ethics", "politics",
        "mechanics", "optics", "statics", "gas", "bus", "lens", "plus", "mars", "paris", "wales",
        "texas", "mathematics", "athletics", "graphics", "cosmetics", "spectacles", "species",
        "christmas", "atlas", "canvas", "campus", "virus", "bonus", "status", "focus", "basis",
        "thanks", "series", "means", "james", "charles", "genus", "chaos", "cosmos", "tennis",
    )
)  # fmt: skip
_LONGEST_ENDING = 4


def _by_ending() -> Mapping[str, tuple[_Rule, ...]]:
    found: dict[str, tuple[_Rule, ...]] = {}
    for rule in _RULES:
        found[rule.plural] = (*found.get(rule.plural, ()), rule)
    return found


_ENDINGS = _by_ending()


def plural_of(one: str, other: str, *, umlaut: bool = False) -> float:
    """How surely one of two words is the other's plural, from 0 to 1.

    ``umlaut``: one of them has an umlaut where the other has none (Buch, Bücher).
    """
    if one == other:
        return 0.0
    shared = min(len(one), len(other)) - 3  # no rule changes more letters than three
    if one[:shared] != other[:shared] and shared > 0 and one not in _ODD and other not in _ODD:
        return 0.0
    singular, plural = (one, other) if (len(one), one) < (len(other), other) else (other, one)
    return max(_sure(singular, plural, umlaut), _sure(plural, singular, umlaut))


def _sure(singular: str, plural: str, umlaut: bool) -> float:
    if _IRREGULAR.get(singular) == plural:
        return 0.95
    if plural in _NO_PLURALS:
        return 0.0
    best = 0.0
    for size in range(1, _LONGEST_ENDING + 1):
        for rule in _ENDINGS.get(plural[-size:], ()) if size <= len(plural) else ():
            stem = plural[: len(plural) - size]
            if stem + rule.singular != singular or len(singular) < rule.least:
                continue
            if rule.after and not stem.endswith(rule.after):
                continue
            if rule.plural == "s" and not rule.singular and singular[-1] in "sxz":
                continue
            best = max(best, rule.confidence)
    if umlaut and plural in (f"{singular}er", f"{singular}e"):
        best = max(best, 0.93)
    # A short vowel keeps short before a doubled consonant: kat, katten; bus, bussen.
    if len(singular) >= 3 and plural == f"{singular}{singular[-1]}en" and singular[-2] in "aeiou":
        best = max(best, 0.9)
    return best


def singular_of(word: str) -> str:
    """The singular of an irregular plural; any other word as it is."""
    return _SINGULARS.get(word, word)


_ODD = frozenset((*_IRREGULAR, *_IRREGULAR.values()))
_SINGULARS = {plural: singular for singular, plural in _IRREGULAR.items()}

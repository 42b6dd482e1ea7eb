"""Two names of terms: whether they mean one, why one would think so, and how surely.

Pure, over two names. Knows spelling, no meaning: what no spelling tells apart (a statue, a statute)
is left to the guards, the confidence, and the person who reads the proposal. Which of many names to
compare is decided in `near_duplicates`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from wp_sync.normalize.suggest.plurals import plural_of
from wp_sync.normalize.text import clean_name, fold

# Confidence from which a pair is proposed by default: where the labelled pairs give a precision of
# 0.95 (python -m bench.term_pairs).
THRESHOLD = 0.7

_WORD = re.compile(r"[^\W_]+(?:\+\+|#)?|[&+/]")
_DIGITS = re.compile(r"\d+")
_AND = frozenset(
    ("&", "+", "/", "and", "und", "et", "y", "e", "i", "en", "och", "og", "oraz", "и", "та", "ve")
)
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# Beginnings that one letter turns into another: a preposition, a proposition.
_TURNED = (("pre", "pro"), ("per", "pro"), ("ante", "anti"), ("para", "pera"))
# Pairs of one letter's difference that are both words, from lists of words that are often confused.
_CONFUSED = frozenset(
    frozenset(pair.split("/"))
    for pair in (
        "stationary/stationery", "complement/compliment", "vacation/vocation",
        "meditation/mediation", "meditation/medication", "medication/mediation",
        "invention/intention", "prostate/prostrate", "employer/employee", "adoption/adaption",
        "adaption/adaptation", "conversion/conversation", "prescription/proscription",
        "principal/principle", "personal/personnel", "illusion/allusion", "elicit/illicit",
        "eminent/imminent", "desert/dessert", "council/counsel", "relation/relational",
        "inspection/infection", "injection/infection", "reaction/creation", "cardiology/radiology",
        "astronomy/gastronomy", "psychology/physiology", "physics/physic", "respectable/respectful",
        "collision/collusion", "perspective/prospective", "precedent/president",
        "hospital/hospitable", "historic/historical", "economic/economical", "electric/electrical",
        "classic/classical", "politic/political", "continual/continuous", "formally/formerly",
        "industrial/industrious", "insulation/isolation", "interment/internment",
        "negation/negotiation", "nutrition/nutritious",
        "therapist/therapies", "technic/technique", "consulting/consultant", "training/straining",
        "ministry/minister", "mentor/mentee", "lessor/lessee",
        "trainer/trainee", "examiner/examinee", "interviewer/interviewee", "assignor/assignee",
        "franchisor/franchisee", "licensor/licensee",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alike:
    """Why two names may mean one term, and how surely: ``confidence`` from 0 to 1."""

    reason: str  # case, entity, space, sign, hyphen, accent, plural, typing error, order
    confidence: float


@dataclass(frozen=True, slots=True)
class Spelled:
    """A name as it is compared: folded, its words with and without accents, all in one."""

    name: str
    folded: str
    words: tuple[str, ...]
    bare: tuple[str, ...]
    tight: str
    expanded: str
    digits: tuple[str, ...]


def spelled(name: str) -> Spelled:
    """A name made ready for comparison."""
    folded = fold(name).replace("i̇", "i")
    # An apostrophe parts no words, and quotes are no part of a name.
    text = folded.replace("'", "").replace('"', " ").replace(".", " " if " " in folded else "")
    found = [word for word in _WORD.findall(text) if word]
    words = tuple(
        "&" if word in _AND and 0 < at < len(found) - 1 else word for at, word in enumerate(found)
    )
    words = tuple(w for at, w in enumerate(words) if w not in "&+/" or 0 < at < len(words) - 1)
    bare = tuple(without_accents(word) for word in words)
    tight = "".join(word for word in bare if word != "&")
    expanded = "".join(without_accents(word.translate(_UMLAUTS)) for word in words)
    return Spelled(name, folded, words, bare, tight, expanded, tuple(_DIGITS.findall(folded)))


def without_accents(text: str) -> str:
    """The text with its letters bare: é as e, ø as o, ß as ss; Cyrillic й stays."""
    if text.isascii():
        return text
    parts = []
    for sign in text.translate(_LETTERS):
        if "\u0400" <= sign <= "\u04ff":
            parts.append("е" if sign == "ё" else sign)
        else:
            parts += [c for c in unicodedata.normalize("NFKD", sign) if not _mark(c)]
    return unicodedata.normalize("NFC", "".join(parts))


def _mark(sign: str) -> bool:
    return unicodedata.category(sign) == "Mn"


def alike(one: str, other: str) -> Alike | None:
    """Whether two names may be one term; None where nothing speaks for it.

    The confidence is the rule's own; what the terms hold (posts, parents) is not known here.
    """
    return judged_alike(spelled(one), spelled(other))


def judged_alike(a: Spelled, b: Spelled) -> Alike | None:
    """`alike` for names that are spelled out already."""
    if not a.words or not b.words or a.name == b.name:
        return None
    if a.folded == b.folded:
        return _same_folded(a.name, b.name)
    if a.digits != b.digits:
        return None
    if a.words == b.words:
        return Alike("sign", 0.95)
    if a.bare == b.bare:
        return _accents(a, b)
    if a.tight == b.tight and a.bare.count("&") == b.bare.count("&"):
        return Alike("hyphen", 0.92) if len(a.tight) > 3 else None
    if a.expanded == b.expanded:
        return Alike("accent", 0.9)
    if len(a.bare) == len(b.bare):
        return _word_by_word(a, b)
    return None


def _same_folded(one: str, other: str) -> Alike:
    first, second = clean_name(one), clean_name(other)
    if first == second:
        return Alike("entity" if "&" in one + other else "space", 0.99)
    return Alike("case" if first.casefold() == second.casefold() else "sign", 0.98)


def _accents(a: Spelled, b: Spelled) -> Alike:
    """Names that differ in accents alone. An umlaut is more than an accent: Kuchen, Küchen."""
    umlauts = sum((sign in "äöü") for sign in a.folded) != sum((sign in "äöü") for sign in b.folded)
    return Alike("accent", 0.7 if umlauts else 0.9)


def _word_by_word(a: Spelled, b: Spelled) -> Alike | None:
    """Names of as many words, of which some differ: in number, or one by a typing error."""
    if len(a.bare) > 1 and sorted(a.bare) == sorted(b.bare):
        comma = "," in a.folded + b.folded
        return Alike("order", 0.85 if comma else 0.5)
    confidence, differ = 1.0, []
    for at, (one, other) in enumerate(zip(a.bare, b.bare, strict=True)):
        if one == other:
            continue
        umlaut = any((sign in a.words[at]) != (sign in b.words[at]) for sign in "äöü")
        differ.append((one, other))
        confidence = min(confidence, plural_of(one, other, umlaut=umlaut))
        if not confidence and len(differ) > 1:
            return None
    if confidence > 0:
        return Alike("plural", confidence)
    if len(differ) == 1:
        sure = _mistyped(*differ[0])
        if sure:
            return Alike("typing error", sure)
    return None


def _mistyped(one: str, other: str) -> float:
    """How surely one word is the other with a typing error; 0 where it is none."""
    sure = _one_slip(one, other)
    if not sure or _DIGITS.search(one + other) or frozenset((one, other)) in _CONFUSED:
        return 0.0
    return 0.0 if _turned(one, other) or _turned(other, one) else sure


def _one_slip(one: str, other: str) -> float:
    """The same by the letters alone: one too few, two changed places, one instead of another."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1 or len(other) < 8 or one[0] != other[0]:
        return 0.0
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    end = 0
    while end < len(one) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    left, right = one[start : len(one) - end], other[start : len(other) - end]
    if not left:  # a letter too few
        beside = other[start - 1 : start] + other[start + 1 : start + 2]
        if right in beside:
            return 0.93
        # At the end it is more often another word: design, designs; market, markets.
        return 0.78 if end and start >= 3 else 0.55
    if len(left) == len(right) and sorted(left) == sorted(right) and len(left) <= 3:
        return 0.9
    if len(left) == len(right) == 1 and end >= 2 and start >= 2:
        vowels = set("aeiouyаеёиоуыэюя")
        if left in vowels and right in vowels:
            return 0.75 if len(one) >= 9 else 0.6
        return 0.5
    return 0.0


def _turned(one: str, other: str) -> bool:
    return any(
        one.startswith(x) and other.startswith(y) and one[len(x) :] == other[len(y) :]
        for x, y in _TURNED
    )

"""What every search for related posts shares: entries, blocks, words compared, an anchor's title.

Pure. The searches themselves are in `related` (fields, plugins' and themes' blocks) and `by_hand`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wp_sync.normalize.links.scan import Scan, anchor_text
from wp_sync.normalize.links.urls import Meaning
from wp_sync.normalize.related.forms import CLASSES, HINTS
from wp_sync.normalize.related.phrases import GENERIC, HEADINGS, LEADS
from wp_sync.normalize.rules import BlockRule, RelatedRules
from wp_sync.normalize.text import fold, plain

Mean = Callable[[str], Meaning]
TRIM = " \t\n()[]【】:：.…!？?»«›‹→➔➜►▶•·*#|-–—_~>✓★☆👉📖📚🔗"
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_ARCHIVES = re.compile(r"/(?:category|tag|author|topics?)/", re.IGNORECASE)
# What shops sell is no post, though WooCommerce and Easy Digital Downloads keep it as one.
_GOODS = frozenset(("posts/product", "posts/product_variation", "posts/download"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A related post as it was found, before anyone knows what its address means."""

    origin: str
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Block:
    """A related-posts block: where it stands in the source (characters), and what it lists.

    Without entries where a plugin left its place empty ("No related posts.").
    """

    origin: str
    start: int
    end: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words that announce a block, folded; made once for all posts (`phrases_of`)."""

    headings: frozenset[str]
    leads: frozenset[str]
    lead_words: tuple[str, ...]
    dense: tuple[str, ...]  # headings of languages that put no space between words
    classes: Mapping[str, str]
    hints: tuple[str, ...]
    selectors: tuple[BlockRule, ...]


def phrases_of(rules: RelatedRules) -> Phrases:
    """The built-in words and blocks with those of the rules."""
    headings = _keys(HEADINGS) | {key_of(phrase) for phrase in rules.headings}
    leads = _keys(LEADS) | {key_of(phrase) for phrase in rules.leads}
    classes = dict(CLASSES)
    hints = list(HINTS)
    for block in rules.blocks:
        for word in (*block.classes, *block.ids):
            classes[word] = block.name
            hints.append(word)
    return Phrases(
        headings=frozenset(headings - {""}),
        leads=frozenset(leads - {""}),
        lead_words=tuple(sorted(leads - {""}, key=lambda phrase: (-len(phrase), phrase))),
        dense=tuple(sorted(phrase for phrase in headings if _dense(phrase))),
        classes=classes,
        hints=tuple(hints),
        selectors=tuple(block for block in rules.blocks if block.selector),
    )


def _keys(phrases: Mapping[str, tuple[str, ...]]) -> set[str]:
    return {key_of(phrase) for language in phrases.values() for phrase in language}


def _dense(phrase: str) -> bool:
    """Whether a phrase is written without spaces: Chinese and Japanese, of some length."""
    return len(phrase) >= 3 and all(sign >= "\u3040" for sign in phrase)


def key_of(text: str) -> str:
    """The form in which announcing words are compared.

    Folded, without accents (authors leave them out, and capitals often have none), without the
    dot that a Turkish İ keeps, and without signs at either end.
    """
    text = fold(text)
    if not text.isascii():
        text = "".join(
            sign
            for sign in unicodedata.normalize("NFKD", text.replace("ı", "i"))
            if unicodedata.category(sign) != "Mn"
        )
        text = unicodedata.normalize("NFKC", text)
    if text[:1].isalnum() and text[-1].isalnum():
        return text
    return _EDGES.sub("", text)


def is_post(meaning: Meaning) -> bool:
    """Whether an address can be an entry: a post of this site, or one that was there."""
    if meaning.state == "missing":
        return not _ARCHIVES.search(meaning.resolved) and "/wp-content/" not in meaning.resolved
    kind = meaning.kind
    return kind.startswith("posts/") and kind != "posts/attachment" and kind not in _GOODS


def title_of(scan: Scan, number: int, attributes: Mapping[str, str]) -> tuple[int, str]:
    """What an anchor calls its post, and how far to trust it: words, title, picture's text."""
    title = anchor_text(scan, number)
    if title and key_of(title) not in _GENERIC:
        return 3, title
    title = plain(attributes.get("title", ""))
    if title:
        return 2, title
    title = _alternative(scan, number)
    return (1, title) if title else (0, "")


_GENERIC = frozenset(key_of(text) for text in GENERIC)


def rank(ranked: tuple[int, str]) -> int:
    return ranked[0]


def _alternative(scan: Scan, number: int) -> str:
    """The alternative text of the picture that an anchor holds."""
    for tag in scan.tags[number + 1 : number + 12]:
        if tag.name == "a":
            break
        if tag.name == "img":
            return plain(scan.get(tag).get("alt", ""))
    return ""

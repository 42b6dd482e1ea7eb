"""What every search for related posts shares: an entry, the words and classes, an anchor's title.

Pure. The searches themselves are in `related` (fields, plugins' and themes' blocks) and `by_hand`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wp_sync.normalize.phrases import GENERIC, HEADINGS, LEADS, folded
from wp_sync.normalize.rules import BlockRule, RelatedRules
from wp_sync.normalize.scan import Scan, anchor_text
from wp_sync.normalize.text import fold, plain
from wp_sync.normalize.urls import Meaning

Mean = Callable[[str], Meaning]
# Markup of plugins and themes: class or id → origin. Names as the plugins print them.
_BLOCKS = {
    "jp-relatedposts": "jetpack",
    "jp-relatedposts-i2": "jetpack",
    "wp-block-jetpack-related-posts": "jetpack",
    "yarpp": "yarpp",
    "yarpp-related": "yarpp",
    "yarpp-related-shortcode": "yarpp",
    "yarpp-related-widget": "yarpp",
    "yarpp-thumbnails-horizontal": "yarpp",
    "yarpp-thumbnail": "yarpp",
    "crp_related": "crp",
    "crp-related": "crp",
    "related-gallery": "rpbt",
    "single-related-posts": "fusion",
    "fusion-related-posts": "fusion",
    "yuzo_related_post": "yuzo",
    "wp_rp_wrap": "zemanta",
    "wp_rp_content": "zemanta",
    "wp_rp": "zemanta",
    "wp-block-newspack-blocks-homepage-articles": "newspack",
    "elementor-widget-posts": "elementor",
    "ast-single-related-posts-container": "astra",
    "wp-block-query": "query",
    "wp-block-latest-posts__list": "latest",
    "wp-embedded-content": "embed",
    "is-type-wp-embed": "embed",
    "rp4wp-related-posts": "rp4wp",
    "related-posts": "theme",
    "related_posts": "theme",
    "relatedposts": "theme",
    "related-articles": "theme",
    "post-related": "theme",
    "td_block_related_posts": "theme",
    "jnews_related_post_container": "theme",
}
_HINTS = (
    "related", "yarpp", "crp_", "rpbt_", "yuzo", "wp_rp", "homepage-articles", "elementor-widget",
    "wp-block-query", "latest-posts", "wp-embed", "postTitle",
)  # fmt: skip
TRIM = " \t\n()[]【】:：.…!？?»«›‹→➔➜►▶•·*#|-–—_~>✓★☆👉📖📚🔗"
_ARCHIVES = re.compile(r"/(?:category|tag|author|topics?)/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A related post as it was found, before anyone knows what its address means."""

    origin: str
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words that announce a block, folded; made once for all posts (`phrases_of`)."""

    headings: frozenset[str]
    leads: frozenset[str]
    lead_words: tuple[str, ...]
    classes: Mapping[str, str]
    hints: tuple[str, ...]
    selectors: tuple[BlockRule, ...]


def phrases_of(rules: RelatedRules) -> Phrases:
    """The built-in words and blocks with those of the rules."""
    headings = folded(HEADINGS) | set(rules.headings)
    leads = folded(LEADS) | set(rules.leads)
    classes = dict(_BLOCKS)
    hints = list(_HINTS)
    for block in rules.blocks:
        for word in (*block.classes, *block.ids):
            classes[word] = block.name
            hints.append(word)
    return Phrases(
        headings=frozenset(phrase.strip(TRIM) for phrase in headings),
        leads=frozenset(phrase.strip(TRIM) for phrase in leads),
        lead_words=tuple(sorted({p.strip(TRIM) for p in leads}, key=lambda p: (-len(p), p))),
        classes=classes,
        hints=tuple(hints),
        selectors=tuple(block for block in rules.blocks if block.selector),
    )


def is_post(meaning: Meaning) -> bool:
    """Whether an address can be an entry: a post of this site, or one that was there."""
    if meaning.state == "missing":
        return not _ARCHIVES.search(meaning.resolved) and "/wp-content/" not in meaning.resolved
    return meaning.kind.startswith("posts/") and meaning.kind != "posts/attachment"


def title_of(scan: Scan, number: int, attributes: Mapping[str, str]) -> tuple[int, str]:
    """What an anchor calls its post, and how far to trust it: words, title, picture's text."""
    title = anchor_text(scan, number)
    if title and fold(title).strip(TRIM) not in GENERIC:
        return 3, title
    title = plain(attributes.get("title", ""))
    if title:
        return 2, title
    title = _alternative(scan, number)
    return (1, title) if title else (0, "")


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

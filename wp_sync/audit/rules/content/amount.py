"""How much there is of a text: nothing, too little beside its siblings, too much in one piece."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from statistics import median

from wp_sync.audit.base import (
    OWN,
    Certainty,
    Hit,
    Limits,
    Rule,
    Severity,
    Threshold,
    page_fact,
    page_rule,
    site_rule,
)
from wp_sync.audit.page import Page, PostFacts
from wp_sync.audit.site import Site

_SHOWN = frozenset(
    ("img", "video", "audio", "iframe", "object", "embed", "svg", "canvas", "form", "picture")
)


@page_rule(
    Rule(
        id="content/empty",
        reason="Visitors find a title and nothing below it.",
        severity=Severity.WARNING,
        fix="Write something, or take the post offline.",
        bad="<p>&nbsp;</p>",
        good='<p>Words.</p><img src="/poster.jpg" alt="The poster of our lecture">',
        sample=True,
    )
)
def empty(page: Page, limits: Limits) -> Iterator[Hit]:
    post = page.post
    if post.protected or page.words:
        return
    content = page.data.get("content")
    told = content.get("rendered", content.get("raw")) if isinstance(content, Mapping) else content
    if not isinstance(told, str):  # the site could not produce it, which says nothing of it
        return
    if any(one.name in _SHOWN for one in page.elements):
        return
    # The page that lists posts, or that a template fills, is empty as it should be; and a custom
    # type's content may stand in fields of its own.
    sure = post.type == "post" and not post.template and not post.featured_media
    certainty = Certainty.CERTAIN if sure else Certainty.REVIEW
    yield Hit("there is nothing in it", "content", certainty=certainty)


@page_fact("full")
def full(page: Page) -> int | None:
    """1 where pictures or frames make up for words."""
    return 1 if any(one.name in _SHOWN for one in page.elements) else None


@site_rule(
    Rule(
        id="content/thin",
        reason="A text that is far shorter than its siblings seldom answers what it promises.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Say more, or make it a part of another post.",
        bad="a post of 12 words where others have 400",
        good="a post about as long as others",
        thresholds=(
            Threshold("share", 0.5, "squirrelscan", "of the type's median: less is thin"),
            Threshold("deviations", 3.0, "squirrelscan", "median absolute deviations below it"),
            Threshold("least", 10, "squirrelscan", "posts of a type that a median is taken of"),
            Threshold("median", 100, OWN, "words: a type below is one of short notes"),
        ),
    )
)
class Thin:
    def __init__(self, limits: Limits) -> None:
        self._share = limits.number("share")
        self._deviations = limits.number("deviations")
        self._least = limits.whole("least")
        self._long = limits.whole("median")
        self._words: dict[str, array[int]] = {}
        self._ids: dict[str, array[int]] = {}

    def add(self, post: PostFacts) -> None:
        if post.words and "full" not in post.more:
            self._words.setdefault(post.kind, array("l")).append(post.words)
            self._ids.setdefault(post.kind, array("q")).append(post.id)

    def hits(self, site: Site) -> Iterable[Hit]:
        for kind, words in self._words.items():
            if len(words) < self._least:
                continue
            middle = median(words)
            if middle < self._long:  # where all are short, short is what they are meant to be
                continue
            deviation = median(abs(number - middle) for number in words)
            least = min(middle * self._share, middle - self._deviations * deviation)
            for number, id in zip(words, self._ids[kind], strict=True):
                if number < least:
                    message = f"it has {number} words; half of the others have {middle:.0f} or more"
                    yield Hit(message, "words", kind=kind, id=id, data={"words": number})


@page_rule(
    Rule(
        id="content/long-block",
        reason="Hundreds of words without a heading are a wall that few readers climb.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Put a heading over each thought.",
        bad=f"<p>{'All in one piece. ' * 100}</p>",
        good=f"<p>{'A part. ' * 100}</p><h2>Next</h2><p>{'A part. ' * 100}</p>",
        thresholds=(Threshold("most", 300, "Yoast SEO", "words between two headings"),),
        sample=True,
    )
)
def long_block(page: Page, limits: Limits) -> Iterator[Hit]:
    most = limits.whole("most")
    if len(page.words) <= most:
        return
    ends = [heading.start for heading in page.headings]
    count, start, next_end = 0, 0, 0
    for passage in page.passages:
        while next_end < len(ends) and passage.start >= ends[next_end]:
            if count > most:
                yield _block(count, start)
            count, start = 0, ends[next_end]
            next_end += 1
        count += passage.text.count(" ") + 1
    if count > most:
        yield _block(count, start)


def _block(count: int, start: int) -> Hit:
    subject = f"block behind {start}" if start else "block"
    return Hit(f"{count} words without a heading between them", subject, (start, start + 80))


@page_rule(
    Rule(
        id="content/long-paragraph",
        reason="A paragraph that fills the screen hides where a thought ends and the next begins.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Break it where the thought turns.",
        bad=f"<p>{'All in one paragraph. ' * 60}</p>",
        good=f"<p>{'A part. ' * 60}</p><p>{'A part. ' * 60}</p>",
        thresholds=(Threshold("most", 200, "Yoast SEO", "words of a paragraph"),),
        sample=True,
    )
)
def long_paragraph(page: Page, limits: Limits) -> Iterator[Hit]:
    most = limits.whole("most")
    if len(page.words) <= most:
        return
    for passage in page.passages:
        if passage.inner_end - passage.inner_start > most * 2:
            count = passage.text.count(" ") + 1
            if count > most:
                start = passage.inner_start
                subject = f"paragraph {passage.text[:60]}"
                yield Hit(f"a paragraph of {count} words", subject, (start, start + 80))

"""One page through all page rules: its hits and what is kept of it. Pure; runs in any process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from msgspec import structs

from wp_sync.audit.base import Hit, Limits, PageRule, Rule
from wp_sync.audit.excerpts import excerpt
from wp_sync.audit.likeness import sketch
from wp_sync.audit.page import Page, PageHit, PostFacts, packed
from wp_sync.audit.registry import registered
from wp_sync.audit.secrets import cleaned, hidden, masked, without
from wp_sync.audit.settings import Settings

_LONGEST_MESSAGE = 500
_LONGEST_SUBJECT = 300
_MOST_HITS = 500  # of one rule on one page; a page of ten thousand bad links is one trouble


class Checker:
    """The page rules that are on, ready to look at one page after the other."""

    def __init__(self, settings: Settings) -> None:
        rules = registered()
        self._rules: list[tuple[Rule, PageRule, Limits]] = [
            (settings.tuned(rule), check, settings.limits(rule))
            for rule, check in rules.page.values()
            if settings.wants(rule)
        ]
        self._unpublished = [one for one in self._rules if one[0].unpublished]
        self._facts = rules.facts

    def look(self, page: Page) -> PostFacts:
        """What the rules say of a page, and what is to be kept of it."""
        post = page.post
        more = {name: value for name, fact in self._facts.items() if (value := fact(page))}
        words = page.words
        return PostFacts(
            kind=page.kind,
            id=page.id,
            status=post.status,
            published=page.published,
            title=post.title,
            url=post.link,
            author=post.author,
            published_at=post.published_at,
            modified_at=post.modified_at,
            words=len(words),
            body=_digest(page.text) if words else b"",
            sketch=sketch(words),
            hits=packed(self.hits(page)),
            ignores=list(page.ignores),
            more=more,
        )

    def hits(self, page: Page) -> list[PageHit]:
        """What the rules say of a page; of hits with the same subject the first."""
        found: list[PageHit] = []
        source = masked(page.html, page.secrets) if page.secrets else page.html
        for rule, check, limits in self._rules if page.published else self._unpublished:
            hits = iter(check(page, limits))
            if (first := next(hits, None)) is not None:  # most rules have none
                found += kept(rule, chain((first,), hits), source)
        if page.secrets:  # a rule may have cut one short, so that its form no longer tells it
            values = [(page.html[one.start : one.end], one.shown) for one in page.secrets]
            found = [_without(hit, values) for hit in found]
        return found


def kept(rule: Rule, hits: Iterable[Hit], source: str) -> list[PageHit]:
    """A rule's hits as they are kept, those of one subject together."""
    found: dict[str, PageHit] = {}
    times: dict[str, int] = {}
    for hit in hits:
        subject = subject_of(hit.subject)
        times[subject] = times.get(subject, 0) + 1
        if subject in found:
            continue
        if len(found) >= _MOST_HITS:
            break
        found[subject] = page_hit(rule, hit, subject, source)
    return [
        hit if times[subject] == 1 else _counted(hit, times[subject])
        for subject, hit in found.items()
    ]


def page_hit(rule: Rule, hit: Hit, subject: str, source: str) -> PageHit:
    """A hit as it is kept, under a subject that was folded."""
    shown = excerpt(source, *hit.at) if hit.at else hit.excerpt
    return PageHit(
        rule=rule.id,
        message=without(hit.message)[:_LONGEST_MESSAGE],
        subject=without(subject),
        severity=str(hit.severity or rule.severity),
        certainty=str(hit.certainty or rule.certainty),
        text=shown.text,
        start=shown.start,
        end=shown.end,
        data=cleaned(dict(hit.data)) if hit.data else {},
        because=hit.because,
    )


def _without(hit: PageHit, values: Sequence[tuple[str, str]]) -> PageHit:
    return structs.replace(
        hit,
        message=hidden(hit.message, values),
        subject=hidden(hit.subject, values),
        data=hidden(hit.data, values),
    )


def _counted(hit: PageHit, times: int) -> PageHit:
    data: Mapping[str, Any] = {**hit.data, "times": times}
    return PageHit(
        hit.rule, hit.message, hit.subject, hit.severity, hit.certainty, hit.text, hit.start,
        hit.end, dict(data), hit.because,
    )  # fmt: skip


def subject_of(text: str) -> str:
    """A subject that is the same however it is spaced; a long one by its start and a digest."""
    folded = " ".join(text.split())
    if len(folded) <= _LONGEST_SUBJECT:
        return folded
    return f"{folded[:_LONGEST_SUBJECT]}… {_digest(folded).hex()}"


def _digest(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=8).digest()

"""The audit of a whole archive: every page through the page rules once, then the site's rules.

Streams: memory holds what the site rules gather, never the bodies. What is decided about one page
or site is decided by the rules; the same archive and settings give the same findings on every
machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

import msgspec

from wp_sync.archive.base import SiteArchive
from wp_sync.audit.base import Collector, Hit, Rule
from wp_sync.audit.facts import Checker, page_hit, subject_of
from wp_sync.audit.items import Shown, edit_url, shown
from wp_sync.audit.page import PageHit, PostFacts
from wp_sync.audit.read import Reader, page_kinds
from wp_sync.audit.registry import registered
from wp_sync.audit.settings import DEFAULTS, Settings
from wp_sync.audit.site import Site
from wp_sync.findings import Certainty, Excerpt, Finding, Severity
from wp_sync.progress import Progress, Silent, Stop

_TOGETHER = 200  # site findings whose items are looked up with one question


@dataclass(slots=True)
class Audited:
    """What an audit found."""

    findings: list[Finding] = field(default_factory=list)
    posts: int = 0


def audit_site(
    archive: SiteArchive,
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
    stop: Stop | None = None,
    now: datetime | None = None,
) -> Audited:
    """Audit one site of an archive by its normalized rows.

    Raises:
        ArchiveError: the archive can't be read.
        Interrupted: a stop was asked for.
    """
    run = _Run(archive, settings, progress or Silent(), stop or Stop(), now or datetime.now(UTC))
    run.pages()
    return Audited(list(run.findings()), len(run.kept))


class _Run:
    def __init__(
        self,
        archive: SiteArchive,
        settings: Settings,
        progress: Progress,
        stop: Stop,
        now: datetime,
    ) -> None:
        self.archive = archive
        self.settings = settings
        self.progress = progress
        self.stop = stop
        self.kinds = page_kinds(archive.kinds())
        self.kept: dict[tuple[str, int], bytes] = {}
        self.site = Site(archive, self._facts_of, now)
        self._decoder = msgspec.msgpack.Decoder(PostFacts)

    def pages(self) -> None:
        """Every page through the page rules."""
        checker = Checker(self.settings)
        reader = Reader(self.archive)
        encode = msgspec.msgpack.Encoder().encode
        for kind in self.kinds:
            self.progress.stage(kind.partition("/")[2], self.archive.count(kind))
            for page in reader.pages(kind):
                self.kept[kind, page.id] = encode(checker.look(page))
                self.progress.advance(1)
                self.stop.check()

    def _facts(self) -> Iterator[PostFacts]:
        for _, blob in sorted(self.kept.items()):
            yield self._decoder.decode(blob)

    def _facts_of(self, kind: str, ids: Iterable[int]) -> Iterator[PostFacts]:
        for id in sorted(set(ids)):
            if (kind, id) in self.kept:
                yield self._decoder.decode(self.kept[kind, id])

    def findings(self) -> Iterator[Finding]:
        """Those of single pages first, then those of the site."""
        rules = registered()
        collectors: list[tuple[Rule, Collector]] = []
        for rule, make in rules.collectors.values():
            if self.settings.wants(rule):
                collectors.append((self.settings.tuned(rule), make(self.settings.limits(rule))))
        self.progress.stage("site")
        for facts in self._facts():
            for hit in facts.hits:
                yield self._of_page(facts, hit)
            if facts.published:
                for _, collector in collectors:
                    collector.add(facts)
            self.stop.check()
        for rule, check in rules.site.values():
            if self.settings.wants(rule):
                tuned = self.settings.tuned(rule)
                yield from self._of_site(tuned, check(self.site, self.settings.limits(rule)))
        for rule, collector in collectors:
            yield from self._of_site(rule, collector.hits(self.site))

    def _of_page(self, facts: PostFacts, hit: PageHit) -> Finding:
        there = Shown(facts.title, facts.url, edit_url(self.site.home, facts.kind, facts.id))
        return _finding(hit, facts.kind, facts.id, there)

    def _of_site(self, rule: Rule, hits: Iterable[Hit]) -> Iterator[Finding]:
        known: set[str] = set()
        iterator = iter(hits)
        while batch := list(islice(iterator, _TOGETHER)):
            self.stop.check()
            items = shown(self.archive, {(hit.kind, hit.id) for hit in batch})
            for hit in batch:
                finding = _finding(
                    msgspec.structs.replace(
                        page_hit(rule, hit, ""), subject=subject_of(hit.subject)
                    ),
                    hit.kind,
                    hit.id,
                    items.get((hit.kind, hit.id), Shown()),
                )
                if finding.fingerprint not in known:
                    known.add(finding.fingerprint)
                    yield finding


def _finding(hit: PageHit, kind: str, id: int, there: Shown) -> Finding:
    return Finding(
        rule=hit.rule,
        severity=Severity(hit.severity),
        certainty=Certainty(hit.certainty),
        kind=kind,
        id=id,
        subject=hit.subject,
        message=hit.message,
        title=there.title,
        url=there.url,
        edit_url=there.edit_url,
        excerpt=Excerpt(hit.text, hit.start, hit.end),
        data=hit.data,
    )

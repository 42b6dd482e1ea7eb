"""The audit of a whole archive: every page through the page rules once, then the site's rules.

Streams: memory holds what the site rules gather, never the bodies; what is known of a post is kept
in the archive until the post or the rules change. What is decided about one page or site is decided
by the rules; the same archive and settings give the same findings on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

import msgspec

from wp_sync.archive.base import SiteArchive
from wp_sync.audit.base import Collector, Hit, Rule
from wp_sync.audit.facts import Checker, page_hit, subject_of
from wp_sync.audit.gather import Gatherer, Reopen
from wp_sync.audit.ignores import Ignore
from wp_sync.audit.items import NOT_SHOWN, Shown, edit_url, shown
from wp_sync.audit.muting import NOTHING_MUTED, Muting
from wp_sync.audit.origins import UNKNOWN, Origin, Origins
from wp_sync.audit.page import PageHit, PostFacts, Setting, hits_of
from wp_sync.audit.read import page_kinds
from wp_sync.audit.registry import registered
from wp_sync.audit.secrets import without
from wp_sync.audit.settings import DEFAULTS, Settings
from wp_sync.audit.site import Site
from wp_sync.audit.standing import LastAudit
from wp_sync.findings import (
    NO_EXCERPT,
    Audit,
    Certainty,
    Excerpt,
    Finding,
    Settled,
    Severity,
    fingerprint,
)
from wp_sync.progress import Progress, Silent, Stop

_TOGETHER = 200  # findings whose items or origins are looked up with one question


@dataclass(frozen=True, slots=True)
class Audited:
    """An audit as it was written down, and how many posts were looked at anew for it.

    The findings are in the archive: ``archive.audit_book().findings(audited.audit.number)``.
    """

    audit: Audit
    posts: int = 0
    anew: int = 0


def audit_site(
    archive: SiteArchive,
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
    stop: Stop | None = None,
    *,
    muting: Muting | None = None,
    now: datetime | None = None,
    as_of: str = "",
    reopen: Reopen | None = None,
) -> Audited:
    """Audit one site of an archive by its normalized rows, and write down what was found.

    ``reopen`` opens the archive once more in another process, for large sites.

    Raises:
        ArchiveError: the archive can't be read or written.
        Interrupted: a stop was asked for; what was gathered stays, no audit is written.
    """
    now = now or datetime.now(UTC)
    progress, stop = progress or Silent(), stop or Stop()
    muting = muting or NOTHING_MUTED
    last = LastAudit(archive, settings, muting, now)
    book = archive.audit_book()
    audit = Audit(at=now.strftime("%Y-%m-%dT%H:%M:%SZ"), as_of=as_of, rules=last.rules)
    if (same := last.whole(as_of)) is not None:
        stop.check()
        audit = replace(audit, posts=same.posts)
        return Audited(book.record(audit, (), Settled(everything=True)), same.posts)
    gathered = Gatherer(archive, settings, progress, stop, reopen, last.number).run()
    progress.stage("site")
    settled = last.settled(gathered.settled, as_of)
    run = _Run(archive, settings, stop, now, muting, last.audit, settled)
    audit = book.record(replace(audit, posts=gathered.posts), run.findings(), settled)
    last.note(audit.number)
    return Audited(audit, gathered.posts, gathered.anew)


class _Run:
    """From the kept facts to findings, in one reading of them."""

    def __init__(
        self,
        archive: SiteArchive,
        settings: Settings,
        stop: Stop,
        now: datetime,
        muting: Muting,
        last: Audit | None,
        settled: Settled | None,
    ) -> None:
        self.archive = archive
        self.settings = settings
        self.stop = stop
        self.muting = muting
        self.book = archive.audit_book()
        self.kinds = page_kinds(archive.kinds())
        self.site = Site(archive, self._facts, now)
        setting = Setting(self.site.home, self.site.key)
        self.origins = Origins(archive, Checker(settings), setting)
        self.settled: Mapping[str, Set[int]] = settled.posts if settled else {}
        self.first = last is None
        # What the site's own rules find for the first time came in since the last audit.
        since = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.fresh = Origin(since, f"since audit {last.number}") if last else Origin()
        self.after = last.at if last else ""
        # What pages ask to ignore also holds for what the site's rules say of them.
        self.ignores: dict[tuple[str, int], list[Ignore]] = {}
        self._decode = msgspec.msgpack.Decoder(PostFacts).decode

    def _facts(self, kind: str, ids: Iterable[int] | None = None) -> Iterator[PostFacts]:
        for _, kept in self.book.facts(kind, ids):
            yield self._decode(kept)

    def findings(self) -> Iterator[Finding]:
        """Those of single pages first, then those of the site."""
        rules = registered()
        collectors: list[tuple[Rule, Collector]] = []
        for rule, make in rules.collectors.values():
            if self.settings.wants(rule):
                collectors.append((self.settings.tuned(rule), make(self.settings.limits(rule))))
        groups: list[tuple[dict[str, Rule], Collector]] = []
        for several, make_group in rules.groups:
            on = {rule.id: self.settings.tuned(rule) for rule in several if self._wants(rule)}
            if on:
                limits = {rule.id: self.settings.limits(rule) for rule in several}
                groups.append((on, make_group(limits)))
        adders = [collector.add for _, collector in collectors]
        adders += [collector.add for _, collector in groups]
        for kind in self.kinds:
            facts = self._facts(kind)
            while batch := list(islice(facts, _TOGETHER)):
                self.stop.check()
                yield from self._of_pages(kind, batch)
                for one in batch:
                    if one.ignores:
                        self.ignores[one.kind, one.id] = one.ignores
                    if one.published:
                        for add in adders:
                            add(one)
        for rule, check in rules.site.values():
            if self.settings.wants(rule):
                tuned = self.settings.tuned(rule)
                yield from self._of_site(
                    {rule.id: tuned}, check(self.site, self.settings.limits(rule))
                )
        adders.clear()  # what a rule gathered goes as soon as it was asked
        while collectors:
            rule, collector = collectors.pop(0)
            yield from self._of_site({rule.id: rule}, collector.hits(self.site))
        while groups:
            on, collector = groups.pop(0)
            yield from self._of_site(on, collector.hits(self.site))

    def _wants(self, rule: Rule) -> bool:
        return self.settings.wants(rule)

    def _of_pages(self, kind: str, batch: list[PostFacts]) -> Iterator[Finding]:
        settled = self.settled.get(kind, ())
        looked_at = [
            (facts, hits) for facts in batch if facts.id not in settled and (hits := hits_of(facts))
        ]
        if not looked_at:
            return
        origins = self._origins(kind, looked_at)
        for facts, hits in looked_at:
            url = edit_url(self.site.home, kind, facts.id)
            there = Shown(without(facts.title), facts.url, url)
            for hit in hits:
                origin = origins.get((facts.id, (hit.rule, hit.subject)), UNKNOWN)
                yield self._judged(_finding(hit, kind, facts.id, there, origin), facts.ignores)

    def _origins(
        self, kind: str, looked_at: list[tuple[PostFacts, list[PageHit]]]
    ) -> Mapping[tuple[int, tuple[str, str]], Origin]:
        """Since when what is new is there."""
        known: frozenset[str] = frozenset()
        if not self.first:
            known = self.book.standing(kind, [facts.id for facts, _ in looked_at])
        wanted = {
            facts.id: [
                ((hit.rule, hit.subject), hit.because)
                for hit in hits
                if not known or fingerprint(hit.rule, kind, facts.id, hit.subject) not in known
            ]
            for facts, hits in looked_at
        }
        wanted = {id: hits for id, hits in wanted.items() if hits}
        return self.origins.of_posts(kind, wanted) if wanted else {}

    def _of_site(self, rules: Mapping[str, Rule], hits: Iterable[Hit]) -> Iterator[Finding]:
        """The hits of one rule, or of several whose hits name theirs; of those that are on."""
        only = next(iter(rules.values()))
        iterator = (hit for hit in hits if not hit.rule or hit.rule in rules)
        while batch := list(islice(iterator, _TOGETHER)):
            self.stop.check()
            items = shown(self.archive, {(hit.kind, hit.id) for hit in batch})
            for item, there in items.items():
                if (title := without(there.title)) != there.title:
                    items[item] = replace(there, title=title)
            known = self._standing([hit for hit in batch if hit.because is not None])
            for hit in batch:
                item = (hit.kind, hit.id)
                rule = rules[hit.rule] if hit.rule else only
                made = page_hit(rule, hit, subject_of(hit.subject), "")
                origin = self._came(made, item, known)
                finding = _finding(made, *item, items.get(item, NOT_SHOWN), origin)
                yield self._judged(finding, self.ignores.get(item, ()))

    def _standing(self, hits: Iterable[Hit]) -> Set[str]:
        """What stands of the items of some hits, after the first audit."""
        ids: dict[str, list[int]] = {}
        for hit in () if self.first else hits:
            ids.setdefault(hit.kind, []).append(hit.id)
        return frozenset().union(*(self.book.standing(kind, some) for kind, some in ids.items()))

    def _came(self, hit: PageHit, item: tuple[str, int], known: Set[str]) -> Origin:
        """Since the last audit, or a change since then where one of two records must have it."""
        if self.first or hit.because is None or fingerprint(hit.rule, *item, hit.subject) in known:
            return self.fresh
        origin = self.origins.between(item, hit.because, self.after)
        return self.fresh if origin is UNKNOWN else origin

    def _judged(self, finding: Finding, ignores: Sequence[Ignore]) -> Finding:
        if self.muting.idle(ignores):
            return finding
        muted = self.muting.why_not(finding, ignores)
        return replace(finding, muted=muted) if muted else finding


_SEVERITIES = {one.value: one for one in Severity}
_CERTAINTIES = {one.value: one for one in Certainty}


def _finding(hit: PageHit, kind: str, id: int, there: Shown, origin: Origin) -> Finding:
    """``there`` without secrets."""
    return Finding(
        rule=hit.rule,
        severity=_SEVERITIES[hit.severity],
        certainty=_CERTAINTIES[hit.certainty],
        kind=kind,
        id=id,
        subject=hit.subject,
        message=hit.message,
        title=there.title,
        url=there.url,
        edit_url=there.edit_url,
        excerpt=Excerpt(hit.text, hit.start, hit.end) if hit.end else NO_EXCERPT,
        data=hit.data,
        since=origin.since,
        by=origin.by,
    )

"""Links to other sites, by what `wp_sync.linkcheck` last learned of them. Asks nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from wp_sync.audit.base import (
    OWN,
    Certainty,
    Excerpt,
    Hit,
    Limits,
    Rule,
    Severity,
    Threshold,
    site_rule,
)
from wp_sync.audit.site import Site
from wp_sync.findings import LinkCheck

_LINKS = """
    SELECT l.post, l.position, l.post_type, l.resolved, l.text FROM links AS l
    JOIN posts AS p ON p.site = l.site AND p.id = l.post AND p.type = l.post_type
    WHERE l.site = :site AND l.state = 'outside' AND p.state = 'live' AND p.status = 'publish'
      AND (l.post > :after_post OR (l.post = :after_post AND l.position > :after_position))
    ORDER BY l.post, l.position LIMIT :most
"""
_AGE = Threshold("days", 30, OWN, "a result that is older says nothing")
_LASTING = (301, 308)


def _hits(
    site: Site,
    limits: Limits,
    about: Callable[[LinkCheck], str],
) -> Iterator[Hit]:
    """A hit at each link whose address ``about`` has words for."""
    oldest = (site.now - timedelta(days=limits.whole("days"))).strftime("%Y-%m-%dT%H:%M:%SZ")
    found: dict[str, tuple[LinkCheck, str]] = {}
    for check in site.archive.audit_book().link_checks():
        if check.checked_at >= oldest and (words := about(check)):
            found[check.url] = (check, words)
    if not found:
        return
    told: set[tuple[str, int, str]] = set()
    for row in site.pages(_LINKS, "post", "position"):
        url = str(row["resolved"]).partition("#")[0]
        if url not in found:
            continue
        kind, id = f"posts/{row['post_type']}", int(row["post"])
        if (kind, id, url) in told:
            continue
        told.add((kind, id, url))
        check, words = found[url]
        text = str(row["text"])[:200]
        data = {"url": url, "status": check.status, "since": check.since, "text": text}
        if check.leads_to:
            data["leads_to"] = check.leads_to
        yield Hit(
            f"{url} {words}",
            url,
            excerpt=Excerpt(text, 0, len(text)),
            data=data,
            kind=kind,
            id=id,
        )


@site_rule(
    Rule(
        id="external/broken-link",
        reason="A link leads to a page that another site no longer has.",
        severity=Severity.ERROR,
        fix="Link to where the page has moved, to a copy in a web archive, or take the link out.",
        bad='<p><a href="https://example.org/study-2012">A study</a>, which answers 404.</p>',
        good='<p><a href="https://example.org/studies/12">A study</a>, which is there.</p>',
        thresholds=(
            Threshold("looks", 2, "Broken Link Checker", "looks in a row, before it is broken"),
            _AGE,
        ),
    )
)
def broken_link(site: Site, limits: Limits) -> Iterable[Hit]:
    looks = limits.whole("looks")

    def about(check: LinkCheck) -> str:
        if check.state != "broken" or check.tries < looks:
            return ""
        reason = check.reason if check.reason.startswith("answers") else f"fails: {check.reason}"
        through = f" (through {check.leads_to})" if check.leads_to else ""
        return f"{reason}{through}, since {check.since[:10]}"

    return _hits(site, limits, about)


@site_rule(
    Rule(
        id="external/no-answer",
        reason="A link leads to a server that has not answered for days.",
        severity=Severity.WARNING,
        certainty=Certainty.REVIEW,
        fix="Try it in a browser; if nobody answers there either, link elsewhere.",
        bad='<p><a href="https://gone.example/">Their page</a>, silent for a week.</p>',
        good='<p><a href="https://there.example/">Their page</a>, which answers.</p>',
        thresholds=(
            Threshold("down_days", 3, "Broken Link Checker", "days without an answer"),
            Threshold("looks", 3, "Broken Link Checker", "looks in a row without an answer"),
            _AGE,
        ),
    )
)
def no_answer(site: Site, limits: Limits) -> Iterable[Hit]:
    looks, days = limits.whole("looks"), timedelta(days=limits.whole("down_days"))

    def about(check: LinkCheck) -> str:
        if check.state != "transient" or check.tries < looks:
            return ""
        if _moment(check.checked_at) - _moment(check.since) < days:
            return ""
        return f"has not answered since {check.since[:10]}: {check.reason}"

    return _hits(site, limits, about)


@site_rule(
    Rule(
        id="external/moved",
        reason="A link goes through a redirect that the other site calls permanent.",
        severity=Severity.NOTICE,
        fix="Link to the new address; redirects are forgotten one day.",
        bad='<p><a href="http://example.org/old">Read on</a>, moved for good to /new.</p>',
        good='<p><a href="https://example.org/new">Read on</a></p>',
        thresholds=(_AGE,),
    )
)
def moved(site: Site, limits: Limits) -> Iterable[Hit]:
    def about(check: LinkCheck) -> str:
        if check.state != "ok" or check.status not in _LASTING or not check.leads_to:
            return ""
        if _bare(check.url) == _bare(check.leads_to) or _to_the_top(check):
            return ""
        return f"has moved for good to {check.leads_to}"

    return _hits(site, limits, about)


@site_rule(
    Rule(
        id="external/leads-home",
        reason="A link to a page ends on the other site's front page, which often means: gone.",
        severity=Severity.WARNING,
        certainty=Certainty.REVIEW,
        fix="Look whether what was meant is there under another address.",
        bad='<p><a href="https://example.org/study/12">A study</a>, sent on to example.org.</p>',
        good='<p><a href="https://example.org/studies/12">A study</a></p>',
        thresholds=(_AGE,),
    )
)
def leads_home(site: Site, limits: Limits) -> Iterable[Hit]:
    def about(check: LinkCheck) -> str:
        if check.state != "ok" or not _to_the_top(check):
            return ""
        return f"ends on the front page {check.leads_to}"

    return _hits(site, limits, about)


@site_rule(
    Rule(
        id="external/not-checkable",
        reason="A host lets no program see whether a link still leads somewhere.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Try it in a browser now and then.",
        bad='<p><a href="https://walled.example/a">Their page</a>, which answers 403.</p>',
        good='<p><a href="https://open.example/a">Their page</a>, which answers.</p>',
        thresholds=(_AGE,),
        on=False,
    )
)
def not_checkable(site: Site, limits: Limits) -> Iterable[Hit]:
    def about(check: LinkCheck) -> str:
        return f"can't be checked: {check.reason}" if check.state in ("blocked", "unknown") else ""

    return _hits(site, limits, about)


def _bare(url: str) -> str:
    """An address without what changes when a site merely turns to https, or drops www."""
    parts = urlsplit(url)
    return f"{(parts.hostname or '').removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}"


def _to_the_top(check: LinkCheck) -> bool:
    if not check.leads_to:
        return False
    before, after = urlsplit(check.url), urlsplit(check.leads_to)
    return bool(before.path.strip("/")) and not after.path.strip("/") and not after.query


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)

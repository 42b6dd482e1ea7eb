"""An audit of a whole archive: once everything, then what changed; since when; what is muted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.audit import post, site_of
from tests.helpers import SEEN_AT, SITE, make_identity
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.audit import gather
from wp_sync.audit.engine import audit_site
from wp_sync.audit.muting import Muting, Suppression
from wp_sync.audit.settings import Settings
from wp_sync.errors import Interrupted
from wp_sync.findings import Finding, Severity
from wp_sync.model import Record, State
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.progress import Stop

BROKEN = '<p>Read <a href="/nowhere/">this here</a> now.</p>'
MISSING = "links/missing-target"


def pulled(site: SiteArchive, *records: Record) -> None:
    site.save(site.begin_run("pull", "anonymous"), records)
    normalize_site(site, Rules())


def missing(site: SiteArchive, **how: Any) -> list[Finding]:
    number = audit_site(site, **how).audit.number
    return [one for one in site.audit_book().findings(number) if one.rule == MISSING]


def test_a_finding_says_where_and_what() -> None:
    with site_of(post(7, BROKEN, title={"rendered": "Seven"})) as site:
        (finding,) = missing(site)
    assert (finding.kind, finding.id, finding.title) == ("posts/post", 7, "Seven")
    assert finding.url == f"https://{SITE}/post-7/"
    assert finding.edit_url == f"https://{SITE}/wp-admin/post.php?post=7&action=edit"
    shown = finding.excerpt
    assert shown.text[shown.start : shown.end] == "/nowhere/"
    assert "this here" in shown.text


def test_a_second_audit_looks_only_at_what_changed() -> None:
    with site_of(*(post(id, BROKEN) for id in range(1, 21))) as site:
        first = audit_site(site)
        again = audit_site(site)
        pulled(site, post(5, "<p>Mended.</p>", modified_gmt="2024-05-03T09:00:00"))
        third = audit_site(site)
    assert [first.anew, again.anew, third.anew] == [20, 0, 1]
    assert (again.audit.fresh, again.audit.gone) == (0, 0)
    assert third.audit.gone >= 1
    assert third.audit.counted < first.audit.counted


def test_another_threshold_or_switch_looks_at_all_of_it_again() -> None:
    with site_of(post(1, BROKEN), post(2)) as site:
        audit_site(site)
        off = Settings(on={MISSING: False})
        assert missing(site, settings=off) == []
        graver = Settings(severities={MISSING: Severity.NOTICE})
        assert [one.severity for one in missing(site, settings=graver)] == [Severity.NOTICE]


def test_a_post_that_is_gone_leaves_no_findings() -> None:
    with site_of(post(1, BROKEN), post(2)) as site:
        assert missing(site)
        site.vanish(site.begin_run("pull", "anonymous"), "posts/post", {1: State.GONE})
        normalize_site(site, Rules())
        assert missing(site) == []


def test_two_processes_find_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "_FEW", 2)
    monkeypatch.setattr(gather, "_TOGETHER", 7)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    found = []
    for name in ("one", "two"):
        place = tmp_path / name
        with open_archive(place) as archive:
            site = archive.of(SITE)
            site.set_site(make_identity())
            pulled(site, *(post(id, BROKEN if id % 3 else "<p>Fine.</p>") for id in range(1, 30)))
            reopen = partial(open_archive, place, create=False, read_only=True)
            audited = audit_site(site, reopen=reopen if name == "two" else None)
            rows = site.query("SELECT * FROM audit_facts ORDER BY kind, id")
            found.append((list(site.audit_book().findings(1)), audited.anew, rows))
    assert found[0] == found[1]
    assert found[0][0]


def test_stopping_writes_no_audit() -> None:
    stop = Stop()
    stop.request()
    with site_of(post(1, BROKEN)) as site:
        with pytest.raises(Interrupted):
            audit_site(site, stop=stop)
        assert site.audit_book().audits() == []


# -- since when


def edited(id: int, html: str, day: int) -> Record:
    seen = SEEN_AT.replace(day=day)
    stamp = f"2024-05-{day:02}T09:00:00"
    return replace(post(id, html, modified_gmt=stamp), seen_at=seen)


@pytest.fixture
def edits() -> Iterator[SiteArchive]:
    with site_of(edited(1, "<p>Fine.</p>", 2), edited(2, BROKEN, 2)) as site:
        pulled(site, edited(1, BROKEN, 5))
        pulled(site, edited(1, f"<p>More.</p>{BROKEN}", 9))
        yield site


def test_a_finding_came_in_with_the_version_that_first_had_it(edits: SiteArchive) -> None:
    one, two = missing(edits)
    assert (one.since, one.by) == ("2024-05-05T12:00:00Z", "version 2")
    assert (two.since, two.by) == ("2024-05-02T12:00:00Z", "first copy")


def test_a_finding_keeps_its_origin_from_audit_to_audit(edits: SiteArchive) -> None:
    before = missing(edits)
    pulled(edits, edited(1, f"<p>Still more.</p>{BROKEN}", 11))
    after = missing(edits)
    assert [(one.since, one.by) for one in after] == [(one.since, one.by) for one in before]


def test_what_leans_on_another_record_came_in_with_the_change_of_either() -> None:
    link = '<p>See <a href="/post-2/#prices">our prices</a>.</p>'
    prices = '<h2 id="prices">Prices</h2>'

    def lost(site: SiteArchive) -> dict[int, tuple[str, str]]:
        done = audit_site(site).audit
        return {
            one.id: (one.since, one.by)
            for one in site.audit_book().findings(done.number)
            if one.rule == "links/anchor-missing-there"
        }

    with site_of(edited(1, link, 2), edited(2, prices, 2)) as site:
        assert lost(site) == {}
        pulled(site, edited(2, "<h2>Prices</h2>", 5))
        began = site.runs(last=1)[0].started_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert lost(site) == {1: (began, "posts/post 2: changed")}
        pulled(site, edited(3, link, 7))
        assert lost(site)[1] == (began, "posts/post 2: changed")
        assert lost(site)[3][1] == "first copy"


# -- what does not count


def test_a_suppression_holds_until_its_day(edits: SiteArchive) -> None:
    known = Suppression("the partner moves", rule="links/*", item="post/1", until="2024-06-30")
    for today, words in (("2024-06-30", "the partner moves"), ("2024-07-01", "")):
        one, two = missing(edits, muting=Muting(today, [known]))
        assert (one.muted, two.muted) == (words, "")
    assert Muting("2024-07-01", [known]).ended == [known]


def test_a_comment_in_the_content_mutes_its_page_alone() -> None:
    comment = "<!-- wp-sync: ignore links/missing-target until 2030-01-31: shown on purpose -->"
    with site_of(post(1, comment + BROKEN), post(2, BROKEN)) as site:
        now = datetime(2030, 1, 31, 23, tzinfo=UTC)
        one, two = missing(site, muting=Muting("2030-01-31"), now=now)
        assert (one.muted, two.muted) == ("shown on purpose", "")
        one, two = missing(site, muting=Muting("2030-02-01"), now=now)
        assert (one.muted, two.muted) == ("", "")


def test_the_baseline_mutes_what_was_known(edits: SiteArchive) -> None:
    one, _ = missing(edits)
    again, other = missing(
        edits, muting=Muting("2024-06-01", baseline=frozenset([one.fingerprint]))
    )
    assert again.muted == "in the baseline"
    assert not other.muted

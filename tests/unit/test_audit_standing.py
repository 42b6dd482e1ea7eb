"""What an audit takes over from the one before: never anything that would come out otherwise."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.audit import post
from tests.helpers import SITE, make_identity, make_record
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.audit import engine, facts, standing
from wp_sync.audit.engine import Audited, audit_site
from wp_sync.audit.muting import Muting, Suppression
from wp_sync.errors import Interrupted
from wp_sync.findings import Finding, LinkCheck
from wp_sync.model import Record, State
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules

BROKEN = '<p>Read <a href="/nowhere/">this here</a> now.</p>'
MISSING = "links/missing-target"
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LATER = NOW.replace(hour=18)


def pulled(site: SiteArchive, *records: Record) -> None:
    site.save(site.begin_run("pull", "anonymous"), records)
    normalize_site(site, Rules())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SiteArchive]:
    """Twelve posts, every third with a broken link; audited once."""
    with open_archive(tmp_path / "archive") as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        posts = [post(id, "<p>Fine.</p>" if id % 3 else BROKEN) for id in range(1, 13)]
        pulled(site, *posts, make_record("terms/category", 1, name="Sleep", slug="sleep"))
        audit_site(site, now=NOW)
        yield site


def told(site: SiteArchive, **how: Any) -> tuple[Audited, Sequence[Finding]]:
    audited = audit_site(site, **({"now": LATER} | how))
    return audited, list(site.audit_book().findings(audited.audit.number))


def anew(site: SiteArchive, monkeypatch: pytest.MonkeyPatch, **how: Any) -> Sequence[Finding]:
    """What an audit finds that takes nothing over."""
    with monkeypatch.context() as patch:
        patch.setattr(standing.LastAudit, "whole", lambda *_: None)
        patch.setattr(standing.LastAudit, "settled", lambda *_: None)
        return told(site, **how)[1]


def missing(found: Sequence[Finding]) -> list[int]:
    return sorted(one.id for one in found if one.rule == MISSING)


def test_where_nothing_changed_nothing_is_looked_at(
    site: SiteArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = site.query("SELECT * FROM findings ORDER BY fingerprint")
    first = site.audit_book().audits()[0]
    with monkeypatch.context() as patch:
        patch.setattr(engine._Run, "findings", None)  # whoever asks it for findings, fails
        audited, found = told(site)
    assert missing(found) == [3, 6, 9, 12]
    same = replace(first, number=2, at=audited.audit.at, fresh=0, gone=0)
    assert (audited.audit, audited.posts, audited.anew) == (same, 12, 0)
    assert site.query("SELECT * FROM findings ORDER BY fingerprint") == before


def test_after_an_edit_only_its_post_is_found_again(
    site: SiteArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled(site, post(6, "<p>Mended.</p>"), post(7, BROKEN))
    seen: list[int] = []
    asked = facts.Checker.look

    def look(checker: facts.Checker, page: Any) -> Any:
        seen.append(page.id)
        return asked(checker, page)

    monkeypatch.setattr(facts.Checker, "look", look)
    audited, found = told(site)
    assert (seen, audited.anew) == ([6, 7], 2)
    assert missing(found) == [3, 7, 9, 12]
    assert (audited.audit.fresh >= 1, audited.audit.gone >= 1) == (True, True)
    assert audited.audit.counted == len(found)
    assert anew(site, monkeypatch) == found


def test_what_was_changed_to_and_fro_is_as_it_was(
    site: SiteArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = list(site.audit_book().findings(1))
    pulled(site, post(3, "<p>Mended.</p>"))
    assert missing(told(site)[1]) == [6, 9, 12]
    pulled(site, post(3, BROKEN))
    _, found = told(site)
    assert missing(found) == missing(first)
    assert anew(site, monkeypatch) == found


def test_what_other_posts_have_part_in_is_found_again(
    site: SiteArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled(site, post(4, title={"rendered": "Post 5"}))
    _, found = told(site)
    assert {4, 5} <= {one.id for one in found if one.rule == "search/title-duplicate"}
    site.vanish(site.begin_run("pull", "anonymous"), "posts/post", {3: State.GONE})
    normalize_site(site, Rules())
    _, found = told(site)
    assert missing(found) == [6, 9, 12]
    assert anew(site, monkeypatch) == found


def test_a_term_alone_that_changed_is_noticed(site: SiteArchive) -> None:
    pulled(site, make_record("terms/category", 2, name="Rest", slug="rest", count=0))
    audited, found = told(site)
    assert audited.anew == 0
    assert [one.id for one in found if one.rule == "taxonomy/empty" and one.id == 2] == [2]


def test_another_day_counts_years_anew(tmp_path: Path) -> None:
    with open_archive(tmp_path / "archive") as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        dated = post(1, title={"rendered": "The masks of 2024"}, date_gmt="2024-05-01T09:00:00")
        pulled(site, dated, post(2))
        rule = "content/year-in-title"
        for year, ids in ((2024, []), (2024, []), (2025, [1]), (2025, [1])):
            _, found = told(site, now=datetime(year, 6, 1, tzinfo=UTC))
            assert [one.id for one in found if one.rule == rule] == ids


def test_suppressions_and_the_baseline_reach_posts_that_did_not_change(site: SiteArchive) -> None:
    known = Suppression("the partner moves", rule=MISSING, item="post/3", until="2026-11-30")
    for muting, silent in (
        (Muting("2026-11-29", [known]), [3]),
        (Muting("2026-11-29", [known]), [3]),
        (Muting("2026-12-01", [known]), []),
        (Muting("2026-12-01"), []),
    ):
        audited, found = told(site, muting=muting)
        assert [one.id for one in found if one.muted] == silent
        assert audited.audit.muted == len(silent)
        assert audited.audit.counted == len(found) - len(silent)
    six = next(one.fingerprint for one in found if (one.rule, one.id) == (MISSING, 6))
    _, found = told(site, muting=Muting("2026-12-01", baseline=frozenset([six])))
    assert [one.id for one in found if one.muted] == [6]


def test_a_comment_that_ends_is_looked_at_each_day(site: SiteArchive) -> None:
    comment = "<!-- wp-sync: ignore links/missing-target until 2026-11-29: on purpose -->"
    pulled(site, post(3, comment + BROKEN))
    for today, silent in (("2026-11-29", [3]), ("2026-11-29", [3]), ("2026-11-30", [])):
        _, found = told(site, muting=Muting(today))
        assert [one.id for one in found if one.muted] == silent


def test_what_was_gathered_for_an_audit_that_broke_off_is_told_by_the_next(
    site: SiteArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled(site, post(7, BROKEN))
    with monkeypatch.context() as patch:

        def stopped(_: Any) -> Iterator[Finding]:
            raise Interrupted("stopped")
            yield

        patch.setattr(engine._Run, "findings", stopped)
        with pytest.raises(Interrupted):
            audit_site(site, now=LATER)
    audited, found = told(site)
    assert (audited.anew, missing(found)) == (0, [3, 6, 7, 9, 12])


@pytest.mark.parametrize("edit", [False, True])
def test_findings_that_were_lost_are_found_again(
    site: SiteArchive, tmp_path: Path, edit: bool
) -> None:
    with closing(sqlite3.connect(tmp_path / "archive" / "archive.db")) as raw:
        raw.execute("DELETE FROM findings WHERE rule = ? AND id IN (3, 9)", [MISSING])
        raw.commit()
    if edit:
        pulled(site, post(7, BROKEN))
    _, found = told(site)
    assert missing(found) == [3, 6, *([7] if edit else []), 9, 12]


def test_what_is_known_of_other_sites_ages_by_the_second(
    site: SiteArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.audit_book().put_link_checks([LinkCheck("https://elsewhere.example/", "ok", 200)])
    told(site)
    monkeypatch.setattr(engine._Run, "findings", None)
    with pytest.raises(TypeError):  # it is asked
        told(site)


def test_another_version_of_the_rules_takes_nothing_over(
    site: SiteArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "whole_digest", lambda: "another")
    monkeypatch.setattr(engine._Run, "findings", lambda _: iter(()))
    assert told(site)[0].audit.counted == 0

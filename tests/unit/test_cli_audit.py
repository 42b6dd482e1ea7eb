"""The command `audit` and its own: what it says, writes, refuses, and how it ends."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.audit import post
from tests.cli import Cli
from tests.helpers import SITE, make_identity
from wp_sync.archive import open_archive
from wp_sync.model import Record
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules

BROKEN = '<p>Read <a href="/nowhere/">our long story</a> now.</p>'


def pulled(*records: Record) -> None:
    with open_archive(Path("archive")) as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        site.save(site.begin_run("pull", "anonymous"), records)
        normalize_site(site, Rules())


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.chdir(tmp_path)
    pulled(post(1, BROKEN, title={"rendered": "One"}), post(2, "<p>Fine.</p>"))
    return Cli(capsys)


def test_a_summary_of_one_screen(cli: Cli) -> None:
    done = cli("audit")
    assert done.code == 0
    assert "A blog: audit 1, 2 posts" in done.out
    assert "links/missing-target" in done.out
    assert "leads to nothing" in done.out
    assert "post.php?post=1&action=edit" in done.out  # what has most errors, and where to mend it
    assert len(done.out.splitlines()) < 50


def test_the_exit_code_is_by_severity(cli: Cli) -> None:
    assert cli("audit", "--fail-on", "error").code == 6
    assert cli("audit", "--only", "links/generic-text", "--fail-on", "notice").code == 0
    pulled(post(1, "<p>Mended.</p>", modified_gmt="2024-05-03T09:00:00"))
    assert cli("audit", "--only", "links", "--fail-on", "notice").code == 0


def test_what_is_new_since_the_last_audit(cli: Cli) -> None:
    cli("audit")
    pulled(post(2, BROKEN, modified_gmt="2024-05-03T09:00:00"))
    done = cli("audit", "--only", "links/missing-target")
    assert "1 new" in done.out
    found = cli("audit", "diff", "--only", "links", "--json").json["diff"]
    assert [(one["rule"], one["id"]) for one in found["new"]] == [("links/missing-target", 2)]
    assert found["still_by_rule"]["links/missing-target"] == 1
    pulled(post(1, "<p>Mended.</p>", modified_gmt="2024-05-04T09:00:00"))
    cli("audit")
    found = cli("audit", "diff", "1", "3", "--only", "links", "--json").json["diff"]
    assert ([one["id"] for one in found["new"]], [one["id"] for one in found["gone"]]) == ([2], [1])
    assert "gone" in cli("audit", "diff").out


def test_the_page_is_for_those_who_know_no_rules_by_name(cli: Cli) -> None:
    page = Path("audit/audit.html")
    cli("audit", "--format", "html")
    first = page.read_text(encoding="utf-8")
    assert "since the last audit" not in first, "there was none"
    assert '<th scope="row">Search engines</th>' in first
    shown = first.partition('<script type="application/json"')[0]
    assert "`" not in shown.partition("</style>")[2], "what is for typing is set as such"
    assert "wp-sync serve" in shown
    cli("audit", "--format", "html")
    assert "<strong>0</strong> new since the last audit" in page.read_text(encoding="utf-8")


def test_every_format_is_written(cli: Cli) -> None:
    done = cli(
        "audit", "--format", "html,json,csv,sarif,junit,markdown", "--output", "report", "--json"
    )
    names = {Path(name).name for name in done.json["files"]}
    assert names == {
        f"audit.{kind}" for kind in ("html", "json", "csv", "sarif", "junit.xml", "md")
    }
    assert "links/missing-target" in Path("report/audit.html").read_text(encoding="utf-8")
    document = json.loads(Path("report/audit.json").read_text())
    rules = [one["rule"] for one in document["findings"]]
    assert "links/missing-target" in rules
    assert done.json["audit"]["findings"] == len(rules)
    with Path("report/audit.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [line["rule"] for line in csv.DictReader(stream)] == rules


def test_a_baseline_lets_only_new_findings_count(cli: Cli) -> None:
    assert "is written down" not in cli("audit").out
    assert cli("audit", "baseline").code == 0
    assert cli("audit", "--baseline", "audit-baseline.json", "--fail-on", "notice").code == 0
    pulled(post(2, BROKEN, modified_gmt="2024-05-03T09:00:00"))
    assert cli("audit", "--baseline", "audit-baseline.json", "--fail-on", "error").code == 6
    pulled(post(1, "<p>Mended.</p>", modified_gmt="2024-05-04T09:00:00"))
    cli("audit")
    before = json.loads(Path("audit-baseline.json").read_text())["findings"]
    assert cli("audit", "baseline", "--prune", "--json").json["pruned"] > 0
    after = json.loads(Path("audit-baseline.json").read_text())["findings"]
    assert after.items() < before.items()


def test_suppressions_have_a_reason_and_an_end(cli: Cli) -> None:
    file = Path("known.toml")
    file.write_text(
        '[[suppress]]\nrule = "links/*"\nitem = "post/1"\nreason = "moves in May"\n'
        "until = 2100-01-01\n"
    )
    links = ("audit", "--only", "links", "--suppressions", "known.toml", "--fail-on", "notice")
    assert cli(*links).code == 0
    file.write_text(file.read_text().replace("2100", "2020"))
    done = cli(*links)
    assert done.code == 6
    assert "a suppression ended on 2020-01-01 (moves in May)" in done.err


def test_mistakes_in_the_suppressions_are_named_with_their_lines(cli: Cli) -> None:
    Path("known.toml").write_text(
        '[[suppress]]\nrule = "links/missing-targt"\nreason = "x"\n\n'
        '[[suppress]]\nrule = "links/*"\nuntil = "soon"\n\n[[suppress]]\nreason = "all"\n'
    )
    done = cli("audit", "--suppressions", "known.toml")
    assert done.code == 2
    assert "known.toml:2" in done.err
    assert "did you mean links/missing-target?" in done.err
    assert "a suppression without a reason" in done.err
    assert "which is no day" in done.err
    assert "this would suppress everything" in done.err


def test_the_configuration_tunes_the_rules(cli: Cli) -> None:
    Path("wp-sync.toml").write_text(
        'version = 1\n[archive]\nlocation = "archive"\n[audit]\noff = ["accessibility"]\n'
        'fail_on = "warning"\nsuppressions = "s.toml"\n'
        'severity = { "links/missing-target" = "notice" }\n'
        'limits = { "links/generic-text" = { also = ["our long story"] } }\n'
    )
    Path("s.toml").write_text('[[suppress]]\nrule = "links/self"\nreason = "x"\n')
    document = cli("audit", "--only", "links", "--json").json
    assert document["exit_code"] == 0
    assert document["audit"]["by_rule"] == {"links/generic-text": 1, "links/missing-target": 1}
    assert document["audit"]["by_severity"]["error"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('off = ["link"]', "did you mean links?"),
        ('severity = { "links/campain" = "error" }', "did you mean links/campaign?"),
        ('severity = { "links/campaign" = "fatal" }', "not one of error, warning, notice"),
        ('limits = { "links/generic-text" = { als = ["x"] } }', "did you mean also?"),
        ('limits = { "links/generic-text" = { also = 3 } }', "also must be text or a list"),
        ('fail_on = "errors"', "did you mean error?"),
        ('formats = ["pdf"]', "which is none"),
        ("sevrity = {}", "did you mean severity?"),
    ],
)
def test_mistakes_in_the_configuration_are_named(cli: Cli, text: str, said: str) -> None:
    Path("wp-sync.toml").write_text(f"version = 1\n[audit]\n{text}\n")
    done = cli("audit")
    assert done.code == 2
    assert said in done.err
    assert "wp-sync.toml:3" in done.err


def test_a_past_day_is_audited_as_it_was(cli: Cli) -> None:
    with open_archive(Path("archive")) as archive:
        site = archive.of(SITE)
        mended = post(1, "<p>Mended.</p>", modified_gmt="2024-05-03T09:00:00")
        later = mended.seen_at.replace(day=9)
        site.save(site.begin_run("pull", "anonymous"), [_seen(mended, later)])
        normalize_site(site, Rules())
    now = cli("audit", "--only", "links/missing-target", "--json").json
    assert now["audit"]["findings"] == 0
    then = cli("audit", "--as-of", "2024-05-08", "--only", "links/missing-target", "--json").json
    assert then["audit"]["findings"] == 1
    assert then["audit"]["as_of"] == "2024-05-08"
    assert len(cli("audit", "list", "--json").json["audits"]) == 1  # a look back is not kept


def _seen(record: Record, moment: object) -> Record:
    from dataclasses import replace

    return replace(record, seen_at=moment)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as-of", "yesterday"), "is no day"),
        (("--as-of", "2001-01-01"), "held nothing yet"),
        (("--only", "linx"), "did you mean links?"),
        (("--format", "sarrif"), "did you mean sarif?"),
        (("--baseline", "none.json"), "the baseline can't be read"),
        (("diff", "7", "8"), "was not audited yet"),
        (("--archive", "elsewhere"), "there is no archive"),
    ],
)
def test_what_cannot_be_done_says_why(cli: Cli, words: tuple[str, ...], said: str) -> None:
    done = cli("audit", *words)
    assert done.code in (1, 2)
    assert said.lower() in done.err.lower()


def test_rules_are_listed_and_explained(cli: Cli) -> None:
    assert "links/missing-target" in cli("audit", "rules").out
    one = cli("audit", "rules", "links/staging-host").out
    assert "wpengine.com" in one
    assert "default from" in one
    document = cli("audit", "rules", "links", "--json").json["rules"]
    assert {rule["family"] for rule in document} == {"links"}


def test_audits_are_listed(cli: Cli) -> None:
    assert "not audited yet" in cli("audit", "list").out
    cli("audit")
    cli("audit")
    assert [one["number"] for one in cli("audit", "list", "--json").json["audits"]] == [2, 1]
    assert "suppressed" in cli("audit", "list").out


def test_run_audits_last_and_writes_the_configured_reports(cli: Cli) -> None:
    Path("wp-sync.toml").write_text(
        f'version = 1\n[site]\nurl = "https://{SITE}"\n[archive]\nlocation = "archive"\n'
        '[audit]\nreports = "reports"\nformats = ["json", "markdown"]\nfail_on = "error"\n'
        '[run]\nstages = ["normalize", "audit"]\n'
    )
    done = cli("run", "--json")
    assert done.code == 6
    assert done.json["audit"]["by_rule"]["links/missing-target"] == 1
    assert {path.name for path in Path("reports").iterdir()} == {"audit.json", "audit.md"}


def test_links_to_other_sites_are_asked_where_wanted(cli: Cli, httpserver: HTTPServer) -> None:
    """The server is of this machine, so it is not asked, and nothing is said against the link."""
    url = httpserver.url_for("/a")
    pulled(post(1, f'<p><a href="{url}">there</a></p>', modified_gmt="2024-05-03T09:00:00"))
    done = cli("audit", "--check-external")
    assert "links to other sites: 1 address, 1 asked: 1 unknown" in done.err
    assert httpserver.log == []
    assert "external/" not in done.out

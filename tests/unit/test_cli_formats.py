"""Files for other programs from the command line: planned, pushed, proven, not written twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree

from tests.cli import Cli
from tests.helpers import SITE
from tests.unit.test_redirects import OLD, fill
from wp_sync.archive import open_archive
from wp_sync.errors import Exit
from wp_sync.ledger import Receipt
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.publish.tables.lines import item_of

assert OLD == SITE


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.chdir(tmp_path)
    with open_archive("archive") as archive:
        site = archive.of(SITE)
        fill(site)
        normalize_site(site, Rules())
    return Cli(capsys)


@pytest.mark.parametrize(
    ("target", "file"),
    [
        ("wxr:out/site.xml", "out/site.xml"),
        ("jsonl:out", "out/posts.jsonl"),
        ("csv:out", "out/posts.csv"),
        ("redirects:out", "out/nginx/redirects.conf"),
    ],
)
def test_each_kind_is_planned_pushed_and_verified(cli: Cli, target: str, file: str) -> None:
    planned = cli("plan", target, "--save", "plan.json")
    assert planned.code == Exit.DONE, planned.said
    assert "to create" in planned.out
    assert not Path(file).exists()
    assert cli("push", target, "--plan", "plan.json").code == Exit.DONE
    assert Path(file).stat().st_size > 100
    assert cli("verify", target).code == Exit.DONE
    again = cli("push", target)
    assert "0 writes" in again.out, again.said
    Path(file).write_text("by hand")
    assert cli("verify", target).code == Exit.FINDINGS
    assert cli("push", target).code == Exit.CONFLICTS
    assert Path(file).read_text() == "by hand"


def test_what_was_written_is_what_it_says(cli: Cli) -> None:
    for target in ("wxr:site.xml", "jsonl:lines", "redirects:moved"):
        assert cli("push", target).code == Exit.DONE
    assert len(list(etree.parse("site.xml").iter("item"))) > 10
    lines = Path("lines/posts.jsonl").read_bytes().splitlines()
    assert {item_of(line).id for line in lines} >= {5, 8, 11, 12}
    assert json.loads(Path("lines/schema.json").read_text())["title"]
    assert "/2017/11/sore-back" in Path("moved/redirects.csv").read_text()


def redirects() -> dict[str, str]:
    rows = Path("moved/redirects.csv").read_text().splitlines()[1:]
    return {row.split(",")[0]: row.split(",")[1] for row in rows}


def test_redirects_to_a_static_site_lead_to_its_pages(cli: Cli) -> None:
    done = cli("push", "redirects:moved", "-o", "for=hugo:site", "-o", "formats=csv")
    assert done.code == Exit.DONE, done.said
    assert not Path("moved/nginx").exists()
    found = redirects()
    assert found["/?p=5"] == "/2017/11/back-pain/"
    assert found["/2017/11/sore-back"] == "/2017/11/back-pain/"
    assert found["/2017/11/back-pain/spine"] == "/2017/11/back-pain/"  # shown in that post
    assert found["/2017/11"] == "/"  # there are no date archives
    assert found["/feed"] == "/index.xml"
    assert "/2017/11/back-pain" not in found  # stands where it stood


def test_redirects_to_what_was_pushed_follow_its_receipts(cli: Cli) -> None:
    refused = cli("push", "redirects:moved", "-o", "for=new")
    assert refused.code == Exit.USAGE
    assert "othing was pushed to new yet" in refused.err
    there = "https://www.example.org"
    with open_archive("archive") as archive:
        site = archive.of(SITE)
        receipts = [
            Receipt("posts/post:5", "105", f"{there}/back-pain/"),
            Receipt("posts/post:8", "108", f"{there}/two/", removed="trash"),
            Receipt("posts/attachment:14", "114", f"{there}/?attachment_id=114",
                    facts={"full": f"{there}/wp-content/uploads/2024/01/spine-1.jpg"}),
            Receipt("terms/category:pain", "3", f"{there}/topics/pain/"),
        ]  # fmt: skip
        site.ledger("new").settle(site.begin_run("push", "anonymous"), receipts)
    done = cli("push", "redirects:moved", "-o", "for=new", "-o", "formats=csv,nginx")
    assert done.code == Exit.DONE, done.said
    found = redirects()
    assert found["/2017/11/back-pain"] == found["/?p=5"] == f"{there}/back-pain/"
    assert found["/?cat=7"] == f"{there}/topics/pain/"
    assert found["/?attachment_id=14"] == f"{there}/wp-content/uploads/2024/01/spine-1.jpg"
    assert "/2017/11/back-pain/2" not in found  # not at the new site
    assert found["/2018/01/gone-post"] == ""


def test_options_that_can_t_be_are_named(cli: Cli) -> None:
    wrong = cli("plan", "redirects:moved", "-o", "formats=nginx,iis")
    assert wrong.code == Exit.USAGE
    assert "iis" in wrong.err
    assert "nginx" in wrong.err
    assert cli("plan", "wxr:a.xml", "-o", "parts=2").code == Exit.USAGE

"""The HTML report in a real Chromium: it filters, prints, runs no script but its own."""

from __future__ import annotations

import re
import time
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lab import axe
from tests.helpers import make_identity, make_record, tmp_archive
from wp_sync.audit.engine import audit_site
from wp_sync.audit.report.html.data import report_data
from wp_sync.audit.report.html.page import report_page
from wp_sync.audit.report.report import report_of
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.mapping_files import load_rules

if TYPE_CHECKING:
    from lab.browser import Browser, Page

EVIL = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
)
SAID = escape(EVIL)  # as WordPress sends a title that speaks of markup
BODY = f"""
<p>By admin | May 1st, 2019 | Categories: Pain</p>
<h4>{EVIL}</h4><p>See <a href="/nowhere/">clicking here</a>, <a href="javascript:alert(1)">a</a>
and <a href="http://127.0.0.1:8080/staging">this</a>. <img src="/wp-content/uploads/a.jpg"></p>
<h3>Related posts</h3><ul><li><a href="/post-7/">Post 7</a></li></ul>
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a small site whose every field is hostile."""
    folder = tmp_path_factory.mktemp("report")
    with tmp_archive() as store:
        site = store.of("blog.example.com")
        site.set_site(make_identity("blog.example.com"))
        run = site.begin_run("pull", "anonymous")
        terms = [
            make_record("terms/category", 1, name=f"Pain {SAID}", slug="pain", count=3),
            make_record("terms/category", 2, name="Body", slug="body", parent=1, count=0),
        ]
        posts = [
            make_record(
                "posts/post",
                id,
                slug=f"post-{id}",
                link=f"https://blog.example.com/post-{id}/",
                title={"rendered": f"Post {id} {SAID}"},
                content={"rendered": BODY},
                categories=[1],
            )
            for id in range(5, 12)
        ]
        site.save(run, terms)
        site.save(run, [make_record("users/user", 1, name=f"admin {SAID}", slug="admin")])
        site.save(run, posts)
        normalize_site(site, load_rules(None))
        audit_site(site)
        site.save(run, [make_record("posts/post", 5, content={"rendered": BODY + "<h1>x</h1>"})])
        normalize_site(site, load_rules(None))
        done = audit_site(site)
        page = report_page(report_data(report_of(site, done.audit)))
    (folder / "report.html").write_text(page, encoding="utf-8")
    return folder / "report.html"


@pytest.fixture
def page(browser: Browser, written: Path) -> Page:
    page = browser.page()
    page.open(written)
    return page


def text(page: Page, selector: str) -> str:
    return str(page.evaluate(f"document.querySelector({selector!r}).innerText"))


def go(page: Page, where: str) -> None:
    page.evaluate(f"location.hash = {where!r}")
    page.evaluate("new Promise(done => setTimeout(done, 50))")


def test_nothing_of_the_site_runs_and_nothing_is_fetched(page: Page) -> None:
    for view in ("overview", "findings?group=item", "findings?group=target", "taxonomy", "related"):
        go(page, view)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        page.evaluate("new Promise(done => setTimeout(done, 50))")
        assert "owned" not in str(page.evaluate("document.title"))
        assert page.evaluate("document.querySelectorAll('img, iframe').length") == 0
        hrefs = page.evaluate("[...document.links].map(one => one.href)")
        assert all(re.match(r"https?://|file://[^#]*#", one) for one in hrefs), hrefs
    go(page, "findings?group=item")
    assert "onerror" in text(page, "#list"), "the words themselves are shown"
    assert page.complaints() == []
    assert [one for one in page.requests() if not one.startswith("file://")] == []


def test_a_planted_script_would_not_run_even_if_it_got_in(page: Page) -> None:
    """The second lock: the policy stops what escaping might let through one day."""
    page.evaluate(
        "(() => { const one = document.createElement('script');"
        " one.textContent = \"document.title = 'owned'\"; document.body.append(one);"
        " document.body.insertAdjacentHTML('beforeend',"
        " '<img src=x onerror=\"document.title=1\">'); })()"
    )
    page.evaluate("new Promise(done => setTimeout(done, 100))")
    assert "owned" not in str(page.evaluate("document.title"))
    assert any("Content Security Policy" in one for one in page.complaints())


def test_it_filters_searches_groups_and_keeps_that_in_the_address(page: Page) -> None:
    everything = int(
        page.evaluate(
            "JSON.parse(document.getElementById('data').textContent).findings.rule.length"
        )
    )
    go(page, "findings")
    assert text(page, "#told").startswith(f"{everything} findings in ")
    go(page, "findings?severity=error")
    errors = int(text(page, "#told").split()[0])
    assert 0 < errors < everything
    page.evaluate(
        "(() => { const form = document.querySelector('form.filters');"
        " form.elements.q.value = 'NOWHERE'; form.elements.group.value = 'target';"
        " form.elements.q.dispatchEvent(new Event('change', { bubbles: true })); })()"
    )
    assert "/nowhere/" in text(page, "#list summary")
    address = str(page.evaluate("location.hash"))
    assert "q=NOWHERE" in address
    assert "severity=error" in address
    assert "group=target" in address
    again = text(page, "#told")
    go(page, "overview")
    go(page, address[1:])
    assert text(page, "#told") == again


def test_new_findings_are_told_apart(page: Page) -> None:
    go(page, "findings?fresh=1")
    assert int(text(page, "#told").split()[0]) >= 1
    assert "h1" in text(page, "#list").lower()


def test_an_opened_group_shows_the_place_and_the_ways_to_it(page: Page) -> None:
    go(page, "findings?rule=links/missing-target")
    assert "See it" in text(page, "#list li")
    assert page.evaluate("document.querySelector('#list a').href").startswith("https://blog.")
    assert text(page, "#list mark")


def test_the_tree_and_the_graph_are_there(page: Page) -> None:
    go(page, "taxonomy")
    assert "Categories: 2 terms" in text(page, "#part-taxonomy")
    go(page, "related")
    assert page.evaluate("document.querySelectorAll('.graph circle').length") >= 2
    assert "hang together" in text(page, "#part-related")


def test_it_works_by_keyboard(page: Page) -> None:
    page.key("Tab")
    assert text(page, ":focus") == "To the content"
    for _ in range(20):
        page.key("Tab")
        if page.evaluate("document.activeElement.dataset.view") == "findings":
            break
    page.key("Enter", "\r")
    page.evaluate("new Promise(done => setTimeout(done, 50))")
    assert page.evaluate("document.getElementById('part-findings').hidden") is False
    page.evaluate("document.querySelector('#list summary').focus()")
    page.key("Enter", "\r")
    page.evaluate("new Promise(done => setTimeout(done, 50))")
    assert page.evaluate("document.querySelector('#list details').open") is True


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("view", ["overview", "findings?group=item", "taxonomy", "related"])
def test_axe_finds_nothing_serious(page: Page, view: str, dark: bool) -> None:
    page.shape(1280, 900, dark)
    go(page, view)
    page.evaluate(
        "[...document.querySelectorAll('details')].slice(0, 3).forEach(one => { one.open = true })"
    )
    page.evaluate("new Promise(done => setTimeout(done, 50))")
    axe.load(page)
    found = axe.of_page(page)
    grave = [one for one in found if one.get("impact") in ("serious", "critical")]
    assert not grave, grave


@pytest.mark.parametrize("view", ["overview", "findings?group=item", "taxonomy", "related"])
def test_it_fits_a_phone(page: Page, view: str) -> None:
    page.shape(360, 740)
    go(page, view)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    page.evaluate("new Promise(done => setTimeout(done, 50))")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_it_prints_the_summary_and_the_gravest_findings(page: Page) -> None:
    go(page, "findings")
    printed = page.printed()
    assert printed.startswith(b"%PDF")
    page.call("Emulation.setEmulatedMedia", media="print")
    seen = str(page.evaluate("document.body.innerText"))
    assert "The gravest findings" in seen
    assert "What to do" in seen
    assert "Group by" not in seen


def many(number: int) -> dict[str, Any]:
    """The document of a large site, as `report_data` makes it."""
    audit = {
        "number": 2, "at": "2026-11-29T03:00:00Z", "as_of": "", "posts": 9_000, "counted": number,
        "first": False,
        "muted": 0, "fresh": 0, "gone": 0, "error": number, "warning": 0, "notice": 0,
    }  # fmt: skip
    items = [
        ["posts/post", n, f"A post about {n}", f"https://a.example/{n}/", "", n % 7, [n % 9], ""]
        for n in range(4_000)
    ]
    return {
        "site": {"name": "Large", "home": "https://a.example"},
        "audit": audit,
        "history": [audit, audit],
        "rules": [
            {"id": f"f{n % 6}/rule-{n}", "family": f"f{n % 6}", "reason": "Why.", "fix": "Do."}
            for n in range(70)
        ],
        "items": items,
        "authors": [f"Author {n}" for n in range(7)],
        "categories": [f"Category {n}" for n in range(9)],
        "findings": {
            "rule": [n % 70 for n in range(number)],
            "item": [n % 4_000 for n in range(number)],
            "severity": [n % 3 for n in range(number)],
            "certain": [n % 2 for n in range(number)],
            "message": [f"finding {n} of many, with some words to it" for n in range(number)],
            "excerpt": [[f"words around the place {n} and more", 6, 12] for n in range(number)],
            "target": [f"https://b.example/{n % 3_000}" for n in range(number)],
            "since": ["2026-01-01"] * number,
            "by": [""] * number,
            "muted": [0] * number,
            "fresh": [0] * number,
        },
        "taxonomies": [],
        "graph": {
            "posts": 0, "edges": 0, "main": 0, "islands": [], "orphans": [], "orphan_count": 0,
            "nodes": [], "lines": [],
        },
    }  # fmt: skip


def test_every_part_begins_at_its_head(browser: Browser, written: Path) -> None:
    page = browser.page(390, 500)
    page.open(written)
    for part in ("overview", "findings", "related", "taxonomy", "overview"):
        page.evaluate("window.scrollTo(0, 300)")
        go(page, part)
        page.evaluate("new Promise(done => setTimeout(done, 200))")
        assert page.evaluate("scrollY") == 0, part


def test_twenty_thousand_findings_are_quick(browser: Browser, tmp_path: Path) -> None:
    """Bounds a person would notice, with room for a busy machine."""
    path = tmp_path / "report.html"
    path.write_text(report_page(many(20_000)), encoding="utf-8")
    assert path.stat().st_size < 8 << 20
    page = browser.page()
    began = time.monotonic()
    page.open(path)
    for view in ("findings", "findings?group=item", "findings?q=19999", "findings?group=target"):
        go(page, view)
    assert time.monotonic() - began < 30
    nodes = int(page.evaluate("document.querySelectorAll('*').length"))
    assert nodes < 5_000, "it makes what nobody has opened"
    script = (
        "(() => { const began = performance.now(); location.hash = 'findings?q=1';"
        " window.dispatchEvent(new HashChangeEvent('hashchange'));"
        " return performance.now() - began })()"
    )
    assert float(page.evaluate(script)) < 3_000

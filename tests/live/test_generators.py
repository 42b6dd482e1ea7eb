"""The clinic's blog and bodies that break builds, built by the real generators without a warning.

Then every page is read: each post is there, no link or picture is dead, old addresses lead on, and
what a body said is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from lxml import html

from lab.errors import LabUnavailable
from lab.generators import GENERATORS, Built, build, ensure
from tests.clinic import clinic
from tests.needs import lacking
from wp_sync.archive.base import SiteArchive
from wp_sync.normalize.rules import Rules
from wp_sync.publish.base import FileTarget, Settings
from wp_sync.publish.files.engine import Export
from wp_sync.publish.targets import target_kind

pytestmark = pytest.mark.live
_WARNINGS = re.compile(r"\b(?:warn(?:ing)?|deprecat\w+|error|conflict)\b", re.IGNORECASE)


class Site(NamedTuple):
    name: str
    source: Path
    built: Built

    def page(self, path: str) -> html.HtmlElement:
        file = self.built.folder / path.strip("/") / "index.html"
        return html.fromstring(file.read_bytes().decode())


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteArchive]:
    with clinic(tmp_path_factory.mktemp("clinic") / "archive") as site:
        yield site


@pytest.fixture(scope="module", params=GENERATORS)
def site(
    request: pytest.FixtureRequest, archive: SiteArchive, tmp_path_factory: pytest.TempPathFactory
) -> Site:
    name = str(request.param)
    try:
        ensure(name)
    except LabUnavailable as error:
        lacking(f"{name} is not to be had: {error}")
    folder = tmp_path_factory.mktemp(name)
    kind = target_kind(name)
    assert isinstance(kind, FileTarget)
    settings = Settings(f"{name}:{folder}", name, str(folder), options={"starter": True})
    outcome = Export(kind.export(archive, Rules(), settings), folder).push()
    assert not outcome.problems
    return Site(name, folder, build(name, folder))


def test_the_generator_has_nothing_to_say(site: Site) -> None:
    # Paths of pages may hold any word.
    said = [line for line in site.built.said.splitlines() if "/index.html" not in line]
    assert not [line for line in said if _WARNINGS.search(line)]


def test_every_post_is_there_under_its_address(site: Site, archive: SiteArchive) -> None:
    rows = archive.query(
        "SELECT title, link, type FROM posts WHERE state = 'live' AND status = 'publish' "
        "AND NOT protected AND type <> 'wp_navigation' AND id < 9000"
    )
    assert len(rows) > 80
    for row in rows:
        path = urlsplit(str(row["link"])).path
        shown = site.page(unquote(path)).findtext(".//h1") or ""
        assert shown.split() == str(row["title"]).split(), path


def test_addresses_of_signs_alone_have_a_page_each(site: Site) -> None:
    for sign in "🦊🐻":
        assert "Same" in site.page(f"/{sign}/").text_content()


def test_no_link_and_no_picture_is_dead(site: Site) -> None:
    dead: dict[str, str] = {}
    links = 0
    for file in sorted(site.built.folder.rglob("*.html")):
        at = "/" + file.relative_to(site.built.folder).as_posix().removesuffix("index.html")
        for element in html.fromstring(file.read_bytes().decode()).iter():
            for name in ("href", "src", "poster"):
                url = element.get(name)
                if not url or urlsplit(url).scheme or url.startswith(("//", "#")):
                    continue
                links += 1
                path = unquote(urlsplit(urljoin(f"http://x{at}", url)).path)
                there = site.built.folder / path.lstrip("/")
                if not there.is_file() and not (there / "index.html").is_file():
                    dead[path] = at
    assert links > 400
    assert {path for path in dead if path != "/v.mp4"} == set()  # named in a body, never archived


def test_pictures_are_the_archives_bytes(site: Site) -> None:
    page = site.page("/a-night-in-our-ward/")
    sources = [str(one.get("src")) for one in page.iter("img")]
    assert len(sources) >= 2
    for source in sources:
        path = urljoin("/a-night-in-our-ward/", source).lstrip("/")
        assert (site.built.folder / unquote(path)).stat().st_size > 100


def test_old_addresses_lead_on(site: Site) -> None:
    for old, new in (("old-name/index.html", "/new-name/"), ("2019/twin.html", "/2019/twin/")):
        page = (site.built.folder / old).read_text(encoding="utf-8")
        refresh = re.search(r"""http-equiv=["']?refresh["']? content=["']0; ?url=([^"'>]+)""", page)
        assert refresh, page
        assert urlsplit(refresh[1]).path == new


def test_pages_of_terms_and_people_list_their_posts(site: Site) -> None:
    for path in ("/category/chronic-pain/", "/author/drokafor/"):
        links = {urlsplit(str(one.get("href"))).path for one in site.page(path).iter("a")}
        assert len(links) > 5, path


def said(site: Site, name: str) -> str:
    page = site.page(f"/nasty-{name}/")
    return " ".join("".join(map(str, page.find(".//main").itertext())).split())


def test_templates_in_a_text_are_words(site: Site) -> None:
    text = said(site, "templates")
    for words in ("{{< evil >}}", "{% evil %}", "{% include x %}", "{{ 'a' | b }}", "{# c #}",
                  "{% raw %}{{ . }}{% endfor %}", "{{% x %}}", "{% y %}", "<%= z %>", "${w}",
                  "{: .a}", "{#b}"):  # fmt: skip
        assert words in text.replace("’", "'").replace("‘", "'"), words
    title = site.page("/nasty-templates/").findtext(".//h1") or ""
    assert title == "Nasty: templates “quoted” {% x %} {{ y }} #1"


def test_words_that_look_like_markup_are_words(site: Site) -> None:
    starts = said(site, "starts")
    for words in ("# no heading", "1. no list", "- none", "> no quote", "---", "+++", ": no",
                  "=====", "[^1]: no note", "*[x]: no", "^"):  # fmt: skip
        assert words in starts, words
    assert not list(
        site.page("/nasty-starts/").find(".//main").iter("h2", "li", "blockquote", "hr")
    )
    markup = said(site, "markup")
    for words in ("<script>alert(1)</script>", "&lt;", "**x**", "_y_", "`z`", "[a](b)", "![c](d)",
                  "$$e$$", "~~f~~", "g"):  # fmt: skip
        assert words in markup, words
    page = site.page("/nasty-markup/").find(".//main")
    assert not list(page.iter("script", "strong", "em", "del"))
    assert not [one for one in page.iter("a") if "javascript" in str(one.get("href"))]


def test_tables_notes_and_what_stays_html(site: Site) -> None:
    page = site.page("/nasty-pipes/").find(".//main")
    (table,) = page.iter("table")
    cells = ["".join(map(str, cell.itertext())).strip() for cell in table.iter("th", "td")]
    assert cells == ["A|B", "C", "1 | 2", "x|y"]
    assert "a | b" in said(site, "pipes")
    notes = site.page("/nasty-notes/").find(".//main")
    assert "The note." in said(site, "notes")
    (mark,) = notes.iter("sup")
    (target,) = [
        str(one.get("href")).removeprefix("#") for one in mark.iter("a") if one.get("href")
    ]
    assert notes.xpath("//*[@id=$target]", target=target)
    left = site.page("/nasty-left/").find(".//main")
    for name in ("dl", "dt", "dd", "details", "summary", "video", "iframe"):
        assert len(list(left.iter(name))) == 1, name
    assert left.xpath(".//td[@colspan='2']")
    assert "a\n\n  b" in "".join(map(str, next(left.iter("pre")).itertext()))


def test_signs_and_breaks_in_every_element(site: Site) -> None:
    text = said(site, "signs")
    for words in ("Press [*] for a *b* c and d_e |: https://x.example/~f/_g_ or www.x.example/~h",
                  "/_i_.", "One two", "* j 1. k", "l"):  # fmt: skip
        assert words in text, words
    page = site.page("/nasty-signs/").find(".//main")
    assert len(page.xpath(".//blockquote//br")) == 1
    (items,) = page.xpath(".//ul[li]")[:1]
    assert len(items.xpath("./li")) == 3
    assert [str(one.text).split() for one in items.iter("code")] == [["*", "j", "1.", "k"], ["l"]]


def test_addresses_alone_on_a_line_are_links(site: Site) -> None:
    found = [
        (one.get("href"), one.text_content())
        for name in ("raw-0", "raw-1")
        for one in site.page(f"/nasty-{name}/").find(".//main").iter("a")
    ]
    urls = [f"https://video.example/{end}" for end in ("_1_?a&b", "2", "3")]
    assert found == [(url, url) for url in urls]

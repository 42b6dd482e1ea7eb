"""An archive as the files of a static site: bundles, addresses, terms, and what follows an edit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.clinic import HOME, clinic
from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.model import Record
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.publish.files.base import Outcome
from wp_sync.publish.files.engine import Export
from wp_sync.publish.static.astro import Astro
from wp_sync.publish.static.eleventy import Eleventy
from wp_sync.publish.static.exporter import StaticExporter
from wp_sync.publish.static.hugo import Hugo
from wp_sync.publish.static.jekyll import Jekyll
from wp_sync.publish.static.layout import Layout

LAYOUTS: tuple[type[Layout], ...] = (Hugo, Jekyll, Eleventy, Astro)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteArchive]:
    with clinic(tmp_path_factory.mktemp("clinic") / "archive") as archive:
        yield archive


def exported(site: SiteArchive, folder: Path, layout: type[Layout] = Hugo, **how: bool) -> Outcome:
    return Export(StaticExporter(site, Rules(), layout(), helpers=0, **how), folder).push()  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def hugo(site: SiteArchive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hugo")
    exported(site, folder)
    return folder


def head_of(path: Path) -> dict[str, object]:
    head = path.read_text(encoding="utf-8").split("\n---\n", 1)[0]
    found = yaml.safe_load(head.removeprefix("---\n"))
    assert isinstance(found, dict)
    return found


def test_a_post_is_a_bundle_with_its_pictures(hugo: Path) -> None:
    bundle = hugo / "content/posts/a-short-guide-to-your-first-visit"
    assert {path.name for path in bundle.iterdir()} == {
        "index.md", "waiting-room.jpg", "intake-form.pdf",
    }  # fmt: skip
    text = (bundle / "index.md").read_text()
    assert "](waiting-room.jpg" in text
    assert "](intake-form.pdf)" in text
    head = head_of(bundle / "index.md")
    assert head["url"] == "/a-short-guide-to-your-first-visit/"
    assert head["title"] == "A Short Guide To Your First Visit"


def test_terms_are_slugs_with_pages_and_related_posts_are_data(hugo: Path) -> None:
    head = head_of(hugo / "content/posts/why-sleep-breaks-when-pain-moves-in/index.md")
    assert head["categories"] == ["chronic-pain", "sleep"]
    assert head["related"] == [
        {"title": "The Fixed Hour: One Rule That Outlives All Others", "url": "/the-fixed-hour/"},
        {"title": "Counting Naps", "url": "/counting-naps/"},
        {"title": "Winter Light For Sore Winters", "url": "/winter-light/"},
    ]
    term = head_of(hugo / "content/categories/chronic-pain/_index.md")
    assert (term["title"], term["url"]) == ("Chronic Pain", "/category/chronic-pain/")


def test_links_lead_to_the_new_addresses(hugo: Path) -> None:
    text = (hugo / "content/posts/why-sleep-breaks-when-pain-moves-in/index.md").read_text()
    assert "[our notes on the fixed hour](/the-fixed-hour/)" in text
    assert "[clicking here](/contact/)" in text
    whole = "\n".join(path.read_text() for path in sorted((hugo / "content").rglob("*.md")))
    left = set(re.findall(rf"\]\({HOME}(/[^)]*)\)", whole))
    # What the source itself has no more, or never exported.
    assert {one for one in left if not one.startswith("/wp-content/")} <= {
        "/?p=201", "/sleep-and-fibro-part-two/", "/old-blog-index/", "/first-visit-guide/",
        "/fibromyalgia-group-2011/",
    }  # fmt: skip


def test_old_addresses_become_aliases(site: SiteArchive, hugo: Path, tmp_path: Path) -> None:
    assert head_of(hugo / "content/posts/new-name/index.md")["aliases"] == ["/old-name/"]
    assert head_of(hugo / "content/posts/twin/index.md")["aliases"] == ["/2019/twin.html"]
    exported(site, tmp_path, Jekyll)
    page = (tmp_path / "old-name" / "index.html").read_text()
    assert 'content="0; url=/new-name/"' in page


def test_names_that_some_disk_does_not_take_are_changed(hugo: Path) -> None:
    names = {path.name for path in (hugo / "content/posts").iterdir()}
    assert {"twin", "Twin-9101", "con-", "痛", "out"} <= names
    assert all(len(name.encode()) <= 101 for name in names)
    assert head_of(hugo / "content/posts/con-/index.md")["url"] == "/posts/con-/"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_visitors_could_not_see_stays_out(site: SiteArchive, layout: type[Layout]) -> None:
    secret = "posts/post:9106"
    public = StaticExporter(site, Rules(), layout(), helpers=0)
    assert secret not in {unit.key for unit in public.units()}
    drafts = StaticExporter(site, Rules(), layout(), drafts=True, helpers=0)
    (unit,) = [unit for unit in drafts.units() if unit.key == secret]
    (made,) = drafts.made([unit])
    text = b"".join(file.content for file in made.files if isinstance(file.content, bytes))
    head = yaml.safe_load(text.decode().split("\n---\n")[0].removeprefix("---\n"))
    assert head.get("draft") or head.get("published") is False


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_changed_nothing_rendered(
    site: SiteArchive, tmp_path: Path, layout: type[Layout]
) -> None:
    first = exported(site, tmp_path / "a", layout)
    exported(site, tmp_path / "b", layout)
    trees = [
        {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and ".wp-sync" not in path.parts
        }
        for folder in (tmp_path / "a", tmp_path / "b")
    ]
    assert trees[0] == trees[1]
    again = exported(site, tmp_path / "a", layout)
    assert (again.rendered, again.written, again.count("skip")) == (0, 0, first.count("create"))
    assert Export(StaticExporter(site, Rules(), layout(), helpers=0), tmp_path / "a").verify().clean


def test_helpers_change_nothing_but_the_time(site: SiteArchive, tmp_path: Path) -> None:
    exported(site, tmp_path / "alone")
    helped = StaticExporter(site, Rules(), Hugo(), helpers=1)
    helped._converter._done = 1_000  # as if hundreds had been converted already
    Export(helped, tmp_path / "helped").push()
    for path in (tmp_path / "alone" / "content").rglob("*.md"):
        there = tmp_path / "helped" / path.relative_to(tmp_path / "alone")
        assert there.read_bytes() == path.read_bytes()


def test_an_edit_renders_the_post_and_those_that_name_it(tmp_path: Path) -> None:
    with clinic(tmp_path / "archive") as site:
        folder = tmp_path / "hugo"
        exported(site, folder)
        current = next(site.current("posts/post", ids=[next(iter(_ids(site, "counting-naps")))]))
        run = site.begin_run("test", "anonymous")
        data = {name: value for name, value in current.data.items() if name != "id"}
        data |= {"link": f"{HOME}/naps/", "slug": "naps"}
        data["modified_gmt"] = "2024-06-01T00:00:00"
        site.save(run, [make_record("posts/post", current.id, **data)])
        normalize_site(site, Rules())
        outcome = exported(site, folder)
        changed = {step.key for step in outcome.steps}
        assert f"posts/post:{current.id}" in changed
        assert outcome.rendered < 30
        text = (folder / "content/posts/why-sleep-breaks-when-pain-moves-in/index.md").read_text()
        assert "(/naps/)" in text
        assert "/counting-naps/" not in text.split("\n---\n")[1]
        assert not (folder / "content/posts/counting-naps").exists()
        head = head_of(folder / "content/posts/naps/index.md")
        assert (head["url"], head["aliases"]) == ("/naps/", ["/counting-naps/"])
        fresh = tmp_path / "fresh"
        exported(site, fresh)
        for path in (fresh / "content").rglob("*"):
            if path.is_file():
                assert (folder / path.relative_to(fresh)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("named", ["[gallery ids=9990]", "[gallery]"])
def test_a_caption_edited_in_the_library_reaches_galleries(tmp_path: Path, named: str) -> None:
    def file(caption: str) -> None:
        picture = make_record(
            "posts/attachment", 9990, post=9991, mime_type="image/jpeg", media_type="image",
            source_url=f"{HOME}/wp-content/uploads/p.jpg",
            caption={"raw": caption, "rendered": caption},
        )  # fmt: skip
        text = {"raw": f"<p>Look</p>\n{named}"}  # no server showed it to us
        site.save(2, [picture, make_record("posts/post", 9991, content=text)])
        normalize_site(site, Rules())

    with clinic(tmp_path / "archive") as site:
        file("As it was")
        exported(site, tmp_path / "site")
        text = tmp_path / "site/content/posts/post-9991/index.md"
        assert "As it was" in text.read_text()
        file("As it is")
        outcome = exported(site, tmp_path / "site")
        assert "As it is" in text.read_text()
        assert outcome.rendered == 1
        assert exported(site, tmp_path / "site").rendered == 0


@pytest.mark.parametrize(
    ("layout", "listing", "page"),
    [(Jekyll, "index.html", "index.md"), (Eleventy, "content/index.njk", "content/pages/home.md")],
)
def test_a_page_that_is_the_home_page_has_no_other_beside_it(
    tmp_path: Path, layout: type[Layout], listing: str, page: str
) -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        site.set_site(replace(make_identity(SITE), home=HOME))
        run = site.begin_run("test", "anonymous")
        home = {"slug": "home", "link": f"{HOME}/"}
        site.save(run, [make_record("posts/page", 1, **home)])
        normalize_site(site, Rules())
        exported(site, tmp_path / "with", layout, starter=True)
        assert (tmp_path / "with" / page).exists()
        assert not (tmp_path / "with" / listing).exists()
        home = {"slug": "home", "link": f"{HOME}/home/", "modified_gmt": "2024-06-01T00:00:00"}
        site.save(run, [make_record("posts/page", 1, **home)])
        normalize_site(site, Rules())
        exported(site, tmp_path / "with", layout, starter=True)
        assert (tmp_path / "with" / listing).exists()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_old_addresses_that_are_one_file_or_a_file_and_its_folder_are_no_trouble(
    tmp_path: Path, layout: type[Layout]
) -> None:
    def post(id: int, link: str, day: int) -> Record:
        stamp = f"2024-06-{day:02d}T00:00:00"
        return make_record("posts/post", id, slug=f"p{id}", link=HOME + link, modified_gmt=stamp)

    with tmp_archive() as archive:
        site = archive.of(SITE)
        site.set_site(replace(make_identity(SITE), home=HOME))
        run = site.begin_run("test", "anonymous")
        site.save(run, [post(1, "/x/index.html", 1), post(2, "/a.html", 1)])
        site.save(run, [post(1, "/x/", 2), post(3, "/a.html/b.html", 2)])
        site.save(run, [post(1, "/y/", 3), post(2, "/w/", 3), post(3, "/v/", 3)])
        normalize_site(site, Rules())
        exported(site, tmp_path, layout)
    if layout is Hugo:
        aliases = [head_of(tmp_path / f"content/posts/p{id}/index.md")["aliases"] for id in (1, 2)]
        assert aliases == [["/x/"], ["/a.html"]]
    else:
        found = [*tmp_path.rglob("x/index.html"), *tmp_path.rglob("a.html")]
        assert len(found) == 2
        assert 'url=/y/"' in found[0].read_text()
        assert 'url=/w/"' in found[1].read_text()


def _ids(site: SiteArchive, slug: str) -> Iterator[int]:
    for row in site.query("SELECT id FROM posts WHERE slug = :slug", slug=slug):
        yield int(str(row["id"]))

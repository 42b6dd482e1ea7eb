"""`wp-sync mappings preview`: before and after, and each post's changes, with nothing written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import html5lib
import pytest

from tests.cli import Cli
from tests.helpers import SITE, make_identity, make_record
from wp_sync.archive import open_archive
from wp_sync.errors import Exit
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.preview import preview

HOME = f"https://{SITE}"
EVIL = "6 < 7 & \"q\" onload='e()'"
RULES = {
    "categories.toml": """version = 2
primary = "deepest"
[[rule]]
match = { slug = "pains" }
into = "Body > Pain"
[[rule]]
match = { slug = "old" }
drop = true
[[rule]]
match = { slug = "topic" }
taxonomy = "post_tag"
""",
    "authors.toml": """version = 2
[[rule]]
match = { name = "desk@dmin" }
name = "Mary Major"
""",
    "links.toml": '[new]\nhome = "https://new.example"\n',
    "related.toml": 'version = 2\n[body]\ndo = "strip"\n',
    "cleaning.toml": 'version = 1\n[rules]\nempty = "clean"\n',
}
RULES["links.toml"] = f"version = 2\n{RULES['links.toml']}"
RELATED = '<h2>Related posts</h2><ul><li><a href="/post-1/">One</a></li></ul>'


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.chdir(tmp_path)
    with open_archive(tmp_path / "archive", create=True) as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        run = site.begin_run("pull", "anonymous")
        for record in (
            make_record("terms/category", 1, name="Uncategorized", slug="uncategorized"),
            make_record("terms/category", 2, name="Pains", slug="pains"),
            make_record("terms/category", 3, name="Old", slug="old"),
            make_record("terms/category", 4, name="Topic", slug="topic"),
            make_record("terms/category", 5, name="Body", slug="body"),
            make_record("terms/category", 6, name=EVIL, slug="evil", parent=5),
            make_record("terms/mood", 20, name="Calm", slug="calm"),
            make_record("users/user", 1, name="desk@dmin", slug="desk"),
            make_record("users/user", 2, name="Ann Roe", slug="ann"),
            make_record("posts/post", 1, link=f"{HOME}/post-1/", author=2, categories=[1]),
            make_record(
                "posts/post", 2, title={"rendered": "&lt;img src=x onerror=alert(1)&gt;"},
                link="javascript:alert(1)", author=2, categories=[2, 3],
            ),
            make_record(
                "posts/page", 3, title={"rendered": "Third"}, link=f"{HOME}/third/",
                categories=[4, 6], content={
                    "rendered": f'<p>Words <a href="{HOME}/post-1/">here</a></p><p></p>{RELATED}'
                },
            ),
            make_record("posts/post", 4, author=2, categories=[5], status="trash"),
        ):  # fmt: skip
            site.save(run, [record])
    folder = tmp_path / "mappings"
    folder.mkdir()
    for name, text in RULES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Cli(capsys)


def branches(document: Any, taxonomy: str, side: str) -> list[tuple[str, int, int, str]]:
    found = document["taxonomies"][taxonomy][side]
    return [(one["name"], one["depth"], one["posts"], one["fate"]) for one in found]


def test_the_trees_before_and_after(cli: Cli) -> None:
    document = cli("mappings", "preview", "--json").json
    assert branches(document, "category", "before") == [
        ("Body", 0, 0, ""),
        (EVIL, 1, 1, ""),
        ("Old", 0, 1, "dropped"),
        ("Pains", 0, 1, "Body > Pain"),
        ("Topic", 0, 1, "post_tag: Topic"),
        ("Uncategorized", 0, 1, ""),
    ]
    assert branches(document, "category", "after") == [
        ("Body", 0, 0, ""),
        (EVIL, 1, 1, ""),
        ("Pain", 1, 1, "Pains"),
        ("Uncategorized", 0, 1, ""),
    ]
    assert branches(document, "post_tag", "after") == [("Topic", 0, 1, "category: Topic")]
    assert document["taxonomies"]["mood"]["changed"] is False
    assert document["authors"] == [
        {"name": "Ann Roe", "before": 2, "after": 2},
        {"name": "desk@dmin", "before": 1, "after": 0},
        {"name": "Mary Major", "before": 0, "after": 1},
    ]


def test_what_each_post_would_change(cli: Cli) -> None:
    document = cli("mappings", "preview", "--posts", "--json").json
    changes = {one["id"]: one for one in document["changes"]}
    assert set(changes) == {1, 2, 3}
    assert (document["posts"], document["changed"], document["left_out"]) == (3, 3, 0)
    assert changes[1]["primary"] == ["", "Uncategorized"]
    assert changes[2]["gone"] == [["category", "Pains"], ["category", "Old"]]
    assert changes[2]["added"] == [["category", "Body > Pain"]]
    third = changes[3]
    assert (third["gone"], third["added"]) == ([["category", "Topic"]], [["post_tag", "Topic"]])
    assert third["authors"] == ["desk@dmin", "Mary Major"]
    assert (third["cleaned"], third["links"], third["related"]) == ({"empty": 1}, 2, True)
    assert document["by_concern"] == {
        "authors": 1, "cleaning": 1, "links": 1, "primary": 3, "related": 1, "terms": 2,
    }  # fmt: skip
    assert "changes" not in cli("mappings", "preview", "--json").json


def test_what_comes_out_the_same_is_no_change(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    (folder / "links.toml").write_text(f'version = 2\n[new]\nhome = "{HOME}"\n', encoding="utf-8")
    left = 'version = 2\n[body]\ndo = "strip"\nleave = ["heading"]\n'
    (folder / "related.toml").write_text(left, encoding="utf-8")
    document = cli("mappings", "preview", "--posts", "--json").json
    (third,) = (one for one in document["changes"] if one["id"] == 3)
    assert (third["links"], third["related"]) == (1, False)  # the relative one becomes whole


def test_it_is_what_a_normalization_then_does(cli: Cli, tmp_path: Path) -> None:
    rules = load_rules(tmp_path / "mappings")
    with open_archive(tmp_path / "archive") as archive:
        site = archive.of(SITE)
        told = preview(site, rules)
        assert site.query("SELECT * FROM posts") == []
        assert site.derived_under() == ""
        result = normalize_site(site, rules)
        assert told.to_write == result.posts_written == 4
        rows = site.query(
            "SELECT t.taxonomy, t.name, count(p.id) AS posts FROM terms t LEFT JOIN post_terms pt "
            "ON pt.taxonomy = t.taxonomy AND pt.slug = t.slug LEFT JOIN posts p "
            "ON p.id = pt.post AND p.state = 'live' GROUP BY 1, 2"
        )
        made = {(row["taxonomy"], row["name"], row["posts"]) for row in rows}
        assert made == {
            (tree.taxonomy, one.name, one.posts) for tree in told.trees for one in tree.after
        }
        again = preview(site, rules)
        assert again.to_write == 0
        # Before is the site as it stands, also when it was put in order already.
        assert (again.trees, again.changed) == (told.trees, told.changed)


def test_nothing_is_written(cli: Cli, tmp_path: Path) -> None:
    before = (tmp_path / "archive" / "archive.db").read_bytes()
    assert cli("mappings", "preview").code == 0
    assert (tmp_path / "archive" / "archive.db").read_bytes() == before


def test_only_so_many_posts_are_told_one_by_one(cli: Cli, tmp_path: Path) -> None:
    with open_archive(tmp_path / "archive", read_only=True) as archive:
        told = preview(archive.of(SITE), load_rules(tmp_path / "mappings"), most=2)
    assert (told.changed, len(told.changes), told.left_out) == (3, 2, 1)


def test_it_is_drawn_on_the_terminal(cli: Cli) -> None:
    out = cli("mappings", "preview", "--posts").out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert any("Pains 1 → Body > Pain" in line for line in lines)
    assert any("Pain 1 ← Pains" in line for line in lines)
    for words in (
        "moods 1, as they are",
        "desk@dmin 1 → 0 posts",
        "3 of 3 posts would differ from the site",
        "− category: Old",
        "cleaned: empty (1)",
        "related posts in the text: taken out or replaced",
    ):
        assert any(words in line for line in lines), words
    assert "\x1b" not in out


def test_the_page_is_whole_escaped_and_fetches_nothing(cli: Cli, tmp_path: Path) -> None:
    done = cli("mappings", "preview", "--html", "out/preview.html", "--json")
    assert (done.code, Path(done.json["html"])) == (0, Path("out/preview.html"))
    text = (tmp_path / "out" / "preview.html").read_text(encoding="utf-8")
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(text)
    assert parser.errors == []
    elements = {one.tag for one in tree.iter() if isinstance(one.tag, str)}
    assert not elements & {"script", "img", "iframe", "link", "object", "svg"}
    links = [one.get("href") for one in tree.iter("a")]
    assert links == [HOME, f"{HOME}/third/", f"{HOME}/post-1/"]
    attributes = {name for one in tree.iter() for name in one.attrib}
    assert not {name for name in attributes if name.startswith("on")} | attributes & {"src"}
    assert "url(" not in text
    assert "@import" not in text
    words = " ".join("".join(tree.itertext()).split())
    assert EVIL in words
    assert "<img src=x onerror=alert(1)>" in words
    assert "Pains 1 → Body > Pain" in words
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "\x1b" not in text


def test_a_page_that_can_not_be_written_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "taken.html").mkdir()
    done = cli("mappings", "preview", "--html", "taken.html")
    assert (done.code, "can't be written" in done.err.lower()) == (Exit.FAILED, True)

"""`wp-sync explain`: for one post, which rule did what, to which value, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli import Cli
from tests.helpers import SITE, make_identity, make_record
from wp_sync.archive import open_archive
from wp_sync.errors import Exit

HOME = f"https://{SITE}"
CALL = "Call our team today for a first talk about sleep."
RULES = {
    "categories.toml": """version = 2
primary = "first"
[[rule]]
match = { slug = "pains" }
into = "Body > Pain"
[[rule]]
match = { id = 3 }
drop = true
[[assign]]
when = { default = true, text = "insomnia" }
to = "Sleep"
""",
    "authors.toml": """version = 2
[[rule]]
match = { name = "desk@dmin" }
name = "Mary Major"
""",
    "links.toml": """version = 2
[[external]]
from = "partner.example/shop"
to = "https://shop.partner.example"
""",
    "related.toml": 'version = 2\n[body]\ndo = "strip"\n',
    "cleaning.toml": 'version = 1\n[rules]\nempty = "clean"\n',
    "boilerplate.toml": f"""version = 1
[[block]]
name = "call"
like = "{CALL}"
do = "strip"
""",
}
CONTENT = f"""<p>Of insomnia and <a href="/post-7/">more</a>, <a href="/lost/\x1b[31m">lost</a>,
<a href="https://partner.example/shop/tea">tea</a>.</p><p></p><p>{CALL}</p>
<h2>Related posts</h2><ul><li><a href="/post-7/">The other</a></li></ul>"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.chdir(tmp_path)
    with open_archive(tmp_path / "archive", create=True) as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        run = site.begin_run("pull", "anonymous")
        for record in (
            make_record("site/site", 0, settings={"default_category": 1}),
            make_record("terms/category", 1, name="Uncategorized", slug="uncategorized"),
            make_record("terms/category", 2, name="Pains", slug="pains"),
            make_record("terms/category", 3, name="Old", slug="old"),
            make_record("users/user", 1, name="desk@dmin", slug="desk"),
            make_record("posts/post", 7, link=f"{HOME}/post-7/"),
            make_record(
                "posts/post", 5, title={"rendered": "Awake"}, categories=[1, 2, 3],
                content={"rendered": CONTENT},
            ),
        ):  # fmt: skip
            site.save(run, [record])
    folder = tmp_path / "mappings"
    folder.mkdir()
    for name, text in RULES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Cli(capsys)


def decisions(cli: Cli, item: str) -> list[tuple[str, str, str, str, str]]:
    told: list[dict[str, Any]] = cli("explain", item, "--json").json["decisions"]
    return [
        (one["concern"], one["action"], one["before"], one["after"], one["rule"]) for one in told
    ]


def test_every_decision_has_its_value_and_its_rule(cli: Cli) -> None:
    found = decisions(cli, "post/5")
    where = "mappings/categories.toml"
    assert found[0] == ("authors", "authored", "desk@dmin", "Mary Major", "mappings/authors.toml:2")
    terms = [one[1:] for one in found if one[0] == "terms/category"]
    assert ("merged", "Pains", "Body > Pain", f"{where}:3") in terms
    assert ("dropped", "Old", "", f"{where}:6") in terms
    assert ("assigned", "", "Sleep", f"{where}:9") in terms
    assert ("left", "Uncategorized", "", "") in terms
    assert ("primary", "", "Body > Pain", "") in terms
    assert [one[1:4] for one in found if one[0] == "related"] == [
        ("resolved", "/post-7/", "The other · post 7"),
        ("body", "the blocks in the text", "taken out"),
    ]
    links = {one[2]: one for one in found if one[0] == "links"}
    assert links["/post-7/"][1:4] == ("resolved", "/post-7/", f"{HOME}/post-7/")
    assert links["/lost/\x1b[31m"][1] == "missing"
    tea = links["https://partner.example/shop/tea"]
    assert tea[1::2] == ("rewritten", "https://shop.partner.example/tea")
    assert tea[4] == "mappings/links.toml:2"
    (clean,) = (one for one in found if one[0] == "cleaning")
    assert clean[1] == "done"
    (block,) = (one for one in found if one[0] == "boilerplate")
    assert (block[1], block[4]) == ("done", "mappings/boilerplate.toml:2")
    assert CALL in block[2]
    assert CALL not in block[3]


def test_it_is_said_in_words_and_hostile_names_are_not_obeyed(cli: Cli) -> None:
    out = cli("explain", f"{HOME}/post-5/").out
    assert out.startswith("post 5 · Awake")
    for words in (
        "desk@dmin → Mary Major",
        'its slug is "pains" · mappings/categories.toml:3',
        "Old → nothing",
        'its text has "insomnia" · mappings/categories.toml:9',
        "missing",
        "it points into the site, and nothing is there",
        "2 resolved",
        'empty = "clean" in cleaning.toml',
    ):
        assert words in out, words
    assert "\x1b" not in out


def test_a_term_is_explained_too_and_other_records_are_not(cli: Cli) -> None:
    assert decisions(cli, "category/2") == [
        ("terms/category", "merged", "Pains", "Body > Pain", "mappings/categories.toml:3")
    ]
    done = cli("explain", "user/1")
    assert (done.code, "rules are about posts and terms" in done.err) == (Exit.USAGE, True)
    assert cli("explain", "post/999").code == Exit.USAGE


def test_rules_as_they_are_now_count_and_nothing_is_written(cli: Cli, tmp_path: Path) -> None:
    before = (tmp_path / "archive" / "archive.db").read_bytes()
    (tmp_path / "mappings" / "authors.toml").write_text("version = 2\n", encoding="utf-8")
    assert decisions(cli, "post/5")[0] == ("authors", "authored", "desk@dmin", "desk@dmin", "")
    assert (tmp_path / "archive" / "archive.db").read_bytes() == before

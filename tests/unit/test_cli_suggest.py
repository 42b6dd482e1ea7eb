"""`wp-sync mappings suggest`: rules drafted from an archive, shown, put into files as comments."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.cli import Cli
from tests.helpers import SITE, make_identity, make_record
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.cli.drafting import belongs, with_drafts
from wp_sync.errors import Exit
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.rules import Rules
from wp_sync.normalize.suggest.drafts import Draft, suggest_site
from wp_sync.normalize.suggest.proposals import Proposal, rule_text

CALL = "Call our team today for a first talk about sleep, pain and all that may help you, please."
EVIL = 'Evil\x1b[31m "\n[[rule]]'


def fill(site: SiteArchive) -> None:
    site.set_site(make_identity())
    run = site.begin_run("pull", "anonymous")
    site.save(
        run,
        [
            make_record("terms/category", 1, name="Sin categoría", slug="sin"),
            make_record("terms/category", 2, name="Back Pain", slug="back-pain"),
            make_record("terms/category", 3, name="Back Pains", slug="back-pains"),
            make_record("terms/category", 4, name=EVIL, slug="evil"),
        ],
    )
    site.save(run, [make_record("terms/post_tag", 9, name="back pain", slug="bp")])
    site.save(
        run,
        [
            make_record("users/user", 1, name="desk@dmin", slug="desk"),
            make_record("users/user", 2, name="Ann Roe", slug="ann"),
        ],
    )
    line = "<p>By Mary Major | March 14th, 2012 | Categories: Sleep</p>"
    for id in range(101, 109):
        content = f"{line if id < 105 else ''}<p>{CALL}</p><p>Words of {id}.</p>"
        if id < 103:
            content += f"<a href='//old.example.com/post-{id + 3}/'>x</a>"
        site.save(
            run,
            [
                make_record(
                    "posts/post",
                    id,
                    title={"rendered": f"A &lt;b&gt; tale {id}"},
                    content={"rendered": content},
                    author=1 if id < 107 else 2,
                    categories=[3] if id == 101 else [2],
                    tags=[9] if id < 104 else [],
                )
            ],
        )


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.chdir(tmp_path)
    with open_archive(tmp_path / "archive", create=True) as archive:
        fill(archive.of(SITE))
    (tmp_path / "mappings").mkdir()
    return Cli(capsys)


def found(cli: Cli, *words: str) -> dict[tuple[str, str], Any]:
    drafts = cli("mappings", "suggest", "--json", *words).json["drafts"]
    return {(one["file"], one["kind"]): one for one in drafts}


def test_every_kind_of_proposal_has_its_file_reason_posts_examples_and_rule(cli: Cli) -> None:
    drafts = found(cli)
    plural = drafts["categories.toml", "plural"]
    assert (plural["names"], plural["ids"], plural["posts"]) == (
        ["Back Pains", "Back Pain"],
        [3, 2],
        1,
    )
    assert plural["examples"] == [{"kind": "posts/post", "id": 101, "title": "A <b> tale 101"}]
    assert tomllib.loads(plural["rule"])["rule"] == [
        {"match": {"slug": "back-pains"}, "into": "Back Pain"}
    ]
    both = drafts["tags.toml", "tag and category"]
    assert (both["posts"], [one["id"] for one in both["examples"]]) == (3, [101, 102, 103])
    account = drafts["authors.toml", "login-like"]
    assert (account["posts"], account["ids"], account["confidence"]) == (6, [1], 0.85)
    assert "4 of 4 bylines in its posts say “Mary Major”" in account["reason"]
    assert tomllib.loads(account["rule"])["rule"][0]["name"] == "Mary Major"
    block = drafts["boilerplate.toml", "repeated block"]
    assert (block["posts"], tomllib.loads(block["rule"])["block"][0]["like"]) == (8, [CALL])
    host = drafts["links.toml", "other host"]
    assert (host["names"], host["posts"], host["rule"]) == (["old.example.com"], 2, "")
    assert [one["id"] for one in host["examples"]] == [101, 102]
    assert ("categories.toml", "single post") not in drafts
    everything = cli("mappings", "suggest", "--least", "0", "--json").json
    assert everything["less_sure"] == 0
    # The default category can't be seen here; the one WordPress came with is not proposed to go.
    gone = {name for one in everything["drafts"] if one["kind"] == "empty" for name in one["names"]}
    assert len(gone) == 1
    assert next(iter(gone)).startswith("Evil")


def test_drafts_are_shown_by_file_and_hostile_names_are_not_obeyed(cli: Cli) -> None:
    done = cli("mappings", "suggest", "--least", "0")
    heads = [line for line in done.out.splitlines() if ".toml (" in line]
    assert [head.split()[0] for head in heads] == [
        "authors.toml", "boilerplate.toml", "categories.toml", "links.toml", "tags.toml",
    ]  # fmt: skip
    assert "one seems to be the plural of the other" in done.out
    assert "6 posts: “A <b> tale 101”, “A <b> tale 102”, “A <b> tale 103” and 3 others" in done.out
    assert "\x1b" not in done.said


def test_writing_adds_comments_that_change_nothing_until_edited(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    mine = b"version = 2\r\n# my own words, no line end"
    (folder / "categories.toml").write_bytes(mine)
    (folder / "tags.toml").write_text("version = 2\n", encoding="utf-8")
    before = load_rules(folder).digest
    done = cli("mappings", "suggest", "--write", "--least", "0", "--json")
    names = {Path(name).name for name in done.json["files"]}
    assert names == {"authors.toml", "boilerplate.toml", "categories.toml", "tags.toml"}
    text = (folder / "categories.toml").read_bytes()
    assert text.startswith(mine)
    assert b"\n" not in text.replace(b"\r\n", b"")
    assert load_rules(folder).digest == before
    # Asked again, nothing is there twice.
    assert cli("mappings", "suggest", "--write", "--least", "0", "--json").json["files"] == []
    assert (folder / "categories.toml").read_bytes() == text
    # Taking the hashes away makes rules of all of them, and then none is proposed any more.
    for path in folder.glob("*.toml"):
        lines = path.read_text(encoding="utf-8").split("\n")
        path.write_text("\n".join(line.removeprefix("# ") for line in lines).replace(
            "my own words", "# my own words"), encoding="utf-8")  # fmt: skip
    rules = load_rules(folder)
    assert {rule.match.slugs[0] for rule in rules.of("category").rules} == {"back-pains", "evil"}
    assert rules.authors.rules[0].name == "Mary Major"
    # A host is one more among the aliases that stand in the file: a person's to write.
    links = 'version = 2\naliases = ["old.example.com"]\n'
    (folder / "links.toml").write_text(links, encoding="utf-8")
    assert cli("mappings", "suggest", "--least", "0", "--json").json["drafts"] == []


def test_without_a_folder_of_mappings_there_is_nowhere_to_write(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mappings").rmdir()
    assert cli("mappings", "suggest").code == 0
    done = cli("mappings", "suggest", "--write")
    assert (done.code, "wp-sync init" in done.err) == (Exit.USAGE, True)
    assert not (tmp_path / "mappings").exists()


def test_the_order_is_the_same_in_every_run(tmp_path: Path) -> None:
    with open_archive(tmp_path / "archive", create=True) as archive:
        site = archive.of(SITE)
        fill(site)
        first = suggest_site(site, Rules())
        assert [one.proposal.confidence for one in first] == sorted(
            (one.proposal.confidence for one in first), reverse=True
        )
        assert suggest_site(site, Rules()) == first


def test_a_name_of_the_site_never_breaks_out_of_its_comment() -> None:
    rule = rule_text({"slug": "x\n[[rule]]"}, {"drop": True})
    draft = Draft(Proposal("terms/category", "empty", (EVIL,), f"“{EVIL}”\nis = on", 0, 0.9, rule))
    text, added = with_drafts("", [draft], "terms/category")
    assert added == 1
    assert tomllib.loads(text) == {"version": 2}
    assert all(line.startswith("#") for line in text.split("\n")[1:] if line)


@pytest.mark.parametrize(
    ("name", "concern", "right"),
    [
        ("categories.toml", "terms/category", True),
        ("authors.toml", "authors", True),
        ("product_cat.toml", "terms/product_cat", True),
        ("authors.toml", "terms/authors", False),
        ("folder.toml", "terms/folder", False),
        ("..\\evil.toml", "terms/..\\evil", False),
        (".toml", "terms/", False),
    ],
)
def test_a_taxonomys_name_leads_to_no_other_file(name: str, concern: str, right: bool) -> None:
    assert belongs(name, concern) is right

"""`wp-sync mappings`: files held against an archive, and their way into spreadsheets and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import Cli
from tests.helpers import SITE, make_identity, make_record
from wp_sync.archive import open_archive
from wp_sync.errors import Exit

CATEGORIES = """version = 2
unmapped = "report"

[[rule]]
match = { name = ["News", "Newss"] }
into = "Press"

[[rule]]
match = { slug = "pian" }
drop = true

[[rule]]
match = { pattern = "ne.*" }
keep = true

[[assign]]
when = { default = true, tag = "slep" }
to = "Pain > Sleep"
"""
AUTHORS = """version = 2

[[rule]]
match = { id = 99, name = "jane" }
name = "Jane Roe"
"""


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
            make_record("terms/category", 2, name="Pain", slug="pain"),
            make_record("terms/category", 3, name="News", slug="news"),
            make_record("terms/post_tag", 9, name="Sleep", slug="sleep"),
            make_record("users/user", 1, name="ketamine@dmin", slug="ketaminedmin"),
        ):
            site.save(run, [record])
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "categories.toml").write_text(CATEGORIES, encoding="utf-8")
    (folder / "authors.toml").write_text(AUTHORS, encoding="utf-8")
    return Cli(capsys)


# -- check


def test_check_names_what_meets_nothing_with_file_and_line(cli: Cli) -> None:
    done = cli("mappings", "check", "--json")
    assert done.code == Exit.FINDINGS
    assert done.json["command"] == "mappings check"
    found = {
        (one["code"], one["place"].get("file", ""), one["place"].get("line"), one["hint"])
        for one in done.json["findings"]
        if one["place"]
    }
    assert found == {
        ("no-match", "mappings/categories.toml", 4, 'did you mean "news"?'),
        ("clash", "mappings/categories.toml", 4, ""),
        ("new-term", "mappings/categories.toml", 4, ""),
        ("no-match", "mappings/categories.toml", 8, 'did you mean "pain"?'),
        ("no-effect", "mappings/categories.toml", 12, "take it away, or narrow the others"),
        ("no-term", "mappings/categories.toml", 16, 'did you mean "sleep"?'),
        ("new-term", "mappings/categories.toml", 16, ""),
        ("no-match", "mappings/authors.toml", 3, ""),
    }
    messages = {one["message"] for one in done.json["findings"]}
    assert 'nothing on the site has the id "99"' in messages
    assert 'nothing on the site has the name "jane"' in messages
    unmapped = [one["name"] for one in done.json["findings"] if one["code"] == "unmapped"]
    assert unmapped == ["Uncategorized", "Pain"]
    assert [one["name"] for one in done.json["findings"] if one["code"] == "login-like"] == [
        "ketamine@dmin"
    ]


def test_check_says_it_in_words_and_is_content_where_all_is_well(cli: Cli, tmp_path: Path) -> None:
    done = cli("mappings", "check")
    assert "mappings/categories.toml:8" in done.out
    assert 'the rule matches nothing: nothing on the site has the slug "pian"' in done.out
    assert "Uncategorized: no rule names it; it stays" in done.out
    (tmp_path / "mappings" / "categories.toml").write_text("version = 2\n", encoding="utf-8")
    rule = 'version = 2\n[[rule]]\nmatch = { slug = "ketaminedmin" }\nname = "Dr. Roe"\n'
    (tmp_path / "mappings" / "authors.toml").write_text(rule, encoding="utf-8")
    done = cli("mappings", "check")
    assert (done.code, done.out.strip()) == (
        0, "Every rule meets something, and every name is mapped."
    )  # fmt: skip


def test_check_names_a_taxonomy_that_the_site_does_not_have(cli: Cli, tmp_path: Path) -> None:
    rule = "version = 2\n[[rule]]\nmatch = { id = 1 }\ndrop = true\n"
    (tmp_path / "mappings" / "post_tags.toml").write_text(rule, encoding="utf-8")
    found = [one for one in cli("mappings", "check", "--json").json["findings"]
             if one["concern"] == "terms/post_tags"]  # fmt: skip
    assert [one["message"] for one in found] == [
        'the archive has no terms of the taxonomy "post_tags"'
    ]
    assert found[0]["hint"] == 'did you mean "post_tag"?'


def test_check_changes_nothing_and_reports_mistakes_of_the_files_first(
    cli: Cli, tmp_path: Path
) -> None:
    before = (tmp_path / "archive" / "archive.db").read_bytes()
    cli("mappings", "check")
    assert (tmp_path / "archive" / "archive.db").read_bytes() == before
    (tmp_path / "mappings" / "tags.toml").write_text("version = 77\n", encoding="utf-8")
    done = cli("mappings", "check")
    assert done.code == Exit.USAGE
    assert "mappings/tags.toml:1" in done.err


LINKS = """version = 2
aliases = ["old.example.com", "gone.example.com"]
shortlinks = ["wp.me/p8fRz", "wp.me/pNone"]

[[external]]
from = "www.partner.example/Shop"
to = "partner.example/store"

[[external]]
from = "nobody.example"
to = "somebody.example"
"""
RELATED = """version = 2

[headings]
en = ["More From Our Desk", "Nobody says so"]

[leads]
en = ["Don&#8217;t miss out"]

[[block]]
name = "ours"
class = "our-related"

[[block]]
name = "theirs"
id = "their-related"
"""
CLEANING = """version = 1

[shortcodes]
remove = ["ad_box", "no_box"]

[builders]
classes = ["ourtheme-", "notheme-"]

[pixels]
hosts = ["count.example.com", "none.example.com"]
"""
BOILERPLATE = """version = 1

[[block]]
name = "towns"
like = ["We treat patients from Port Amity, Larkspur Bay, Quilan County and many other towns."]
do = "strip"

[[block]]
name = "nowhere"
like = ["Sign up for the newsletter that we send on the first day of every month of the year."]
do = "strip"
"""
TEXT = """<p>We treat patients from Port Amity, Larkspur Bay, Quilan County and many oter towns.</p>
<!-- wp:x {"url":"https:\\/\\/OLD.example.com\\/a"} --><a href="//wp.me/p8fRz-2">x</a>
<a href="https://partner.example/shop/1">x</a><h3>More from <em>our</em> desk:</h3>
<p>Don’t miss out: <a href="/x/">x</a></p><div class="our-related"></div>[ad_box id=1]
<div class="ourtheme-row"><img src="//count.example.com/1.gif"></div>"""


def test_check_holds_the_other_files_against_the_texts(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    for name, text in (("links", LINKS), ("related", RELATED), ("cleaning", CLEANING),
                       ("boilerplate", BOILERPLATE)):  # fmt: skip
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    for path in ("categories.toml", "authors.toml"):
        (folder / path).unlink()

    def save(id: int, text: str, kind: str = "posts/post") -> None:
        with open_archive(tmp_path / "archive") as archive:
            site = archive.of(SITE)
            run = site.begin_run("pull", "anonymous")
            site.save(run, [make_record(kind, id, content={"rendered": text})])

    def found() -> list[tuple[object, ...]]:
        told = cli("mappings", "check", "--json").json["findings"]
        return [
            (one["concern"], one["message"], one["serious"], one["place"].get("line"))
            for one in told
            if one["code"] == "no-match"
        ]

    save(1, "<p>Nothing here.</p>")
    assert len(found()) == 19
    save(2, TEXT)
    theirs = 'no text has the markup of the block "theirs" (their-related)'
    assert sorted(found(), key=str) == sorted(
        [
            ("links", 'no text has a link to the alias "gone.example.com"', False, None),
            ("links", 'no text has a link to the short address "wp.me/pNone"', False, None),
            ("links", 'no text has a link to "nobody.example"', True, 9),
            ("related", 'no text has the words "nobody says so" of a heading', False, None),
            ("related", theirs, True, None),
            ("cleaning", 'no text has the shortcode "no_box"', False, None),
            ("cleaning", 'no text has the class "notheme-"', False, None),
            ("cleaning", 'no text has the host "none.example.com"', False, None),
            ("boilerplate", 'no text has the block "nowhere", or one like it', True, 8),
        ],
        key=str,
    )
    save(2, '<div id="their-related"></div>', "rendered/post")
    assert theirs in {message for _, message, _, _ in found()}
    (folder / "related.toml").write_text(
        RELATED.replace("version = 2\n", "version = 2\n[look]\npage = true\n"), encoding="utf-8"
    )
    assert theirs not in {message for _, message, _, _ in found()}


# -- to-csv and from-csv


def test_there_and_back(cli: Cli, tmp_path: Path) -> None:
    done = cli("mappings", "to-csv", "--out", "sheets", "--json")
    assert done.code == 0
    sheets = sorted((tmp_path / "sheets").iterdir())
    assert [path.name for path in sheets] == ["authors.csv", "categories.csv"]
    assert sheets[0].read_bytes().startswith(b"\xef\xbb\xbftype,")
    edited = sheets[1].read_bytes().replace(b"Press", b"=Press")
    sheets[1].write_bytes(edited)
    done = cli("mappings", "from-csv", *sheets, "--dry-run")
    assert (done.code, "would be written" in done.out) == (0, True)
    assert (tmp_path / "mappings" / "categories.toml").read_text(encoding="utf-8") == CATEGORIES
    assert cli("mappings", "from-csv", *sheets).code == 0
    text = (tmp_path / "mappings" / "categories.toml").read_text(encoding="utf-8")
    assert text == CATEGORIES.replace('"Press"', '"=Press"')
    assert (tmp_path / "mappings" / "authors.toml").read_text(encoding="utf-8") == AUTHORS
    assert sorted(path.suffix for path in (tmp_path / "mappings").iterdir()) == [".toml", ".toml"]


def test_one_sheet_with_mistakes_leaves_all_files_as_they_are(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "authors.csv").write_text("match name,new name\nadmin,The house\n")
    (tmp_path / "categories.csv").write_text("match name,drop\nx,perhaps\n")
    done = cli("mappings", "from-csv", "authors.csv", "categories.csv")
    assert done.code == Exit.USAGE
    assert "categories.csv:2: drop:" in done.err
    assert (tmp_path / "mappings" / "authors.toml").read_text(encoding="utf-8") == AUTHORS


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("to-csv", "nothing"), "there are: authors, categories"),
        (("to-csv", "--mappings", "nowhere"), "there is no folder of mapping files"),
        (("from-csv", "folder.csv"), "is what the folder extends, and no sheet"),
        (("from-csv", "nowhere/tags.csv"), "can't be read: no such file"),
        (("check", "--archive", "nowhere"), "there is no archive here"),
        (("check", "--mappings", "nowhere"), "there is no such folder"),
    ],
)
def test_what_can_not_be_done_is_told(cli: Cli, words: tuple[str, ...], expected: str) -> None:
    done = cli("mappings", *words)
    assert done.code == Exit.USAGE
    assert expected.casefold() in " ".join(done.err.casefold().split())
    assert "Traceback" not in done.said


def test_files_that_can_not_be_read_or_written_are_told_and_left_alone(
    cli: Cli, tmp_path: Path
) -> None:
    tags = tmp_path / "mappings" / "tags.toml"
    tags.write_bytes(b"version = 2\n# caf\xe9\n")
    (tmp_path / "tags.csv").write_text("match id,drop\n1,yes\n")
    for words in (("to-csv", "tags"), ("from-csv", "tags.csv")):
        done = cli("mappings", *words)
        assert (done.code, "tags.toml:2: is not UTF-8" in done.err) == (Exit.USAGE, True)
    assert tags.read_bytes() == b"version = 2\n# caf\xe9\n"
    (tmp_path / "sheets" / "authors.csv").mkdir(parents=True)
    done = cli("mappings", "to-csv", "authors", "--out", "sheets")
    assert (done.code, "can't be written" in done.err.lower()) == (Exit.FAILED, True)
    assert [path.name for path in (tmp_path / "sheets").iterdir()] == ["authors.csv"]


def test_the_group_has_a_menu_of_its_own(cli: Cli) -> None:
    out = cli("mappings", "--help").out
    for name in ("check", "to-csv", "from-csv"):
        assert name in out
    assert "mappings" in cli("--help").out


def test_blocks_that_stand_in_many_posts_are_shown_with_their_wordings(
    cli: Cli, tmp_path: Path
) -> None:
    call = "To book a first talk with our team call 555-0142 today!"
    folder = tmp_path / "archive"
    with open_archive(folder) as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        run = site.begin_run("test", "")
        texts = [call, call, call, call.replace("today", "todday"), "Words that are its own."]
        site.save(
            run,
            [
                make_record("posts/post", id, content={"rendered": f"<p>{text}</p>"})
                for id, text in enumerate(texts, 1)
            ],
        )
    done = cli("mappings", "blocks", "--archive", folder, "--least", 4, "--json")
    (block,) = done.json["blocks"]
    assert (block["posts"], block["variants"]) == (4, 2)
    assert block["wordings"][0] == {"text": call, "posts": 3, "first": 1}
    assert "In 4 posts" in cli("mappings", "blocks", "--archive", folder, "--least", 4).said
    assert "no passage" in cli("mappings", "blocks", "--archive", folder, "--least", 5).said

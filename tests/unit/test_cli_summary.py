"""The screen at the end of a run: what it says of who we were, its width, its commands."""

from __future__ import annotations

import io
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from tests.cli import Cli
from tests.helpers import make_identity, make_record, tmp_archive
from wp_sync.cli import facts, summary
from wp_sync.cli.lines import Line, block, spaced
from wp_sync.cli.text import kind_name, listed
from wp_sync.errors import Exit, Place, Problem
from wp_sync.model import LeftOut, Login, Outcome, RunResult, Tally, View

POST, PAGE = "posts/post", "posts/page"


def shown(parts: object, width: int = 80, *, terminal: bool = True) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, no_color=True)
    for part in parts:  # type: ignore[attr-defined]
        console.print(part, soft_wrap=not terminal or isinstance(part, Text))
    return Text.from_ansi(out.getvalue()).plain


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (
            View(rendered=(POST,)),
            "Seen as a visitor: rendered text only; drafts, private posts and raw text need"
            " a login.",
        ),
        (
            View(Login(3, "ann", ("author",)), rendered=(POST, PAGE)),
            "Seen as ann (author): rendered text only; drafts, private posts and raw text need"
            " a login with more rights.",
        ),
        (
            View(Login(1, "frontdesk", ("administrator",)), (POST, PAGE), (), (POST, PAGE)),
            "Seen as frontdesk (administrator): raw text; drafts and private posts included.",
        ),
        (
            View(Login(7, "ed", ()), (POST,), (PAGE,), (POST,)),
            "Seen as ed (no role): raw text of posts; pages only as visitors see them;"
            " drafts and private posts included.",
        ),
        (
            View(Login(7, "ed", ("editor",)), (POST, PAGE), (), (PAGE,)),
            "Seen as ed (editor): raw text; no drafts of posts.",
        ),
    ],
)
def test_a_partial_view_never_passes_for_a_whole_one(view: View, words: str) -> None:
    assert summary.view_words(view) == words


def test_a_pull_that_found_nothing_new_has_no_columns_of_noughts() -> None:
    with tmp_archive() as archive:
        part = archive.of("blog.example.com")
        part.set_site(make_identity())
        part.save(part.begin_run("pull", "anonymous"), [make_record(POST, 7)])
        quiet = RunResult("blog.example.com", Outcome.DONE, tallies={POST: Tally(unchanged=1)})
        busy = RunResult("blog.example.com", Outcome.DONE, tallies={POST: Tally(new=1, vanished=2)})
        said = shown(summary.pull_parts(quiet, part, dry=False))
        assert "A blog is up to date in the archive; nothing had changed" in said
        assert "new" not in said
        said = shown(summary.pull_parts(busy, part, dry=False))
        assert "gone" in said
        assert "broken there" not in said


def test_what_is_hidden_is_grouped_by_its_step() -> None:
    problems = [
        Problem("not visible to visitors: answer 401", Place(kind="posts/nav_menu_item"), "log in"),
        Problem("not visible to visitors: answer 401", Place(kind="terms/nav_menu"), "log in"),
        Problem("the site counts 3 and shows none", Place(kind=PAGE), "log in"),
        LeftOut("not copied: theirs", Place(kind="posts/wp_template")),
        LeftOut("not copied: theirs", Place(kind="posts/wp_template_part")),
    ]
    assert shown(summary.unseen_parts(problems)).splitlines() == [
        "Not visible to you (3)",
        "  menus and menu items  log in",
        "  pages                 the site counts 3 and shows none; log in",
        "Not copied on purpose: theme templates",
    ]


def test_the_command_for_an_item_names_one_that_is_there() -> None:
    with tmp_archive() as archive:
        part = archive.of("blog.example.com")
        part.set_site(make_identity())
        assert facts.example(part) == ""
        run = part.begin_run("pull", "anonymous")
        part.save(run, [make_record(POST, 7, slug="older", date_gmt="2020-01-01T00:00:00")])
        part.save(run, [make_record(POST, 8, slug="the-newest")])
        assert facts.example(part) == "the-newest"
        # A page of the same slug: the word would mean two things.
        part.save(run, [make_record(PAGE, 9, slug="the-newest")])
        assert facts.example(part) == "post/8"


@pytest.mark.parametrize("slug", ["--help", "$(reboot)", "a b", "2024", "%d9%85", "x" * 80])
def test_a_slug_that_is_not_safe_to_type_is_not_shown(slug: str) -> None:
    with tmp_archive() as archive:
        part = archive.of("blog.example.com")
        part.set_site(make_identity())
        part.save(part.begin_run("pull", "anonymous"), [make_record(POST, 2024, slug=slug)])
        assert facts.example(part) in ("post/2024", "2024")
        for _, words in summary.after_pull("blog", part, config_file=False):
            assert all(word == shlex.quote(word) for word in shlex.split(words))


def test_the_screen_fits_eighty_columns_and_its_commands_stay_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    done = Cli(capsys)("demo", "--port", "0")
    assert done.code == Exit.DONE
    assert "\x1b" not in done.out
    lines = done.out.rstrip().splitlines()
    assert len(lines) <= 54
    assert not any(line != line.rstrip() for line in lines)
    assert "posts and pages" in done.out
    assert any("141 resolved, 23 duplicate, 4 missing" in line for line in lines)
    assert "Pain & Sleep: is there twice" in done.out
    numbers = [line for line in lines if line.startswith(("posts", "total"))]
    assert len({len(line) for line in numbers}) == 1


@given(st.text(max_size=200), st.integers(min_value=40, max_value=120))
def test_a_line_keeps_to_its_column_and_loses_no_word(text: str, width: int) -> None:
    parts = block("Head", [("label", text)])
    assert all(len(line) <= width for line in shown(parts, width).splitlines() if line.isascii())
    if text.isascii() and text.isprintable():
        words = " ".join(shown(parts, width).split())
        assert "".join(words.split()) == "".join(f"Headlabel{text}".split())


def test_a_pipe_gets_unbroken_lines() -> None:
    text = "word " * 100
    said = shown([Line(text, label="a")], terminal=False).rstrip("\n")
    assert said.count("\n") == 0
    assert len(shown([Line(text, label="a")]).splitlines()) > 5


def test_empty_blocks_leave_no_gap() -> None:
    assert [str(part) for part in spaced([], ["a"], [], ["b"], [])] == ["a", "", "b"]


def test_kinds_in_words() -> None:
    kinds = ("posts/treatment", "terms/case_study", "posts/news", "terms/box", "posts/übung")
    assert [kind_name(kind) for kind in kinds] == [
        "treatments", "case studies", "news", "boxes", "übung",
    ]  # fmt: skip
    assert [listed(words) for words in ((), "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]

"""What a person at a terminal sees: bars, questions, colours; and what a pipe gets instead."""

from __future__ import annotations

import io
import os
import re
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.cli import ROOT
from wp_sync.cli.progress import Bars, Lines
from wp_sync.cli.text import ago, count, kind_name, length, printable, size
from wp_sync.demo import DemoServer


def at_terminal(words: list[str], folder: Path, answers: str = "", **env: str) -> tuple[int, str]:
    """Run the program on a pseudo-terminal; its exit code and everything it showed."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover (the child becomes the program)
        os.chdir(folder)
        environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        environment |= {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40", **env}
        program = [sys.executable, str(ROOT / "sync.py"), *words]
        os.execve(sys.executable, program, environment)
    shown = b""
    lines = [line + "\n" for line in answers.splitlines()]
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # Linux's way to say that the other side has closed
            break
        if not data:
            break
        shown += data
        if lines and re.search(rb": ?$", shown.rstrip(b" ")):
            os.write(terminal, lines.pop(0).encode())
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), shown.decode("utf-8", "replace")


posix = pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")


@posix
def test_a_terminal_gets_bars_and_colours(tmp_path: Path) -> None:
    code, shown = at_terminal(["demo", "--port", "0"], tmp_path)
    assert code == 0
    assert "━" in shown
    assert "\x1b[3" in shown
    assert "is up to date in the archive" in shown


@posix
def test_no_color_is_respected(tmp_path: Path) -> None:
    _, shown = at_terminal(["demo", "--port", "0"], tmp_path, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7][;m]", shown)


@posix
def test_init_asks_little(tmp_path: Path) -> None:
    with DemoServer() as site:
        code, shown = at_terminal(["init"], tmp_path, f"{site.url}\n\n\n")
    assert code == 0, shown
    assert "Address of the site" in shown
    assert site.url in (tmp_path / "wp-sync.toml").read_text()


@posix
def test_a_password_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    with DemoServer() as site:
        words = ["pull", site.url, "--user", "ed"]
        code, shown = at_terminal(words, tmp_path, "opensesame-1\n", WP_SYNC_PASSWORD="")
        assert any("authorization" in request.headers for request in site.requests)
    assert code == 1  # the sample site knows no users
    assert "Application password of ed" in shown
    assert "opensesame" not in shown


def test_a_pipe_gets_one_line_a_stage() -> None:
    said: list[str] = []
    with Lines(said.append) as progress:
        progress.stage("posts", 10, "records")
        progress.advance(6)
        progress.advance(4)
        progress.stage("nothing there", 0)
        progress.note("a \x1b[31mcensus")
        progress.stage("media files", None, "files")
        progress.advance(3)
    assert [re.sub(r" in .*", "", line) for line in said] == [
        "posts: 10 records",
        "note: a ␛[31mcensus",
        "media files: 3 files",
    ]


def test_parts_of_one_group_share_a_line_and_no_time_has_no_rate() -> None:
    said: list[str] = []
    with Lines(said.append) as progress:
        for name, number in (("database", 0), ("rows · posts", 3), ("rows · terms", 4)):
            progress.stage(name, number, "rows")
            progress.advance(number)
        progress.stage("post_tag", 1, "records")
        progress.advance(1)
    assert said == ["rows: 7 rows", "tags: 1 record"]


def test_a_stage_that_was_cut_short_says_so() -> None:
    said: list[str] = []
    progress = Lines(said.append)
    progress.stage("posts", 10, "records")
    progress.advance(6)
    progress.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert said[0].startswith("posts: 6 of 10 records")
    assert said[0].endswith("not finished")


def test_bars_show_amounts_that_outgrew_the_estimate() -> None:
    screen = io.StringIO()
    with Bars(Console(file=screen, force_terminal=True, width=100)) as progress:
        progress.stage("posts", 10, "records")
        progress.advance(1250)
        progress.stage("empty")
    assert "1,250 records" in screen.getvalue()


@given(st.text())
def test_no_control_character_survives(text: str) -> None:
    shown = printable(text)
    assert not [
        char for char in shown if (ord(char) < 32 and char not in "\n\t") or 126 < ord(char) < 160
    ]
    shown.encode()


def test_words_for_amounts() -> None:
    assert [length(s) for s in (0.04, 9.96, 59.4, 61, 180, 3700)] == [
        "0.0 s", "10 s", "59 s", "1 min 1 s", "3 min", "1 h 1 min",
    ]  # fmt: skip
    assert [size(n) for n in (0, 999, 1000, 999_960, 12_345_678)] == [
        "0 B", "999 B", "1.0 kB", "1.0 MB", "12.3 MB",
    ]  # fmt: skip
    assert [count(1, "post"), count(1204, "post"), count(2, "entry", "entries")] == [
        "1 post", "1,204 posts", "2 entries",
    ]  # fmt: skip
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert ago(now - timedelta(seconds=30), now) == "just now"
    assert ago(now - timedelta(hours=25), now) == "1 day ago"
    assert kind_name("posts/page") == "pages"
    assert kind_name("posts/treat\x1bment") == "treat␛ment"

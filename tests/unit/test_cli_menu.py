"""The menu and what every command has in common."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli import ROOT, Cli, start
from wp_sync import __version__
from wp_sync.errors import Exit

COMMANDS = [
    "init", "doctor", "demo", "pull", "normalize", "run", "status", "show", "log", "diff", "check",
]  # fmt: skip


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WP_SYNC_PASSWORD", raising=False)
    return Cli(capsys)


def test_the_menu_names_every_command_and_every_exit_code(cli: Cli) -> None:
    said = cli("--help").out
    for command in COMMANDS:
        assert re.search(rf"│ {command} ", said), command
    shown = re.sub(r"[^0-9]+", " ", said.partition("Exit codes")[2].partition("Examples")[0])
    assert {str(int(code)) for code in Exit} <= set(shown.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_the_common_options(cli: Cli, command: str) -> None:
    done = cli(command, "--help")
    assert done.code == 0
    for option in ("--json", "--quiet", "--verbose", "--log-format", "--log-file", "--config"):
        assert option in done.out


def test_no_option_takes_a_password(cli: Cli) -> None:
    for command in COMMANDS:
        options = set(re.findall(r"--[a-z-]+", cli(command, "--help").out))
        assert not {one for one in options if "pass" in one} - {"--password-command"}


def test_an_unknown_command_is_a_usage_error_that_names_the_nearest(cli: Cli) -> None:
    done = cli("statsu")
    assert done.code == Exit.USAGE
    assert "status" in done.err


def test_the_version(cli: Cli) -> None:
    assert cli("--version").out.strip() == f"wp-sync {__version__}"


def test_sync_py_is_the_same_program(tmp_path: Path) -> None:
    with start("--version", cwd=tmp_path) as process:
        assert process.communicate(timeout=60)[0].strip() == f"wp-sync {__version__}"
    assert (ROOT / "sync.py").is_file()


@pytest.mark.parametrize("command", ["status", "check", "normalize"])
def test_no_archive_is_one_message_with_the_next_step(cli: Cli, command: str) -> None:
    done = cli(command, "--archive", "nowhere")
    assert done.code == Exit.USAGE
    assert "no archive here" in done.err
    assert "wp-sync pull" in done.err
    assert not Path("nowhere").exists()


@pytest.mark.parametrize("command", ["pull", "run", "doctor"])
def test_no_site_is_one_message_with_the_next_step(cli: Cli, command: str) -> None:
    done = cli(command)
    assert done.code == Exit.USAGE
    assert "which site?" in done.err.lower()
    assert "wp-sync init" in done.err


def test_errors_are_one_json_document_too(cli: Cli) -> None:
    done = cli("status", "--archive", "nowhere", "--json")
    assert done.json["command"] == "status"
    assert done.json["exit_code"] == done.code == Exit.USAGE
    assert done.json["error"]["place"] == {"file": "nowhere"}
    assert done.json["error"]["hint"]


def test_mistakes_in_the_configuration_come_all_at_once(cli: Cli) -> None:
    Path("wp-sync.toml").write_text('[site]\nurll = "x"\nmax_connections = 99\n[pul]\n')
    done = cli("status")
    assert done.code == Exit.USAGE
    assert "3 mistakes" in done.err
    for place in ("wp-sync.toml:2", "wp-sync.toml:3", "wp-sync.toml:4"):
        assert place in done.err
    assert len(cli("status", "--json").json["error"]["problems"]) == 3


def test_a_named_configuration_must_be_there(cli: Cli) -> None:
    done = cli("status", "--config", "other.toml")
    assert done.code == Exit.USAGE
    assert "other.toml" in done.err


@pytest.mark.parametrize(
    "url", ["not a url", "ftp://x.example", "https://me:secret-word@x.example"]
)
def test_what_is_no_address_is_refused_before_anything_is_written(cli: Cli, url: str) -> None:
    done = cli("pull", url, "--archive", "here")
    assert done.code == Exit.USAGE
    assert "secret-word" not in done.said
    assert not Path("here").exists()


def test_an_unexpected_error_is_an_apology_with_the_tracebacks_place(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("opensesame-1")

    monkeypatch.setattr("wp_sync.cli.look.archive_of", broken)
    monkeypatch.setenv("WP_SYNC_PASSWORD", "opensesame-1")
    done = cli("status")
    assert done.code == Exit.FAILED
    assert "Traceback" not in done.said
    found = re.search(r"(\S+wp-sync-error-\S+?\.txt)", done.err)
    assert found
    kept = Path(found[1])
    text = kept.read_text(encoding="utf-8")
    kept.unlink()
    assert "ZeroDivisionError" in text
    assert "opensesame-1" not in text


def test_the_log_is_json_when_asked(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("wp_sync.cli.look.archive_of", broken)
    done = cli("status", "--log-file", "logs/run.log", "--log-format", "json")
    assert "run.log" in done.err
    (line,) = Path("logs/run.log").read_text(encoding="utf-8").splitlines()
    entry = json.loads(line)
    assert (entry["level"], entry["logger"]) == ("error", "wp_sync")
    assert "ZeroDivisionError" in entry["error"]


def test_a_log_that_cant_be_written_is_said(cli: Cli) -> None:
    Path("file").write_text("")
    done = cli("status", "--log-file", "file/run.log")
    assert done.code == Exit.USAGE
    assert "--log-file" in done.err

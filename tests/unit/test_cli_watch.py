"""`run` under watch and `schedule`, as a user and the systems around meet them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from lab import system
from lab.errors import LabUnavailable
from tests.cli import Cli
from tests.needs import lacking
from wp_sync.cli.scheduling import crontab, job_of, units, when_of
from wp_sync.demo import DemoServer
from wp_sync.errors import Exit, UsageError

POSTS = "/wp/v2/posts"


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    monkeypatch.chdir(tmp_path)
    for name in ("WP_SYNC_PASSWORD", "WP_SYNC_WEBHOOK", "WP_SYNC_HEALTH_CHECK"):
        monkeypatch.delenv(name, raising=False)
    return Cli(capsys)


def test_a_run_tells_of_the_first_refusal_and_of_its_end(
    cli: Cli, httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/in").respond_with_data("ok")
    monkeypatch.setenv("WP_SYNC_WEBHOOK", httpserver.url_for("/in"))
    with DemoServer() as site:
        posts = site.site.listings[POSTS].items
        kept = dict(posts)
        cli("init", site.url, "--archive", "blog")
        with (tmp_path / "wp-sync.toml").open("a") as file:
            file.write('metrics = "wp.prom"\n')
        assert cli("run").code == Exit.DONE
        for id in sorted(posts)[20:]:
            del posts[id]
        for _ in range(2):
            assert cli("run").code == Exit.REFUSED
        posts.update(kept)
        assert cli("run").code == Exit.DONE
    documents = [json.loads(request.get_data()) for request, _ in httpserver.log]
    assert [one["event"] for one in documents] == ["attention", "recovered"]
    assert "--allow-deletions" in str(documents[0]["problems"])
    metrics = (tmp_path / "wp.prom").read_text()
    assert 'condition="ok"} 1' in metrics
    assert 'severity="error"}' in metrics


def test_a_run_that_can_t_even_begin_is_told(
    cli: Cli, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/in").respond_with_data("ok")
    httpserver.expect_request(re.compile("/(wp-json/)?")).respond_with_data("no WordPress", 404)
    monkeypatch.setenv("WP_SYNC_WEBHOOK", httpserver.url_for("/in"))
    for _ in range(2):
        assert cli("run", httpserver.url_for("/"), "--archive", "blog").code == Exit.FAILED
    told = [json.loads(r.get_data()) for r, _ in httpserver.log if r.path == "/in"]
    assert [one["event"] for one in told] == ["failed"]
    assert told[0]["problems"][0]["hint"]


def test_a_channel_that_fails_is_told_and_changes_no_exit_code(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WP_SYNC_HEALTH_CHECK", "http://127.0.0.1:1/ping/secret")
    with DemoServer() as site:
        done = cli("run", site.url, "--archive", "blog")
    assert done.code == Exit.DONE
    assert "127.0.0.1:1" in done.err
    assert "secret" not in done.said


# -- schedule


def test_schedule_needs_a_configuration(cli: Cli) -> None:
    done = cli("schedule")
    assert done.code == Exit.USAGE
    assert "wp-sync init" in done.err


def test_schedule_prints_what_cron_and_systemd_take(cli: Cli, tmp_path: Path) -> None:
    with DemoServer() as site:
        cli("init", site.url)
    done = cli("schedule", "--at", "4:05")
    assert done.code == Exit.DONE
    assert "5 4 * * *  cd " in done.out
    assert f"--config {tmp_path / 'wp-sync.toml'}" in done.out
    assert "OnCalendar=*-*-* 04:05:00" in done.out
    files = cli("schedule", "--json", "--for", "systemd").json["files"]
    assert sorted(Path(name).suffix for name in files) == [".service", ".timer"]
    assert cli("schedule", "--every", "7m").code == Exit.USAGE
    assert cli("schedule", "--every", "15m", "--at", "3:00").code == Exit.USAGE


@pytest.mark.parametrize(
    ("every", "cron", "calendar"),
    [
        ("15m", "*/15 * * * *", "*-*-* *:00,15,30,45:00"),
        ("1h", "17 * * * *", "*-*-* *:17:00"),
        ("6h", "17 */6 * * *", "*-*-* 00,06,12,18:17:00"),
    ],
)
def test_every(every: str, cron: str, calendar: str) -> None:
    when = when_of("", every)
    assert (when.cron, when.calendar) == (cron, calendar)


@pytest.mark.parametrize("at", ["24:00", "3", "3:60", "noon"])
def test_no_time_of_day(at: str) -> None:
    with pytest.raises(UsageError):
        when_of(at, "")


def test_the_crontab_s_line_runs_in_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s 100 % "mine" $HOME'
    folder.mkdir()
    job = job_of(folder / "wp-sync.toml", "https://blog.example.com", secrets=False)
    line = crontab(job, when_of("", "")).rstrip("\n")
    command = line.partition("  ")[2].replace(r"\%", "%")  # as cron does
    said = subprocess.run(
        ["sh", "-c", command.replace(job.words[0], "echo", 1)], capture_output=True, text=True
    )
    assert said.stdout.strip().endswith(f"--config {folder / 'wp-sync.toml'}")


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    with suppress(LabUnavailable):
        if not shutil.which("systemd-analyze"):
            system.install(["systemd"])
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        lacking("systemd-analyze can't be had here")
    folder = tmp_path / 'a "b" 100% $c'
    folder.mkdir()
    job = job_of(folder / "wp-sync.toml", "https://blog.example.com", secrets=True)
    for when in (when_of("3:17", ""), when_of("", "15m"), when_of("", "1h"), when_of("", "6h")):
        subprocess.run([analyze, "calendar", when.calendar], check=True, capture_output=True)
        names = []
        for name, text in units(job, when).items():
            (tmp_path / name).write_text(text.replace(job.words[0], shutil.which("true") or "", 1))
            names.append(str(tmp_path / name))
        said = subprocess.run([analyze, "verify", *names], capture_output=True, text=True)
        wrong = [line for line in said.stderr.splitlines() if job.name in line]
        assert not wrong, wrong

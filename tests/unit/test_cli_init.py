"""What init lays out, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import ROOT, Cli
from wp_sync.config import load_config
from wp_sync.demo import DemoServer, Response
from wp_sync.errors import Exit
from wp_sync.normalize.mapping_files import load_rules


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WP_SYNC_PASSWORD", raising=False)
    return Cli(capsys)


@pytest.fixture
def site() -> Iterator[DemoServer]:
    with DemoServer() as server:
        yield server


def test_init_finds_the_api_and_lays_out_what_run_needs(cli: Cli, site: DemoServer) -> None:
    done = cli("init", site.url + "/some/page/")
    assert done.code == Exit.DONE, done.err
    assert f"{site.url}/wp-json/" in done.out
    config = load_config(Path("wp-sync.toml"))
    assert config.url == site.url  # the site's own home, whichever page was given
    assert config.mappings is not None
    shipped = {file.name for file in (ROOT / "mappings").glob("*.toml")}
    assert {file.name for file in config.mappings.iterdir()} == shipped
    load_rules(config.mappings)


def test_init_works_offline_by_flags_alone(cli: Cli) -> None:
    words = ("--user", "ed", "--password-command", "pass show blog", "--archive", "kept")
    done = cli("init", "blog.example.com", *words, "--offline", "--folder", "conf", "--json")
    assert done.code == Exit.DONE, done.err
    config = load_config(Path("conf/wp-sync.toml"))
    assert (config.url, config.user) == ("https://blog.example.com", "ed")
    assert config.password_command == "pass show blog"
    assert Path(config.archive).name == "kept"
    assert {file["action"] for file in done.json["files"]} == {"written"}


def test_init_overwrites_nothing(cli: Cli) -> None:
    Path("wp-sync.toml").write_text("# mine\n")
    done = cli("init", "blog.example.com", "--offline")
    assert done.code == Exit.USAGE
    assert "--force" in done.err
    assert Path("wp-sync.toml").read_text() == "# mine\n"
    assert not Path("mappings").exists()


def test_forced_init_keeps_a_copy_and_every_mapping_of_yours(cli: Cli) -> None:
    Path("wp-sync.toml").write_text("# mine\n")
    Path("mappings").mkdir()
    Path("mappings/tags.toml").write_text("# my tags\n")
    done = cli("init", "blog.example.com", "--offline", "--force")
    assert done.code == Exit.DONE
    assert Path("wp-sync.toml.1.bak").read_text() == "# mine\n"
    assert Path("mappings/tags.toml").read_text() == "# my tags\n"
    assert Path("mappings/categories.toml").is_file()


def test_init_writes_nothing_when_the_site_is_none(cli: Cli, tmp_path: Path) -> None:
    with DemoServer(hook=lambda _: Response(404, b"nothing")) as site:
        done = cli("init", site.url)
    assert done.code == Exit.FAILED
    assert list(tmp_path.iterdir()) == []


def test_init_without_a_terminal_asks_nothing(cli: Cli, tmp_path: Path) -> None:
    done = cli("init")
    assert done.code == Exit.USAGE
    assert "wp-sync init https://" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cant_be_written_is_said(cli: Cli) -> None:
    Path("file").write_text("")
    done = cli("init", "blog.example.com", "--offline", "--folder", "file")
    assert done.code == Exit.FAILED
    assert "--folder" in done.err

"""Looking into an archive: what is shown is what was archived, and nothing in it is obeyed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli import Cli
from wp_sync.demo import DemoServer
from wp_sync.errors import Exit

POSTS = "/wp/v2/posts"
HOSTILE = "Good\x1b]0;owned\x07 \u202etxt.exe [bold red]markup[/] \x9b31m"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """An archive with a post of three versions, a hostile one and one that is gone."""
    folder = tmp_path_factory.mktemp("look")
    with DemoServer() as site, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        posts = site.site.listings[POSTS].items
        for id in sorted(posts)[40:]:
            del posts[id]
        edited, hostile, gone = sorted(posts)[:3]
        link = posts[edited]["link"].replace("http://clinic.example", site.url)

        def pull(*more: str) -> None:
            from wp_sync.cli.app import build

            with pytest.raises(SystemExit) as end:
                build()(["pull", site.url, "-a", "blog", "-q", "--media", "none", *more])
            assert end.value.code == 0

        pull()
        content = {"rendered": "<p>One.</p>\n<p>Two.</p>", "protected": False}
        site.edit(POSTS, edited, modified="2031-01-01T10:00:00", content=content)
        site.edit(POSTS, hostile, modified="2031-01-01T10:00:00", title={"rendered": HOSTILE})
        pull()
        content = {"rendered": "<p>One.</p>\n<p>Three.</p>", "protected": False}
        site.edit(POSTS, edited, modified="2031-01-02T10:00:00", content=content)
        site.delete(POSTS, gone)
        pull("--full")
        yield (
            folder,
            {"edited": edited, "hostile": hostile, "gone": gone, "link": link, "key": site.host},
        )


@pytest.fixture
def ids(archive: tuple[Path, dict[str, Any]]) -> dict[str, Any]:
    return archive[1]


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    archive: tuple[Path, dict[str, Any]],
) -> Cli:
    monkeypatch.chdir(archive[0])
    return Cli(capsys)


def look(cli: Cli, *words: object) -> Any:
    done = cli(*words, "-a", "blog", "--json")
    assert done.code == Exit.DONE, done.err
    return done.json


def test_status_counts_what_is_there_and_what_is_gone(cli: Cli) -> None:
    document = look(cli, "status")
    assert document["kinds"]["posts/post"] == {"live": 39, "gone": 1}
    assert [run["outcome"] for run in document["runs"]] == ["done"] * 3
    assert "Last runs" in cli("status", "-a", "blog").out


def test_show_finds_by_address_path_slug_and_id(cli: Cli, ids: dict[str, Any]) -> None:
    found = {
        look(cli, "show", word)["record"]["id"]
        for word in (
            ids["link"],
            ids["link"].replace("http://", "https://").rstrip("/"),
            "/" + ids["link"].split("/", 3)[3],
            ids["link"].rstrip("/").rpartition("/")[2],
            f"post/{ids['edited']}",
            f"post {ids['edited']}",
        )
    }
    assert found == {ids["edited"]}


def test_show_gives_any_version_and_the_raw_json(cli: Cli, ids: dict[str, Any]) -> None:
    item = f"post/{ids['edited']}"
    assert look(cli, "show", item)["record"]["version"] == 3
    middle = look(cli, "show", item, "--version", "2")["record"]
    assert "Two." in middle["data"]["content"]["rendered"]
    raw = cli("show", item, "-a", "blog", "--raw").json
    assert raw["content"]["rendered"] == "<p>One.</p>\n<p>Three.</p>"
    done = cli("show", item, "-a", "blog", "--version", "9")
    assert done.code == Exit.USAGE
    assert "1, 2, 3" in done.err


def test_log_says_what_changed_newest_first(cli: Cli, ids: dict[str, Any]) -> None:
    versions = look(cli, "log", f"post/{ids['edited']}")["versions"]
    assert [one["version"] for one in versions] == [3, 2, 1]
    assert set(versions[0]["changed"]) == {"content", "modified", "modified_gmt"}
    assert "first seen" in cli("log", f"post/{ids['edited']}", "-a", "blog").out


def test_log_of_what_is_gone_says_so(cli: Cli, ids: dict[str, Any]) -> None:
    assert look(cli, "log", f"post/{ids['gone']}")["state"] == "gone"


def test_diff_shows_the_changed_line_alone(cli: Cli, ids: dict[str, Any]) -> None:
    done = cli("diff", f"post/{ids['edited']}", "-a", "blog")
    changed = [line for line in done.out.splitlines() if line[:1] in "+-"][2:]
    assert "-    <p>Two.</p>" in changed
    assert "+    <p>Three.</p>" in changed
    assert not any("One." in line for line in changed)


def test_diff_between_named_versions(cli: Cli, ids: dict[str, Any]) -> None:
    item = f"post/{ids['edited']}"
    assert (look(cli, "diff", item, "1", "3")["a"], look(cli, "diff", item, "1")["b"]) == (1, 3)
    same = look(cli, "diff", item, "2", "2")
    assert same["diff"] == []
    assert same["fields"] == []


def test_diff_of_a_single_version_is_no_error(cli: Cli, ids: dict[str, Any]) -> None:
    done = cli("diff", f"post/{ids['gone']}", "-a", "blog")
    assert done.code == Exit.DONE
    assert "one version only" in done.out


@pytest.mark.parametrize("command", ["show", "log", "diff", "status"])
def test_nothing_in_a_sites_text_reaches_the_terminal_as_a_command(
    cli: Cli, ids: dict[str, Any], command: str
) -> None:
    words = [command] if command == "status" else [command, f"post/{ids['hostile']}"]
    said = cli(*words, "-a", "blog").said
    assert not set("\x1b\x07\x9b\u202e") & set(said)
    if command in ("show", "diff"):
        assert "[bold red]markup[/]" in said


def test_what_is_not_there_is_said_with_the_next_step(cli: Cli) -> None:
    done = cli("show", "no-such-thing", "-a", "blog")
    assert done.code == Exit.USAGE
    assert "no-such-thing" in done.err
    assert "post/42" in done.err


def test_an_id_that_means_several_is_asked_back(cli: Cli) -> None:
    done = cli("show", "1", "-a", "blog")
    assert done.code == Exit.USAGE
    assert "several" in done.err
    assert "comment/1" in done.err


@pytest.mark.parametrize("depth", [(), ("--read-data",)])
def test_check_proves_a_sound_archive(cli: Cli, depth: tuple[str, ...]) -> None:
    document = look(cli, "check", *depth)
    assert document["sound"] is True
    assert document["damage"] == []
    lines = cli("check", *depth, "-a", "blog").err.splitlines()
    assert len(lines) <= 3
    assert any(line.startswith("rows: ") for line in lines) == bool(depth)


def test_check_finds_damage_and_says_what_to_do(
    cli: Cli, archive: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    import shutil
    import sqlite3

    copy = tmp_path / "copy"
    shutil.copytree(archive[0] / "blog", copy)
    database = sqlite3.connect(copy / "archive.db")
    with database:
        database.execute("UPDATE versions SET data = zeroblob(length(data)) WHERE id = 1")
    database.close()
    done = cli("check", "-a", copy, "--read-data", "--json")
    assert done.code == Exit.FAILED
    assert done.json["sound"] is False
    assert done.json["damage"][0]["hint"]
    said = cli("check", "-a", copy, "--read-data")
    assert "The archive is damaged" in said.out

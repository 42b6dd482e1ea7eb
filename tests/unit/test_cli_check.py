"""`check --repair` as a person and a script meet it: words, exit codes, JSON, a rehearsal."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli import Cli
from wp_sync.archive import open_archive
from wp_sync.demo import DemoServer
from wp_sync.errors import Exit

POSTS = "/wp/v2/posts"


@pytest.fixture(scope="module")
def site() -> Iterator[DemoServer]:
    with DemoServer() as site:
        posts = site.site.listings[POSTS].items
        for id in sorted(posts)[5:]:
            del posts[id]
        yield site


@pytest.fixture(scope="module")
def sound(site: DemoServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a post of two versions."""
    from wp_sync.cli.app import build

    folder = tmp_path_factory.mktemp("check") / "blog"
    first = min(site.site.listings[POSTS].items)
    for title in ("Before", "After"):
        site.edit(POSTS, first, modified="2031-01-01T10:00:00", title={"rendered": title})
        with pytest.raises(SystemExit) as end:
            build()(["pull", site.url, "-a", str(folder), "-q", "--full"])
        assert end.value.code == 0
    return folder


@pytest.fixture
def blog(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(sound, "blog")
    return Path("blog")


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(capsys)


def damage(folder: Path, number: int) -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as database, database:
        sql = "UPDATE versions SET data = zeroblob(9) WHERE id = 101 AND number = ?"
        assert database.execute(sql, (number,)).rowcount


def test_nothing_to_repair(cli: Cli, blog: Path) -> None:
    done = cli("check", "--repair", "-a", "blog")
    assert (done.code, "nothing to repair" in done.out) == (Exit.DONE, True)
    assert not (blog / "damaged").exists()
    done = cli("check", "--repair", "-a", "blog", "--json")
    assert done.json == {
        "command": "check", "exit_code": 0, "dry_run": False, "repairs": [], "aside": "",
    }  # fmt: skip


def test_what_can_be_had_again_ends_with_the_next_step_and_a_pull_mends_it(
    cli: Cli, blog: Path, site: DemoServer
) -> None:
    damage(blog, 2)
    told = cli("check", "--read-data", "-a", "blog")
    assert told.code == Exit.FAILED
    assert "check --repair" in told.out
    done = cli("check", "--repair", "-a", "blog")
    assert done.code == Exit.DONE
    assert "posts/post 101" in done.out
    assert "1 to be fetched again" in done.out
    assert "`wp-sync pull`" in done.out
    assert "blog/damaged/" in done.out.replace("\\", "/")
    between = cli("check", "--read-data", "-a", "blog", "--json")
    assert (between.code, between.json["sound"]) == (Exit.DONE, True)
    assert between.json["damage"][0]["hint"] == "the next pull fetches it"
    assert cli("log", "post/101", "-a", "blog").code == Exit.DONE
    assert cli("pull", site.url, "-a", "blog").code == Exit.DONE
    after = cli("check", "--read-data", "-a", "blog", "--json")
    assert after.json["damage"] == []
    with open_archive(blog, read_only=True) as archive:
        numbers = [one.number for one in archive.of(site.host).versions("posts/post", 101)]
    assert numbers == [1, 2]


def test_what_is_lost_for_good_is_said_and_ends_as_partial(cli: Cli, blog: Path) -> None:
    damage(blog, 1)
    done = cli("check", "--repair", "-a", "blog", "--json")
    assert done.code == Exit.PARTIAL
    (lost,) = done.json["repairs"]
    assert lost["end"] == "lost"
    assert "a site shows its newest only" in lost["message"]
    assert Path(done.json["aside"], "rows.jsonl").is_file()
    again = cli("check", "--repair", "-a", "blog")
    assert again.code == Exit.DONE
    known = cli("check", "--read-data", "-a", "blog")
    assert (known.code, "version 1 is damaged or missing" in known.out) == (Exit.DONE, True)


def test_a_rehearsal_writes_nothing(cli: Cli, blog: Path) -> None:
    damage(blog, 2)
    before = {path: path.read_bytes() for path in blog.rglob("*") if path.is_file()}
    done = cli("check", "--repair", "--dry-run", "-a", "blog")
    assert done.code == Exit.DONE
    assert "nothing was changed" in done.out
    after = {path: path.read_bytes() for path in blog.rglob("*") if path.is_file()}
    assert after == before


def test_a_database_that_is_none_any_more_is_saved_row_by_row(
    cli: Cli, blog: Path, site: DemoServer
) -> None:
    file = blog / "archive.db"
    file.write_bytes(b"rotten" + file.read_bytes()[6:])
    told = cli("check", "-a", "blog")
    assert told.code == Exit.FAILED
    assert "not an SQLite database" in told.err
    assert "check --repair" in told.err
    done = cli("check", "--repair", "-a", "blog")
    assert "rows were saved into a new archive.db" in done.out
    assert cli("pull", site.url, "-a", "blog").code == Exit.DONE
    assert cli("check", "--read-data", "-a", "blog").code == Exit.DONE


def test_a_held_archive_is_not_repaired(cli: Cli, blog: Path) -> None:
    with open_archive(blog) as archive, archive.lock():
        import subprocess
        import sys

        from tests.cli import ROOT

        words = [sys.executable, str(ROOT / "sync.py"), "check", "--repair", "-a", str(blog)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == Exit.LOCKED
    assert "another run holds the archive" in done.stderr


def test_words_that_make_no_sense(cli: Cli, blog: Path) -> None:
    assert cli("check", "--dry-run", "-a", "blog").code == Exit.USAGE
    done = cli("check", "--repair", "-a", "nowhere")
    assert done.code == Exit.USAGE
    assert "nowhere" in done.err
    Path("empty").mkdir()
    done = cli("check", "--repair", "-a", "empty")
    assert done.code == Exit.FAILED
    assert "Traceback" not in done.said

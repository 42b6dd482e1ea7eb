"""The command line with PostgreSQL as its archive, from the first pull to the check."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli import Cli
from wp_sync.demo import DemoServer
from wp_sync.errors import Exit

if TYPE_CHECKING:
    from lab.postgresql import PostgreSQL

POSTS = "/wp/v2/posts"


@pytest.mark.postgresql
def test_pull_normalize_status_and_check(
    postgresql: PostgreSQL,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    cli = Cli(capsys)
    place = f"{postgresql.create(f'cli_{os.getpid()}')}&media={tmp_path / 'media'}"
    with DemoServer() as site:
        posts = site.site.listings[POSTS].items
        for id in sorted(posts)[60:]:
            del posts[id]
        first = cli("pull", site.url, "--archive", place)
        assert first.code == Exit.DONE, first.err
        assert "Seen as a visitor" in first.out
        edited = min(posts)
        site.edit(POSTS, edited, modified="2031-01-01T10:00:00", title={"rendered": "New"})
        again = cli("pull", site.url, "--archive", place, "--json").json["pull"]
        assert again["kinds"]["posts/post"]["changed"] == 1
        assert again["kinds"]["terms/category"]["changed"] == 0

    result = cli("normalize", "--archive", place, "--json").json["normalize"]
    assert result["result"]["posts_written"] > 60
    assert result["related_posts"]["resolved"] > 0
    assert (
        cli("normalize", "--archive", place, "--json").json["normalize"]["result"]["written"] == {}
    )

    status = cli("status", "--archive", place, "--json").json
    assert status["kinds"]["posts/post"] == {"live": 60}
    assert [run["outcome"] for run in status["runs"]] == ["done", "done"]
    assert status["files"]["stored"]["files"] > 0
    shown = cli("status", "--archive", place)
    assert "Put in order" in shown.out
    versions = cli("log", f"post/{edited}", "--archive", place, "--json").json["versions"]
    assert [version["version"] for version in versions] == [2, 1]

    checked = cli("check", "--read-data", "--archive", place, "--json")
    assert checked.code == Exit.DONE
    assert checked.json["sound"] is True
    assert (tmp_path / "media").is_dir()
    assert not (tmp_path / "archive").exists()

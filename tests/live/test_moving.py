"""The guide "Move a site in a weekend", command by command: a blog into an empty WordPress."""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from lab import Lab, importer
from tests.cli import ROOT
from tests.unit.test_docs import blocks, commands

pytestmark = pytest.mark.live
GUIDE = ROOT / "docs" / "moving.md"


@pytest.fixture
def programs() -> Iterator[Path]:
    from tests import forked

    with forked.programs() as folder:
        yield folder


# What a proof of the move has to tell of this clinic, and nothing else: what the old site itself
# has lost, what WordPress rewrites as it stores it, and links that led nowhere before.
TOLD = {
    ("posts/attachment", "refused"): "Old entrance",
    ("comments/comment", "refused"): "A sleep blog",
    ("users/user", "kept"): "frontdesk",  # whoever does the move has an account on both
    ("posts/post", "explained"): "",
}


@pytest.mark.timeout(1800)
def test_the_guide_s_commands_move_the_clinic(lab: Lab, programs: Path, tmp_path: Path) -> None:
    old, new = lab[lab.versions[-2]], lab[lab.versions[-1]]
    importer.empty(new)
    old.heal()
    folder = tmp_path / "move"
    folder.mkdir()

    def placed(text: str) -> str:
        for there, here in (
            ("https://blog.example.com", old.url),
            ("https://new.example.com", new.url),
            ("--user admin", f"--user {old.logins['admin'].user}"),
            ('user = "admin"', f'user = "{new.logins["admin"].user}"'),
        ):
            text = text.replace(there, here)
        return text

    files = {each.partition("\n")[0][2:]: placed(each) for each in blocks(GUIDE, "toml")}
    assert set(files) == {"mappings/links.toml", "wp-sync.toml"}
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "WP_SYNC_PASSWORD": old.logins["admin"].password,
        "WP_SYNC_TARGET_PASSWORD": new.logins["admin"].password,
    }

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", placed(command)],
            cwd=folder, capture_output=True, text=True, env=environment, check=False,
        )  # fmt: skip

    said: dict[str, str] = {}
    try:
        for command in commands(GUIDE):
            if command == "wp-sync mappings check":  # by now the reader has edited the files
                (folder / "mappings" / "links.toml").write_text(files["mappings/links.toml"])
                with (folder / "wp-sync.toml").open("a") as file:
                    file.write(f"\n{files['wp-sync.toml']}")
            done = run(command)
            assert done.returncode == 0, (command, done.stdout[-3000:], done.stderr[-2000:])
            said[command] = done.stdout
        assert "posts             379 created" in said["wp-sync push new --plan plan.json"]
        assert "0 writes" in said["wp-sync push new"]  # nothing changed on Sunday
        with (folder / "parity.csv").open(encoding="utf-8-sig", newline="") as table:
            proof = list(csv.DictReader(table))
        for one in proof:
            told = TOLD.get((one["kind"], one["state"]))
            assert told is not None, one
            assert told in one["title"], one
        rows = (folder / "redirects" / "redirects.csv").read_text().splitlines()
        moved = dict(row.split(",")[:2] for row in rows[1:])
        post = next(to for old_, to in moved.items() if old_.endswith("/nerve-pain-at-night"))
        assert post == f"{new.url}/nerve-pain-at-night/"
        assert urlopen(post, timeout=60).status == 200
        guide = next(to for old_, to in moved.items() if old_.endswith("/first-visit-guide"))
        assert guide == f"{new.url}/a-short-guide-to-your-first-visit/"  # a slug of old
        assert {"plan.html", "parity.html", "parity.csv", "site.xml"} <= {
            each.name for each in folder.iterdir()
        }
        assert list((folder / "site").rglob("index.md"))
    finally:
        new.reset()
        old.reset()

"""Disks that are full, broken or read-only while a file comes over HTTP, and what is said of it."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli import ROOT, start
from tests.faults import syscalls
from tests.faults.points import BROKEN, FULL
from tests.faults.story import SMALL, pull_act
from tests.needs import lacking
from tests.rest_server import Asked, Reply, Site, serving
from tests.unit.test_source_listing import quick
from wp_sync.demo import DemoServer
from wp_sync.errors import ArchiveError
from wp_sync.model import MediaFile, Outcome

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4000

linux = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")


def picture(site: Site) -> list[Asked]:
    """Have the site serve a picture; returns who asked for it."""
    asked: list[Asked] = []

    def answer(request: Asked) -> Reply | None:
        if request.path != "/uploads/a.png":
            return None
        asked.append(request)
        return Reply(PNG, 200, {"Content-Type": "image/png"})

    site.hooks.append(answer)
    return asked


@linux
def test_a_download_onto_a_full_disk_is_the_disks_failure_and_not_tried_again(
    tmp_path: Path,
) -> None:
    part = tmp_path / "a.part"
    part.symlink_to("/dev/full")
    with serving() as site, quick(site) as source:
        source.identify()
        asked = picture(site)
        file = MediaFile(f"{site.url}/uploads/a.png", 1)
        # What is known of a part makes the downloader go on with it as it is.
        with pytest.raises(ArchiveError, match=os.strerror(errno.ENOSPC)) as told:
            source.download(replace(file, etag='"one"'), part)
    assert "free some space" in told.value.hint
    assert len(asked) == 1, "a full disk was taken for the network's failure"


def test_a_folder_that_can_take_no_file_is_said(tmp_path: Path) -> None:
    with serving() as site, quick(site) as source:
        source.identify()
        picture(site)
        file = MediaFile(f"{site.url}/uploads/a.png", 1)
        with pytest.raises(ArchiveError, match="can't be written") as told:
            source.download(file, tmp_path / "none" / "a.part")
    assert told.value.hint


# -- read-only, as an ordinary user meets it: root may write anywhere

_AS_NOBODY = """
import json, os, sys
from pathlib import Path
from tests.faults.story import SMALL, tell_of_act
os.geteuid() or os.setuid(65534)
tell_of_act(Path(sys.argv[1]), SMALL, 1)(print)
"""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions as POSIX has them")
def test_a_pull_into_an_archive_that_turned_read_only_says_so_and_leaves_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "archive"
    assert pull_act(folder, SMALL, 0, lambda _: None).outcome is Outcome.DONE
    for path in (folder, *folder.parents):
        if "pytest" in str(path) and path.stat().st_uid == os.geteuid():
            path.chmod(0o755)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    within = [path for path in folder.rglob("*") if path.is_dir()]
    for path in (folder, *within):
        path.chmod(0o555)
    for path in before:
        path.chmod(0o444)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(folder)],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
    finally:
        for path in (folder, *within):
            path.chmod(0o755)
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    end = json.loads(told[-1].partition(" ")[2])
    assert end["error"] == "ArchiveError", end
    assert "can't be" in end["message"]
    assert "permissions" in end["hint"]
    assert not [line for line in told if line.startswith("ack")]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


_READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


@linux
def test_a_pull_into_an_archive_on_a_read_only_disk_says_so_and_leaves_it(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    assert pull_act(folder, SMALL, 0, lambda _: None).outcome is Outcome.DONE
    alone = ["unshare", "-m", "sh", "-c", _READ_ONLY, str(folder)]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        lacking("this machine lets nobody mount a folder read-only")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = subprocess.run(
        [*alone, sys.executable, "-c", _AS_NOBODY.replace("65534", "0"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    end = json.loads(told[-1].partition(" ")[2])
    assert end["error"] == "ArchiveError", end
    assert "can't be" in end["message"]
    assert "permissions" in end["hint"] or "read-only" in end["hint"]
    assert not [line for line in told if line.startswith("ack")]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    again = pull_act(folder, SMALL, 1, lambda _: None)
    assert again.outcome is Outcome.DONE


@linux
@pytest.mark.parametrize("what", [FULL, BROKEN], ids=["full", "broken"])
def test_the_command_line_says_what_a_disk_did(tmp_path: Path, what: str) -> None:
    """Through the real program, its threads and connections: no traceback, a next step, code 1."""
    syscalls.needed()
    with DemoServer() as site:
        words = ("pull", site.url, "--archive", "blog")
        fault = syscalls.Fault("pwrite64", 400, what, onwards=True).words
        under = ["strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=pwrite64"]
        done = subprocess.run(
            [*under, "-e", fault, sys.executable, str(ROOT / "sync.py"), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            timeout=120,
        )
        assert "INJECTED" in (tmp_path / "trace").read_text(), "the fault did not fire"
        assert done.returncode == 1, done.stderr
        assert "Traceback" not in done.stderr
        assert "sorry" not in done.stderr
        assert re.search(r"disk is full|disk failed", done.stderr), done.stderr
        with start(*words, cwd=tmp_path) as process:
            _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    with start("check", "-a", "blog", "--read-data", cwd=tmp_path) as process:
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out

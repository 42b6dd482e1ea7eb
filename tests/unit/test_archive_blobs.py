"""Files by digest: names come from digests alone, and bytes never pass through a link."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from wp_sync.archive import blobs
from wp_sync.archive.blobs import Blobs
from wp_sync.errors import ArchiveError

DIGEST = hashlib.sha256(b"x").hexdigest()
KEY = hashlib.sha256(b"url").hexdigest()


@pytest.mark.parametrize("name", ["", "../" * 22, DIGEST.upper(), DIGEST[:-1], DIGEST + "\n"])
def test_only_a_digest_makes_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        Blobs(tmp_path).path(name)
    with pytest.raises(ValueError, match="not a SHA-256"):
        Blobs(tmp_path).incoming(name)


def test_synced_before_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order that makes a name mean whole content: file, name, folder."""
    store = Blobs(tmp_path / "media")
    part = store.incoming(KEY)
    part.write_bytes(b"x")
    told: list[str] = []
    sync_file, replace, sync_folder = blobs.sync_file, Path.replace, blobs.sync_folder

    def file(path: Path) -> None:
        told.append(f"sync {path.suffix}")
        sync_file(path)

    def name(path: Path, target: Path) -> Path:
        told.append("name")
        return replace(path, target)

    def folder(path: Path) -> None:
        told.append(f"sync {path.name}")
        sync_folder(path)

    monkeypatch.setattr(blobs, "sync_file", file)
    monkeypatch.setattr(Path, "replace", name)
    monkeypatch.setattr(blobs, "sync_folder", folder)
    assert store.adopt(part) == (DIGEST, 1)
    assert told == ["sync media", "sync .part", "name", f"sync {DIGEST[:2]}"]


def test_a_rotten_copy_is_replaced_by_good_bytes(tmp_path: Path) -> None:
    store = Blobs(tmp_path)
    store.path(DIGEST).parent.mkdir()
    store.path(DIGEST).write_bytes(b"y")
    part = store.incoming(KEY)
    part.write_bytes(b"x")
    store.adopt(part)
    assert store.path(DIGEST).read_bytes() == b"x"


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"x")
    store = Blobs(tmp_path / "media")
    part = store.incoming(KEY)
    try:
        part.symlink_to(outside / "secret")
    except OSError:
        pytest.skip("this system's user may not make symbolic links")
    with pytest.raises(ArchiveError):
        store.adopt(part)
    assert not store.incoming(KEY).is_symlink()
    store.path(DIGEST).parent.symlink_to(outside)
    store.incoming(KEY).write_bytes(b"x")
    with pytest.raises(ArchiveError, match="symbolic link"):
        store.adopt(store.incoming(KEY))
    assert [path.name for path in outside.iterdir()] == ["secret"]
    assert (outside / "secret").read_bytes() == b"x"

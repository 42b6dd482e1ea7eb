"""Files by their SHA-256 in a folder: ``media/ab/abcdef…``, parts of downloads in ``incoming``.

Knows bytes and paths, no tables. Every name is made from digests, never from what a site sent.
A file is synced before it gets its name, and the folder after, so that a name always means whole
content, whenever the machine stops.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from wp_sync.errors import ArchiveDamaged, ArchiveError

_CHUNK = 1 << 17
_NAME = re.compile(r"[0-9a-f]{64}")
INCOMING = "incoming"


class Blobs:
    """The media folder of an archive; created when the first file comes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where the content with this digest is, or would be.

        Raises:
            ValueError: not a SHA-256 in lower-case hex; a path is never made from anything else.
        """
        if not _NAME.fullmatch(sha256):
            raise ValueError(f"not a SHA-256 digest: {sha256!r}")
        return self.root / sha256[:2] / sha256

    def incoming(self, key: str) -> Path:
        """Where the part of a download is streamed to (``key``: a digest); survives a break."""
        folder = self._folder(self.root / INCOMING)
        part = folder / f"{self.path(key).name}.part"
        if part.is_symlink():  # whoever put it there: bytes are never written through a link
            part.unlink()
        return part

    def sync_part(self, key: str) -> None:
        """Have the disk hold what there is of a download, so that it may be resumed."""
        part = self.incoming(key)
        if part.is_file():
            sync_file(part)
            sync_folder(part.parent)

    def size(self, sha256: str) -> int | None:
        """Bytes of the stored content; None when it is not there as a regular file."""
        try:
            found = self.path(sha256).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        plain = stat.S_ISREG(found.st_mode) and not self.path(sha256).parent.is_symlink()
        return found.st_size if plain else None

    def adopt(self, part: Path, *, sha256: str = "", size: int | None = None) -> tuple[str, int]:
        """Give a streamed file its name; returns its digest and size in bytes.

        The part is gone afterwards, also when it is refused: a wrong part must not be resumed.

        Raises:
            ArchiveDamaged: the bytes are not those that ``sha256`` or ``size`` promise.
        """
        if part.is_symlink() or not part.is_file():
            raise ArchiveError(f"{part}: no such file to adopt", hint="fetch it again")
        digest, length = digest_of(part)
        if (size is not None and length != size) or (sha256 and digest != sha256):
            part.unlink()
            promised = f"{size:,} bytes" if size is not None and length != size else sha256
            found = f"{length:,} bytes" if size is not None and length != size else digest
            raise ArchiveDamaged(
                f"the downloaded file is not what was promised ({promised}; got {found})",
                hint="fetch it again",
            )
        target = self.path(digest)
        if self.size(digest) == length and digest_of(target)[0] == digest:
            part.unlink()  # the same content came before, under another address perhaps
            return digest, length
        self._folder(target.parent)
        sync_file(part)
        part.replace(target)
        sync_folder(target.parent)
        return digest, length

    def stored(self) -> Iterator[tuple[Path, str]]:
        """Every entry of the media folder with its digest; the digest is empty for strangers."""
        if not self.root.is_dir():
            return
        for folder in sorted(self.root.iterdir()):
            if folder.name == INCOMING and not folder.is_symlink():
                continue
            if folder.is_symlink() or not folder.is_dir():
                yield folder, ""
                continue
            for entry in sorted(folder.iterdir()):
                ours = _NAME.fullmatch(entry.name) and entry.name[:2] == folder.name
                plain = not entry.is_symlink() and entry.is_file()
                yield entry, entry.name if ours and plain else ""

    def parts(self) -> Iterator[Path]:
        """Parts of downloads that were broken off."""
        folder = self.root / INCOMING
        if folder.is_dir() and not folder.is_symlink():
            yield from sorted(folder.iterdir())

    def _folder(self, folder: Path) -> Path:
        if folder.is_symlink():
            raise ArchiveError(
                f"{folder} is a symbolic link: files would end up outside the archive",
                hint="put a real folder there",
            )
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)
        return folder


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 (hex) and size in bytes of a file, read once, never through a symbolic link."""
    digest = hashlib.sha256()
    length = 0
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            length += len(chunk)
    return digest.hexdigest(), length


def sync_file(path: Path) -> None:
    """Have the disk hold the file's bytes before anything says that it does."""
    # Windows flushes only handles that may write.
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        _full_sync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Have the disk hold a folder's entries; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _full_sync(descriptor)
    finally:
        os.close(descriptor)


def _full_sync(descriptor: int) -> None:
    # On macOS fsync() stops at the drive's cache; F_FULLFSYNC goes through where it is supported.
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # type: ignore[attr-defined,unused-ignore]
        return
    os.fsync(descriptor)

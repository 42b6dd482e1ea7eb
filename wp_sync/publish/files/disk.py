"""Whole files or none: everything an export does to the disk.

A file is written beside the tree under a number, flushed, and then gets its name in one step: who
reads the folder meanwhile sees the old bytes or the new ones. Decides nothing.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from wp_sync.errors import Place, WpSyncError
from wp_sync.publish.files.base import Content

STATE = ".wp-sync"
_CHUNK = 1 << 20
_FLUSHERS = 12  # a flush is waiting; the journal of a file system takes many together
_BINARY = getattr(os, "O_BINARY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)


class Stamp(NamedTuple):
    """What tells cheaply that a file is as it was. ``mtime`` in nanoseconds."""

    size: int
    mtime: int


class Staged(NamedTuple):
    """Bytes that wait for their name."""

    temporary: Path
    sha256: str
    size: int


@contextlib.contextmanager
def explained(place: Path | str) -> Iterator[None]:
    """Failures of the disk in words, with the next step."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "the disk is full" if full else (error.strerror or str(error)).lower()
        where = str(error.filename or place)
        raise WpSyncError(
            reason,
            place=Place(file=where),
            hint="make room and run again; what is written stands, the rest follows"
            if full
            else "look at the folder's permissions, then run again",
        ) from error


class Disk:
    """An output folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = root / STATE
        self._staging = self.state / "tmp"
        self._count = 0
        self._made: set[Path] = set()
        self._fresh: set[Path] = set()  # folders that got a new folder, not flushed yet

    def prepare(self) -> None:
        """The folders that every run needs; what a killed run left behind goes."""
        with explained(self.root):
            self._staging.mkdir(parents=True, exist_ok=True)
            for left in self._staging.iterdir():
                left.unlink()

    def path(self, path: str) -> Path:
        return self.root.joinpath(*path.split("/"))

    def stamp(self, path: str) -> Stamp | None:
        """None where nothing is; a size of -1 for what is no plain file."""
        try:
            found = os.lstat(f"{self.root}/{path}")
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISREG(found.st_mode):
            return Stamp(-1, 0)
        return Stamp(found.st_size, found.st_mtime_ns)

    def sha256(self, path: str) -> str | None:
        """The digest of what is there; None for nothing, empty for what is no plain file."""
        found = self.stamp(path)
        if found is None or found.size < 0:
            return None if found is None else ""
        with explained(path):
            return digest_of(self.path(path))

    def stage(self, content: Content, *, link: bool = False) -> Staged:
        """Bytes on the disk, still without their name and not flushed."""
        self._count += 1
        temporary = self._staging / str(self._count)
        with explained(temporary):
            if link and isinstance(content, Path):
                try:
                    temporary.hardlink_to(content)
                except OSError as error:
                    if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                        raise
                else:
                    return Staged(temporary, digest_of(temporary), temporary.stat().st_size)
            digest = hashlib.sha256()
            size = 0
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY
            with os.fdopen(os.open(temporary, flags, 0o644), "wb", buffering=0) as file:
                for piece in pieces(content):
                    digest.update(piece)
                    view = memoryview(piece)
                    while view:
                        view = view[file.write(view) :]
                    size += len(piece)
        return Staged(temporary, digest.hexdigest(), size)

    def drop(self, staged: Staged) -> None:
        with contextlib.suppress(OSError):
            staged.temporary.unlink()

    def flush(self, staged: Sequence[Staged]) -> None:
        """Have the disk hold these bytes before any of them gets a name."""
        with explained(self._staging):
            _together(_flush_file, [one.temporary for one in staged])

    def name(self, staged: Staged, path: str) -> None:
        """Give staged bytes their name, over whatever has it."""
        target = self.path(path)
        with explained(target):
            if target.parent not in self._made:
                self._folder(target.parent)
            staged.temporary.replace(target)

    def save(self, path: str) -> Path:
        """Put a person's version aside, under its digest."""
        source = self.path(path)
        with explained(source):
            sha = digest_of(source)
            aside = self.state / "saved" / f"{path}.{sha[:12]}"
            if not aside.exists():
                aside.parent.mkdir(parents=True, exist_ok=True)
                staged = self.stage(source)
                _flush_file(staged.temporary)
                staged.temporary.replace(aside)
                _flush_folder(aside.parent)
        return aside

    def flush_folders(self, paths: Iterable[str]) -> None:
        """Have the disk hold the names in the folders of these paths."""
        folders = {self.path(path).parent for path in paths}
        folders |= self._fresh
        with explained(self.root):
            _together(_flush_folder, [one for one in sorted(folders) if one.is_dir()])
        self._fresh.clear()
        self._made.clear()

    def _folder(self, folder: Path) -> None:
        missing = []
        at = folder
        while at not in self._made and not at.exists():
            missing.append(at)
            at = at.parent
        for one in reversed(missing):
            one.mkdir(exist_ok=True)
            self._fresh.add(one.parent)
        self._made.update((folder, folder.parent))

    def remove(self, path: str) -> None:
        """Delete a file, and the folders above it that are empty then."""
        target = self.path(path)
        with explained(target):
            target.unlink(missing_ok=True)
        folder = target.parent
        while folder != self.root and self.root in folder.parents:
            try:
                folder.rmdir()
            except OSError:
                break
            self._made.discard(folder)
            folder = folder.parent


def pieces(content: Content) -> Iterator[bytes]:
    """The bytes of a file's content, a piece at a time."""
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, Path):
        with content.open("rb", buffering=0) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    else:
        yield from content()


def sha256_of(content: Content) -> str:
    digest = hashlib.sha256()
    for piece in pieces(content):
        digest.update(piece)
    return digest.hexdigest()


def digest_of(path: Path) -> str:
    """SHA-256 of a plain file, never through a symbolic link."""
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_RDONLY | _NOFOLLOW | _BINARY), "rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _together(work: Callable[[Path], None], paths: Sequence[Path]) -> None:
    if len(paths) < 8:
        for path in paths:
            work(path)
        return

    def some(first: int) -> None:
        for path in paths[first::_FLUSHERS]:
            work(path)

    with ThreadPoolExecutor(_FLUSHERS) as pool:
        for _ in pool.map(some, range(_FLUSHERS)):
            pass


def _flush_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR | _BINARY)  # Windows flushes only what may be written
    try:
        _full_sync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(path: Path) -> None:
    if os.name == "nt":  # has no such call and needs none
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _full_sync(descriptor)
    finally:
        os.close(descriptor)


def _full_sync(descriptor: int) -> None:
    if sys.platform == "darwin":  # fsync() stops at the drive's cache there
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)

"""Where the lab keeps its state and which WordPress versions it knows."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabUnavailable

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

# Debian's releases each carry one WordPress; together they cover the REST API's history from
# `modified_after` (5.7) to block hooks that rewrite markup on update (6.8 and later).
SUITES: dict[str, tuple[str, ...]] = {
    "5.7": ("bullseye", "bullseye-security"),
    "6.1": ("bookworm", "bookworm-security"),
    "6.8": ("trixie", "trixie-security"),
    "7.1": ("sid", "forky"),
}
VERSIONS = tuple(SUITES)


def state() -> Path:
    """The folder that holds downloads, snapshots and running labs; made when missing."""
    folder = Path(os.environ.get("WP_SYNC_LAB") or ROOT / ".lab").resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            # The folder ignores itself, so that it can lie anywhere in a work tree.
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise LabUnavailable(
            f"no place to keep things at {folder}: {error.strerror} "
            "(the environment variable WP_SYNC_LAB can name another)"
        ) from None
    return folder


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Only one process at a time downloads, unpacks or seeds the same thing."""
    folder = state() / "locks"
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.lock").open("w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def digest_of(*folders: Path, salt: str = "") -> str:
    """A short name for the exact bytes of all files in the folders."""
    total = hashlib.sha256(salt.encode())
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                total.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
                total.update(path.read_bytes())
    return total.hexdigest()[:16]

"""Media files that are missing, changed or exchanged: put back where they are found, else marked.

A file whose bytes are not those of its name is moved aside; where another name is wanted for just
these bytes, it gets that name. What is then still missing is marked for the next pull.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from wp_sync.archive import losses
from wp_sync.archive.blobs import Blobs, digest_of, sync_folder
from wp_sync.archive.losses import Loss
from wp_sync.archive.repair_rows import Work
from wp_sync.archive.schema import FILES


@dataclass(frozen=True, slots=True)
class Wrong:
    """A stored content that is not there as it should be; ``found``: the digest that is."""

    sha256: str
    site: str
    url: str
    attachment: int
    size: int | None
    found: str | None


def mend_files(work: Work, blobs: Blobs, *, rehearsal: bool) -> None:
    looked_at = (_looked_at(blobs, one) for one in _contents(work))
    wrong = [one for one in looked_at if one is not None]
    wanted = {one.sha256 for one in wrong}
    back = {one.found: one.sha256 for one in wrong if one.found in wanted}
    moved: dict[str, Path] = {}
    for one in wrong:
        path = blobs.path(one.sha256)
        if path.is_symlink() or path.exists():
            moved[one.sha256] = work.aside.move(path)
    for digest, name in back.items():
        if digest and not rehearsal:
            target = blobs.path(digest)
            target.parent.mkdir(parents=True, exist_ok=True)
            moved[name].replace(target)
            sync_folder(target.parent)
    for one in wrong:
        item = f"file {one.url}"
        if one.sha256 in back:
            work.tell(f"{one.site}: {item}", "its bytes stood under another name", "mended")
            continue
        _mark(work, one.sha256)
        size = f", {one.size:,} bytes" if one.size is not None else ""
        reason = (
            f"the bytes that were stored (SHA-256 {one.sha256[:12]}…{size}) are damaged or missing"
        )
        loss = Loss(one.site, "files", one.sha256, one.attachment, 0, item, reason)
        work.lose(loss, end="pull")
    _came_back(work, blobs)


def _contents(work: Work) -> list[Wrong]:
    """Each stored content once, with an address it came from."""
    statement = select(
        FILES.c.sha256,
        func.min(FILES.c.site),
        func.min(FILES.c.url),
        func.min(FILES.c.attachment),
        func.max(FILES.c.size),
    )
    grouped = statement.where(FILES.c.sha256 != "").group_by(FILES.c.sha256)
    return [Wrong(*row, None) for row in work.connection.execute(grouped)]


def _looked_at(blobs: Blobs, one: Wrong) -> Wrong | None:
    """The same with what was found; None where all is right."""
    try:
        if blobs.size(one.sha256) is None:
            return one
        found, length = digest_of(blobs.path(one.sha256))
    except OSError:
        return one
    right = found == one.sha256 and one.size in (None, length)
    return None if right else Wrong(one.sha256, one.site, one.url, one.attachment, one.size, found)


def _mark(work: Work, sha256: str) -> None:
    """Have the next pull fetch it whole: without its tag no server answers that nothing changed."""
    statement = select(FILES).where(FILES.c.sha256 == sha256)
    for row in work.connection.execute(statement).mappings().all():
        fresh = {"state": "due", "sha256": "", "size": None, "etag": "", "last_modified": ""}
        work.put(FILES, dict(row) | fresh)


def _came_back(work: Work, blobs: Blobs) -> None:
    """Forget losses of files whose very bytes are here again."""
    for loss in losses.known(work.connection):
        if loss.part == "files" and blobs.size(loss.kind) is not None:
            losses.forget(work.database, work.connection, loss)

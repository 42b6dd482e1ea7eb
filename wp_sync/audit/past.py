"""An archive as it stood at the end of a day, made anew in another place, to be audited there.

Versions and states are those of the day, and all that leans on them (links, terms, people) is
derived from them. The bytes of media files have no history: no rule on them speaks of a past day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import islice

from wp_sync.archive.base import SiteArchive, Version
from wp_sync.digest import stamp
from wp_sync.errors import UsageError
from wp_sync.model import Identity, Login, MediaFile, Record, State
from wp_sync.progress import Progress, Stop

_TOGETHER = 200
_FAMILIES = ("posts/", "terms/", "users/", "comments/", "site/", "redirects/", "rendered/")


def end_of(day: str) -> datetime:
    """The last second of a day (``2030-01-31``) in UTC.

    Raises:
        UsageError: it is no day.
    """
    try:
        return datetime.combine(date.fromisoformat(day), time(23, 59, 59), UTC)
    except ValueError:
        raise UsageError(f"“{day}” is no day", hint="write it as 2030-01-31") from None


def lay_out(
    archive: SiteArchive, empty: SiteArchive, moment: datetime, progress: Progress, stop: Stop
) -> int:
    """Put what an archive held at a moment into an empty one; returns how many records.

    Raises:
        UsageError: it held nothing yet.
    """
    state = archive.site()
    if state is None:
        return 0
    empty.set_site(Identity(state.key, state.home, state.api, state.name, Login(), moment))
    run = empty.begin_run("audit", state.view)
    count = 0
    for kind in archive.kinds():
        if not kind.startswith(_FAMILIES):
            continue
        progress.stage(kind.partition("/")[2])
        versions = archive.stood(kind, moment)
        while batch := list(islice(versions, _TOGETHER)):
            stop.check()
            empty.save(run, [_record(version) for version, _ in batch])
            states = {v.id: then for v, then in batch if then is not State.LIVE}
            if states:
                empty.vanish(run, kind, states)
            count += len(batch)
            progress.advance(len(batch))
    if not count:
        raise UsageError(
            f"the archive held nothing yet on {moment:%Y-%m-%d}",
            hint="`wp-sync log` shows when it was filed",
        )
    known = {id for id, _ in _ids(empty, "posts/attachment")}
    files = (file for file in archive.files() if file.attachment in known)
    while some := list(islice(files, _TOGETHER)):
        empty.want_files([_unfetched(file) for file in some])
    return count


def _record(version: Version) -> Record:
    mark = stamp(version.data, ("modified_gmt", "date_gmt", "slug", "status"))
    return Record(version.kind, version.id, version.raw, version.data, mark, version.seen_at)


def _ids(archive: SiteArchive, kind: str) -> Iterator[tuple[int, State]]:
    return ((known.id, known.state) for known in archive.known(kind))


def _unfetched(file: MediaFile) -> MediaFile:
    return replace(file, sha256="", size=None, etag="", last_modified="", state="due", reason="")

"""Records and archives for tests that are about something else."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wp_sync.archive import open_archive
from wp_sync.archive.base import Archive
from wp_sync.digest import stamp
from wp_sync.model import Identity, Login, Record

SEEN_AT = datetime(2024, 5, 1, 12, 0, 0, tzinfo=UTC)
SITE = "blog.example.com"


def make_record(
    kind: str,
    id: int,
    *,
    seen_at: datetime = SEEN_AT,
    lacking: tuple[str, ...] = (),
    raw: bytes | None = None,
    **fields: Any,
) -> Record:
    """A record with the fields that a kind of its family has; ``fields`` replace or add."""
    data: dict[str, Any] = {"id": id}
    family, _, name = kind.partition("/")
    if family == "posts":
        data |= {
            "date_gmt": "2024-04-01T08:00:00",
            "modified_gmt": "2024-04-02T09:00:00",
            "slug": f"{name}-{id}",
            "status": "publish",
            "type": name,
            "link": f"https://{SITE}/{name}-{id}/",
            "title": {"rendered": f"{name.title()} {id}"},
            "content": {"rendered": f"<p>Words of {name} {id}.</p>", "protected": False},
            "excerpt": {"rendered": "", "protected": False},
            "author": 1,
        }
    elif family == "terms":
        data |= {
            "name": f"{name} {id}",
            "slug": f"{name}-{id}",
            "link": f"https://{SITE}/{name}/{name}-{id}/",
            "taxonomy": name,
            "parent": 0,
            "count": 0,
        }
    elif family == "users":
        data |= {
            "name": f"User {id}",
            "slug": f"user-{id}",
            "link": f"https://{SITE}/author/user-{id}/",
        }
    elif family == "comments":
        data |= {
            "post": 1,
            "parent": 0,
            "date_gmt": "2024-04-03T10:00:00",
            "status": "approved",
            "content": {"rendered": f"<p>Comment {id}</p>"},
        }
    data |= fields
    content = raw if raw is not None else json.dumps(data, ensure_ascii=False).encode()
    cheap = ("modified_gmt", "date_gmt", "slug", "status")
    return Record(kind, id, content, data, stamp(data, cheap), seen_at, lacking)


def make_identity(key: str = SITE, *, user: int = 0) -> Identity:
    return Identity(
        key=key,
        home=f"https://{key}",
        api=f"https://{key}/wp-json/",
        name="A blog",
        login=Login(id=user, name=f"user {user}") if user else Login(),
        server_time=SEEN_AT,
    )


@contextmanager
def tmp_archive() -> Iterator[Archive]:
    """A new archive (SQLite) in a folder of its own, gone afterwards."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        open_archive(Path(folder) / "archive") as archive,
    ):
        yield archive

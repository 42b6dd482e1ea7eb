"""A small site in an archive of its own, which can be edited as a site is: for tests of publishers.

Holds terms in a tree, people, pages with parents, posts that link in circles, comments in threads:
what a publisher has to get right. Pictures come with their bytes.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from wp_sync.archive import open_archive
from wp_sync.archive.base import Archive, SiteArchive
from wp_sync.digest import stamp
from wp_sync.model import Identity, Login, MediaFile, Outcome, Record, State
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.publish.base import Publisher, Settings
from wp_sync.publish.mirror import Mirror

HOME = "https://source.example"
SITE = "source.example"
_AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
# The smallest picture there is: one transparent pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c626001000000ffff030000060005573bd2ba0000000049454e44ae426082"
)


class Sample:
    """An archive with a small site. ``edit``, ``remove`` and ``mirror`` are what tests need."""

    def __init__(self, folder: str | Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._archive: Archive = open_archive(Path(folder or self._folder.name) / "archive")
        self.site: SiteArchive = self._archive.of(SITE)
        self.rules = Rules()
        self._records: dict[tuple[str, int], dict[str, Any]] = {}
        self.site.set_site(
            Identity(SITE, HOME, f"{HOME}/wp-json/", "A sample", Login(1, "Ed"), _AT)
        )
        self._fill()

    def _fill(self) -> None:
        def post(id: int, name: str, **fields: Any) -> None:
            kind = f"posts/{fields.pop('type', 'post')}"
            self._records[kind, id] = _post(kind, id, name, fields)

        self._records["site/site", 0] = {"id": 0, "name": "A sample"}
        self._records["terms/category", 1] = _term("category", 1, "Body")
        self._records["terms/category", 2] = _term("category", 2, "Back pain", parent=1)
        self._records["terms/post_tag", 3] = _term("post_tag", 3, "Sleep & rest")
        self._records["users/user", 1] = {
            "id": 1, "name": "Jane Doe", "slug": "jane-doe", "link": f"{HOME}/author/jane-doe/",
        }  # fmt: skip
        address = f"{HOME}/wp-content/uploads/2024/04/pixel.png"
        post(
            10, "pixel", type="attachment", status="inherit", mime_type="image/png",
            source_url=address, alt_text="A pixel", media_details={"width": 1, "height": 1},
        )  # fmt: skip
        words = f'<p>Read <a href="{HOME}/two/">two</a>.</p><p><img src="{address}" alt="x"/></p>'
        post(20, "one", content=_both(words), categories=[2], tags=[3], featured_media=10)
        words = f'<p>Read <a href="{HOME}/one/">one</a> or <a href="{HOME}/about/">us</a>.</p>'
        post(21, "two", content=_both(words), categories=[1], sticky=True)
        post(22, "draft", status="draft", content=_both("<p>Not yet.</p>"), categories=[1])
        post(30, "team", type="page", parent=31, content=_both("<p>We.</p>"), menu_order=2)
        post(31, "about", type="page", content=_both("<p>About «us» &amp; you — 日本.</p>"))
        for id, parent in ((40, 0), (41, 40)):
            self._records["comments/comment", id] = {
                "id": id, "post": 20, "parent": parent, "status": "approved",
                "author_name": f"Reader {id}", "author_email": f"r{id}@example.org",
                "date_gmt": f"2024-04-0{id - 37}T10:00:00", "link": f"{HOME}/one/#comment-{id}",
                "content": _both(f"<p>Comment {id}.</p>"), "type": "comment",
            }  # fmt: skip
        self._pull(self._records)
        self._store(address, PIXEL)

    def edit(self, kind: str, id: int, **fields: Any) -> None:
        """Somebody edits a record at the source; texts may be given plainly."""
        found = self._records[kind, id]
        for name, value in fields.items():
            found[name] = _both(value) if name in ("title", "content", "excerpt") else value
        self._pull([(kind, id)])

    def add(self, id: int, name: str, **fields: Any) -> None:
        """Somebody writes a post at the source."""
        self._records["posts/post", id] = _post("posts/post", id, name, fields)
        self._pull([("posts/post", id)])

    def remove(self, kind: str, id: int) -> None:
        """A record is deleted at the source."""
        run = self.site.begin_run("pull", "user:1")
        self.site.vanish(run, kind, {id: State.GONE})
        self._end(run)

    def _pull(self, keys: Iterable[tuple[str, int]]) -> None:
        run = self.site.begin_run("pull", "user:1")
        for kind, id in keys:
            data = self._records[kind, id]
            raw = json.dumps(data, ensure_ascii=False).encode()
            self.site.save(run, [Record(kind, id, raw, data, stamp(data, sorted(data)), _AT)])
        self._end(run)

    def _end(self, run: int) -> None:
        self.site.finish_run(run, Outcome.DONE, {}, [], 1)
        normalize_site(self.site, self.rules)

    def _store(self, address: str, data: bytes) -> None:
        file = MediaFile(address, 10, mime="image/png")
        self.site.want_files([file])
        path = self.site.incoming(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.site.adopt_file(1, file, path)

    def mirror(self, publisher: Publisher, **how: Any) -> Mirror:
        """This site and a target; ``how`` as in `Settings`.

        What a target takes nothing of is accepted as lost, as a person would.
        """
        kinds = {kind.partition("/")[2] for kind, _ in self._records}
        how.setdefault("accept", frozenset(kinds))
        settings = Settings("suite", "suite", "", **how)
        return Mirror(self.site, self.rules, publisher, settings)

    def close(self) -> None:
        self._archive.close()
        self._folder.cleanup()

    def __enter__(self) -> Sample:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _both(text: Any) -> Any:
    return {"raw": text, "rendered": text} if isinstance(text, str) else text


def _term(taxonomy: str, id: int, name: str, parent: int = 0) -> dict[str, Any]:
    slug = name.lower().replace(" & ", "-").replace(" ", "-")
    return {
        "id": id, "name": name.replace("&", "&amp;"), "slug": slug, "taxonomy": taxonomy,
        "parent": parent, "description": f"All on {slug}", "count": 1,
        "link": f"{HOME}/{taxonomy}/{slug}/",
    }  # fmt: skip


def _post(kind: str, id: int, name: str, fields: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": id, "slug": name, "status": "publish", "type": kind.partition("/")[2],
        "link": f"{HOME}/{name}/", "title": _both(name.title()), "content": _both(""),
        "excerpt": _both(""), "author": 1, "comment_status": "open", "ping_status": "closed",
        "date_gmt": f"2024-04-{id - 9:02}T08:00:00", "date": f"2024-04-{id - 9:02}T08:00:00",
        "modified_gmt": "2024-04-28T09:00:00",
    }  # fmt: skip
    return data | fields

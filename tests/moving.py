"""A small site in an archive, and its way into a real WordPress: for the tests of publishing."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab import Server
from tests.helpers import SITE, make_identity, make_record
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.model import MediaFile, Outcome, Record
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.progress import Silent, Stop
from wp_sync.publish.apply import Pushed
from wp_sync.publish.base import Held, Settings
from wp_sync.publish.mirror import Mirror
from wp_sync.publish.parity.nouns import Parity
from wp_sync.publish.parity.verify import Verifier
from wp_sync.publish.steps import Plan
from wp_sync.publish.wordpress.publisher import WordPressPublisher

HOME = f"https://{SITE}"
PICTURE = f"{HOME}/wp-content/uploads/2013/04/knee.png"
AGAIN = f"{HOME}/wp-content/uploads/2014/05/again.png"
RULES = Rules()


def png(width: int, height: int, shade: int) -> bytes:
    """A picture that WordPress makes sizes of."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    rows = b"".join(b"\0" + bytes((shade, row % 256, 99)) * width for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def both(raw: str) -> dict[str, str]:
    return {"raw": raw, "rendered": raw}


def post(id: int, **more: Any) -> Record:
    """A post as its author wrote it, dated in its own minute."""
    kind = more.pop("kind", "posts/post")
    name = kind.partition("/")[2]
    date = more.pop("date", f"2013-04-{id % 28 + 1:02}T10:{id % 60:02}:00")
    fields = {
        "title": both(f"{name.title()} {id}"),
        "content": both(f"<p>Words of {name} {id}.</p>"),
        "excerpt": both(""),
        "date": date,
        "date_gmt": date,
        "modified_gmt": date,
        "comment_status": "open",
        "ping_status": "closed",
        **more,
    }
    return make_record(kind, id, **fields)


def address(path: str) -> str:
    return f"{HOME}/{path}/"


BODY = (
    f'<!-- wp:image {{ "id":9, "sizeSlug":"medium" }} -->\n<figure class="wp-block-image">'
    f'<img src="{PICTURE.replace(".png", "-300x225.png")}" alt="" class="wp-image-9"/></figure>\n'
    f'<!-- /wp:image -->\n\n<!-- wp:block {{"ref":15}} /-->\n\n[gallery ids="9"]\n\n'
    f'<p>See <a href="{address("post-21")}#b">this</a>, '
    f'<a href="{address("page-31/page-30")}">that</a> and '
    f'<a href="{address("post-22")}">a draft</a>.</p>'
)

RECORDS = [
    make_record("site/site", 0),
    make_record("terms/category", 1, name="Pain & Aches", slug="pain", parent=3),
    make_record("terms/category", 3, name="Body", slug="body", description="All of it"),
    make_record("terms/post_tag", 5, name="Sleep", slug="sleep"),
    make_record("users/user", 1, name="Mara Lindqvist", slug="mara-editor"),
    make_record("users/user", 2, name="Ilse  Brandt, RN", slug="dr-brandt"),
    make_record(
        "posts/attachment", 9, title=both("A knee"), caption=both("By <b>us</b>"),
        alt_text="A knee", description=both("Drawn in pencil"), mime_type="image/png",
        source_url=PICTURE, slug="knee", post=20, status="inherit",
        link=address("knee"), date="2013-04-05T09:00:00",
        date_gmt="2013-04-05T09:00:00",
    ),
    make_record(  # the same picture, uploaded once more
        "posts/attachment", 10, title=both("A knee, again"), caption=both(""), slug="again",
        source_url=AGAIN, status="inherit", mime_type="image/png", link=address("again"),
        date="2014-05-05T09:00:00", date_gmt="2014-05-05T09:00:00",
    ),
    post(15, kind="posts/wp_block", title=both("Box"), content=both("<p>Box</p>")),
    post(20, content=both(BODY), categories=[1], tags=[5], featured_media=9, sticky=True,
         excerpt=both("Short & <em>sweet</em>"), title=both("One & only")),
    post(21, content=both(f'<p>Back to <a href="{address("post-20")}">one</a>.</p>'),
         categories=[3], format="aside", comment_status="closed"),
    post(22, status="draft"),
    post(23, status="private", author=2, featured_media=10,
         content=both(f'<img class="wp-image-10" src="{AGAIN.replace(".png", "-300x225.png")}">')),
    post(24, status="future", date="2031-06-01T09:00:00"),
    post(25, password="open sesame"),
    post(27, status="draft", slug="", link=f"{HOME}/?p=27"),
    post(26, slug="%e7%97%9b%e3%81%bf", title=both("痛み")),
    post(31, kind="posts/page", title=both("Parent"), menu_order=2),
    post(30, kind="posts/page", parent=31, link=address("page-31/page-30"), menu_order=1),
    make_record("comments/comment", 60, post=21, author_name="Ann & Co",
                author_email="ann@guests.example", content={"rendered":
                "<p>Well said.</p>\n<p>By me<br />\non a walk.</p>\n"}),
    make_record("comments/comment", 61, post=21, parent=60, author_name="Bo",
                author_email="bo@guests.example", content=both("Yes."), status="hold",
                date_gmt="2024-04-03T11:00:00"),
]  # fmt: skip


# Enough for a fault to meet every kind of write.
_FEW = {"site/site", "terms/post_tag", "users/user", "posts/attachment", "comments/comment"}
FEW = [record for record in RECORDS if record.kind in _FEW or record.id in (20, 21, 26)]
# What they link to beside each other is not there, as the old site itself said.
FEW += [
    make_record("redirects/followed", id, url=address(path), answer=404, leads_to="")
    for id, path in enumerate(("post-22", "page-31/page-30"), start=1)
]


def push_alone(folder: str, settings: Settings) -> None:
    """A push from the archive in a folder, for a process of its own."""
    with open_archive(Path(folder)) as archive:
        publisher = WordPressPublisher(settings)
        Mirror(archive.of(SITE), RULES, publisher, settings).push(None)


class Moving:
    """An archive of the small site, a target, and pushes from one to the other."""

    def __init__(
        self,
        site: SiteArchive,
        server: Server,
        *,
        who: str = "admin",
        url: str = "",
        records: Sequence[Record] = RECORDS,
    ):
        self.site = site
        self.server = server
        login = server.logins[who]
        place = url or server.url
        self.settings = Settings("new", "wordpress", place, login.user, login.password)
        self.requests = 0
        site.set_site(make_identity(user=1))
        self.pull(records)

    def pull(self, records: Sequence[Record]) -> None:
        run = self.site.begin_run("pull", "user:1")
        self.site.save(run, records)
        self.site.finish_run(run, Outcome.DONE, {}, [], 1)
        for record in records:
            if record.kind == "posts/attachment":
                self._file(run, record)
        normalize_site(self.site, RULES)

    def _file(self, run: int, record: Record) -> None:
        url = str(record.data["source_url"])
        file = MediaFile(url, record.id, mime="image/png", state="stored")
        self.site.want_files([file])
        path = self.site.incoming(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(400, 300, 9))
        self.site.adopt_file(run, file, path)

    def mirror(self) -> tuple[Mirror, WordPressPublisher]:
        publisher = WordPressPublisher(self.settings)
        return Mirror(self.site, RULES, publisher, self.settings), publisher

    def push(self, approved: Plan | None = None) -> Pushed:
        mirror, publisher = self.mirror()
        try:
            return mirror.push(approved)[1]
        finally:
            publisher.close()
            self.requests = publisher.requests_made

    def plan(self) -> Plan:
        mirror, publisher = self.mirror()
        try:
            return mirror.plan()
        finally:
            publisher.close()

    def verify(self) -> Parity:
        mirror, publisher = self.mirror()
        try:
            return Verifier(mirror, Silent(), Stop()).verify()
        finally:
            publisher.close()

    def policy(self, **how: Any) -> None:
        self.settings = replace(self.settings, **how)

    def id_of(self, key: str) -> str:
        return self.site.ledger("new").of([key])[key].target_id

    def held(self, key: str) -> Held:
        """What the target holds of an item."""
        _, publisher = self.mirror()
        try:
            kind = key.partition(":")[0]
            return next(iter(publisher.read(kind, [self.id_of(key)])))
        finally:
            publisher.close()

    def each_once(self) -> None:
        """Nothing of ours is there twice, nothing that a broken-off push made is left."""
        rows = self.server.sql(
            "SELECT post_type, post_title, COUNT(*) FROM wp_posts WHERE post_type NOT IN"
            " ('revision','wp_global_styles','nav_menu_item') AND post_status <> 'auto-draft'"
            " GROUP BY post_type, post_title HAVING COUNT(*) > 1"
        )
        assert rows == []
        left = "SELECT COUNT(*) FROM wp_posts WHERE post_name LIKE 'wp-sync-upload-folder%'"
        assert self.server.sql(left) == [["0"]]
        numbered = self.server.sql("SELECT post_name FROM wp_posts WHERE post_name REGEXP '-2$'")
        assert numbered == []
        assert self.server.sql("SELECT COUNT(*) FROM wp_comments") in ([["2"]], [["0"]])

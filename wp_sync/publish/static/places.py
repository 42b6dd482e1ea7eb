"""Where everything will stand on the new site: addresses, folders and files by item.

Made once a run from the archive's tables, in a small database of its own outside memory, so that a
site of any size fits. Addresses are the source's, or those that ``links.toml`` wants; of two items
that want one, the first keeps it. Reads no content.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from msgspec import json

from wp_sync.archive.base import SiteArchive
from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.links.moves import archived_addresses
from wp_sync.normalize.rules import Rules
from wp_sync.publish.base import key_of
from wp_sync.publish.files.names import apart, fold, media_name, safe_name
from wp_sync.publish.static.addresses import as_asked, path_below, servable, without_ending

_SCHEMA = """
CREATE TABLE places (
  key TEXT PRIMARY KEY, kind TEXT NOT NULL, id INTEGER NOT NULL, address TEXT NOT NULL,
  folder TEXT NOT NULL, title TEXT NOT NULL, told TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE taken (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE former (position INTEGER PRIMARY KEY, key TEXT NOT NULL, path TEXT NOT NULL);
CREATE TABLE aliases (
  key TEXT NOT NULL, position INTEGER NOT NULL, path TEXT NOT NULL, PRIMARY KEY (key, position)
) WITHOUT ROWID;
"""
_POSTS = """SELECT id, type, slug, title, link, status, protected FROM posts
    WHERE site = :site AND state = 'live' AND (type > :type OR (type = :type AND id > :last))
      AND type NOT IN ({machinery})
    ORDER BY type, id LIMIT 1000"""
_TERMS = """SELECT taxonomy, slug, name, path, parent, source_ids FROM terms
    WHERE site = :site ORDER BY taxonomy, length(path), slug"""
_PEOPLE = "SELECT slug, name, source_ids FROM authors WHERE site = :site ORDER BY slug"
_MEDIA = """SELECT id, url, alt, title, caption, mime, parent FROM media
    WHERE site = :site AND state = 'live' AND id > :last ORDER BY id LIMIT 1000"""
_LINKS = """SELECT kind, id, link FROM records
    WHERE site = :site AND (kind LIKE 'terms/%' OR kind LIKE 'users/%') AND link <> ''"""
_OLD = """SELECT kind, id, link FROM old_addresses
    WHERE site = :site AND link <> '' ORDER BY kind, id, version"""
# Types that visitors never see as pages of their own.
MACHINERY = (
    "attachment", "nav_menu_item", "wp_block", "wp_navigation", "wp_template", "wp_template_part",
    "wp_global_styles", "wp_font_family", "wp_font_face", "revision", "custom_css", "oembed_cache",
    "customize_changeset", "user_request", "guest-author",
)  # fmt: skip
_NOT_TERMS = frozenset(
    ("post_format", "nav_menu", "link_category", "wp_theme", "wp_template_part_area", "author",
     "wp_pattern_category_source")
)  # fmt: skip
# How WordPress calls the folder of an archive, and what generators call the taxonomy.
_BASES = {"category": "category", "post_tag": "tag"}
FOLDERS = {"post": "posts", "page": "pages", "category": "categories", "post_tag": "tags"}


class Place(NamedTuple):
    """Where an item stands. ``address`` is a decoded path with slashes at both ends (of a file:
    its digest), ``folder`` the name of its own folder (of a file: its name)."""

    key: str
    kind: str
    id: int
    address: str
    folder: str
    title: str
    told: str


class Places:
    """The places of one export."""

    def __init__(
        self, archive: SiteArchive, rules: Rules, *, drafts: bool = False, prefix: str = ""
    ) -> None:
        site = archive.site()
        self._archive = archive
        self._rules = rules
        self._drafts = drafts
        self._site = site.key if site else ""
        self.home = site.home if site else ""
        self.prefix = prefix
        self._sum = 0
        self._cached: Callable[[str], Place | None] | None = None  # once all are known
        self._db = sqlite3.connect("", isolation_level=None)  # on the disk, gone when closed
        self._db.executescript(_SCHEMA)
        self._db.execute("PRAGMA cache_size = -4000")
        self._db.execute("BEGIN")
        self._posts()
        links = self._links()
        self._terms(links)
        self._people(links)
        self._media()
        self._aliases(links)
        self._db.execute("COMMIT")
        self._cached = lru_cache(2_000)(self._get)

    @property
    def digest(self) -> str:
        """Stands for every place together."""
        return f"{self._sum:032x}"

    @property
    def has_home(self) -> bool:
        """Whether one of the pages stands at the site's own address."""
        found = self._db.execute("SELECT 1 FROM taken WHERE name = ?", (fold("/"),))
        return found.fetchone() is not None

    def __getitem__(self, key: str) -> Place:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def get(self, key: str) -> Place | None:
        if self._cached is not None:
            return self._cached(key)
        return self._get(key)

    def _get(self, key: str) -> Place | None:
        row = self._db.execute("SELECT * FROM places WHERE key = ?", (key,)).fetchone()
        return Place._make(row) if row else None

    def some(self, keys: Sequence[str]) -> dict[str, Place]:
        """The places of some hundred keys at most, those that have one."""
        marks = ", ".join("?" * len(keys))
        found = self._db.execute(f"SELECT * FROM places WHERE key IN ({marks})", keys)  # noqa: S608
        return {row[0]: Place._make(row) for row in found}

    def of(self, family: str) -> Iterator[Place]:
        """All places of a family (``posts/``, ``terms/``), in a stable order, files left out."""
        last = ("", -1, "")
        while rows := self._db.execute(
            """SELECT * FROM places WHERE kind >= ? AND kind < ? AND kind <> ?
                 AND (kind, id, key) > (?, ?, ?) ORDER BY kind, id, key LIMIT 1000""",
            (family, family + "\U0010ffff", MEDIA_KIND, *last),
        ).fetchall():
            yield from map(Place._make, rows)
            last = (rows[-1][1], rows[-1][2], rows[-1][0])

    def aliases(self, key: str) -> list[str]:
        """Addresses that an item once had, decoded, none of them anybody's now."""
        return self.aliases_of([key]).get(key, [])

    def aliases_of(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """The `aliases` of some hundred keys at most, those that have any."""
        marks = ", ".join("?" * len(keys))
        sql = f"SELECT key, path FROM aliases WHERE key IN ({marks}) ORDER BY key, position"  # noqa: S608
        found: dict[str, list[str]] = {}
        for key, path in self._db.execute(sql, keys):
            found.setdefault(key, []).append(as_asked(path))
        return found

    def close(self) -> None:
        self._db.close()

    # -- filling

    def _put(
        self, key: str, id: int, address: str, folder: str, title: str, told: Sequence[str] = ()
    ) -> None:
        whole = "\n".join((address, folder, title, *told))
        mark = hashlib.blake2b(f"{key}\n{whole}".encode(), digest_size=16).digest()
        self._sum = (self._sum + int.from_bytes(mark, "big")) % (1 << 128)
        kind = key.partition(":")[0]
        self._db.execute(
            "INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key, kind, id, address, folder, title, _short(whole)),
        )

    def _take(self, name: str) -> bool:
        """Take a name that may be had once, on every disk; False where somebody has it."""
        done = self._db.execute("INSERT OR IGNORE INTO taken VALUES (?)", (fold(name),))
        return done.rowcount > 0

    def _address(self, wanted: Iterable[str], natural: str, mark: object) -> str:
        for one in (*wanted, natural):
            if one and self._take(one):
                return one
        other = f"{natural.rstrip('/')}-{mark}/"
        self._take(other)
        return other

    def _posts(self) -> None:
        marks = ", ".join(f"'{name}'" for name in MACHINERY)
        sql = _POSTS.format(machinery=marks)
        moved = archived_addresses(self._archive, self._rules.links)
        kind, last = "", -1
        while page := self._archive.query(sql, site=self._site, type=kind, last=last):
            for row in page:
                kind, last = str(row["type"]), int(str(row["id"]))
                shown = row["status"] == "publish" and not row["protected"]
                if not (shown or self._drafts) or row["status"] in ("trash", "auto-draft"):
                    continue
                key = key_of(f"posts/{kind}", last)
                name = safe_name(str(row["slug"]), f"{kind}-{last}")
                section = folder_of(kind)
                if not self._take(f"{section}/{name}"):
                    name = apart(name.replace(".", "-"), last)
                    self._take(f"{section}/{name}")
                link = str(row["link"]) if shown else ""
                wanted = [
                    without_ending(servable(path))
                    for path in (
                        moved(f"posts/{kind}", last) if shown else "",
                        path_below(link, self.home),
                    )
                    if path
                ]
                natural = f"/{section}/{name}/"
                address = self._address(wanted, natural, last)
                self._put(key, last, address, name, str(row["title"]))
                path = self._below(row["link"])
                if path != address:
                    self._db.execute("INSERT INTO former (key, path) VALUES (?, ?)", (key, path))

    def _links(self) -> dict[str, dict[int, str]]:
        """The source's addresses of terms and people, by kind and id."""
        found: dict[str, dict[int, str]] = {}
        for row in self._archive.query(_LINKS, site=self._site):
            found.setdefault(str(row["kind"]), {})[int(str(row["id"]))] = str(row["link"])
        return found

    def _terms(self, links: dict[str, dict[int, str]]) -> None:
        paths: dict[tuple[str, str], str] = {}
        for row in self._archive.query(_TERMS, site=self._site):
            taxonomy, slug = str(row["taxonomy"]), str(row["slug"])
            if taxonomy in _NOT_TERMS:
                continue
            above = paths.get((taxonomy, str(row["parent"])), "")
            paths[taxonomy, slug] = below = f"{above}{safe_name(slug, 'term')}/"
            natural = f"/{safe_name(_BASES.get(taxonomy, taxonomy), 'terms')}/{below}"
            ids = json.decode(str(row["source_ids"]), type=list[int])
            theirs = [links.get(f"terms/{taxonomy}", {}).get(id, "") for id in ids]
            wanted = [
                path
                for path in (servable(path_below(link, self.home)) for link in theirs if link)
                if path.rstrip("/").rpartition("/")[2] == safe_name(slug, "term")
            ]
            name = safe_name(slug, "term")
            section = folder_of(taxonomy)
            if not self._take(f"terms/{section}/{name}"):
                name = apart(name, _short(slug)[:8])
            address = self._address(wanted[:1], natural, _short(slug)[:8])
            key = key_of(f"terms/{taxonomy}", slug)
            self._put(key, 0, address, name, str(row["name"]), [str(row["path"])])

    def _people(self, links: dict[str, dict[int, str]]) -> None:
        theirs = _people_of(links)
        for row in self._archive.query(_PEOPLE, site=self._site):
            slug = str(row["slug"])
            ids = json.decode(str(row["source_ids"]), type=list[int])
            paths = [servable(path_below(theirs[id], self.home)) for id in ids if id in theirs]
            name = safe_name(slug, "author")
            if not self._take(f"terms/authors/{name}"):
                name = apart(name, _short(slug)[:8])
            address = self._address(paths[:1], f"/author/{name}/", _short(slug)[:8])
            self._put(key_of("users/user", slug), 0, address, name, str(row["name"]))

    def _media(self) -> None:
        stored = ("stored",)
        files: dict[int, tuple[str, str]] = {}
        for file in self._archive.files(states=stored):
            if file.sha256:
                files[file.attachment] = min(
                    files.get(file.attachment, (file.url, file.sha256)), (file.url, file.sha256)
                )
        last = -1
        while page := self._archive.query(_MEDIA, site=self._site, last=last):
            for row in page:
                last = int(str(row["id"]))
                url, sha = str(row["url"]), ""
                if last in files:
                    url, sha = files[last]
                name = media_name(str(row["url"]) or url, f"media-{last}")
                # What galleries show: told to the posts that ask.
                told = [str(row[one]) for one in ("title", "caption", "url", "mime", "parent")]
                self._put(key_of(MEDIA_KIND, last), last, sha, name, str(row["alt"]), told)

    def _aliases(self, links: dict[str, dict[int, str]]) -> None:
        """Old addresses, once every new one is known: none may stand in the way of another."""
        former = self._db.execute("SELECT key, path FROM former ORDER BY position")
        while rows := former.fetchmany(1000):
            for key, path in rows:
                self._alias(key, path)
        for row in self._archive.query(_OLD, site=self._site):
            self._alias(key_of(str(row["kind"]), int(str(row["id"]))), self._below(row["link"]))
        for row in self._archive.query(_TERMS, site=self._site):
            for id in json.decode(str(row["source_ids"]), type=list[int]):
                link = links.get(f"terms/{row['taxonomy']}", {}).get(id, "")
                self._alias(key_of(f"terms/{row['taxonomy']}", row["slug"]), self._below(link))
        people = _people_of(links)
        for row in self._archive.query(_PEOPLE, site=self._site):
            for id in json.decode(str(row["source_ids"]), type=list[int]):
                self._alias(key_of("users/user", row["slug"]), self._below(people.get(id)))

    def _below(self, link: object) -> str:
        """The path of one of the source's own addresses, where a static site can serve it."""
        return servable(path_below(str(link), self.home)) if link else ""

    def _alias(self, key: str, path: str) -> None:
        if not path or path == "/" or self.get(key) is None or not self._take(path):
            return
        row = self._db.execute("SELECT count(*) FROM aliases WHERE key = ?", (key,)).fetchone()
        self._db.execute("INSERT INTO aliases VALUES (?, ?, ?)", (key, row[0], path))
        mark = hashlib.blake2b(f"alias\n{key}\n{path}".encode(), digest_size=16).digest()
        self._sum = (self._sum + int.from_bytes(mark, "big")) % (1 << 128)


def _people_of(links: dict[str, dict[int, str]]) -> dict[int, str]:
    users = (of for kind, of in sorted(links.items()) if kind.startswith("users/"))
    return {id: link for of in users for id, link in of.items()}


def folder_of(name: str) -> str:
    """The folder of a post type or taxonomy, as generators call it."""
    return FOLDERS.get(name) or safe_name(name, "items")


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()

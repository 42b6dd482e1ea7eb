"""What a target should hold: every item of an archive after the rules, in order of what needs what.

Streams: memory holds a page of records, the parents of a kind and bounded caches, never the site.
Reads the archive through its port, whose derived tables must be up to date. Decides nothing about
any target.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from msgspec import json

from wp_sync.archive.base import Current, SiteArchive
from wp_sync.model import MEDIA_KIND, State
from wp_sync.normalize.records import media_of, post_of
from wp_sync.normalize.rules import Rules
from wp_sync.normalize.text import integer, plain, rendered, string
from wp_sync.publish import items as make
from wp_sync.publish.atlas import SourceAtlas
from wp_sync.publish.base import File, Item, digest_of, key_of
from wp_sync.publish.bodies import Bodies
from wp_sync.publish.order import (
    MENU_ITEM_KIND,
    MENU_KIND,
    USER_KIND,
    circling,
    ordered_kinds,
    parents_first,
)
from wp_sync.publish.twins import twins

_PAGE = 200
_FORM = 1  # raise it when the same archive and rules would give other items
_TERMS = """SELECT * FROM terms WHERE site = :site AND taxonomy = :taxonomy
      AND (length(path) > :size OR (length(path) = :size AND slug > :slug))
    ORDER BY length(path), slug LIMIT 1000"""
_AUTHORS = "SELECT * FROM authors WHERE site = :site AND slug > :last ORDER BY slug LIMIT 1000"
_PARENTS = "SELECT id, parent FROM posts WHERE site = :site AND type = :type AND parent <> 0"
_REPLIES = "SELECT id, parent FROM comments WHERE site = :site AND parent <> 0"
_LIVE = """SELECT id, digest FROM records
    WHERE site = :site AND kind = :kind AND state = 'live' AND id > :last
    ORDER BY id LIMIT 5000"""
_POSTS = "SELECT id, title, author, derived_from FROM posts WHERE site = :site AND type = :type"
_DERIVED = """SELECT id, derived_from FROM posts
    WHERE site = :site AND type = :type AND state = 'live' AND id > :last
    ORDER BY id LIMIT 5000"""
_OF_POSTS = """SELECT post, {columns} FROM {table}
    WHERE site = :site AND post_type = :type AND post IN ({ids}) ORDER BY post, position"""
_TITLES = "SELECT id, type, title, link FROM posts WHERE site = :site AND id IN ({ids})"
_THERE = """SELECT id, type FROM posts
    WHERE site = :site AND id IN ({ids}) AND state = 'live'
      AND status NOT IN ('trash', 'auto-draft')
    UNION ALL SELECT id, 'attachment' FROM media
    WHERE site = :site AND id IN ({ids}) AND state = 'live'"""
_SAID = """SELECT id FROM comments
    WHERE site = :site AND id IN ({ids}) AND state = 'live' AND status NOT IN ('spam', 'trash')"""
_SEEN = frozenset(("resolved", "moved"))


@dataclass(frozen=True, slots=True)
class Mark:
    """An item without its content: a digest that differs whenever the item may differ."""

    key: str
    kind: str
    id: int
    digest: str


class Desired:
    """The items of one site. ``atlas`` answers for the source; give it places with `at`.

    ``without``: keys of people who are somebody else at the target, and no items of their own.
    ``shared``: files of the same bytes are one item; ``twins`` says which stands for which.
    """

    def __init__(
        self,
        archive: SiteArchive,
        rules: Rules,
        *,
        without: Collection[str] = (),
        shared: bool = False,
    ) -> None:
        site = archive.site()
        self._archive = archive
        self._site = site.key if site else ""
        self._rules = rules
        self.twins = twins(archive, self._site) if shared else {}
        self.atlas = SourceAtlas(archive, rules, twins=self.twins)
        self._bodies = Bodies(rules, self.atlas)
        self._under = digest_of([_FORM, rules.digest])
        self._circles: dict[str, frozenset[int]] = {}
        self._without = without

    def kinds(self) -> list[str]:
        """The kinds of items there are, each after those that it needs."""
        have = set(self._archive.kinds())
        have |= {"users/user"} if self._archive.query(_AUTHORS, site=self._site, last="") else set()
        return ordered_kinds(have)

    def count(self, kind: str) -> int:
        """About how many items of a kind there are, for a progress bar."""
        return self._archive.count(kind)

    def untaken(self, kinds: Collection[str]) -> dict[str, int]:
        """What a target that takes these kinds takes nothing of: how many things, by kind.

        People are not among them: they are whom they are mapped to, where it takes none.
        """
        left = (kind for kind in self.kinds() if kind not in kinds and kind != USER_KIND)
        return {kind: number for kind in left if (number := self.count(kind))}

    def items(self, kinds: Iterable[str] | None = None) -> Iterator[Item]:
        """Every item, in the order in which they can be made."""
        for kind in self.kinds() if kinds is None else kinds:
            if kind == "users/user":
                yield from self._people()
            elif kind.startswith("terms/"):
                yield from self._terms(kind)
            else:
                yield from self._records(kind, self._ids(kind))

    def of(self, keys: Iterable[str]) -> Iterator[Item]:
        """The items of some keys, those that are there, grouped by kind."""
        wanted: dict[str, list[str]] = defaultdict(list)
        for key in keys:
            kind, _, name = key.partition(":")
            wanted[kind].append(name)
        for kind, names in wanted.items():
            if kind.startswith("terms/") or kind == "users/user":
                some = set(names)
                found = self._people() if kind == "users/user" else self._terms(kind)
                yield from (item for item in found if item.key.partition(":")[2] in some)
            else:
                ids = [int(name) for name in names if name.isdecimal() and len(name) < 19]
                yield from self._records(kind, ids)

    def marks(self, kinds: Iterable[str] | None = None) -> Iterator[Mark]:
        """Every item's mark, in order of kind and id, without reading any content.

        A record that turns out to be no item (in the trash, say) has a mark as well.
        """
        for kind in self.kinds() if kinds is None else kinds:
            if kind == "users/user" or kind.startswith("terms/"):
                for item in self.items([kind]):
                    yield Mark(item.key, kind, 0, digest_of([self._under, item.digest]))
                continue
            posts = kind.startswith("posts/") and kind not in (MEDIA_KIND, MENU_ITEM_KIND)
            files = self._file_digests() if kind == MEDIA_KIND else {}
            name = kind.partition("/")[2]
            sql, column = (_DERIVED, "derived_from") if posts else (_LIVE, "digest")
            last = -1
            while page := self._archive.query(
                sql, site=self._site, last=last, **({"type": name} if posts else {"kind": kind})
            ):
                for row in page:
                    last = int(str(row["id"]))
                    parts = [self._under, row[column], files.get(last, "")]
                    yield Mark(key_of(kind, last), kind, last, digest_of(parts))

    def _file_digests(self) -> dict[int, str]:
        files = self._archive.files(states=("stored",))
        return {file.attachment: file.sha256 for file in files}

    # -- terms and people

    def _terms(self, kind: str) -> Iterator[Item]:
        """A taxonomy's terms, parents first: a parent's path is the start of its child's."""
        taxonomy = kind.partition("/")[2]
        size, slug = -1, ""
        while page := self._archive.query(
            _TERMS, site=self._site, taxonomy=taxonomy, size=size, slug=slug
        ):
            for row in page:
                size, slug = len(str(row["path"])), str(row["slug"])
                fields = make.term_fields(row)
                needs = (fields["parent"],) if "parent" in fields else ()
                title = str(row["path"])
                yield Item(key_of(kind, row["slug"]), kind, fields, title, needs=needs)

    def _people(self) -> Iterator[Item]:
        users = [kind for kind in self._archive.kinds() if kind.startswith("users/")]
        last = ""
        while page := self._archive.query(_AUTHORS, site=self._site, last=last):
            first = {str(row["slug"]): _first(row["source_ids"]) for row in page}
            ids = sorted(id for id in first.values() if id)
            data = {
                current.id: current.data
                for kind in users
                for current in self._archive.current(kind, ids=ids)
            }
            for row in page:
                last = str(row["slug"])
                fields = make.person_fields(row, data.get(first[last], {}))
                url = string(data.get(first[last], {}).get("link"))
                key = key_of("users/user", last)
                if key in self._without:
                    continue
                yield Item(key, "users/user", fields, str(row["name"]), url)

    # -- records

    def _ids(self, kind: str) -> Sequence[int]:
        """The live records of a kind, parents first. Numbers only: 8 bytes a record."""
        found: list[int] = []
        while page := self._archive.query(
            _LIVE, site=self._site, kind=kind, last=found[-1] if found else -1
        ):
            found += [int(str(row["id"])) for row in page]
        if kind.startswith("comments/"):
            rows = self._archive.query(_REPLIES, site=self._site)
        else:
            name = kind.partition("/")[2]
            rows = self._archive.query(_PARENTS, site=self._site, type=name)
        parents = {int(str(row["id"])): int(str(row["parent"])) for row in rows}
        late = any(parent > id for id, parent in parents.items())
        return parents_first(found, parents) if late else found

    def _records(self, kind: str, ids: Iterable[int]) -> Iterator[Item]:
        rest = iter(ids)
        while some := list(islice(rest, _PAGE)):
            page = {one.id: one for one in self._archive.current(kind, ids=sorted(some))}
            live = [page[id] for id in some if id in page and page[id].state is State.LIVE]
            if not live:
                continue
            if kind == MEDIA_KIND:
                yield from self._attachments(live)
            elif kind == MENU_ITEM_KIND:
                yield from map(self._menu_item, live)
            elif kind.startswith("comments/"):
                yield from self._comments(live)
            else:
                yield from self._posts(kind, live)

    def _attachments(self, page: Sequence[Current]) -> Iterator[Item]:
        found = [(one, media_of(one, {})) for one in page]
        files = self._archive.files_of([media.url for _, media in found])
        for one, media in found:
            key = key_of(MEDIA_KIND, one.id)
            if key in self.twins:
                continue
            author = self.atlas.key("users/user", integer(one.data.get("author")))
            post = self.atlas.key("", media.parent) if media.parent else ""
            stored = files.get(media.url)
            file = None
            if stored is not None and stored.state == "stored":
                file = File(
                    self._archive.file_path(stored.sha256),
                    stored.sha256,
                    stored.size or 0,
                    media.url.rpartition("/")[2].partition("?")[0],
                    media.mime or stored.mime,
                    media.url,
                    media.sizes,
                )
            yield Item(
                key,
                MEDIA_KIND,
                make.attachment_fields(media, one.data, author, post),
                media.title,
                media.link,
                one.id,
                raw=make.raw_of(one.data.get("title")) is not None,
                file=file,
            )

    def _posts(self, kind: str, page: Sequence[Current]) -> Iterator[Item]:
        name = kind.partition("/")[2]
        ids = ",".join(str(one.id) for one in page)
        sql = f"{_POSTS} AND id IN ({ids})"
        rows = {row["id"]: row for row in self._archive.query(sql, site=self._site, type=name)}
        terms = self._of("post_terms", "taxonomy, slug, is_primary", name, ids)
        people = self._of("post_authors", "author", name, ids)
        related = self._of("related_posts", "url, title, state, target", name, ids)
        known = self._known_posts(related)
        posts = [post_of(one, {}) for one in page]
        there = self._there(_THERE, [post.parent for post in posts])
        for one, post in zip(page, posts, strict=True):
            data = one.data
            if post.status in make.NOT_PUBLISHED:
                continue
            row = rows.get(one.id, {})
            title = str(row.get("title", post.title))
            neighbours = [
                (known[entry["target"]], entry)
                for entry in related[one.id]
                if entry["state"] in _SEEN and entry["target"] in known
            ]
            pairs = [(str(there["link"]), str(there["title"])) for there, _ in neighbours]
            fields = make.post_fields(post, data)
            content = data.get("content")
            raw = make.raw_of(content)
            # Some servers fail at showing a post; its raw text is not what visitors see.
            blind = isinstance(content, Mapping) and not isinstance(content.get("rendered"), str)
            shown = "" if blind and raw is not None else rendered(content)
            shown = self._bodies.ruled(shown, title, post.link, one.id, pairs)
            body = (
                shown if raw is None else self._bodies.ruled(raw, title, post.link, one.id, pairs)
            )
            filed: dict[str, list[str]] = defaultdict(list)
            primary: dict[str, str] = {}
            for each in terms[one.id]:
                key = key_of(f"terms/{each['taxonomy']}", each["slug"])
                filed[str(each["taxonomy"])].append(key)
                if each["is_primary"]:
                    primary[str(each["taxonomy"])] = key
            authors = [key_of("users/user", each["author"]) for each in people[one.id]]
            # A parent that is gone is none: WordPress shows such a page at the top.
            parent = there.get(post.parent, "")
            needed = bool(parent) and one.id not in self._circling(name)
            fields |= make.filled(
                {
                    "content": body,
                    "author": key_of("users/user", row["author"]) if row.get("author") else "",
                    "authors": list(dict.fromkeys(authors)) if len(set(authors)) > 1 else [],
                    "terms": dict(filed),
                    "primary": primary,
                    "featured_media": self._media_key(post.featured_media),
                    "parent": parent,
                    "related": list(
                        dict.fromkeys(
                            key_of(f"posts/{there['type']}", entry["target"])
                            for there, entry in neighbours
                        )
                    ),
                }
            )
            yield Item(
                key_of(kind, one.id),
                kind,
                fields,
                title,
                post.link,
                one.id,
                needs=(parent,) if needed and parent.startswith(f"{kind}:") else (),
                raw=raw is not None,
                rendered=shown,
            )

    def _there(self, sql: str, ids: Iterable[int]) -> dict[int, str]:
        """Which of these the source still shows: their keys, or for comments just their ids."""
        wanted = sorted({id for id in ids if id})
        if not wanted:
            return {}
        rows = self._archive.query(sql.format(ids=",".join(map(str, wanted))), site=self._site)
        keys = {
            int(str(row["id"])): key_of(f"posts/{row.get('type', '')}", row["id"]) for row in rows
        }
        return {id: self.twins.get(key, key) for id, key in keys.items()}

    def _circling(self, name: str) -> frozenset[int]:
        """Posts of a type that are their own ancestors, and need nobody: else none could begin."""
        if name not in self._circles:
            rows = self._archive.query(_PARENTS, site=self._site, type=name)
            self._circles[name] = circling(
                {int(str(row["id"])): int(str(row["parent"])) for row in rows}
            )
        return self._circles[name]

    def _media_key(self, id: int) -> str:
        key = key_of(MEDIA_KIND, id) if id else ""
        return self.twins.get(key, key)

    def _of(self, table: str, columns: str, name: str, ids: str) -> dict[int, list[Any]]:
        """Rows of a page's posts, by post."""
        sql = _OF_POSTS.format(table=table, columns=columns, ids=ids)
        found: dict[int, list[Any]] = defaultdict(list)
        for row in self._archive.query(sql, site=self._site, type=name):
            found[int(str(row["post"]))].append(row)
        return found

    def _known_posts(self, related: Mapping[int, Sequence[Any]]) -> dict[int, Any]:
        targets = {row["target"] for rows in related.values() for row in rows if row["target"]}
        if not targets:
            return {}
        sql = _TITLES.format(ids=",".join(map(str, sorted(targets))))
        return {int(str(row["id"])): row for row in self._archive.query(sql, site=self._site)}

    def _menu_item(self, one: Current) -> Item:
        data = one.data
        fields = make.menu_item_fields(data)
        menu = integer(data.get("menus"))
        parent = integer(data.get("parent"))
        object_id = integer(data.get("object_id"))
        family = {"taxonomy": "terms", "post_type": "posts"}.get(fields.get("item_type", ""), "")
        kind = f"{family}/{fields.get('object_type', '')}"
        fields |= make.filled(
            {
                "menu": self.atlas.key(MENU_KIND, menu) if menu else "",
                "parent": key_of(MENU_ITEM_KIND, parent) if parent else "",
                "object": self.atlas.key(kind, object_id) if family and object_id else "",
            }
        )
        title = plain(fields.get("title", "")) or fields.get("url", "")
        needs = tuple(fields[name] for name in ("menu", "parent") if name in fields)
        key = key_of(MENU_ITEM_KIND, one.id)
        return Item(key, MENU_ITEM_KIND, fields, title, id=one.id, needs=needs)

    def _comments(self, page: Sequence[Current]) -> Iterator[Item]:
        """A page of comments; those on what is gone are gone with it."""
        posts = self._there(_THERE, [integer(one.data.get("post")) for one in page])
        parents = self._there(_SAID, [integer(one.data.get("parent")) for one in page])
        for one in page:
            data = one.data
            fields = make.comment_fields(data)
            post = posts.get(integer(data.get("post")), "")
            if fields.get("status") in make.NOT_SHOWN or not post:
                continue
            parent, author = integer(data.get("parent")), integer(data.get("author"))
            fields |= make.filled(
                {
                    "post": post,
                    "parent": key_of(one.kind, parent) if parent in parents else "",
                    "author": self.atlas.key("users/user", author) if author else "",
                }
            )
            title = f"{fields.get('author_name', '')}: {plain(fields.get('content', ''))[:60]}"
            needs = tuple(fields[name] for name in ("post", "parent") if name in fields)
            link = string(data.get("link"))
            yield Item(key_of(one.kind, one.id), one.kind, fields, title, link, one.id, needs)


def _first(ids: object) -> int:
    found = json.decode(str(ids), type=list[int])
    return found[0] if found else 0

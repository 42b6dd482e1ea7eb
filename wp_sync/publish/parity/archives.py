"""Two archives compared thing by thing: whether the new site holds what the old one held.

Both are normalized; the old one by the rules that the move was made with. Things are matched by
what they are, never by number: a post by its address below home, else by its slug, else by title
and date; a term by taxonomy and slug; a file by its name. Differences that the move explains (other
host, other numbers, other spelling of the same blocks, the rules' terms) are told apart from real
ones. Reads both through their ports, writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from wp_sync.archive.base import SiteArchive
from wp_sync.normalize.links.web_address import plain_path
from wp_sync.normalize.text import folded_words
from wp_sync.progress import Progress, Stop
from wp_sync.publish.blocks import canonical_markup
from wp_sync.publish.parity.compare import around
from wp_sync.publish.parity.nouns import Difference, Findings, Parity

_PAGE = 200
_POSTS = """SELECT id, type, slug, title, link, status, author, published_at, excerpt, content,
    featured_media FROM posts WHERE site = :site AND state = 'live' AND id > :last
    ORDER BY id LIMIT :most"""
_KEYS = """SELECT id, type, slug, title, link, published_at FROM posts
    WHERE site = :site AND state = 'live' AND id > :last ORDER BY id LIMIT :most"""
_TERMS = "SELECT taxonomy, slug, name, path FROM terms WHERE site = :site ORDER BY taxonomy, slug"
_MEDIA = """SELECT id, url, title, alt, mime FROM media
    WHERE site = :site AND state = 'live' AND id > :last ORDER BY id LIMIT :most"""
# Not pages that a visitor reads: numbers, menus and settings of a theme.
_UNREAD = frozenset(
    ("nav_menu_item", "wp_global_styles", "custom_css", "wp_template", "wp_template_part",
     "wp_navigation", "wp_font_family", "wp_font_face", "oembed_cache", "customize_changeset")
)  # fmt: skip
_PLAIN = ("title", "slug", "status", "published_at", "author", "excerpt")
_NUMBERS = re.compile(
    r"(?<=wp-image-)\d+|(?<=\"id\":)\d+|(?<=\"mediaId\":)\d+|(?<=data-id=\")\d+"
    r"|(?<=attachment_)\d+|(?<=wp-att-)\d+|(?<=\"ids\":\[)[\d,]+"
)
_SPACES = re.compile(r"\s+")
_BETWEEN = re.compile(r">\s+<")
Row = Mapping[str, Any]


class Side:
    """One archive of the two, as the comparison reads it."""

    def __init__(self, archive: SiteArchive) -> None:
        known = archive.site()
        self.archive = archive
        self.site = known.key if known else ""
        self.home = (known.home if known else "").rstrip("/")
        parts = urlsplit(self.home)
        self._base = plain_path(parts.path)
        host = re.escape((parts.netloc or self.site.partition("/")[0]).removeprefix("www."))
        base = re.escape(parts.path.rstrip("/"))
        slash = r"(?:/|\\/)"
        base = base.replace("/", slash)
        self._own = re.compile(
            rf"(?:https?:)?{slash}{slash}(?:www\.)?{host}{base}(?=[/\\\"'?#\s<&]|$)", re.IGNORECASE
        )

    def path(self, link: str) -> str:
        """An address below home, as addresses are compared."""
        path = plain_path(urlsplit(link).path).lower()
        return path[len(self._base) :].strip("/") if self._base else path

    def hostless(self, text: str) -> str:
        """A text whose addresses of the site itself begin below home."""
        return self._own.sub("", text)

    def own_in(self, text: str) -> str:
        """The first address of this site in a text, with what follows it; empty for none."""
        match = self._own.search(text)
        return text[match.start() : match.end() + 60] if match else ""

    def pages(self, sql: str) -> Iterator[Sequence[Row]]:
        last = -1
        while True:
            page = self.archive.query(sql, site=self.site, last=last, most=_PAGE)
            if page:
                yield page
            if len(page) < _PAGE:
                return
            last = int(str(page[-1]["id"]))

    def rows(self, sql: str, ids: Sequence[int]) -> dict[int, Row]:
        """Rows by their numbers."""
        found: dict[int, Row] = {}
        for start in range(0, len(ids), _PAGE):
            some = ids[start : start + _PAGE]
            names = {f"id{number}": id for number, id in enumerate(some)}
            holders = ", ".join(f":{name}" for name in names)
            for row in self.archive.query(sql.format(ids=holders), site=self.site, **names):
                found[int(str(row["id"]))] = row
        return found

    def terms_of(self, first: int, last: int) -> dict[tuple[int, str], set[str]]:
        """What posts are filed under: ``taxonomy/slug``."""
        found: dict[tuple[int, str], set[str]] = {}
        rows = self.archive.query(
            "SELECT post, post_type, taxonomy, slug FROM post_terms WHERE site = :site"
            " AND post BETWEEN :first AND :last",
            site=self.site,
            first=first,
            last=last,
        )
        for row in rows:
            key = int(str(row["post"])), str(row["post_type"])
            found.setdefault(key, set()).add(f"{row['taxonomy']}/{row['slug']}")
        return found

    def file_of(self, ids: Sequence[int]) -> dict[int, str]:
        """The names of files, by the numbers of their attachments."""
        sql = "SELECT id, url FROM media WHERE site = :site AND id IN ({ids})"
        return {id: _file(str(row["url"])) for id, row in self.rows(sql, ids).items()}


def _file(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2].lower()


def compare(ours: SiteArchive, theirs: SiteArchive, progress: Progress, stop: Stop) -> Parity:
    """What of our archive the other one holds, and what differs."""
    return _Comparison(Side(ours), Side(theirs), progress, stop).run()


class _Comparison:
    def __init__(self, ours: Side, theirs: Side, progress: Progress, stop: Stop) -> None:
        self.ours, self.theirs = ours, theirs
        self.progress, self.stop = progress, stop
        self.findings = Findings()
        self.items: dict[str, list[int]] = {}

    def run(self) -> Parity:
        self._posts()
        self._terms()
        self._media()
        found = self.findings
        return Parity(
            self.theirs.site,
            self.ours.site,
            dict(found.counts),
            {kind: (here, there) for kind, (here, there) in sorted(self.items.items())},
            tuple(found.found),
            found.left_out,
        )

    def _count(self, kind: str, side: int) -> None:
        self.items.setdefault(kind, [0, 0])[side] += 1

    # -- posts

    def _posts(self) -> None:
        by_path: dict[tuple[str, str], int] = {}
        by_slug: dict[tuple[str, str], int] = {}
        by_title: dict[tuple[str, str, str], int] = {}
        left: dict[int, tuple[str, str, str]] = {}
        for page in self.theirs.pages(_KEYS):
            for row in page:
                id, type, slug = int(str(row["id"])), str(row["type"]), str(row["slug"])
                if type in _UNREAD:
                    continue
                self._count(f"posts/{type}", 1)
                left[id] = type, str(row["title"]), str(row["link"])
                by_path.setdefault((type, self.theirs.path(str(row["link"]))), id)
                # 0 for a name that several have: it says nothing.
                by_slug[type, slug] = 0 if (type, slug) in by_slug else id
                named = type, str(row["title"]), str(row["published_at"])
                by_title[named] = 0 if named in by_title else id
        self.progress.stage("posts", len(left))

        def other(row: Row) -> int:
            type, slug = str(row["type"]), str(row["slug"])
            found = by_path.get((type, self.ours.path(str(row["link"]))), 0)
            if found not in left:
                found = by_slug.get((type, slug), 0)
            if found not in left:
                found = by_title.get((type, str(row["title"]), str(row["published_at"])), 0)
            return found if found in left else 0

        for page in self.ours.pages(_POSTS):
            self.stop.check()
            rows = [row for row in page if row["type"] not in _UNREAD]
            pairs = []
            for row in rows:
                self._count(f"posts/{row['type']}", 0)
                id = other(row)
                if id:
                    left.pop(id)
                    pairs.append((row, id))
                else:
                    self._only("missing", f"posts/{row['type']}", row, self.ours)
            self._compare(pairs)
            self.progress.advance(len(page))
        for id, (type, title, link) in sorted(left.items()):
            shown = {"id": id, "title": title, "link": link}
            self._only("extra", f"posts/{type}", shown, self.theirs)

    def _only(self, state: Any, kind: str, row: Row, side: Side) -> None:
        link = str(row["link"])
        urls = {"source_url" if side is self.ours else "target_url": link}
        one = Difference(state, kind, f"{kind}:{row['id']}", str(row["title"]), **urls)
        self.findings.thing([one])

    def _compare(self, pairs: Sequence[tuple[Row, int]]) -> None:
        if not pairs:
            return
        ids = sorted(id for _, id in pairs)
        there = self.theirs.rows(
            "SELECT id, type, slug, title, link, status, author, published_at, excerpt, content,"
            " featured_media FROM posts WHERE site = :site AND id IN ({ids})",
            ids,
        )
        mine = [int(row["id"]) for row, _ in pairs]
        our_terms = self.ours.terms_of(min(mine), max(mine))
        their_terms = self.theirs.terms_of(ids[0], ids[-1])
        our_files = self.ours.file_of([int(row["featured_media"]) for row, _ in pairs])
        their_files = self.theirs.file_of([int(row["featured_media"]) for row in there.values()])
        for row, id in pairs:
            held = there[id]
            type = str(row["type"])
            found = [*self._fields(row, held)]
            found += self._sets(
                row,
                held,
                "terms",
                our_terms.get((int(row["id"]), type), set()),
                their_terms.get((id, type), set()),
            )
            files = (
                our_files.get(int(row["featured_media"]), ""),
                their_files.get(int(held["featured_media"]), ""),
            )
            if files[0] != files[1]:
                found.append(self._difference("differs", row, held, "featured_media", *files))
            self._tell(f"posts/{type}", found)

    def _tell(self, kind: str, found: list[Difference]) -> None:
        if found:
            self.findings.thing(found)
        if not any(one.state == "differs" for one in found):
            self.findings.same(kind)

    def _fields(self, row: Row, held: Row) -> Iterator[Difference]:
        for name in _PLAIN:
            ours, theirs = str(row[name]), str(held[name])
            if name == "excerpt":
                ours, theirs = folded_words(ours), folded_words(theirs)
            if ours != theirs:
                yield self._difference("differs", row, held, name, *around(ours, theirs))
        ours_path = self.ours.path(str(row["link"]))
        theirs_path = self.theirs.path(str(held["link"]))
        if ours_path != theirs_path:
            paths = f"/{ours_path}", f"/{theirs_path}"
            yield self._difference("differs", row, held, "address", *paths)
        ours, theirs = str(row["content"]), str(held["content"])
        if self.ours.site != self.theirs.site and (old := self.ours.own_in(theirs)):
            yield self._difference("link", row, held, "content", "", old)
        if ours == theirs:
            return
        why, ours, theirs = self._explained(ours, theirs)
        state = "explained" if why else "differs"
        shown = (why, "") if why else around(ours, theirs)
        yield self._difference(state, row, held, "content", *shown)

    def _explained(self, ours: str, theirs: str) -> tuple[str, str, str]:
        """Why two bodies are the same though their letters differ; empty, and both as far as they
        could be made alike, where they are not."""
        reasons = []
        for words, alike in _ALIKE:
            before = ours, theirs
            ours, theirs = alike(self.ours, ours), alike(self.theirs, theirs)
            if (ours, theirs) != before:
                reasons.append(words)
            if ours == theirs:
                return ", ".join(reasons), ours, theirs
        return "", ours, theirs

    def _sets(
        self, row: Row, held: Row, name: str, ours: set[str], theirs: set[str]
    ) -> Iterator[Difference]:
        if ours != theirs:
            shown = ", ".join(sorted(ours - theirs)), ", ".join(sorted(theirs - ours))
            yield self._difference("differs", row, held, name, *shown)

    def _difference(
        self, state: Any, row: Row, held: Row, name: str, ours: str, theirs: str
    ) -> Difference:
        kind = f"posts/{row['type']}"
        return Difference(
            state, kind, f"{kind}:{row['id']}", str(row["title"]), name, ours, theirs,
            str(row["link"]), str(held["link"]), str(held["id"]),
        )  # fmt: skip

    # -- terms and files

    def _terms(self) -> None:
        """Terms after our rules; a source's term that the rules renamed or merged is explained."""
        theirs = {
            (str(row["taxonomy"]), str(row["slug"])): row
            for row in self.theirs.archive.query(_TERMS, site=self.theirs.site)
        }
        for taxonomy, _ in theirs:
            self._count(f"terms/{taxonomy}", 1)
        changed = self._decided()
        for row in self.ours.archive.query(_TERMS, site=self.ours.site):
            key = str(row["taxonomy"]), str(row["slug"])
            kind = f"terms/{key[0]}"
            self._count(kind, 0)
            held = theirs.pop(key, None)
            name = f"{kind}:{key[1]}"
            title = str(row["name"])
            if held is None:
                self.findings.thing([Difference("missing", kind, name, title)])
                continue
            found = [
                Difference("differs", kind, name, title, field, str(row[field]), str(held[field]))
                for field in ("name", "path")
                if row[field] != held[field]
            ]
            if key in changed and not found:
                found = [Difference("explained", kind, name, title, "rules", changed[key])]
            self._tell(kind, found)
        for (taxonomy, slug), row in sorted(theirs.items()):
            kind = f"terms/{taxonomy}"
            one = Difference("extra", kind, f"{kind}:{slug}", str(row["name"]))
            self.findings.thing([one])

    def _decided(self) -> dict[tuple[str, str], str]:
        """What our rules made of the old site's terms, by the term that they became."""
        rows = self.ours.archive.query(
            "SELECT source_name, action, to_taxonomy, to_slug, rule FROM term_sources"
            " WHERE site = :site AND to_slug <> '' AND action NOT IN ('kept', 'unmapped')"
            " ORDER BY taxonomy, source_id",
            site=self.ours.site,
        )
        return {
            (str(row["to_taxonomy"]), str(row["to_slug"])): (
                f"“{row['source_name']}” was {row['action']} by {row['rule'] or 'the rules'}"
            )
            for row in rows
        }

    def _media(self) -> None:
        kind = "posts/attachment"
        there: dict[str, int] = {}
        for page in self.theirs.pages(_MEDIA):
            for row in page:
                self._count(kind, 1)
                name = _file(str(row["url"]))
                there[name] = there.get(name, 0) + 1
        for page in self.ours.pages(_MEDIA):
            self.stop.check()
            for row in page:
                self._count(kind, 0)
                name = _file(str(row["url"]))
                if there.get(name):
                    there[name] -= 1
                    self.findings.same(kind)
                else:
                    key = f"{kind}:{row['id']}"
                    one = Difference("missing", kind, key, name, source_url=str(row["url"]))
                    self.findings.thing([one])
        for name, count in sorted(there.items()):
            for _ in range(count):
                self.findings.thing([Difference("extra", kind, f"{kind}:{name}", name)])


def _host(side: Side, text: str) -> str:
    return side.hostless(text)


def _numbers(_side: Side, text: str) -> str:
    return _NUMBERS.sub("0", text)


def _blocks(_side: Side, text: str) -> str:
    return canonical_markup(text)


def _spaces(_side: Side, text: str) -> str:
    return _BETWEEN.sub("><", _SPACES.sub(" ", text)).strip()


# What a move changes without changing anything, in the order in which it is looked for.
_ALIKE: Sequence[tuple[str, Callable[[Side, str], str]]] = (
    ("the host", _host),
    ("numbers of records", _numbers),
    ("the spelling of blocks", _blocks),
    ("white space", _spaces),
)

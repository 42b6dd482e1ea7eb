"""What a link becomes on the new site, by ``links.toml``: decided here, written by `rewrite`.

Links into the site lead to the same record at its new address, with what stood behind it (a feed, a
page, arguments, an anchor); links to other sites follow the owner's list; trackers go where they
are to. What is neither stays as it is. Asks the archive nothing: addresses of records come from a
function.
"""

from __future__ import annotations

from collections.abc import Callable

from wp_sync.archive.base import SiteArchive
from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.links.addresses import Found
from wp_sync.normalize.links.permalinks import PermalinkFacts, permalink
from wp_sync.normalize.links.rewrite import Decide
from wp_sync.normalize.links.urls import ID_ARGUMENTS, Address, Meaning, UrlIndex
from wp_sync.normalize.links.web_address import parse_address
from wp_sync.normalize.rules import LinkRules
from wp_sync.normalize.text import decoded_slug, string

AddressOf = Callable[[str, int], str]  # (kind, id) to a path under the new home; empty: keep it
_STAYS = frozenset(("mail", "phone", "script", "data", "other", "anchor"))


def no_address(_kind: str, _id: int) -> str:
    """Every record keeps the path that it has."""
    return ""


_NAMED_BY = {"terms/category": "cat", "terms/post_tag": "tag", "users/user": "author"}


class Moves:
    """The decisions of ``links.toml`` over one site's addresses."""

    def __init__(
        self, index: UrlIndex, rules: LinkRules, address_of: AddressOf = no_address
    ) -> None:
        self._index = index
        self._rules = rules
        self._address_of = address_of
        # The longest prefix first; of two as long, by name.
        self._external = sorted(rules.external, key=lambda rule: (-len(rule.old), rule.old))

    @property
    def needed(self) -> bool:
        """Whether the rules may change any link at all."""
        return bool(self._rules.new.home or self._rules.external or self._rules.clean)

    def of(self, link: str, id: int) -> Decide:
        """The decision for the links of one post, whose own address is ``link``."""
        base = self._index.base(link)

        def decide(found: Found) -> str | None:
            return self.becomes(found.url, base, id)

        return decide

    def becomes(self, url: str, base: Address, self_id: int = 0) -> str | None:
        """The new address of a link that stands on the page ``base``; None: it stays."""
        if url.startswith("#"):
            return None
        meaning = self._index.meaning(url, base, self_id)
        address = parse_address(url, base)
        if meaning.type in _STAYS or address is None:
            return None
        if meaning.state == "outside":
            return self._outside(address, meaning)
        new = self._rules.new
        if not new.home:
            return self._cleaned(address, meaning)
        if meaning.kind == MEDIA_KIND and meaning.via == "file":
            return self._file(address)
        path = ""
        if meaning.target:
            path = self._address_of(meaning.kind, meaning.target)
        if path:
            path = path.rstrip("/") + meaning.suffix + ("/" if path.endswith("/") else "")
            query = arguments_of(meaning)
        else:
            query = query_of(meaning)
            there = parse_address(meaning.resolved) or address
            below = self._index.below_home(there)
            if below is None:
                return None
            path = below
        fragment = "" if address.fragment is None else f"#{address.fragment}"
        return f"{new.home}{path}{'?' if query else ''}{query}{fragment}"

    def _outside(self, address: Address, meaning: Meaning) -> str | None:
        where = address.host.removeprefix("www.") + address.path
        for rule in self._external:
            rest = where[len(rule.old) :]
            if where.startswith(rule.old) and (not rest or rest[0] == "/"):
                new = rule.new if "//" in rule.new else f"https://{rule.new}"
                query = query_of(meaning)
                fragment = "" if address.fragment is None else f"#{address.fragment}"
                return f"{new}{rest}{'?' if query else ''}{query}{fragment}"
        return self._cleaned(address, meaning)

    def _cleaned(self, address: Address, meaning: Meaning) -> str | None:
        query = query_of(meaning)
        if not self._rules.clean or query == address.query.replace("&amp;", "&"):
            return None
        return str(address._replace(query=query))

    def _file(self, address: Address) -> str | None:
        if address.host.endswith(".wp.com"):  # the image proxy wraps the real address
            address = parse_address(f"https:/{address.path}") or address
        path = self._index.below_home(address)
        if path is None:
            return None
        uploads, folder = self._rules.new.uploads, "/wp-content/uploads/"
        if uploads and path.startswith(folder):
            return uploads + path[len(folder) - 1 :]
        return self._rules.new.home + path


def query_of(meaning: Meaning) -> str:
    """The arguments of the resolved address: those of the link, without trackers."""
    return meaning.resolved.partition("#")[0].partition("?")[2]


def arguments_of(meaning: Meaning) -> str:
    """The arguments of a record's address beside those that name it, as ``?p=7`` does for a draft,
    and for everything where permalinks are plain: at another address they would mislead."""
    if meaning.via in ("id", "shortlink", "redirect"):
        return ""
    naming = (*ID_ARGUMENTS, _NAMED_BY.get(meaning.kind, meaning.kind.partition("/")[2]))
    names = (part.partition("=")[0] for part in query_of(meaning).split("&"))
    return "" if any(name in naming for name in names) else query_of(meaning)


def archived_addresses(archive: SiteArchive, rules: LinkRules) -> AddressOf:
    """New addresses of posts (not of pages, whose path stays), asked of the archive one by one.

    The last 50,000 are remembered; an export that walks a site asks for each about once.
    """
    structure = rules.new.permalinks
    site = archive.site()
    known: dict[tuple[str, int], str] = {}

    def address_of(kind: str, id: int) -> str:
        if not structure or kind != "posts/post" or site is None:
            return ""
        found = known.get((kind, id))
        if found is None:
            if len(known) >= 50_000:
                known.clear()
            found = known[kind, id] = archived_address(archive, site.key, structure, kind, id)
        return found

    return address_of


_CATEGORY = """
    SELECT t.slug, t.path, t.parent FROM post_terms AS pt
    JOIN terms AS t ON t.site = pt.site AND t.taxonomy = pt.taxonomy AND t.slug = pt.slug
    WHERE pt.site = :site AND pt.post = :post AND pt.post_type = 'post'
      AND pt.taxonomy = 'category'
    ORDER BY pt.is_primary DESC, pt.position LIMIT 1
"""
_PARENT = (
    "SELECT slug, parent FROM terms WHERE site = :site AND taxonomy = 'category' AND slug = :slug"
)
_AUTHOR = "SELECT author FROM posts WHERE site = :site AND id = :post AND type = 'post'"


def archived_address(archive: SiteArchive, site: str, structure: str, kind: str, id: int) -> str:
    """The path of a post under a permalink structure; empty where the archive has no such post."""
    current = next(iter(archive.current(kind, ids=[id])), None)
    if current is None:
        return ""
    category = author = ""
    if "%category%" in structure:
        slugs: list[str] = []
        rows = archive.query(_CATEGORY, site=site, post=id)
        while rows and len(slugs) < 50 and rows[0]["slug"] not in slugs:
            slugs.insert(0, str(rows[0]["slug"]))
            parent = str(rows[0]["parent"])
            rows = archive.query(_PARENT, site=site, slug=parent) if parent else []
        category = "/".join(slugs)
    if "%author%" in structure:
        author = "".join(str(row["author"]) for row in archive.query(_AUTHOR, site=site, post=id))
    slug = decoded_slug(string(current.data.get("slug")))
    date = string(current.data.get("date")) or string(current.data.get("date_gmt"))
    return permalink(structure, PermalinkFacts(id, slug, date, category, author))

"""A body of the source as it has to stand at a WordPress target: every address and id right.

Addresses and digits are spliced in where they stand; no other byte is touched. What points to
something that is not at the target yet is left as it is and told, so that only such bodies are
written a second time. Asks nothing of the network.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.links.addresses import Found
from wp_sync.normalize.links.moves import arguments_of, query_of
from wp_sync.normalize.links.scan import Scan, scan
from wp_sync.normalize.links.urls import Meaning
from wp_sync.publish.base import Atlas, Item, Spot
from wp_sync.publish.wordpress.files import file_for, query_for, same_file
from wp_sync.publish.wordpress.references import Reference, image_ids, references

_STAYS = frozenset(("mail", "phone", "script", "data", "other", "anchor"))
_MACHINERY = ("/wp-content/", "/wp-includes/")
Locate = Callable[[str], Spot | None]


@dataclass(frozen=True, slots=True)
class Text:
    """A body in the target's words; ``missing`` are keys of what it points to and is not there."""

    body: str
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Texts:
    """Bodies for one target.

    Args:
        home: the target's home address, without a slash at the end.
        structure: its permalink structure for posts; empty where it is not known.
        pretty: whether its permalinks are more than ``?p=7``.
    """

    def __init__(self, home: str, structure: str = "", *, pretty: bool = True) -> None:
        self.home = home.rstrip("/")
        self.structure = structure
        self.pretty = pretty
        self._origin = self.home.removesuffix(urlsplit(self.home).path)

    def text(self, body: str, item: Item, atlas: Atlas, locate: Locate | None = None) -> Text:
        """``body``, a text of ``item``, with the target's addresses and ids."""
        if not body:
            return Text(body)
        one = _One(self, item, atlas, locate or atlas.at)
        return one.text(body)

    def address(self, url: str, item: Item, atlas: Atlas, locate: Locate | None = None) -> Text:
        """The same for one address that stands by itself (a menu item's, say)."""
        one = _One(self, item, atlas, locate or atlas.at)
        found = Found(url, 0, len(url), ("plain",), "", "")
        new = one.becomes(found, atlas.meaning(url, item), 0)
        if new is None:
            new = atlas.outside(url, item)
        return Text(new or url, tuple(one.missing), tuple(one.notes))

    def relative(self, path: str) -> str:
        """The absolute address of a path at the target."""
        return self._origin + path


class _One:
    """One body's rewriting."""

    def __init__(self, site: Texts, item: Item, atlas: Atlas, locate: Locate) -> None:
        self._site = site
        self._item = item
        self._atlas = atlas
        self._locate = locate
        self.missing: dict[str, None] = {}
        self.notes: dict[str, None] = {}

    def text(self, body: str) -> Text:
        scanned = scan(body)
        pictures = image_ids(scanned)
        starts = sorted(pictures)

        def decide(found: Found, meaning: Meaning) -> str | None:
            picture = 0
            if found.element == "img" and starts:
                place = bisect_right(starts, found.start) - 1
                if place >= 0 and found.layers[0] == "attribute":
                    picture = self._picture(scanned, starts[place], found, pictures)
            return self.becomes(found, meaning, picture)

        moved = self._atlas.rewrite(body, self._item, decide, scanned)
        body = self._ids(scanned if moved == body else scan(moved))
        return Text(body, tuple(self.missing), tuple(self.notes))

    @staticmethod
    def _picture(scanned: Scan, start: int, found: Found, pictures: dict[int, int]) -> int:
        """The attachment that the class of the ``img`` around an address names; 0 for none."""
        end = scanned.source.find(">", start)
        return pictures[start] if end < 0 or found.start < end else 0

    # -- addresses

    def becomes(self, found: Found, meaning: Meaning, picture: int) -> str | None:
        """The new address of a link; the old one where it stays, None for the owner's rules."""
        if meaning.type in _STAYS or found.url.startswith("#"):
            return found.url
        if meaning.state == "outside":
            return self._by_class(found, picture)
        key = self._atlas.meant(meaning)
        if key and meaning.kind == MEDIA_KIND and meaning.via == "file":
            return self._file(found, meaning, key)
        if key:
            return self._record(found, meaning, key)
        below = self._below(meaning.resolved)
        if below is None:
            return None
        if below.startswith(_MACHINERY):
            by_class = self._by_class(found, picture, sure=True)
            if by_class is None:
                self.notes[f"{found.url} is no file that was copied: its address stays"] = None
            return by_class
        return self._spelled(found, self._site.home + below, meaning, query_of(meaning))

    def _by_class(self, found: Found, picture: int, *, sure: bool = False) -> str | None:
        """By ``wp-image-7``, where the address says nothing (a CDN's, a file's that is gone)."""
        spot = self._attachment(picture) if picture else None
        if spot is None or not (sure or same_file(found.url, spot.facts)):
            return None
        return file_for(found.url, spot.facts) or None

    def _attachment(self, id: int) -> Spot | None:
        key = self._atlas.key("", id)
        return self._locate(key) if key.startswith(f"{MEDIA_KIND}:") else None

    def _file(self, found: Found, meaning: Meaning, key: str) -> str | None:
        spot = self._locate(key)
        if spot is None:
            self.missing[key] = None
            return None
        new = file_for(meaning.resolved.partition("?")[0].partition("#")[0], spot.facts)
        if not new:
            return None
        query = query_for(query_of(meaning))
        return self._spelled(found, new, meaning, query)

    def _record(self, found: Found, meaning: Meaning, key: str) -> str | None:
        spot = self._locate(key)
        url = spot.url if spot else self._predicted(meaning, key)
        if not url:
            self.missing[key] = None
            return None
        suffix = meaning.suffix
        if suffix and "?" not in url:
            url = url.rstrip("/") + suffix + ("/" if url.endswith("/") else "")
        return self._spelled(found, url, meaning, arguments_of(meaning))

    def _predicted(self, meaning: Meaning, key: str) -> str:
        """The address that something will have once it is there; empty where nobody can say."""
        site = self._site
        if not site.pretty or meaning.state == "unpublished":
            return ""
        if key.startswith("posts/post:") and site.structure:
            path = self._atlas.path(key, site.structure)
            return site.home + path if path else ""
        if meaning.via != "address" or key.startswith(f"{MEDIA_KIND}:"):
            return ""
        below = self._below(meaning.resolved.partition("?")[0].partition("#")[0])
        if below is None:
            return ""
        bare = below.rstrip("/").removesuffix(meaning.suffix).rstrip("/")
        return f"{site.home}{bare}/"

    def _below(self, url: str) -> str | None:
        """The path of an address below the source's home."""
        try:
            path = urlsplit(url).path or "/"
            base = urlsplit(self._atlas.home).path.rstrip("/")
        except ValueError:
            return None
        if base and (path == base or path.startswith(f"{base}/")):
            path = path[len(base) :]
        return path or "/"

    def _spelled(self, found: Found, address: str, meaning: Meaning, query: str) -> str:
        if query:
            address += ("&" if "?" in address else "?") + query
        if "#" in meaning.resolved:
            address += "#" + meaning.resolved.partition("#")[2]
        own_path = found.url.startswith("/") and not found.url.startswith("//")
        if own_path and self._site.relative(found.url) == address:
            return found.url  # it means the same at the target: it stays as its author wrote it
        return address

    # -- ids

    def _ids(self, scanned: Scan) -> str:
        body = scanned.source
        parts: list[str] = []
        at = 0
        for one in references(scanned):
            new = self._id(one)
            if new and new != body[one.start : one.end]:
                parts += (body[at : one.start], new)
                at = one.end
        return "".join((*parts, body[at:])) if parts else body

    def _id(self, one: Reference) -> str:
        """The target's id; empty where the source's stays."""
        if not one.id:
            return ""
        family = one.kind.partition("/")[0]
        if family == "posts":
            key = self._atlas.key("", one.id)
            if not key or (one.kind != "posts/" and not key.startswith(f"{one.kind}:")):
                key = ""
        else:
            key = self._atlas.key(one.kind, one.id)
        if not key:
            self.notes[f"{one.kind} {one.id} is in the text and not in the archive"] = None
            return ""
        spot = self._locate(key)
        if spot is None:
            self.missing[key] = None
            return ""
        return spot.id if spot.id.isdecimal() else ""

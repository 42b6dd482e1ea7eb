"""The links of a text as the new site has them, and the files that have to stand beside it.

Links to items lead to their new addresses, links to files of the library to copies in the text's
own bundle. What is not exported keeps its address at the source, spelled out.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.links.urls import Meaning
from wp_sync.publish.atlas import SourceAtlas
from wp_sync.publish.base import Item
from wp_sync.publish.files.names import apart, fold
from wp_sync.publish.static.addresses import in_links
from wp_sync.publish.static.layout import Layout
from wp_sync.publish.static.places import Place, Places


class Bundle:
    """The files beside one text, and all that the text was told of other items."""

    def __init__(self, layout: Layout, places: Places, place: Place) -> None:
        self._layout = layout
        self._places = places
        self._place = place
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()
        self.files: list[tuple[str, str]] = []  # name, sha256
        self.facts: dict[str, str] = {}

    def ask(self, key: str) -> Place | None:
        """Where an item stands; remembered as a fact that the text depends on."""
        found = self._places.get(key)
        if key != self._place.key:
            self.facts[key] = found.told if found else ""
        return found

    def file(self, key: str) -> str:
        """The name of a file of the library in this bundle; empty where its bytes are not there."""
        place = self.ask(key)
        if place is None or not place.address:
            return ""
        name = self._names.get(key)
        if name is None:
            name = place.folder
            if fold(name) in self._taken:
                name = apart(name, place.id)
            self._taken.add(fold(name))
            self._names[key] = name
            self.files.append((name, place.address))
        return name

    def file_url(self, key: str) -> str:
        name = self.file(key)
        return self._layout.media_url(self._place, quote(name)) if name else ""


class Linker:
    """Decides about the links of one text."""

    def __init__(
        self,
        atlas: SourceAtlas,
        places: Places,
        bundle: Bundle,
        item: Item,
        meanings: Mapping[str, Meaning],
    ) -> None:
        self._atlas = atlas
        self._places = places
        self._bundle = bundle
        self._item = item
        self._meanings = meanings  # as the archive knows them; what is not among them is asked for
        self._known: dict[str, str | None] = {}

    def becomes(self, url: str) -> str | None:
        """The address that a link of the text has on the new site; None: it stays."""
        if url not in self._known:
            meaning = self._meanings.get(url) or self._atlas.meaning(url, self._item)
            new = self._decide(url, meaning)
            self._known[url] = self._atlas.outside(url, self._item) if new is None else new
        return self._known[url]

    def url(self, place: Place) -> str:
        """The address of an item in a link."""
        return self._places.prefix + in_links(place.address)

    def _decide(self, url: str, meaning: Meaning) -> str | None:
        if url.startswith("#") or meaning.state in ("outside", "other"):
            return None if meaning.type != "system" else _spelled(url, meaning)
        mark = url.partition("#")[2]
        fragment = f"#{mark}" if mark else ""
        if meaning.state == "fragment":
            return fragment or None
        if meaning.target:
            key = self._atlas.meant(meaning)
            if meaning.kind == MEDIA_KIND:
                file = self._bundle.file_url(key)
                return file + fragment if file else _spelled(url, meaning)
            place = self._bundle.ask(key) if key else None
            return self.url(place) + fragment if place else _spelled(url, meaning)
        if meaning.type == "home":
            return f"{self._places.prefix}/{fragment}"
        return _spelled(url, meaning)


def _spelled(url: str, meaning: Meaning) -> str | None:
    """An address of the source in full, since a relative one would mean the new site."""
    return None if "//" in url[:8] else meaning.resolved or None

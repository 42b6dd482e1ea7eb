"""Hugo's files: page bundles below ``content/``, taxonomies with a page for each term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wp_sync.publish.files.base import Output
from wp_sync.publish.markdown.dialect import HUGO
from wp_sync.publish.static import starters
from wp_sync.publish.static.front_matter import Value
from wp_sync.publish.static.layout import Page, also, common, folders
from wp_sync.publish.static.places import Place, folder_of


class Hugo:
    name = "hugo"
    dialect = HUGO
    lists = False
    alias_files = False

    def text_path(self, page: Page) -> str:
        return f"{_folder(page.place)}/{'index' if _is_leaf(page.place) else '_index'}.md"

    def media_path(self, place: Place, name: str) -> str:
        return f"{_folder(place)}/{name}"

    def media_url(self, _place: Place, name: str, /) -> str:
        return name

    def alias_path(self, path: str) -> str:
        raise NotImplementedError("Hugo makes them itself")

    def front(self, page: Page) -> Mapping[str, Value]:
        found = common(page)
        if page.modified and page.modified != page.date:
            found["lastmod"] = page.modified
        if page.place.address != "/":
            found["url"] = page.place.address
        if page.aliases:
            found["aliases"] = list(page.aliases)
        if page.draft:
            found["draft"] = True
        if page.weight:
            found["weight"] = page.weight
        for taxonomy, names in folders(page).items():
            found[folder_of(taxonomy)] = names
        if page.authors:
            found["authors"] = [one.folder for one in page.authors]
        return found | also(page)

    def starter(self, title: str, taxonomies: Sequence[str], _home: bool, /) -> Sequence[Output]:
        return starters.hugo(title, [folder_of(name) for name in taxonomies])


def _is_leaf(place: Place) -> bool:
    return place.address != "/" and place.kind.startswith("posts/")


def _folder(place: Place) -> str:
    if place.address == "/" and place.kind.startswith("posts/"):
        return "content"
    family, _, name = place.kind.partition("/")
    section = "authors" if family == "users" else folder_of(name)
    return f"content/{section}/{place.folder}"

"""Astro's files: a content collection below ``src/content/``, files as served in ``public/``.

Pictures are not imported: one that Astro can't read would end the build, and the source's bytes are
what a mirror is to show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wp_sync.publish.files.base import Output
from wp_sync.publish.markdown.dialect import ASTRO
from wp_sync.publish.static import starters
from wp_sync.publish.static.addresses import file_behind, in_links
from wp_sync.publish.static.front_matter import Value
from wp_sync.publish.static.layout import Page, also, common, folders
from wp_sync.publish.static.places import Place, folder_of


class Astro:
    name = "astro"
    dialect = ASTRO
    lists = True
    alias_files = True

    def text_path(self, page: Page) -> str:
        family, _, name = page.place.kind.partition("/")
        section = "authors" if family == "users" else folder_of(name)
        return f"src/content/{section}/{page.place.folder}.md"

    def media_path(self, place: Place, name: str) -> str:
        return f"public{place.address}{name}"

    def media_url(self, place: Place, name: str) -> str:
        return f"{in_links(place.address)}{name}"

    def alias_path(self, path: str) -> str:
        return f"public/{file_behind(path)}"

    def front(self, page: Page) -> Mapping[str, Value]:
        found = common(page)
        if page.modified and page.modified != page.date:
            found["modified"] = page.modified
        found["permalink"] = page.place.address
        if page.draft:
            found["draft"] = True
        for taxonomy, names in folders(page).items():
            found[folder_of(taxonomy)] = names
        if page.authors:
            found["authors"] = [one.folder for one in page.authors]
        return found | also(page)

    def starter(self, title: str, _taxonomies: Sequence[str], _home: bool, /) -> Sequence[Output]:
        return starters.astro(title)

"""Eleventy's files: texts below ``content/`` with their addresses, files as served in ``public/``.

Of Eleventy's own words only those are used that need no plugin: ``tags`` make collections.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wp_sync.publish.files.base import Output
from wp_sync.publish.markdown.dialect import ELEVENTY
from wp_sync.publish.static import starters
from wp_sync.publish.static.addresses import file_behind
from wp_sync.publish.static.front_matter import Value
from wp_sync.publish.static.layout import Page, also, common, folders
from wp_sync.publish.static.places import Place, folder_of

_RESERVED = frozenset(("all", "page", "collections", "eleventy"))


class Eleventy:
    name = "eleventy"
    dialect = ELEVENTY
    lists = True
    alias_files = True

    def text_path(self, page: Page) -> str:
        family, _, name = page.place.kind.partition("/")
        section = "authors" if family == "users" else folder_of(name)
        return f"content/{section}/{page.place.folder}.md"

    def media_path(self, place: Place, name: str) -> str:
        return f"public{place.address}{name}"

    def media_url(self, _place: Place, name: str, /) -> str:
        return name

    def alias_path(self, path: str) -> str:
        return f"public/{file_behind(path)}"

    def front(self, page: Page) -> Mapping[str, Value]:
        found = common(page)
        if page.modified and page.modified != page.date:
            found["modified"] = page.modified
        found["permalink"] = False if page.draft else f"{page.place.address}index.html"
        if page.draft:
            found |= {"draft": True, "eleventyExcludeFromCollections": True}
        for taxonomy, names in folders(page).items():
            if taxonomy == "post_tag":
                names = [f"tag-{name}" if name in _RESERVED else name for name in names]
            found[folder_of(taxonomy)] = names
        if page.authors:
            found["authors"] = [one.folder for one in page.authors]
        # Else a text that speaks of templates is run as one.
        return found | also(page) | {"templateEngineOverride": "md"}

    def starter(self, title: str, _taxonomies: Sequence[str], home: bool, /) -> Sequence[Output]:
        return starters.eleventy(title, home)

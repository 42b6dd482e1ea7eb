"""Jekyll's files: ``_posts``, pages with their addresses, pictures where they will be served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wp_sync.publish.files.base import Output
from wp_sync.publish.markdown.dialect import JEKYLL
from wp_sync.publish.static import starters
from wp_sync.publish.static.addresses import file_behind
from wp_sync.publish.static.front_matter import Value
from wp_sync.publish.static.layout import Page, also, common, folders
from wp_sync.publish.static.places import Place, folder_of


class Jekyll:
    name = "jekyll"
    dialect = JEKYLL
    lists = True
    alias_files = True

    def text_path(self, page: Page) -> str:
        place = page.place
        if place.address == "/":
            return "index.md"
        if place.kind == "posts/post":
            if page.draft:
                return f"_drafts/{place.folder}.md"
            return f"_posts/{page.date[:10] or '1970-01-01'}-{place.folder}.md"
        family, _, name = place.kind.partition("/")
        section = "authors" if family == "users" else folder_of(name)
        return f"{section}/{place.folder}.md"

    def media_path(self, place: Place, name: str) -> str:
        return f"{place.address.strip('/')}/{name}".lstrip("/")

    def media_url(self, _place: Place, name: str, /) -> str:
        return name

    def alias_path(self, path: str) -> str:
        return file_behind(path)

    def front(self, page: Page) -> Mapping[str, Value]:
        found = common(page)
        if page.modified and page.modified != page.date:
            found["last_modified_at"] = page.modified
        found["permalink"] = page.place.address
        if page.draft:
            found["published"] = False
        for taxonomy, names in folders(page).items():
            found[folder_of(taxonomy)] = names
        if page.authors:
            found["authors"] = [one.folder for one in page.authors]
        # A text that speaks of templates must not be run as one.
        return found | also(page) | {"render_with_liquid": False}

    def starter(self, title: str, _taxonomies: Sequence[str], home: bool, /) -> Sequence[Output]:
        return starters.jekyll(title, home)

"""What an exported page is in no generator's words, and what each generator has to say. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from wp_sync.publish.files.base import Output
from wp_sync.publish.markdown.dialect import Dialect
from wp_sync.publish.static.front_matter import Value
from wp_sync.publish.static.places import Place


@dataclass(frozen=True, slots=True)
class Page:
    """A post, page, or a page about a term or person. Times are UTC with ``Z``.

    ``terms`` by taxonomy, each in the post's order, the primary one first; ``related`` and
    ``listed`` are (title, address) pairs; ``image`` is the name of a file beside the text.
    """

    place: Place
    title: str
    date: str = ""
    modified: str = ""
    draft: bool = False
    description: str = ""
    terms: Mapping[str, Sequence[Place]] = field(default_factory=dict)
    authors: Sequence[Place] = ()
    aliases: Sequence[str] = ()
    related: Sequence[tuple[str, str]] = ()
    image: str = ""
    image_alt: str = ""
    weight: int = 0
    sticky: bool = False
    format: str = ""
    template: str = ""


class Layout(Protocol):
    """How a generator wants its files.

    ``lists``: whether pages of terms and people list their posts themselves, since no template
    does. ``alias_files``: whether old addresses become small pages that lead on.
    """

    name: str
    dialect: Dialect
    lists: bool
    alias_files: bool

    def text_path(self, page: Page) -> str:
        """Where the text goes."""
        ...

    def media_path(self, place: Place, name: str) -> str:
        """Where a file beside a text goes."""
        ...

    def media_url(self, place: Place, name: str, /) -> str:
        """How the text calls it; ``name`` is safe in an address."""
        ...

    def alias_path(self, path: str) -> str:
        """Where the small page for an old address goes; ``path`` as in `Page.aliases`."""
        ...

    def front(self, page: Page) -> Mapping[str, Value]:
        """What stands above the text."""
        ...

    def starter(self, title: str, taxonomies: Sequence[str], home: bool, /) -> Sequence[Output]:
        """Files that make an empty folder a site; each written once, and a person's then.

        ``home``: one of the pages exported is the home page, so none is needed.
        """
        ...


def common(page: Page) -> dict[str, Value]:
    """What all four call the same."""
    found: dict[str, Value] = {"title": page.title}
    if page.date:
        found["date"] = page.date
    if page.description:
        found["description"] = page.description
    return found


def also(page: Page) -> dict[str, Value]:
    """What none of them has a word of its own for."""
    found: dict[str, Value] = {}
    if page.authors:
        found["author"] = ", ".join(one.title for one in page.authors)
    if page.image:
        found["featured_image"] = page.image
        if page.image_alt:
            found["featured_image_alt"] = page.image_alt
    if page.sticky:
        found["sticky"] = True
    if page.format:
        found["format"] = page.format
    if page.template:
        found["wp_template"] = page.template
    if page.related:
        found["related"] = [{"title": title, "url": url} for title, url in page.related]
    if page.place.id:
        found["wp_id"] = page.place.id
    return found


def folders(page: Page) -> dict[str, list[str]]:
    """The names of a page's terms by taxonomy: slugs, since names make folders nobody wants."""
    return {name: [one.folder for one in places] for name, places in page.terms.items() if places}


def redirect_page(url: str) -> bytes:
    """A page that leads on, for servers that know no redirects; ``url`` is safe in an address."""
    shown = url.replace("&", "&amp;").replace('"', "%22").replace("'", "%27")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{shown}</title>\n"
        f'<link rel="canonical" href="{shown}">\n<meta name="robots" content="noindex">\n'
        f'<meta http-equiv="refresh" content="0; url={shown}">\n</head>\n'
        f'<body><a href="{shown}">{shown}</a></body>\n</html>\n'
    ).encode()

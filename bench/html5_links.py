"""What html5lib's tree says of a fragment's links: an oracle for `wp_sync.normalize.links`.

Written from the HTML standard's lists, on a parser of another make; shares no
code with the scanner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import html5lib

_HTML = "{http://www.w3.org/1999/xhtml}"
_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_LAZY = ("data-src", "data-lazy-src", "data-orig-file", "data-large-file", "data-bg")
# Attributes that hold one address, by element (HTML standard, "Attributes" index).
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "a": ("href",), "area": ("href",), "link": ("href",), "base": ("href",),
    "img": ("src", "longdesc", *_LAZY), "iframe": ("src", *_LAZY), "embed": ("src",),
    "script": ("src",), "source": ("src", *_LAZY), "track": ("src",), "audio": ("src", *_LAZY),
    "video": ("src", "poster", *_LAZY), "object": ("data",), "form": ("action",),
    "button": ("formaction",), "input": ("src", "formaction"), "blockquote": ("cite",),
    "q": ("cite",), "ins": ("cite",), "del": ("cite",), "table": ("background",),
    "td": ("background",), "th": ("background",),
}  # fmt: skip
_SVG_LINKS = ("a", "image", "use")
_SRCSETS = ("srcset", "data-srcset", "data-lazy-srcset", "imagesrcset")
_CANDIDATE = re.compile(r"[\s,]*([^\s]*[^\s,])(?:\s*,|\s+[^,]*(?:,|$)|$)")
_CSS = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"'\s]*))\s*\)""", re.IGNORECASE)
_WORDS = re.compile(r"(?<![\w+.-])https?://[a-z0-9.-]+[a-z0-9](?::\d+)?(?:/[\w/-]*[\w/-])?", re.I)

Place = tuple[str, str, str]  # element, attribute, address


def links(source: str) -> list[Place]:
    """Every address in attributes, ``srcset`` and styles of the tree, in its order.

    An anchor that is never closed is opened anew in every paragraph that follows, as browsers do;
    these copies are not counted, since one tag in the source is one link.
    """
    builder: Any = html5lib.getTreeBuilder("etree")
    copies: list[Any] = []  # the elements themselves, so that no other gets the id of one

    class Noting(builder.elementClass):  # type: ignore[misc]
        def cloneNode(self) -> Any:
            copy = super().cloneNode()
            copies.append(copy._element)
            return copy

    class Builder(builder):  # type: ignore[misc]
        elementClass = Noting

        def reconstructActiveFormattingElements(self) -> None:
            before = list(self.activeFormattingElements)
            super().reconstructActiveFormattingElements()
            after = self.activeFormattingElements
            copies.extend(
                new._element for old, new in zip(before, after, strict=True) if new is not old
            )

    tree = html5lib.HTMLParser(tree=Builder).parseFragment(source, scripting=False)
    copied = {id(element) for element in copies}
    return [place for each in tree.iter() if id(each) not in copied for place in _of(each)]


def _of(element: Any) -> Iterator[Place]:
    if not isinstance(element.tag, str):
        return
    name = element.tag.rpartition("}")[2].lower()
    svg = element.tag.startswith(_SVG)
    if name == "style" and not svg:
        for value in _urls("".join(element.itertext())):
            yield name, "", value
    for key, value in element.attrib.items():
        if key == _XLINK:
            if name in _SVG_LINKS:
                yield name, "xlink:href", value
        elif svg:
            if key == "href" and name in _SVG_LINKS:
                yield name, key, value
            elif key == "style":
                for one in _urls(value):
                    yield name, key, one
        elif key in ATTRIBUTES.get(name, ()):
            yield name, key, value
        elif key in _SRCSETS:
            for candidate in _CANDIDATE.finditer(value):
                yield name, key, candidate[1]
        elif key == "style":
            for one in _urls(value):
                yield name, key, one


def _urls(css: str) -> Iterator[str]:
    for match in _CSS.finditer(css):
        value = (match[1] or match[2] or match[3] or "").strip()
        if value and not value.startswith("data:"):
            yield value


def written_out(source: str) -> list[str]:
    """Absolute addresses in the tree's words outside code samples and raw text, host and path."""
    tree = html5lib.parseFragment(source, scripting=False)
    found: list[str] = []
    _walk(tree, False, found)
    return found


_NO_WORDS = ("pre", "code", "script", "style", "textarea", "title", "xmp", "iframe", "noembed")


def _walk(element: Any, sample: bool, found: list[str]) -> None:
    here = sample or (
        isinstance(element.tag, str) and element.tag.rpartition("}")[2].lower() in _NO_WORDS
    )
    if isinstance(element.tag, str) and not here:
        found += _WORDS.findall(element.text or "")
    for child in element:
        _walk(child, here, found)
        if not here:
            found += _WORDS.findall(child.tail or "")


def anchors(source: str) -> set[str]:
    """The places that a fragment can mean in the tree: ids, and names of HTML's anchors."""
    tree = html5lib.parseFragment(source, scripting=True)
    found: set[str] = set()
    for element in tree.iter():
        if isinstance(element.tag, str):
            found.add(element.get("id") or "")
            if element.tag == f"{_HTML}a":
                found.add(element.get("name") or "")
    return found - {""}

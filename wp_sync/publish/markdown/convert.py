"""The HTML of a post as Markdown: the one entry. Pure and deterministic; never raises.

Why not a library: of those that install here the best one (html-to-markdown 3.21) turns escaped
text back into markup (``&lt;b&gt;`` becomes ``<b>``), leaves stars in prose unescaped, drops cells'
spans, and footnotes, definition lists, ``kbd``, ``sub`` and iframes become something else. What a
converter gets wrong here is wrong in every post, so it is written down and tested here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import cast

import nh3
from lxml import etree
from lxml.html import HtmlElement

from wp_sync import entities
from wp_sync.publish.markdown.blocks import blocks
from wp_sync.publish.markdown.dialect import COMMON, Dialect
from wp_sync.publish.markdown.inline import Context

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_INSTRUCTION = re.compile(r"<[?][^>]*>")
_MORE = re.compile(r"<!--\s*more\b.*?-->", re.DOTALL)
_FRAGMENT = re.compile(r"""href\s*=\s*["']?[^"'#\s>]*#([^"'\s>]+)""", re.IGNORECASE)
_MARK = re.compile(r"(?<!\\)\[\^(\d+)\]")
_SINGLE = ("href", "src", "poster", "data-src", "data-lazy-src", "data-orig-file", "cite", "data")
_NAME = re.compile(rf"\b(?:{'|'.join((*_SINGLE, 'srcset', 'data-srcset'))})\Z", re.IGNORECASE)
_LONGEST = len("data-orig-file") + 1  # of these names, and the character before it
_VALUE = re.compile(r"=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_WITH_ADDRESS = etree.XPath(
    "descendant::*[" + " or ".join(f"@{name}" for name in (*_SINGLE, "srcset", "data-srcset")) + "]"
)


def to_markdown(
    body: str, dialect: Dialect = COMMON, becomes: Callable[[str], str | None] | None = None
) -> str:
    """Markdown with a line feed at its end; empty for nothing.

    ``becomes`` gives each address of a link, picture or frame its new one; None: it stays.
    """
    if not body.strip():
        return ""
    body = _CONTROLS.sub("", body)
    if "<?" in body:
        body = _INSTRUCTION.sub("", body)
    if "<!--" in body:
        body = _MORE.sub('<span id="more-0"></span>', body)
    root = _parsed(body)
    if root is None:
        return str(nh3.clean(body)) + "\n"
    if becomes is not None:
        _readdress(root, becomes)
    context = Context(dialect, wanted=frozenset(_FRAGMENT.findall(body) if "#" in body else ()))
    if dialect.footnotes:
        context.notes = _footnotes(root)
    text = "\n\n".join(blocks(root, context)).strip("\n")
    if context.notes and not _all_marked(context.notes, text):
        return to_markdown(body, replace(dialect, footnotes=False), becomes)
    return f"{text}\n" if text else ""


def _all_marked(notes: Mapping[str, int], text: str) -> bool:
    """Whether each footnote is marked in the text, and not only inside of what stayed HTML: else
    generators leave it out."""
    seen = Counter(_MARK.findall(text))
    return all(seen[str(number)] > 1 for number in notes.values())  # the note itself is one


def addresses(body: str) -> list[str]:
    """Every address that `to_markdown` may ask about, and perhaps some more, each once."""
    found: dict[str, None] = {}
    for name, double, single, bare in _attributes(body):
        value = entities.unescape(double or single or bare)
        if bare and not value[:1].isalnum() and value[:1] not in "/#?.":
            continue  # words about HTML, in a sample of code
        if name.lower().endswith("srcset"):
            for one in re.split(r",\s+", value.strip()):
                found[one.strip().rstrip(",").partition(" ")[0]] = None
        elif not value.startswith("data:"):
            found[value] = None
    found.pop("", None)
    return list(found)


def _attributes(body: str) -> Iterator[tuple[str, str, str, str]]:
    """Name and value (in double quotes, in single ones, bare) of what looks like an attribute that
    holds an address. There are few equals signs in a text and many words: so signs are looked for,
    and for names before them."""
    at = 0
    while found := _VALUE.search(body, at):
        name = _NAME.search(body[at : found.start()].rstrip()[-_LONGEST:])
        if name is None:
            at = found.start() + 1
            continue
        double, single, bare = found.groups("")
        yield name[0], double, single, bare
        at = found.end()


def _readdress(root: HtmlElement, becomes: Callable[[str], str | None]) -> None:
    found: list[HtmlElement] = _WITH_ADDRESS(root)  # type: ignore[assignment]
    for element in found:
        for name in _SINGLE:
            url = element.get(name)
            if url and not url.startswith("data:"):
                new = becomes(url)
                if new:
                    element.set(name, new)
        for name in ("srcset", "data-srcset"):
            candidates = element.get(name)
            if candidates:
                element.set(name, _srcset(candidates, becomes))


def _srcset(candidates: str, becomes: Callable[[str], str | None]) -> str:
    """Split where a comma is followed by white space, since addresses may hold commas."""
    found = []
    for one in re.split(r",\s+", candidates.strip()):
        url, space, size = one.strip().rstrip(",").partition(" ")
        if url:
            new = (becomes(url) or url).replace(" ", "%20")
            found.append(f"{new}{space}{size.strip()}")
    return ", ".join(found)


def _parsed(body: str) -> HtmlElement | None:
    """The body as a tree; None where the parser would leave out what is nested too deep.

    Plain elements, without the classes of `lxml.html`: those ask Python about every single one.
    """
    parser = etree.HTMLParser()
    try:
        whole = etree.fromstring(f"<html><body>{body}</body></html>", parser)
    except (etree.LxmlError, ValueError):
        return None
    found = whole.find("body") if whole is not None else None
    if found is None or any(one.type_name == "ERR_RESOURCE_LIMIT" for one in parser.error_log):
        return None
    return cast(HtmlElement, found)


def _footnotes(root: HtmlElement) -> dict[str, int]:
    """The footnotes of WordPress's own block by id, numbered as they are listed."""
    found: dict[str, int] = {}
    marks = {one.get("data-fn") for one in root.iter("sup") if one.get("data-fn")}
    for listed in root.iter("ol"):
        if "wp-block-footnotes" not in (listed.get("class") or "").split():
            continue
        for item in listed:
            name = item.get("id") if item.tag == "li" else None
            if name and name in marks:
                found[name] = len(found) + 1
    return found

"""What word processors leave behind when text is pasted: their styles, classes, tags, comments.

Only what they alone write is touched: ``mso-`` and ``Mso…``, ``<o:p>``, conditional comments, and
the ``font-weight: 400`` spans of Google Docs. Styles that the block editor writes stay, or the
block would no longer be valid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wp_sync.normalize.clean.body import Body, Edit, attribute_span
from wp_sync.normalize.links.scan import Attribute, Tag

_MARKS = ("mso-", "Mso", "font-weight")
_PLAIN = re.compile(r"font-weight:\s*400;?")
# In a style that has mso- in it, these come from the same hand (Word's "Normal" style).
_WITH_MSO = frozenset(
    (
        "font-family", "font-size", "line-height", "tab-stops", "text-autospace",
        "punctuation-wrap", "layout-grid-mode", "text-justify", "page-break-after", "margin-bottom",
    )
)  # fmt: skip


def pasted_styles(body: Body) -> Iterator[Edit]:
    source = body.source
    for comment in body.scan.comments:
        # One without its own end has swallowed what stands behind it.
        if source.startswith("<!--[if", comment.start) and (
            source.endswith("<![endif]-->", comment.start, comment.end)
            and source.find(" wp:", comment.start, comment.end) < 0
        ):
            yield Edit(*comment, "", "styles", "a comment for a word processor")
    spelled = body.scan.spelled
    if "<o:p" not in source and not any(mark in spelled for mark in _MARKS):
        return
    for number, tag in enumerate(body.scan.tags):
        if tag.name == "o:p":
            yield Edit(tag.start, tag.end, "", "styles", "a word processor's tag <o:p>")
        elif not tag.closing and tag.attributes_end - tag.attributes_start > 8:
            raw = source[tag.attributes_start : tag.attributes_end]
            if "mso-" in raw or "Mso" in raw or "font-weight" in raw:
                yield from _in_tag(body, number, tag)


def _in_tag(body: Body, number: int, tag: Tag) -> Iterator[Edit]:
    attributes = body.scan.attributes(tag)
    style = next((each for each in attributes if each.name == "style"), None)
    if tag.name == "span" and style and _PLAIN.fullmatch(style.value.strip()):
        close = body.closing.get(number)
        if close is not None and len(attributes) == 1:
            end = body.scan.tags[close]
            yield Edit(tag.start, tag.end, "", "styles", "a span that says nothing")
            yield Edit(end.start, end.end, "", "styles", "the end of a span that says nothing")
        return
    for attribute in attributes:
        if attribute.name == "style" and "mso-" in attribute.value:
            yield _less(body.source, attribute, _without_mso(attribute.value), "; ", "styles of")
        elif attribute.name == "class" and "Mso" in attribute.value:
            kept = [word for word in attribute.value.split() if not word.startswith("Mso")]
            yield _less(body.source, attribute, kept, " ", "a class of")


def _without_mso(style: str) -> list[str]:
    return [
        part.strip()
        for part in style.split(";")
        if part.strip()
        and not part.strip().lower().startswith("mso-")
        and part.partition(":")[0].strip().lower() not in _WITH_MSO
    ]


def _less(source: str, attribute: Attribute, kept: list[str], joint: str, what: str) -> Edit:
    what = f"{what} a word processor"
    if not kept:
        start, end = attribute_span(source, attribute.start, attribute.end)
        return Edit(start, end, "", "styles", what)
    value = joint.join(kept).replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#039;")
    return Edit(attribute.start, attribute.end, value.replace("<", "&lt;"), "styles", what)

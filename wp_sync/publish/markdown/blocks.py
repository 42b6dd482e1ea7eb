"""Blocks of a page: paragraphs, headings, lists, quotes, code, figures, galleries, notes. Pure.

Each gives blocks of Markdown that are joined by blank lines. A block that Markdown can't say stays
as HTML (`html_left`); what stands inside a line is `inline`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from wp_sync.publish.markdown import escape, inline
from wp_sync.publish.markdown.html_left import DROPPED, kept
from wp_sync.publish.markdown.inline import EMBEDDED, Context
from wp_sync.publish.markdown.tables import table

MORE = "<!--more-->"
_APART = "<!-- -->"  # between two lists that Markdown would join; what an empty entry holds
_ORDERED = re.compile(r"\d+\. ")
_LISTS_IN_CODE = re.compile(r"^\s*(?:[-+*]|\d+\.)\s", re.MULTILINE)
_MAY_BE_MORE = ("p", "span")
_DEEPEST = 40
_UNWRAPPED = frozenset(
    ("div", "section", "article", "main", "header", "footer", "aside", "nav", "center", "body",
     "html", "hgroup", "fieldset", "address", "li", "dd", "dt", "tbody", "tr", "td", "legend")
)  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_KEPT = frozenset(("dl", "details", "menu", "dir", "dialog", "marquee")) | EMBEDDED
_BLOCKS = (
    _UNWRAPPED
    | frozenset(("p", "ul", "ol", "blockquote", "pre", "figure", "table", "hr", "figcaption"))
    | frozenset(_HEADINGS)
    | _KEPT
)
_LANGUAGE = re.compile(r"(?:^|\s)(?:language-|lang-|brush:\s*)([A-Za-z0-9_+#.-]{1,30})")


def blocks(element: HtmlElement, context: Context) -> list[str]:
    """The blocks inside an element."""
    found: list[str] = []
    run: list[inline._Part] = []

    def flush() -> None:
        text = inline.paragraph(run, context) if run else ""
        run.clear()
        if text:
            found.append(text)

    if element.text:
        run.append(inline.text_of(element.text, context))
    for child in element:
        tag = child.tag
        if isinstance(tag, str) and tag not in DROPPED:
            if tag in _MAY_BE_MORE and _is_more(child):
                flush()
                found.append(MORE)
            elif is_block(child):
                flush()
                for block in _deeper(child, context):
                    if found and _joins(found[-1], block):
                        found.append(_APART)
                    found.append(block)
            else:
                run += inline.node(child, context)
        if child.tail:
            run.append(inline.text_of(child.tail, context))
    flush()
    return found


def is_block(element: HtmlElement) -> bool:
    """Whether an element stands for itself; an inline one does that holds a block."""
    tag = element.tag
    if tag in EMBEDDED:
        return tag in ("iframe", "video", "audio", "object", "embed", "form", "svg") and (
            _alone(element)
        )
    if tag in _BLOCKS:
        return True
    return len(element) > 0 and any(
        one.tag in _BLOCKS and one.tag not in EMBEDDED for one in element.iterdescendants()
    )


def _alone(element: HtmlElement) -> bool:
    """Whether nothing is written beside an element in its parent."""
    parent = element.getparent()
    if parent is None:
        return True
    texts = [parent.text, *(one.tail for one in parent)]
    return not any(text and text.strip() for text in texts)


def _deeper(element: HtmlElement, context: Context) -> list[str]:
    context.depth += 1
    try:
        if context.depth > _DEEPEST:
            return [kept(element, context.dialect)]
        marks = context.wanted and element.tag not in _KEPT and inline.anchor(element, context)
        found = list(_block(element, context))
        if marks:
            mark = "".join(marks)
            if found and not found[0].startswith(("#", "|", "```", "<", "-", "1", ">")):
                found[0] = mark + found[0]
            else:
                found.insert(0, mark)
        return found
    finally:
        context.depth -= 1


def _block(element: HtmlElement, context: Context) -> Iterator[str]:
    tag = element.tag
    classes = (element.get("class") or "").split()
    if tag == "p" or tag == "figcaption":
        # Blocks inside a paragraph are a browser's mending; they come out one by one.
        yield from blocks(element, context)
    elif tag in _HEADINGS:
        text = inline.line(element, context).replace(inline.BREAK, " ").replace("\n", " ")
        if text:
            text = re.sub(r"(?<!\\)(#+)$", r"\\\1", text)
            yield f"{'#' * _HEADINGS[tag]} {text}"
    elif tag in ("ul", "ol"):
        yield from _list(element, classes, context)
    elif tag == "blockquote":
        inner = "\n\n".join(blocks(element, context))
        if inner:
            yield "\n".join(f"> {one}" if one else ">" for one in _lines(inner))
    elif tag == "pre":
        yield _pre(element, classes, context)
    elif tag == "hr":
        yield "---"
    elif tag == "table":
        yield table(element, context) or kept(element, context.dialect)
    elif tag == "figure" or "gallery" in classes or "wp-caption" in classes:
        yield from _figure(element, classes, context)
    elif tag in _KEPT:
        if inline.is_preview(element) or (tag == "svg" and inline.is_decoration(element)):
            return
        yield kept(element, context.dialect)
    elif tag == "a":
        yield from _linked(element, context)
    elif "wp-block-file" in classes:
        for button in element.findall("a")[1:]:  # leads where the name leads
            if "wp-block-file__button" in (button.get("class") or "").split():
                element.remove(button)
        yield from blocks(element, context)
    else:
        yield from blocks(element, context)


def _lines(text: str) -> list[str]:
    return text.split("\n")


def _joins(before: str, after: str) -> bool:
    """Whether Markdown would take two blocks for one list."""
    if before[:2] == after[:2] == "- ":
        return True
    return bool(_ORDERED.match(before) and _ORDERED.match(after))


def _is_more(element: HtmlElement) -> bool:
    """Where WordPress shows the rest behind a link; an empty paragraph around it counts as it."""
    if element.tag == "span":
        return (element.get("id") or "").startswith("more-") and not (element.text or "").strip()
    if element.tag != "p" or len(element) != 1 or element[0].tag != "span":
        return False
    return _is_more(element[0]) and not "".join(map(str, element.itertext())).strip()


# -- lists


def _list(element: HtmlElement, classes: list[str], context: Context) -> Iterator[str]:
    if "wp-block-footnotes" in classes:
        if context.notes:
            yield from _notes(element, context)
        else:
            yield kept(element, context.dialect)
        return
    if "blocks-gallery-grid" in classes or "gallery" in classes:
        yield from _gallery(element, context)
        return
    ordered = element.tag == "ol"
    if ordered and (element.get("reversed") is not None or (element.get("type") or "1") != "1"):
        yield kept(element, context.dialect)
        return
    start = element.get("start") or "1"
    number = int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1
    items: list[str] = []
    loose = False
    for child in element:
        if not isinstance(child.tag, str) or child.tag in DROPPED:
            continue
        if child.tag in ("ul", "ol") and items:  # a list beside the items, as old editors wrote it
            inner = _deeper(child, context)
            for one in inner:
                apart = "\n" if _may_follow(one) else "\n\n"
                items[-1] += apart + _indented(one, 3 if ordered else 2)
            continue
        found = blocks(child, context) if child.tag == "li" else _deeper(child, context)
        if child.tag == "li" and (marks := inline.anchor(child, context)):
            found = ["".join(marks) + (found[0] if found else ""), *found[1:]]
        mark = f"{number}. " if ordered else "- "
        if found and found[0].startswith("```") and _LISTS_IN_CODE.search(found[0]):
            found.insert(0, _APART)  # kramdown sees the list first
        # HTML and tables end where a line is empty.
        plain = found[:1] and not found[0].startswith(("<", "|"))
        tight = len(found) < 2 or (plain and all(map(_may_follow, found[1:])))
        loose = loose or not tight
        text = ("\n" if tight else "\n\n").join(found)
        items.append(mark + _indented(text, len(mark))[len(mark) :] if text else mark + _APART)
        number += 1
    if items:
        yield ("\n\n" if loose else "\n").join(items)


def _may_follow(block: str) -> bool:
    """Whether a block is a list that Markdown sees right below a line of words."""
    return block.startswith(("- ", "1. "))


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + one if one else "" for one in _lines(text))


def _notes(element: HtmlElement, context: Context) -> Iterator[str]:
    for child in element:
        if child.tag != "li":
            continue
        number = context.notes.get(child.get("id") or "")
        if not number:
            continue
        for back in [one for one in child.iter("a") if (one.get("href") or "").endswith("-link")]:
            tail = back.tail or ""
            parent = back.getparent()
            before = back.getprevious()
            if before is not None:
                before.tail = (before.tail or "").rstrip() + tail
            elif parent is not None:
                parent.text = (parent.text or "").rstrip() + tail
            if parent is not None:
                parent.remove(back)
        inner = "\n\n".join(blocks(child, context))
        yield f"[^{number}]: " + _indented(inner, 4).lstrip()


# -- code


def _pre(element: HtmlElement, classes: list[str], context: Context) -> str:
    if "wp-block-verse" in classes:
        return kept(element, context.dialect)
    for line_break in element.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    text = "".join(str(part) for part in element.itertext())
    text = text.removeprefix("\n").rstrip("\n")
    language = _language(element)
    templates = context.dialect.templates
    if templates is not None and templates.search(text):
        named = f' class="language-{language}"' if language else ""
        inner = escape.entities(text, templates=True)
        return f"<pre><code{named}>{inner}</code></pre>"
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _language(element: HtmlElement) -> str:
    for one in (element, *element.iter("code")):
        if match := _LANGUAGE.search(one.get("class") or ""):
            return match[1]
        for name in ("data-language", "data-lang", "data-enlighter-language", "lang"):
            value = one.get(name) or ""
            if re.fullmatch(r"[A-Za-z0-9_+#.-]{1,30}", value):
                return value
    return ""


# -- figures


def _figure(element: HtmlElement, classes: list[str], context: Context) -> Iterator[str]:
    if "wp-block-gallery" in classes or "gallery" in classes:
        yield from _gallery(element, context)
        return
    captions = [
        one
        for one in element.iter("figcaption", "p")
        if one.tag == "figcaption" or "wp-caption-text" in (one.get("class") or "")
    ]
    texts = [inline.line(one, context) for one in captions]
    for one in captions:
        one.text, one.tail = None, None
        for child in list(one):
            one.remove(child)
    found = blocks(element, context)
    caption = inline.BREAK.join(text for text in texts if text)
    if not caption:
        yield from found
        return
    shown = _leaning(caption)
    if len(found) == 1 and re.match(r"\[?!\[", found[0]):
        yield f"{found[0]}{inline.BREAK}{shown}"
    else:
        yield from found
        yield shown


def _leaning(text: str) -> str:
    """A caption in italics, where it can be as a whole."""
    return text if re.search(r"\*|\n|^\s|\s$|\\$", text) else f"*{text}*"


def _gallery(element: HtmlElement, context: Context) -> Iterator[str]:
    """The pictures of a gallery, one a line, each with its caption; the gallery's own below."""
    pictures: list[str] = []
    inner = [one for one in element.iter("figure", "dl", "li") if one is not element]
    groups = [one for one in inner if next(one.iterdescendants("figure", "dl"), None) is None]
    held: set[HtmlElement] = set()
    for group in groups or [element]:
        caption = next(iter(group.iter("figcaption", "dd")), None)
        told = caption if group is not element else None
        leads = told is not None and any(one.get("href") for one in told.iter("a"))
        words = _said(told) if told is not None and not leads else ""
        for picture in group.iter("img"):
            if picture in held:
                continue
            held.add(picture)
            text = inline.image(picture, words)
            above = picture.getparent()
            if above is not None and above.tag == "a" and _is_file(above.get("href") or ""):
                text = f"[{text}]({escape.destination(above.get('href') or '')})"
            if text:
                pictures.append(text)
        if told is not None and leads:  # no title holds a link
            pictures.append(_leaning(inline.line(told, context)))
    if pictures:
        yield inline.BREAK.join(pictures)
    for child in element:
        if child.tag == "figcaption" and (text := inline.line(child, context)):
            yield _leaning(text)


def _is_file(url: str) -> bool:
    return bool(re.search(r"\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#]|$)", url, re.IGNORECASE))


def _said(element: HtmlElement) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _linked(element: HtmlElement, context: Context) -> Iterator[str]:
    """A link around blocks: each keeps its own shape, and the link stands below."""
    target = element.get("href") or ""
    around = context.linked
    context.linked = around or bool(target and escape.safe_address(target))
    found = blocks(element, context)
    context.linked = around
    if len(found) == 1 and "\n" not in found[0] and escape.safe_address(target) and target:
        if match := re.match(r"(#{1,6}) (.*)", found[0]):
            yield f"{match[1]} [{escape.label(match[2])}]({escape.destination(target)})"
        else:
            yield f"[{found[0]}]({escape.destination(target)})"
        return
    if found and target and escape.safe_address(target):
        yield kept(element, context.dialect)
    else:
        yield from found

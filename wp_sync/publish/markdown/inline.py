"""What stands inside a line: emphasis, links, images, code, breaks. Pure; blocks are `blocks`'.

Emphasis is marked by stars where every Markdown reads them as meant, and by tags where the signs
next to it would make stars something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from wp_sync.publish.markdown import bare, escape
from wp_sync.publish.markdown.dialect import Dialect
from wp_sync.publish.markdown.html_left import DROPPED, attributes_of, kept

BREAK = "  \n"
_SPACES = re.compile(r"[ \t\r\n\f]+")
_MARKS = {"em": "*", "i": "*", "strong": "**", "b": "**"}
# Said in HTML, with Markdown inside.
_TAGS = {
    "sub": (), "sup": (), "ins": (), "small": (), "del": (), "abbr": ("title",), "q": (),
    "bdo": ("dir",), "ruby": (), "rt": (), "rp": (), "dfn": (),
}  # fmt: skip
# Where kramdown reads no Markdown and others do.
_SHOWN = frozenset(("kbd", "samp", "var", "u", "mark"))
_RENAMED = {"s": "del", "strike": "del", "tt": "code", "acronym": "abbr"}
EMBEDDED = frozenset(
    ("iframe", "video", "audio", "object", "embed", "svg", "math", "canvas", "form", "map")
)  # fmt: skip
_LEADS = frozenset(" `[")  # of a part: what stands before it may matter
_RUNS = re.compile(r" {2,}")
_DEEPEST = 60


@dataclass(slots=True)
class Context:
    """What a conversion shares: the dialect, footnotes by id, ids that links of the text name."""

    dialect: Dialect
    notes: dict[str, int] = field(default_factory=dict)
    wanted: frozenset[str] = frozenset()
    heads: set[str] = field(default_factory=set)  # ids that have their anchor already
    depth: int = 0
    cell: bool = False  # inside a table's cell, where a line break is a tag
    linked: bool = False  # inside a link, which holds no other
    marks: list[str] = field(default_factory=list)  # of the emphasis around


@dataclass(slots=True)
class _Marked:
    """Emphasis whose marks are not decided yet."""

    mark: str
    tag: str
    inner: str


_Part = str | _Marked


def line(element: HtmlElement, context: Context) -> str:
    """Everything inside an element, as one paragraph's text."""
    return paragraph(list(_parts(element, context)), context)


def paragraph(parts: list[_Part], context: Context) -> str:
    """Parts joined; spaces at the ends of lines go, and no line starts as something else."""
    text = _joined(parts)
    if "\n" not in text:
        return escape.line_start(text.strip(" "))
    lines = [one.strip(" ") for one in text.split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    started = [escape.line_start(one) for one in lines]
    if context.cell:
        return "<br>".join(one for one in started)
    return BREAK.join(one if one else "<br>" for one in started)


def node(child: HtmlElement, context: Context) -> list[_Part]:
    """One inline element, without its tail."""
    context.depth += 1
    try:
        return list(_node(child, context))
    finally:
        context.depth -= 1


def text_of(text: str | None, context: Context) -> str:
    if not text:
        return ""
    if "  " in text or not text.isprintable():
        text = _SPACES.sub(" ", text)
    return escape.words(text) if context.linked else bare.words(text)


def _parts(element: HtmlElement, context: Context) -> Iterator[_Part]:
    if element.text:
        yield text_of(element.text, context)
    for child in element:
        if isinstance(child.tag, str):
            yield from node(child, context)
        if child.tail:
            yield text_of(child.tail, context)


def _node(child: HtmlElement, context: Context) -> Iterator[_Part]:
    tag = _RENAMED.get(child.tag, child.tag)
    if tag in DROPPED:
        return
    if context.depth > _DEEPEST:
        yield kept(child, context.dialect).replace("\n", " ")
        return
    if context.wanted:
        yield from anchor(child, context)
    if tag == "br":
        yield "\n"
    elif tag == "img":
        yield image(child)
    elif tag == "a":
        yield from _link(child, context)
    elif tag in _MARKS:
        yield from _emphasis(_MARKS[tag], child, context)
    elif tag == "code":
        yield _code(child, context)
    elif tag == "sup" and (number := _note(child, context)):
        yield f"[^{number}]"
    elif tag in _TAGS:
        yield from _tagged(f"{tag}{attributes_of(child, *_TAGS[tag])}", _parts(child, context))
    elif tag in _SHOWN and any(_note(one, context) for one in child.iter("sup")):
        yield from _parts(child, context)  # a note must be one, and its words are as they were
    elif tag in _SHOWN:
        yield _verbatim(child, context)
    elif tag in EMBEDDED:
        if not (tag == "svg" and is_decoration(child)) and not is_preview(child):
            yield _SPACES.sub(" ", kept(child, context.dialect))
    elif tag in ("span", "bdi") and (child.get("lang") or child.get("dir")):
        yield from _tagged(f"{tag}{attributes_of(child, 'lang', 'dir')}", _parts(child, context))
    else:
        yield from _parts(child, context)


def _emphasis(mark: str, element: HtmlElement, context: Context) -> Iterator[_Part]:
    if mark in context.marks:  # emphasis within the same shows nothing, and would end it
        yield from _parts(element, context)
        return
    context.marks.append(mark)
    inner = _joined(list(_parts(element, context)))
    context.marks.pop()
    yield _Marked(mark, "em" if len(mark) == 1 else "strong", inner)


def _tagged(tag: str, parts: Iterable[_Part]) -> Iterator[str]:
    """Markdown between two tags; a line with nothing but a tag would begin a block of HTML."""
    inner = _joined(list(parts))
    text = inner.strip(" \n")
    if not text:
        yield inner
        return
    at = inner.index(text)
    yield f"{inner[:at]}<{tag}>{text}</{tag.partition(' ')[0]}>{inner[at + len(text) :]}"


def _verbatim(element: HtmlElement, context: Context) -> str:
    """An element as HTML with nothing in it that could be read as Markdown."""
    tag = _RENAMED.get(element.tag, element.tag)
    if tag == "img" and not (said := image(element)).startswith("!["):
        return said
    if tag in ("img", "br") or tag in EMBEDDED:
        return _SPACES.sub(" ", kept(element, context.dialect))
    parts = [escape.unread(element.text or "")]
    for child in element:
        if isinstance(child.tag, str) and child.tag not in DROPPED:
            parts += (*anchor(child, context), _verbatim(child, context))
        parts.append(escape.unread(child.tail or ""))
    inner = _SPACES.sub(" ", "".join(parts))
    target = element.get("href")
    if tag == "a" and target and escape.safe_address(target):
        return f"<a{attributes_of(element, 'href', 'title')}>{inner}</a>"
    known = tag in _MARKS or tag in _TAGS or tag in _SHOWN or tag == "code"
    return f"<{tag}>{inner}</{tag}>" if known and inner.strip() else inner


def is_decoration(element: HtmlElement) -> bool:
    """Icons beside words, and the button that enlarges a picture."""
    if element.get("aria-hidden") == "true" or not len(element):
        return True
    return any(above.tag in ("button", "a") for above in element.iterancestors())


def is_preview(element: HtmlElement) -> bool:
    """WordPress's preview of a post: a frame for a script of its own, with the link above it."""
    return "wp-embedded-content" in (element.get("class") or "") and element.tag == "iframe"


def anchor(element: HtmlElement, context: Context) -> list[str]:
    """A mark for links into the page that lead to this element."""
    found: list[str] = []
    if not context.wanted:
        return found
    for name in (element.get("id"), element.get("name") if element.tag == "a" else None):
        if name and name in context.wanted and name not in context.heads:
            context.heads.add(name)
            found.append(f'<a id="{escape.entities(name).replace(chr(34), "&quot;")}"></a>')
    return found


def image(element: HtmlElement, caption: str = "") -> str:
    """An image; emoji and smileys are what they say."""
    alt = " ".join((element.get("alt") or "").split())
    classes = (element.get("class") or "").split()
    if "emoji" in classes or "wp-smiley" in classes:
        return escape.words(alt)
    source = element.get("src") or ""
    if not source or source.startswith("data:"):
        lazy = (element.get(name) for name in ("data-src", "data-lazy-src", "data-orig-file"))
        source = next((one for one in lazy if one), source)
    if not source or source.startswith("data:") or not escape.safe_address(source):
        return escape.words(alt)
    told = caption or element.get("title") or ""
    title = f' "{escape.title(told)}"' if told and told.strip() != alt else ""
    return f"![{escape.label(escape.words(alt))}]({escape.destination(source)}{title})"


def _link(element: HtmlElement, context: Context) -> Iterator[_Part]:
    target = element.get("href")
    if target is None or context.linked or not escape.safe_address(target):
        yield from _parts(element, context)
        return
    context.linked = True
    inner = _joined(list(_parts(element, context)))
    context.linked = False
    text = inner.strip(" \n")
    if not text:
        yield inner
        return
    lead = inner[: len(inner) - len(inner.lstrip(" \n"))]
    trail = inner[len(inner.rstrip(" \n")) :]
    told = element.get("title") or ""
    title = f' "{escape.title(told)}"' if told.strip() else ""
    said = not title and not len(element) and (element.text or "").strip() == target
    if said and (alike := bare.autolink(target)):
        yield f"{lead}{alike}{trail}"
        return
    shown = escape.label(text) if "![" not in text else text
    shown = shown.replace("\n", " " if not context.cell else "<br>")
    yield f"{lead}[{shown}]({escape.destination(target)}{title}){trail}"


def _code(element: HtmlElement, context: Context) -> str:
    whole = _SPACES.sub(" ", "".join(str(part) for part in element.itertext()))
    text = whole.strip(" ")
    if not text:
        return whole
    templates = context.dialect.templates
    if (templates is not None and templates.search(text)) or (context.cell and "|" in text):
        said = f"<code>{escape.unread(text)}</code>"
    else:
        said = escape.code_span(text)
    # Spaces within would be none of the code, or make it none.
    return whole.replace(text, said) if whole != text else said


def _note(element: HtmlElement, context: Context) -> int:
    """The number of a footnote that a mark of WordPress's own block stands for; 0 for none."""
    name = element.get("data-fn") or ""
    return context.notes.get(name, 0)


def _joined(parts: list[_Part]) -> str:
    """Parts as text: emphasis gets its marks, white space is folded."""
    if len(parts) == 1 and isinstance(parts[0], str):
        return _RUNS.sub(" ", parts[0]) if "  " in parts[0] else parts[0]
    out = ""
    for place, part in enumerate(parts):
        if isinstance(part, str):
            if part[:1] in _LEADS and out:
                if part[0] == " " and out[-1] in " \n":
                    part = part.lstrip(" ")
                if part[:1] == "`" and out[-1] == "`":
                    out += "<!-- -->"  # else the two would be one span
                if part[:1] == "[" and out[-1] == "!":
                    out = f"{out[:-1]}\\!"
            out += part
            continue
        inner = part.inner.strip(" \n")
        if not inner:
            out += part.inner if out[-1:] not in (" ", "\n", "") else ""
            continue
        if part.inner[:1] in (" ", "\n") and out[-1:] not in (" ", "\n", ""):
            out += " "
        trail = " " if part.inner[-1:] in (" ", "\n") else ""
        after = trail or _first_sign(parts[place + 1 :])
        if _marks_hold(out[-1:], inner, after):
            out += f"{part.mark}{inner}{part.mark}{trail}"
        else:
            out += f"<{part.tag}>{inner}</{part.tag}>{trail}"
    return _RUNS.sub(" ", out) if "  " in out else out


def _first_sign(rest: list[_Part]) -> str:
    for part in rest:
        text = part if isinstance(part, str) else "*"
        if text:
            return text[0]
    return ""


def _marks_hold(before: str, inner: str, after: str) -> bool:
    """Whether stars around ``inner`` open and close emphasis in every Markdown (CommonMark 6.2)."""
    if before in ("*", "\\") or after == "*" or "\n" in inner:
        return False
    if inner[0] == "*" or inner[-1] == "*":  # one inside the other is three stars, and no more
        core = inner.strip("*")
        around = {inner[: len(inner) - len(inner.lstrip("*"))], inner[len(inner.rstrip("*")) :]}
        if len(around) > 1 or not core or "*" in core or core[-1] == "\\":
            return False
        inner = core
    opens = not _sign(inner[0]) or before == "" or before.isspace() or _sign(before)
    closes = not _sign(inner[-1]) or after == "" or after.isspace() or _sign(after)
    return opens and closes


def _sign(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "PS"

"""Every address in a fragment of HTML with its place: in tags, styles, blocks, shortcodes, words.

What an address means is not asked here (`wp_sync.normalize.links.urls`), and nothing is changed
(`wp_sync.normalize.links.rewrite`). Code samples hold examples, not links: words in ``pre`` and
``code``,
core's code blocks, and raw text other than ``url()`` of ``style`` are left out. Work grows with the
input however it repeats or nests itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wp_sync.normalize.links.scan import Attribute, Comment, Scan, anchor_text, scan
from wp_sync.normalize.links.spelling import TEXT_ENDS, TRAILING, Layer, decode, decoded, json_text

_SPACE = " \t\n\f\r"
_DEEPEST = 4  # JSON in HTML in JSON in an attribute; no editor makes more


class Found(NamedTuple):
    """An address in the source. ``url`` is decoded; the source's own spelling stands between
    ``start`` and ``end``, inside the ``layers`` that a replacement has to be written in.

    ``element`` is a tag's name, or ``block``, ``shortcode``, ``text``; ``attribute`` that of a tag
    or shortcode, or a key of JSON. ``text`` is what an anchor says.
    """

    url: str
    start: int
    end: int
    layers: tuple[Layer, ...]
    element: str
    attribute: str
    text: str = ""


# Where addresses stand in tags: those of the HTML and SVG standards, and the lazy-loading names of
# the usual plugins. Any other data-* attribute counts where its value is an absolute address, JSON
# or HTML.
_LAZY = frozenset(("data-src", "data-lazy-src", "data-orig-file", "data-large-file", "data-bg"))
_SOURCES = frozenset(("src",)) | _LAZY
_LINKING: dict[str, frozenset[str]] = {
    "a": frozenset(("href", "xlink:href")),
    "area": frozenset(("href",)),
    "base": frozenset(("href",)),
    "blockquote": frozenset(("cite",)),
    "body": frozenset(("background",)),
    "button": frozenset(("formaction",)),
    "del": frozenset(("cite",)),
    "embed": frozenset(("src",)),
    "form": frozenset(("action",)),
    "iframe": _SOURCES,
    "image": frozenset(("src", "href", "xlink:href")),
    "img": _SOURCES | {"longdesc"},
    "input": frozenset(("src", "formaction")),
    "ins": frozenset(("cite",)),
    "link": frozenset(("href",)),
    "object": frozenset(("data",)),
    "q": frozenset(("cite",)),
    "script": frozenset(("src",)),
    "source": _SOURCES,
    "table": frozenset(("background",)),
    "td": frozenset(("background",)),
    "th": frozenset(("background",)),
    "track": frozenset(("src",)),
    "use": frozenset(("href", "xlink:href")),
    "audio": _SOURCES,
    "video": _SOURCES | {"poster"},
}
_NONE: frozenset[str] = frozenset()
_ONLY_ABSOLUTE = frozenset((("meta", "content"), ("param", "value")))
_SRCSETS = frozenset(("srcset", "data-srcset", "data-lazy-srcset", "imagesrcset"))
_CODE = frozenset(("pre", "code"))
_RAW = frozenset(("script", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))
_STATES = _CODE | _RAW | {"style"}  # tags that say how to read what stands behind them

_ADDRESS = re.compile(r"(?:https?:)?//[^\s/\"<>]", re.IGNORECASE)
_NO_ADDRESS = re.compile(r"[ \"<>\n]")
_CSS_URL = re.compile(
    r"url\([ \t\n]*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^)\"' \t\n]*+))", re.IGNORECASE
)
_CSS_QUOTES = (  # each with a stand-in of its own length, so that places stay
    ("&quot;", '"     '), ("&#034;", '"     '), ("&#34;", '"    '),
    ("&apos;", "'     "), ("&#039;", "'     "), ("&#39;", "'    "),
)  # fmt: skip
_JSON_STRING = re.compile(r'"((?:[^"\\]|\\.)*+)("?)', re.DOTALL)
# Keys of blocks whose values may be relative.
_JSON_KEYS = frozenset(("url", "href", "link", "src", "mediaurl", "medialink", "poster"))
_BLOCK = re.compile(r"<!--\s++wp:([a-z][a-z0-9_-]*+(?:/[a-z][a-z0-9_-]*+)?)(?=[\s{/-])")
_BLOCK_END = re.compile(r"<!--\s++/wp:([a-z][a-z0-9_-]*+(?:/[a-z][a-z0-9_-]*+)?)(?=[\s-])")
_CODE_BLOCKS = frozenset(("code", "core/code", "preformatted", "core/preformatted"))

_SCHEME = r"https?(?::|&#0{0,5}58;|&colon;)//"
_IN_WORDS = re.compile(rf"(?<![a-zA-Z0-9+.-]){_SCHEME}[^{TEXT_ENDS}]++", re.IGNORECASE)
_TEXT_STOP = re.compile(
    r"&(?:quot|apos|lt|gt|nbsp|[lr][sd]quo|[lr]aquo|"
    r"#0{0,5}(?:3[49]|6[02]|91|93|160|171|187|821[679]|82[12][01]|8243|8242)|"
    r"#x0{0,5}(?:2[27]|3[ce]|5[bd]|a0|201[89cd]));",
    re.IGNORECASE,
)
_LAST_ENTITY = re.compile(r"&(?:[a-zA-Z]+|#[0-9]+|#[xX][0-9a-fA-F]+);\Z")
# Shortcodes as core's get_shortcode_regex() knows them, brackets in values left out.
_SHORTCODE = re.compile(r"(\[?)\[([a-zA-Z][\w-]*+)(?=[\s\xa0=])([^\[\]<>]*+)\](\]?)")
# Their quotes are typographic where WordPress found no such shortcode and set the text.
_DOUBLE = "&quot;|&#0?34;|&#82(?:20|21|43);|[\u201c-\u201f\u2033]"
_SINGLE = "&apos;|&#0?39;|&#82(?:16|17|42);|[\u2018-\u201b\u2032]"
_SHORTCODE_ATTRIBUTE = re.compile(
    r"(?<![\w-])([a-zA-Z][\w-]*+)\s*+=\s*+(?:\"([^\"]*+)|'([^']*+)"
    rf"|(?:{_DOUBLE})((?:(?!{_DOUBLE}).)*+)|(?:{_SINGLE})((?:(?!{_SINGLE}).)*+)"
    r"|((?:[^\s\"'&]|&(?:amp|#0?38);)++))",
    re.DOTALL,
)
_SHORTCODE_KEYS = frozenset(
    ("url", "href", "link", "src", "image", "img", "mp4", "webm", "ogv", "mp3", "poster", "file")
)


def find_addresses(scanned: Scan, depth: int = 0) -> Iterator[Found]:
    """Every address in a fragment, in the order of the source, each place once."""
    source, tags = scanned.source, scanned.tags
    find = source.find
    ends = len(source)
    slashes, bracket = find("//"), find("[")
    slashes = ends if slashes < 0 else slashes
    bracket = ends if bracket < 0 else bracket
    comments = iter(scanned.comments)
    comment = next(comments, None)
    at = code = 0
    code_block = ""
    raw = ""
    for number, tag in enumerate(tags):
        name, closing, start, end, first, last = tag
        if (
            (closing or first == last)
            and end <= slashes
            and end <= bracket
            and not raw
            and (comment is None or start < comment.start)
            and name not in _STATES
        ):  # nothing before it or in it, as with most
            at = end
            continue
        # What stands before the tag: words and comments, or the raw text of the tag before.
        while comment is not None and comment.start < start:
            if (
                not code
                and not code_block
                and not raw
                and (slashes < comment.start or bracket < comment.start)
            ):
                yield from _in_text(source, at, comment.start)
            at = comment.end
            code_block = _code_after(source, comment, code_block)
            if not code_block:
                yield from _in_block(source, comment)
            comment = next(comments, None)
        if raw == "style":
            yield from _in_css(source, at, start, (), "style", "")
        elif not raw and not code and not code_block and (slashes < start or bracket < start):
            yield from _in_text(source, at, start)
        at = end
        if slashes < start:
            slashes = find("//", start)
            slashes = ends if slashes < 0 else slashes
        inside = slashes < at
        if inside:
            slashes = find("//", at)
            slashes = ends if slashes < 0 else slashes
        if bracket < at:
            bracket = find("[", at)
            bracket = ends if bracket < 0 else bracket
        raw = ""
        if closing:
            if code and name in _CODE:
                code -= 1
            continue
        if name in _CODE:
            code += 1
        elif name in _RAW or name == "style":
            raw = name
        wanted = _LINKING.get(name, _NONE)
        if first == last:
            continue
        if not wanted and not inside:
            spelling = source[first:last]
            if "url(" not in spelling and not _may_hold(spelling):
                continue
        for attribute in scanned.attributes(tag):
            key, value, begin, end = attribute
            if key in wanted:
                text = anchor_text(scanned, number) if name == "a" else ""
                yield Found(value, begin, end, _ATTRIBUTE, name, key, text)
            elif len(value) < 2:
                continue
            elif key in _SRCSETS:
                yield from _in_srcset(source, attribute, name)
            elif key == "style":
                if "url(" in value.lower():
                    yield from _in_css(source, begin, end, _ATTRIBUTE, name, key)
            elif key.startswith("data-") or (name, key) in _ONLY_ABSOLUTE:
                yield from _in_data(source, attribute, name, depth)
    # What stands behind the last tag.
    while comment is not None:
        if not raw and not code and not code_block:
            yield from _in_text(source, at, comment.start)
        at = comment.end
        code_block = _code_after(source, comment, code_block)
        if not code_block:
            yield from _in_block(source, comment)
        comment = next(comments, None)
    if not code and not code_block and not raw and (slashes < ends or bracket < ends):
        yield from _in_text(source, at, scanned.end)


_ATTRIBUTE: tuple[Layer, ...] = ("attribute",)


def _may_hold(spelling: str) -> bool:
    """Whether a tag's attributes may hold an address without two slashes in plain sight."""
    return "URL(" in spelling or "\\/" in spelling or "&#" in spelling or "srcset" in spelling


def _in_data(source: str, attribute: Attribute, element: str, depth: int) -> Iterator[Found]:
    """Any other attribute: an absolute address, or JSON or HTML with addresses in it."""
    value = attribute.value
    if _ADDRESS.match(value):
        if not _NO_ADDRESS.search(value):
            yield Found(value, attribute.start, attribute.end, _ATTRIBUTE, element, attribute.name)
    elif (
        depth < _DEEPEST
        and ("//" in value or "\\/" in value)
        and (value.lstrip()[:1] in ("{", "[") or ("<" in value and ">" in value))
    ):
        yield from _nested(
            source, attribute.start, attribute.end, "attribute", element, attribute.name, depth
        )


def _in_srcset(source: str, attribute: Attribute, element: str) -> Iterator[Found]:
    """The candidates of a srcset: split as the standard does, since addresses may hold commas."""
    raw = source[attribute.start : attribute.end]
    at, length = 0, len(raw)
    while at < length:
        while at < length and raw[at] in _SPACE + ",":
            at += 1
        start = at
        while at < length and raw[at] not in _SPACE:
            at += 1
        url = raw[start:at]
        bare = url.rstrip(",")
        if bare:
            begin = attribute.start + start
            yield Found(
                decode("attribute", bare), begin, begin + len(bare), ("attribute", "srcset"),
                element, attribute.name,
            )  # fmt: skip
        if bare == url:  # a descriptor follows, up to the next comma outside brackets
            depth = 0
            while at < length and (raw[at] != "," or depth):
                depth += (raw[at] == "(") - (raw[at] == ")" and depth > 0)
                at += 1


def _in_css(
    source: str, start: int, end: int, outer: tuple[Layer, ...], element: str, key: str
) -> Iterator[Found]:
    spelling = source[start:end]
    if outer and "&" in spelling:
        for entity, sign in _CSS_QUOTES:  # as long as before
            spelling = spelling.replace(entity, sign)
    for match in _CSS_URL.finditer(spelling):
        if match.lastindex is None:
            continue
        first, last = match.span(match.lastindex)
        while first < last and spelling[first] in _SPACE:
            first += 1
        while last > first and spelling[last - 1] in _SPACE:
            last -= 1
        value = source[start + first : start + last]
        if outer:
            value = decode("attribute", value)
        if value and not value.startswith("data:"):
            layers: tuple[Layer, ...] = (*outer, "css")
            yield Found(value, start + first, start + last, layers, element, key)


def _code_after(source: str, comment: Comment, inside: str) -> str:
    """The code block that the text behind a comment stands in; empty for none."""
    if inside:
        end = _BLOCK_END.match(source, comment.start, comment.end)
        return "" if end is not None and end[1] == inside else inside
    if source.startswith("/-->", comment.end - 4):
        return ""
    block = _BLOCK.match(source, comment.start, comment.end)
    return block[1] if block is not None and _is_code(block[1]) else ""


def _is_code(name: str) -> bool:
    return name in _CODE_BLOCKS or name.endswith("/code")


def _in_block(source: str, comment: Comment) -> Iterator[Found]:
    """The addresses in the JSON of a block comment."""
    start, end = comment
    if source.find("{", start, end) < 0 or (
        source.find("//", start, end) < 0
        and source.find("\\/", start, end) < 0
        and source.find('"/', start, end) < 0
    ):
        return
    block = _BLOCK.match(source, start, end)
    if block is not None and not _is_code(block[1]):
        yield from _in_json(source, block.end(), end, "block", 0)


def _in_json(source: str, start: int, end: int, element: str, depth: int) -> Iterator[Found]:
    """The addresses in the strings of JSON, whether or not the whole of it is well formed."""
    key = ""
    for match in _JSON_STRING.finditer(source, start, end):
        raw = match[1]
        if source.startswith(":", match.end()):
            key = raw
            continue
        if not match[2] or "/" not in raw:
            continue
        value = json_text(raw)
        if _ADDRESS.match(value):
            if not _NO_ADDRESS.search(value):
                yield Found(value, *match.span(1), ("json",), element, key[:100])
                continue
        elif value[0] == "/" and key.lower() in _JSON_KEYS and not _NO_ADDRESS.search(value):
            yield Found(value, *match.span(1), ("json",), element, key[:100])
            continue
        if depth < _DEEPEST and ("//" in value or "\\/" in value):
            yield from _nested(source, *match.span(1), "json", element, key[:100], depth)


def _nested(
    source: str, start: int, end: int, layer: Layer, element: str, key: str, depth: int
) -> Iterator[Found]:
    """The addresses inside a value that is JSON, HTML or words itself."""
    value = decoded(layer, source[start:end])
    text = value.text
    found: Iterator[Found]
    if text.lstrip()[:1] in ("{", "["):
        found = _in_json(text, 0, len(text), element, depth + 1)
    elif "<" in text and ">" in text:
        found = find_addresses(scan(text), depth + 1)
    else:
        found = _words(text, 0, "plain", element, key)
    for each in found:
        begin, stop = start + value.place(each.start), start + value.place(each.end)
        yield each._replace(start=begin, end=stop, layers=(layer, *each.layers))


def _in_text(source: str, start: int, end: int) -> Iterator[Found]:
    """Addresses between tags: in shortcodes that were not rendered, and written out."""
    if source.find("//", start, end) < 0 and (
        source.find("[", start, end) < 0 or source.find("=", start, end) < 0
    ):
        return
    text = source[start:end]
    at = 0
    for match in _SHORTCODE.finditer(text) if "[" in text else ():
        yield from _words(text[at : match.start()], start + at, "text", "text", "")
        at = match.end()
        if match[1] and match[4]:  # [[name]] is a sample, shown as [name]
            continue
        yield from _in_shortcode(match, start)
    yield from _words(text[at:] if at else text, start + at, "text", "text", "")


def _in_shortcode(shortcode: re.Match[str], offset: int) -> Iterator[Found]:
    """Addresses in a shortcode's attributes, and those that stand there by themselves."""
    text, at = shortcode.string, shortcode.start(3)
    for pair in _SHORTCODE_ATTRIBUTE.finditer(text, at, shortcode.end(3)):
        yield from _words(text[at : pair.start()], offset + at, "text", "shortcode", "")
        at = pair.end()
        group = pair.lastindex or 1
        value, key = decode("text", pair[group]), pair[1].lower()
        if not value or _NO_ADDRESS.search(value):
            continue
        if _ADDRESS.match(value) or (value[0] == "/" and key in _SHORTCODE_KEYS):
            first, last = pair.span(group)
            layers: tuple[Layer, ...] = ("text", "shortcode")
            yield Found(value, offset + first, offset + last, layers, "shortcode", key[:100])
    yield from _words(text[at : shortcode.end(3)], offset + at, "text", "shortcode", "")


def _words(text: str, offset: int, layer: Layer, element: str, key: str) -> Iterator[Found]:
    """Addresses written out among words; the full stop and bracket behind one are not its own."""
    if "//" not in text:
        return
    for match in _IN_WORDS.finditer(text):
        url = match[0]
        if layer == "text" and "&" in url:
            stop = _TEXT_STOP.search(url)
            url = url[: stop.start()] if stop else url
        url = _without_trailing(url)
        if not url.endswith("//"):
            start = offset + match.start()
            value = decode(layer, url)
            if _ADDRESS.match(value):
                yield Found(value, start, start + len(url), (layer,), element, key)


def _without_trailing(url: str) -> str:
    end = len(url)
    opened = url.count("(") - url.count(")")
    while end and url[end - 1] in TRAILING:
        sign = url[end - 1]
        if sign == ")":
            if opened >= 0:
                break
            opened += 1
        elif sign == ";" and _LAST_ENTITY.search(url, max(0, end - 12), end):
            break
        end -= 1
    return url[:end]

"""A body as its author wrote it, as the HTML that WordPress would make: shortcodes, paragraphs.

For bodies whose rendered form the archive does not have. Pure: pictures and files are asked of a
library. What a plugin's shortcode or a dynamic block would show nobody knows; it is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from wp_sync.publish.markdown.autoembed import linked
from wp_sync.publish.markdown.escape import quoted

_SHORTCODE = re.compile(r"(\[?)\[(/?)([A-Za-z][\w-]{0,60}+)((?:[\s/][^\[\]]*+)?)\](\]?)")
_ATTRIBUTE = re.compile(
    r"([\w-]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s'\"]++))|\"([^\"]*+)\"|'([^']*+)'|(\S++)"
)
_PICTURE = re.compile(
    r"\s*((?:<a [^>]++>\s*)?<img [^>]++>(?:\s*</a>)?)(.*)", re.DOTALL | re.IGNORECASE
)
_ENCLOSING = frozenset(("caption", "wp_caption", "embed", "audio", "video"))
_CORE = _ENCLOSING | {"gallery", "playlist"}
_LONGEST = 20_000  # characters that a shortcode encloses
_FORMATS = {
    "audio": {"mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "wav": "audio/wav",
              "flac": "audio/flac", "wma": "audio/x-ms-wma"},
    "video": {"mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "ogv": "video/ogg",
              "flv": "video/x-flv", "wmv": "video/x-ms-wmv"},
}  # fmt: skip
_DYNAMIC = re.compile(r"<!--\s+wp:([a-z][a-z0-9/-]*+)\s[^>]*?/-->")
# Blocks without inner text that show nothing of their own either.
_STATIC = frozenset(("spacer", "separator", "more", "nextpage"))
_BLOCKS = (
    "address|article|aside|audio|blockquote|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|"
    "form|h[1-6]|header|hr|iframe|li|main|nav|ol|p|section|summary|table|tbody|td|tfoot|th|thead|"
    "tr|ul|video"
)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS})(?:[\s/][^>]*+)?>", re.IGNORECASE)
_WHOLE = re.compile(r"<(pre|script|style|textarea|figure|audio|video|table)\b|<!--", re.IGNORECASE)
_OWN_TEXT = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "dt", "dd", "figcaption", "summary",
     "address")
)  # fmt: skip
_APART = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Filed:
    """A file of the source's library, as a gallery or playlist shows it."""

    id: int
    url: str
    title: str = ""
    alt: str = ""
    caption: str = ""


# Files by their ids in that order, or those of a type (``image``) that belong to the post itself.
Library = Callable[[Sequence[int] | None, str], Sequence[Filed]]


@dataclass(frozen=True, slots=True)
class Shown:
    """HTML, and what stands in it that only the source could show: shortcodes, dynamic blocks."""

    body: str
    shortcodes: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


def shown(body: str, library: Library) -> Shown:
    """A body as WordPress would show it, as far as that can be known."""
    unknown: dict[str, None] = {}
    expanded = linked(_expanded(body, library, unknown) if "[" in body else body)
    if "<!-- wp:" not in body:
        expanded = _paragraphs(expanded)
    blocks = dict.fromkeys(_DYNAMIC.findall(body))
    return Shown(expanded, tuple(unknown), tuple(name for name in blocks if name not in _STATIC))


def _expanded(body: str, library: Library, unknown: dict[str, None]) -> str:
    parts: list[str] = []
    at = 0
    for match in _SHORTCODE.finditer(body):
        opened, slash, name, inside, closed = match.groups()
        first, last = match.start() + len(opened), match.end() - len(closed)
        if first < at:  # enclosed by one before it
            continue
        if opened and closed:  # a sample of a shortcode
            parts += (body[at : match.start()], body[first:last])
            at = match.end()
            continue
        if name not in _CORE or slash:
            if not slash and name not in _CORE and ("=" in inside or f"[/{name}]" in body):
                unknown[name] = None
            continue
        enclosed = ""
        end = last
        if name in _ENCLOSING and not inside.rstrip().endswith("/"):
            enclosed, end = _enclosed(body, name, last)
        html = _core(name, _attributes(inside.rstrip().removesuffix("/")), enclosed, library)
        if html is not None:
            parts += (body[at:first], html)
            at = end
    return "".join((*parts, body[at:]))


def _enclosed(body: str, name: str, start: int) -> tuple[str, int]:
    """What a shortcode encloses and where it ends; nothing where it is not closed."""
    close = body.find(f"[/{name}]", start, start + _LONGEST)
    again = body.find(f"[{name}", start, close) if close >= 0 else -1
    if close < 0 or again >= 0:
        return "", start
    return body[start:close], close + len(name) + 3


def _attributes(inside: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, match in enumerate(_ATTRIBUTE.finditer(inside)):
        if match[1]:
            found[match[1].lower()] = match[2] or match[3] or match[4] or ""
        else:
            found[str(number)] = match[5] or match[6] or match[7] or ""
    return found


def _core(name: str, given: Mapping[str, str], enclosed: str, library: Library) -> str | None:
    """A shortcode of WordPress's own as HTML; None: it stays as it is."""
    if name in ("caption", "wp_caption"):
        return _caption(given, enclosed)
    if name == "gallery":
        return _gallery(given, library)
    if name == "playlist":
        return _playlist(given, library)
    if name == "embed":
        url = enclosed.strip() or given.get("src", "")
        return f'\n\n<p><a href="{quoted(url)}">{quoted(url)}</a></p>\n\n' if url else ""
    return _media(name, given)


def _caption(given: Mapping[str, str], enclosed: str) -> str:
    picture, words = enclosed, given.get("caption", "")
    if not words and (match := _PICTURE.fullmatch(enclosed)):
        picture, words = match[1], match[2].strip()
    if not words:
        return enclosed
    around = f"wp-caption {given.get('align', 'alignnone')}"
    return (
        f'\n\n<figure class="{quoted(around)}">{picture.strip()}'
        f'<figcaption class="wp-caption-text">{words}</figcaption></figure>\n\n'
    )


def _files(given: Mapping[str, str], library: Library, type_: str) -> Sequence[Filed]:
    listed = given.get("ids") or given.get("include") or ""
    ids = [int(word) for word in re.findall(r"\d{1,18}", listed)]
    left_out = {int(word) for word in re.findall(r"\d{1,18}", given.get("exclude", ""))}
    return [one for one in library(ids or None, type_) if one.id not in left_out]


def _gallery(given: Mapping[str, str], library: Library) -> str:
    pictures = []
    for one in _files(given, library, "image"):
        image = f'<img src="{quoted(one.url)}" alt="{quoted(one.alt)}" />'
        if given.get("link") == "file":
            image = f'<a href="{quoted(one.url)}">{image}</a>'
        caption = f"<figcaption>{one.caption}</figcaption>" if one.caption else ""
        pictures.append(f"<figure>{image}{caption}</figure>")
    return f'\n\n<div class="gallery">{"".join(pictures)}</div>\n\n' if pictures else ""


def _playlist(given: Mapping[str, str], library: Library) -> str:
    type_ = "video" if given.get("type") == "video" else "audio"
    files = [
        (one.url, one.title or one.url.rpartition("/")[2]) for one in _files(given, library, type_)
    ]
    entries = "".join(
        f'<li><a href="{quoted(url)}">{quoted(title)}</a></li>' for url, title in files
    )
    return f"\n\n<ol>{entries}</ol>\n\n" if entries else ""


def _media(name: str, given: Mapping[str, str]) -> str | None:
    urls = [given[key] for key in ("src", *_FORMATS[name]) if given.get(key)]
    if not urls:
        return None
    sources = "".join(f'<source type="{_format(name, url)}" src="{quoted(url)}" />' for url in urls)
    wanted = [(key, given[key]) for key in ("width", "height", "poster") if given.get(key)]
    more = "".join(f' {key}="{quoted(value)}"' for key, value in wanted)
    for flag in ("autoplay", "loop", "muted"):
        if given.get(flag) in ("1", "on", "true"):
            more += f" {flag}"
    link = f'<a href="{quoted(urls[0])}">{quoted(urls[0])}</a>'
    return f'\n\n<{name} class="wp-{name}-shortcode" controls{more}>{sources}{link}</{name}>\n\n'


def _format(name: str, url: str) -> str:
    ending = url.partition("?")[0].rpartition(".")[2].lower()
    return _FORMATS[name].get(ending, f"{name}/*")


def _paragraphs(body: str) -> str:
    """Blank lines as paragraphs, line ends as breaks: classic editors leave them to WordPress."""
    text = body.replace("\r\n", "\n")
    out: list[str] = []
    at = 0
    unclosed: set[str] = set()
    for match in _WHOLE.finditer(text):
        close = f"</{match[1].lower()}>" if match[1] else "-->"
        if match.start() < at or close in unclosed:
            continue
        end = re.compile(close, re.IGNORECASE).search(text, match.end())
        if end is None:
            unclosed.add(close)
            continue
        out += _chunks(text[at : match.start()])
        at = end.end()
        out.append(text[match.start() : at])
    return "\n".join([*out, *_chunks(text[at:])])


def _chunks(text: str) -> list[str]:
    out: list[str] = []
    text = _BLOCK_TAG.sub(lambda tag: f"\n\n{tag[0]}\n\n", text)
    inside = 0  # elements that hold their text themselves: no paragraphs in a heading
    for chunk in _APART.split(text):
        chunk = chunk.strip()
        if not chunk:
            continue
        if _BLOCK_TAG.fullmatch(chunk):
            name = re.match(r"</?([a-z0-9]+)", chunk, re.IGNORECASE)
            assert name is not None
            if name[1].lower() in _OWN_TEXT:
                inside = max(0, inside - 1) if chunk[1] == "/" else inside + 1
            out.append(chunk)
        else:
            lines = re.sub(r"(?<!<br>)(?<!<br/>)(?<!<br />)\n", "<br />\n", chunk)
            out.append(lines if inside else f"<p>{lines}</p>")
    return out

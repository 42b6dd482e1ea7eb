"""Pictures, drawings and embedded objects without words for those who don't see them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wp_sync.audit.base import Certainty, Hit, Limits, Rule, Severity, Threshold, page_rule
from wp_sync.audit.naming import PRESENTATION, seen, spaced
from wp_sync.audit.page import Page
from wp_sync.audit.rules.accessibility.shared import axe_rule, called, hit
from wp_sync.audit.tree import Node

_FILE_NAME = re.compile(
    r"[^/\\]*\.(?:jpe?g|png|gif|webp|svg|avif|bmp|tiff?|heic)"
    r"|(?:img|dsc[nf]?|dcim|pict|photo|image|screenshot|untitled)[ _-]?\d+",
    re.IGNORECASE,
)
_NEEDS_NAME = PRESENTATION | frozenset(
    ("img", "image", "button", "link", "heading", "checkbox", "radio", "textbox", "combobox",
     "listbox", "menuitem", "option", "tab", "switch", "slider", "dialog", "meter", "progressbar")
)  # fmt: skip


def _file(src: str) -> str:
    return src.rpartition("/")[2][:80] or src[:80]


def _named_otherwise(page: Page, node: Node) -> bool:
    return page.naming.has_name(node) or page.naming.role(node) in PRESENTATION


@page_rule(
    axe_rule(
        "image-alt",
        "critical",
        "A picture without an alternative text is read out as its file's name, or not at all.",
        'Say in alt what the picture shows; alt="" where it is only an ornament.',
        '<img src="/ward.jpg">',
        '<img src="/ward.jpg" alt="Our ward at night"><img src="/line.png" alt="">',
    )
)
def image_alt(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in seen(page.naming, "img"):
        alt = node.get("alt")
        explicit = page.naming.explicit(node)
        other = explicit and explicit not in _NEEDS_NAME
        if other and not page.naming.focusable(node):
            continue
        src = node.attributes.get("src") or node.attributes.get("data-src") or ""
        if alt is None:
            if not _named_otherwise(page, node):
                yield hit(page, node, f"the picture {_file(src)} has no alternative text")
        elif alt and not alt.strip() and page.naming.role(node) not in PRESENTATION:
            message = f"the alternative text of {_file(src)} is blank"
            yield hit(page, node, message)


@page_rule(
    axe_rule(
        "image-redundant-alt",
        "minor",
        "The same words are read out twice, once for the picture and once beside it.",
        "Leave alt empty where the words beside the picture say it already.",
        '<a href="/call/"><img src="/phone.png" alt="Call us"> Call us</a>',
        '<a href="/call/"><img src="/phone.png" alt=""> Call us</a>',
    )
)
def image_redundant_alt(page: Page, limits: Limits) -> Iterator[Hit]:
    naming = page.naming
    for node in seen(naming, "img"):
        if naming.role(node) in PRESENTATION:
            continue
        name = naming.name(node)
        if not name:
            continue
        around = next((one for one in (node, *node.above()) if _says_something(page, one)), None)
        if around is not None and naming.shown(around).lower() == name.lower():
            yield hit(page, node, f"{called(name)} stands beside the picture too")


def _says_something(page: Page, node: Node) -> bool:
    if node.name == "a":
        return "href" in node.attributes
    return node.name in ("button", "p", "li", "td", "th") or page.naming.explicit(node) == "button"


@page_rule(
    axe_rule(
        "area-alt",
        "critical",
        "A link that is a part of a picture has no words of its own to be read out.",
        "Give the area an alt that says where it leads.",
        '<img src="/plan.png" alt="Plan" usemap="#p"><map name="p"><area href="/ward/"></map>',
        '<img src="/plan.png" alt="Plan" usemap="#p">'
        '<map name="p"><area href="/ward/" alt="The ward"></map>',
    )
)
def area_alt(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in page.tree.named("area"):
        if "href" not in node.attributes or not any(up.name == "map" for up in node.above()):
            continue
        if not spaced(node.get("alt") or "") and not page.naming.has_name(node):
            yield hit(page, node, f"the area that leads to {node.get('href')} has no words")


@page_rule(
    axe_rule(
        "object-alt",
        "serious",
        "An embedded object that can't be shown leaves nothing, not even a name.",
        "Give the object a title, and put words for those who can't open it in between.",
        '<object data="/diary.pdf"></object>',
        '<object data="/diary.pdf" title="The sleep diary"></object>',
    )
)
def object_alt(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in seen(page.naming, "object"):
        if "data" in node.attributes and not _named_otherwise(page, node):
            yield hit(page, node, f"the object {_file(node.get('data') or '')} has no title")


@page_rule(
    axe_rule(
        "svg-img-alt",
        "serious",
        "A drawing that says it is a picture has no words to be read out.",
        'Put a <title> into the drawing, or take role="img" away from an ornament.',
        '<svg role="img"><path d="M0 0h9"/></svg>',
        '<svg role="img"><title>A lamp</title><path d="M0 0h9"/></svg>',
    )
)
def svg_img_alt(page: Page, limits: Limits) -> Iterator[Hit]:
    naming = page.naming
    if "svg" not in page.tree.by_name:
        return
    for svg in page.tree.by_name["svg"]:
        for node in (svg, *(one for one in svg.walk() if one.foreign)):
            role = node.attributes.get("role", "")
            drawn = role in ("img", "image", "graphics-symbol")
            if not drawn and not (role == "graphics-document" and node.name == "svg"):
                continue
            if naming.hidden(node) or naming.has_name(node):
                continue
            title = next((one for one in node.elements() if one.name == "title"), None)
            if title is None or not naming.shown_anyway(title):
                yield hit(page, node, f"the drawing <{node.name}> has no title")


@page_rule(
    axe_rule(
        "role-img-alt",
        "serious",
        "A box that says it is a picture has no words to be read out.",
        "Give the box an aria-label that says what it shows.",
        '<div role="img" style="background: url(/moon.jpg)"></div>',
        '<div role="img" aria-label="The moon" style="background: url(/moon.jpg)"></div>',
    )
)
def role_img_alt(page: Page, limits: Limits) -> Iterator[Hit]:
    if "role" not in page.attribute_names:
        return
    for node in page.tree.root.walk():
        if node.attributes.get("role") not in ("img", "image") or node.foreign:
            continue
        if node.name in ("img", "area", "input", "object", "svg") or page.naming.hidden(node):
            continue
        if not page.naming.has_name(node):
            yield hit(page, node, f"<{node.name}> is said to be a picture and has no words")


@page_rule(
    axe_rule(
        "server-side-image-map",
        "minor",
        "Where in the picture one clicks matters, and only a mouse can click there.",
        "Use a map with areas, or plain links.",
        '<a href="/map/"><img src="/map.gif" alt="Map" ismap></a>',
        '<a href="/map/"><img src="/map.gif" alt="Map"></a>',
        review=True,
    )
)
def server_side_image_map(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in seen(page.naming, "img"):
        if "ismap" in node.attributes:
            message = f"a click's place in {_file(node.get('src') or '')} matters"
            yield hit(page, node, message)


@page_rule(
    Rule(
        id="accessibility/alt-file-name",
        reason="A file's name as alternative text tells nobody what the picture shows.",
        severity=Severity.WARNING,
        fix='Say what the picture shows, or leave alt="" where it is only an ornament.',
        bad='<img src="/a.jpg" alt="IMG_2041.jpg">',
        good='<img src="/a.jpg" alt="A nurse with a lamp">',
        sample=True,
    )
)
def alt_file_name(page: Page, limits: Limits) -> Iterator[Hit]:
    for one in page.images:
        alt = one.get("alt").strip()
        if alt and _FILE_NAME.fullmatch(alt):
            message = f"the alternative text is a file's name: {called(alt)}"
            yield Hit(message, f"img {one.get('src')} {alt}"[:200], (one.start, one.end))


@page_rule(
    Rule(
        id="accessibility/alt-long",
        reason="A long alternative text can't be skipped or read again by its listeners.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Shorten it, and say the rest in the text or in a caption.",
        bad=f'<img src="/a.jpg" alt="{"A nurse explains the box beside the bed. " * 3}">',
        good='<img src="/a.jpg" alt="A nurse explains the box beside the bed">',
        thresholds=(
            Threshold(
                "most", 100, "Screaming Frog", "characters that an alternative text may have"
            ),
        ),
        sample=True,
    )
)
def alt_long(page: Page, limits: Limits) -> Iterator[Hit]:
    most = limits.whole("most")
    for one in page.images:
        alt = spaced(one.get("alt"))
        if len(alt) > most:
            message = f"the alternative text has {len(alt)} characters: {called(alt)}"
            yield Hit(message, f"img {one.get('src')}"[:200], (one.start, one.end))

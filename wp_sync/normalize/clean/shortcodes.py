"""Shortcodes that nothing renders any more, and the wrappers of page builders.

A shortcode in a *rendered* body is one that no active plugin knows. Page builders' are taken off
and what they enclose stays; others are told of, and touched only where the owner names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wp_sync.normalize.clean.body import Body, Edit

# As core's get_shortcode_regex() and get_shortcode_atts_regex(): a name, attributes without
# brackets, doubled brackets around for a sample. Tags may stand in attributes there; not here.
_SHORTCODE = re.compile(
    r"(\[?)\[(/?)([^\s\[\]<>&/=\"'\x00-\x20]++)((?:[\s\xa0][^\[\]]*?|/)?)\](\]?)"
)
_BUILDERS = {
    "vc_": "WPBakery", "et_pb_": "Divi", "fusion_": "Fusion Builder", "av_": "Enfold",
    "mk_": "Jupiter", "cs_": "Cornerstone", "x_": "Cornerstone", "tatsu_": "Tatsu",
    "nectar_": "Salient", "ux_": "Flatsome", "siteorigin_": "SiteOrigin",
}  # fmt: skip
_CLASSES = {
    "elementor-": "Elementor", "elementor": "Elementor", "fusion-": "Fusion Builder",
    "et_pb_": "Divi", "vc_": "WPBakery", "wpb_": "WPBakery", "fl-": "Beaver Builder",
    "siteorigin-": "SiteOrigin", "panel-grid": "SiteOrigin", "so-panel": "SiteOrigin",
    "brxe-": "Bricks", "tve_": "Thrive", "ct-section": "Oxygen", "oxy-": "Oxygen",
}  # fmt: skip
_SHORTEST_CLASS = 10  # of " class=fl-"
_LONGEST = 20_000  # characters that a shortcode may enclose to go with them
_WRAPPERS = ("div", "section", "article")
# Common words in brackets that are no shortcodes.
_WORDS = frozenset(("sic", "edit", "update", "note", "ad", "x", "ref", "image", "video", "photo"))
_KNOWN = frozenset(
    (
        "gallery",
        "caption",
        "wp_caption",
        "embed",
        "audio",
        "video",
        "playlist",
        "contact-form",
        "button",
        "row",
        "column",
        "columns",
        "tabs",
        "tab",
        "accordion",
        "toggle",
        "dropcap",
        "highlight",
        "divider",
        "spacer",
        "slider",
        "map",
        "quote",
        "youtube",
        "vimeo",
        "toc",
    )
)


def shortcodes(body: Body) -> Iterator[Edit]:
    source, rules = body.source, body.rules
    if "[" not in source:
        return
    removed: dict[str, list[tuple[int, int]]] = {}
    names_closed = set(re.findall(r"\[/([^\s\[\]<>]{1,60})\]", source))
    for start, end in body.texts:
        if source.find("[", start, end) < 0:
            continue
        for match in _SHORTCODE.finditer(source, start, end):
            escaped, slash, name, inside, doubled = match.groups()
            if (escaped and doubled) or name in rules.keep_shortcodes:
                continue
            first, last = match.start() + len(escaped), match.end() - len(doubled)
            builder = next((b for p, b in _BUILDERS.items() if name.startswith(p)), "")
            if builder and rules.builders != "off":
                what = f"a shortcode of {builder}: [{slash}{name[:60]}]"
                yield Edit(first, last, "", "builders", what)
            elif rules.shortcodes == "off":
                continue
            elif name in rules.unwrap_shortcodes:
                yield Edit(first, last, "", "shortcodes", f"the shortcode [{slash}{name[:60]}]")
            elif name in rules.remove_shortcodes:
                if not slash:
                    removed.setdefault(name, []).append((first, last))
                    if name not in names_closed or inside.endswith("/"):
                        removed[name].pop()
                        yield _whole(first, last, name)
                elif removed.get(name):
                    opened = removed[name].pop()[0]
                    if last - opened <= _LONGEST and body.balanced(opened, last):
                        yield _whole(opened, last, name)
            elif not slash and (
                "=" in inside or name in names_closed or name in _KNOWN or "_" in name
            ):
                if name.lower() in _WORDS and "=" not in inside and name not in names_closed:
                    continue
                what = f"a shortcode that was not rendered: [{name[:60]}]"
                yield Edit(first, last, source[first:last], "shortcodes", what, do=False)


def _whole(start: int, end: int, name: str) -> Edit:
    return Edit(start, end, "", "shortcodes", f"the shortcode [{name[:60]}] and what it encloses")


def builder_wrappers(body: Body) -> Iterator[Edit]:
    """Boxes around boxes: ``div``s that only a page builder's style sheet gave a meaning."""
    source, spelled = body.source, body.scan.spelled
    prefixes = _CLASSES | dict.fromkeys(body.rules.builder_classes, "the site's builder")
    present = {prefix: name for prefix, name in prefixes.items() if prefix in spelled}
    if not present:
        return
    for number, tag in body.elements(*_WRAPPERS):
        if tag.attributes_end - tag.attributes_start < _SHORTEST_CLASS:
            continue
        raw = source[tag.attributes_start : tag.attributes_end]
        here = {prefix: name for prefix, name in present.items() if prefix in raw}
        if not here:
            continue
        attributes = body.scan.get(tag)
        words = attributes.get("class", "").split()
        builder = next(
            (name for word in words for prefix, name in here.items() if word.startswith(prefix)), ""
        )
        close = body.closing.get(number)
        if not builder or close is None or "id" in attributes:
            continue
        if any(word.startswith("wp-block") for word in words):
            continue
        end = body.scan.tags[close]
        yield Edit(tag.start, tag.end, "", "builders", f"a box of {builder}: <{tag.name}>")
        yield Edit(end.start, end.end, "", "builders", f"the end of a box of {builder}")

"""Empty paragraphs and headings, and pictures that nobody is to see."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wp_sync.normalize.clean.body import BLANK, Body, Edit

_EMPTY = re.compile(
    r"<(?:p|h[1-6])\b[^>]*+>(?:\s|&nbsp;|&#160;|\u200b|<br\s*+/?>)*+</", re.IGNORECASE
)
_NAMES = ("p", "h1", "h2", "h3", "h4", "h5", "h6")
_KEPT = frozenset(("id", "style", "class"))  # an anchor's target, a spacer

# Hosts (and paths) whose pictures count visitors; from the services' own snippets.
_HOSTS = (
    "pixel.wp.com", "stats.wordpress.com", "feeds.wordpress.com/1.0/", "feeds.feedburner.com/~",
    "feedburner.com/~r/", "facebook.com/tr", "google-analytics.com", "doubleclick.net",
    "googleads.g.doubleclick", "bat.bing.com", "assoc-amazon.", "amazon-adsystem.com",
    "px.ads.linkedin.com", "ct.pinterest.com", "analytics.twitter.com", "pixel.quantserve.com",
    "scorecardresearch.com", "vg09.met.vgwort.de", "vgwort.de/na/",
)  # fmt: skip
_TINY = re.compile(r"(?:width|height)\s*[=:]\s*[\"']?\s*[01](?:px)?\b")
_TINY_STYLE = re.compile(r"(?:^|;)\s*(width|height)\s*:\s*[01](?:px)?\s*(?:!important)?\s*(?=;|$)")


def empty_paragraphs(body: Body) -> Iterator[Edit]:
    """Paragraphs and headings without a word or picture, unless an id, class or style uses them."""
    if _EMPTY.search(body.source) is None:
        return
    tags, source = body.scan.tags, body.source
    for number, tag in body.elements(*_NAMES):
        at, close = tag.end, number + 1
        while close < len(tags) and BLANK.fullmatch(source, at, tags[close].start):
            at = tags[close].end
            if tags[close].name != "br" or close - number > 50:
                break
            close += 1
        else:
            continue
        end = tags[close]
        if not end.closing or end.name != tag.name:
            continue
        if _KEPT & {attribute.name for attribute in body.scan.attributes(tag)}:
            continue
        start, stop = body.with_block(tag.start, end.end)
        whole = (start, stop) != (tag.start, end.end) or not body.in_block(start, stop)
        yield Edit(start, stop, "", "empty", f"an empty <{tag.name}>", whole)


def tracking_pixels(body: Body) -> Iterator[Edit]:
    """Pictures of at most one pixel, and those of services that count visitors."""
    source = body.source
    if "<img" not in source and "<IMG" not in source:
        return
    all_hosts = (*_HOSTS, *body.rules.pixel_hosts)
    for _, tag in body.elements("img"):
        raw = source[tag.attributes_start : tag.attributes_end]
        hosts = [host for host in all_hosts if host in raw]
        low = raw.lower()
        sized = "width" in low or "height" in low
        if not hosts and not (sized and _TINY.search(low)):
            continue
        attributes = body.scan.get(tag)
        address = attributes.get("src", "")
        style = {match[1] for match in _TINY_STYLE.finditer(attributes.get("style", "").lower())}
        tiny = [
            name in style or attributes.get(name, "").strip().removesuffix("px") in ("0", "1")
            for name in ("width", "height")
        ]
        known = next((host for host in hosts if host in address), "")
        if all(tiny) and address and not address.startswith("data:"):
            yield Edit(tag.start, tag.end, "", "pixels", "a picture of one pixel")
        elif known:
            yield Edit(tag.start, tag.end, "", "pixels", f"a picture that counts visits: {known}")

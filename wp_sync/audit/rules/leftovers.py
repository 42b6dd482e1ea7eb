"""What WordPress, its plugins and its editors leave in a text when they are gone or fail.

The content is the rendered one: a shortcode in it is one that no active plugin knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from wp_sync.audit.base import (
    OWN,
    Certainty,
    Excerpt,
    Hit,
    Limits,
    Rule,
    Severity,
    Threshold,
    page_fact,
    page_rule,
    site_rule,
)
from wp_sync.audit.excerpts import excerpt
from wp_sync.audit.page import Page, PostFacts
from wp_sync.audit.rules.content.broken import body_of
from wp_sync.audit.secrets import masked
from wp_sync.audit.site import Site
from wp_sync.normalize.clean.paragraphs import empty_paragraphs as find_empty
from wp_sync.normalize.clean.pasted import pasted_styles as find_pasted

# As core's get_shortcode_regex() takes it apart: a name without brackets, spaces and <>&/; doubled
# brackets around a sample; attributes up to the bracket.
_SHORTCODE = re.compile(
    r"(\[?)\[(/?)([^\s\[\]<>&/=\"'\x00-\x20]{1,60}+)((?:[\s\xa0][^\[\]]{0,2000}?|\s?/)?)\](\]?)"
)
_ATTRIBUTE = re.compile(
    r"[\w-]+\s*=\s*(?:[\"'“”‘’″′\w/#.-]|&quot;|&#8220;|&#8221;|&#8243;|&#8242;|&#8217;)"
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)*")
_KNOWN = frozenset(
    ("gallery", "caption", "wp_caption", "audio", "video", "playlist", "contact-form",
     "contact-form-7", "toc", "slider", "accordion", "tabs", "tab", "toggle", "button", "row",
     "column", "columns", "spacer", "divider", "dropcap", "youtube", "vimeo", "map", "gravityform")
)  # fmt: skip
_WORDS = frozenset(
    ("sic", "edit", "update", "note", "ad", "x", "ref", "image", "photo", "map", "video", "audio",
     "button", "column", "row", "tab", "caption", "sponsored", "citation", "source", "link")
)  # fmt: skip
_BUILDERS = {
    "vc_": "WPBakery", "et_pb_": "Divi", "fusion_": "Fusion Builder", "av_": "Enfold",
    "mk_": "Jupiter", "cs_": "Cornerstone", "tatsu_": "Tatsu", "nectar_": "Salient",
    "ux_": "Flatsome", "siteorigin_": "SiteOrigin", "kc_": "King Composer", "fl_": "Beaver Builder",
    "oxygen": "Oxygen", "thrive_": "Thrive",
}  # fmt: skip
_EMBED = re.compile(r"\[embed[^\]\n]{0,200}\]\s*(https?://[^\s\[\]<>\"]{4,500})\s*\[/embed\]")
_PROVIDERS = re.compile(
    r"https?://(?:(?:www|m)\.)?(?:youtube\.com/(?:watch|playlist|shorts)|youtu\.be/|vimeo\.com/\d|"
    r"twitter\.com/\w+/status|x\.com/\w+/status|soundcloud\.com/|open\.spotify\.com/|"
    r"tiktok\.com/@|flickr\.com/photos|dailymotion\.com/video|slideshare\.net/|ted\.com/talks|"
    r"reddit\.com/r/|bsky\.app/profile)\S{0,400}"
)
_BARE = re.compile(r"(?m)^[ \t]*(https?://[^\s<>\"]{4,500})[ \t]*$")
_PHP = re.compile(
    r"(?:(?:Warning|Notice|Fatal error|Parse error|Deprecated|Strict Standards|Catchable fatal "
    r"error):\s.{3,600}? in \S{1,300}\.php(?:\(\d+\))?(?::\d+| on line \d+))"
    r"|Uncaught (?:\w*Error|\w*Exception): .{3,600}? in \S{1,300}\.php"
    r"|WordPress database error:? \[?.{3,300}"
)
_TEMPLATE = re.compile(
    r"\{\{\{?\s*[A-Za-z_][\w.]*(?:\s*\|\s*\w+)*\s*\}?\}\}|%%[a-z_]{3,40}%%|<%=?[^%]{1,80}%>"
)
_PHP_TAG = re.compile(r"&lt;\?(?:php|=)?\s[^\n]{0,80}|<\?php[^\n]{0,80}")
_BLOCK = re.compile(r"(?:&lt;|<)!(?:--|&#8211;|–)\s*/?wp:[a-z][a-z0-9/-]*[^\n]{0,60}")


def _shortcodes(page: Page) -> Iterator[tuple[str, bool, int, int]]:
    """Shortcodes in the words: name, whether its form alone proves it, and where."""
    text = page.prose.text
    if "[" not in text:
        return
    closed = set(re.findall(r"\[/([^\s\[\]<>]{1,60})\]", text))
    for match in _SHORTCODE.finditer(text):
        escaped, slash, name, inside, doubled = match.groups()
        if (escaped and doubled) or not _NAME.fullmatch(name):
            continue
        given = bool(_ATTRIBUTE.search(inside))
        # Words behind the name: a remark in brackets, unless it closes like a shortcode.
        remark = not given and bool(inside.strip(" /\xa0"))
        if remark and (name not in closed or name.lower() in _WORDS):
            continue
        sure = given or bool(slash) or name in closed or (name in _KNOWN and name not in _WORDS)
        if not sure and not ("_" in name or "-" in name):
            continue
        start = match.start() + len(escaped)
        yield name, sure or "_" in name, start, match.end() - len(doubled)


def _builder(name: str) -> str:
    return next((who for prefix, who in _BUILDERS.items() if name.startswith(prefix)), "")


@page_fact("shortcodes")
def shortcode_fact(page: Page) -> list[list[Any]] | None:
    """Each name once, with its first place: name, whether it is sure, excerpt."""
    found: dict[str, list[Any]] = {}
    for name, sure, start, end in _shortcodes(page):
        if name in found or name == "embed" or _builder(name):
            continue
        shown = excerpt(masked(page.html, page.secrets), *page.prose.place(start, end))
        found[name] = [name, sure, shown.text, shown.start, shown.end]
    return list(found.values())[:50] or None


@site_rule(
    Rule(
        id="leftovers/shortcode",
        reason="A shortcode that no plugin renders stands in the text as code in brackets.",
        severity=Severity.WARNING,
        certainty=Certainty.REVIEW,
        fix="Put the plugin back, or take the shortcode out; `cleaning.toml` can do it for all.",
        bad='[pricing_box title="One night"] in a text',
        good="<code>[pricing_box]</code> or [[pricing_box]] as a sample",
        thresholds=(
            Threshold("posts", 3, OWN, "posts with a name from which it is certain, and an error"),
        ),
    )
)
class Shortcode:
    def __init__(self, limits: Limits) -> None:
        self._least = limits.whole("posts")
        self._times: dict[str, int] = {}
        self._found: list[tuple[str, int, list[Any]]] = []

    def add(self, post: PostFacts) -> None:
        for told in post.more.get("shortcodes", ()):
            self._times[told[0]] = self._times.get(told[0], 0) + 1
            self._found.append((post.kind, post.id, told))

    def hits(self, site: Site) -> Iterable[Hit]:
        for kind, id, (name, sure, text, start, end) in self._found:
            many = self._times[name] >= self._least
            if not sure and not many:
                continue
            more = f", in {self._times[name]} posts" if many else ""
            yield Hit(
                f"the shortcode [{name}] was not rendered{more}", f"shortcode {name}",
                excerpt=Excerpt(text, start, end), kind=kind, id=id,
                severity=Severity.ERROR if many else None,
                certainty=Certainty.CERTAIN if many else None,
            )  # fmt: skip


@page_rule(
    Rule(
        id="leftovers/builder",
        reason="The code of a page builder that is gone stands in the text.",
        severity=Severity.ERROR,
        fix="Take the code out; `cleaning.toml` can do it for all posts.",
        bad='<p>[vc_row][vc_column width="1/2"]Light.[/vc_column][/vc_row]</p>',
        good="<p>Light.</p>",
        sample=True,
    )
)
def builder(page: Page, limits: Limits) -> Iterator[Hit]:
    for name, _, start, end in _shortcodes(page):
        if who := _builder(name):
            message = f"{who}'s code was not rendered: [{name}]"
            yield Hit(message, f"builder {who}", page.prose.place(start, end), data={"code": name})


@page_rule(
    Rule(
        id="leftovers/block-comment",
        reason="The editor's marks, which nobody should see, stand in the text as words.",
        severity=Severity.WARNING,
        fix="Open the post in the code editor and take them out.",
        bad="<p>&lt;!-- wp:paragraph --&gt;</p><p>Words.</p>",
        good="<!-- wp:paragraph --><p>Words.</p><!-- /wp:paragraph -->",
        sample=True,
    )
)
def block_comment(page: Page, limits: Limits) -> Iterator[Hit]:
    if "wp:" not in page.html:
        return
    for match in _BLOCK.finditer(page.prose.text):
        at = page.prose.place(*match.span())
        yield Hit(f"a block's comment is visible: {match[0][:80]}", "block comment", at)


@page_rule(
    Rule(
        id="leftovers/php-error",
        reason="An error message tells visitors that something is broken, and attackers where.",
        severity=Severity.ERROR,
        fix="Find the plugin that fails, and take the message out where it was saved.",
        bad="<p>Warning: Undefined variable $post in /srv/www/show.php on line 41</p>",
        good="<p>Warning: do not drive after the study.</p>",
        sample=True,
    )
)
def php_error(page: Page, limits: Limits) -> Iterator[Hit]:
    if ".php" not in page.html and "database error" not in page.html:
        return
    text = page.prose.text.replace("\n", " ") if "<pre" not in page.html else page.prose.text
    for match in _PHP.finditer(text):
        at = page.prose.place(*match.span())
        words = " ".join(match[0].split())
        yield Hit(f"an error message: {words[:200]}", f"error {words[:150]}", at)


@page_rule(
    Rule(
        id="leftovers/embed-unresolved",
        reason="Where a film or post should be shown, its bare address stands in the text.",
        severity=Severity.WARNING,
        fix="See whether the address still works, and embed it again.",
        bad="<p>https://www.youtube.com/watch?v=abcdefghijk</p>",
        good='<p>See <a href="https://www.youtube.com/watch?v=abcdefghijk">the film</a>.</p>',
        sample=True,
    )
)
def embed_unresolved(page: Page, limits: Limits) -> Iterator[Hit]:
    text = page.prose.text
    if "http" not in text:
        return
    for match in _EMBED.finditer(text):
        yield Hit(f"not embedded: {match[1]}", match[1], page.prose.place(*match.span()))
    for match in _BARE.finditer(text):
        start, end = page.prose.place(*match.span(1))
        before = page.html.rfind("<", 0, start)
        opening = page.html[before:start]
        boxed = "embed" in opening and "wrapper" in opening
        linked = opening[:2].lower() == "<a" and not opening[2:3].isalnum()
        if boxed or (_PROVIDERS.fullmatch(match[1]) and not linked):
            yield Hit(f"not embedded: {match[1]}", match[1], (start, end))


@page_rule(
    Rule(
        id="leftovers/pasted-styles",
        reason="Styles of a word processor fight with the theme's and make the page heavier.",
        severity=Severity.NOTICE,
        fix="Paste as plain text; `cleaning.toml` can take the styles out of all posts.",
        bad='<p class="MsoNormal" style="mso-line-height-rule:exactly">Rest.</p>',
        good="<p>Rest.</p>",
        sample=True,
    )
)
def pasted_styles(page: Page, limits: Limits) -> Iterator[Hit]:
    edits = list(find_pasted(body_of(page)))
    if edits:
        first = edits[0]
        message = f"styles of a word processor in {len(edits)} places"
        yield Hit(message, "pasted styles", (first.start, max(first.end, first.start + 1)))


@page_rule(
    Rule(
        id="leftovers/empty-paragraphs",
        reason="Empty paragraphs are gaps whose height nobody chose.",
        severity=Severity.NOTICE,
        fix="Take them out, or use a spacer; `cleaning.toml` can do it for all posts.",
        bad="<p>One.</p><p>&nbsp;</p><p>Two.</p>",
        good="<p>One.</p><p>Two.</p>",
        thresholds=(Threshold("most", 0, OWN, "empty paragraphs that a post may have"),),
        sample=True,
    )
)
def empty_paragraphs(page: Page, limits: Limits) -> Iterator[Hit]:
    edits = [edit for edit in find_empty(body_of(page)) if edit.what == "an empty <p>"]
    if len(edits) > limits.whole("most"):
        times = f"{len(edits)} empty paragraphs" if len(edits) > 1 else "an empty paragraph"
        yield Hit(times, "empty paragraphs", (edits[0].start, edits[0].end))


@page_rule(
    Rule(
        id="leftovers/template-tag",
        reason="A variable that nothing filled in stands in the text.",
        severity=Severity.WARNING,
        fix="Write what was meant to stand there.",
        bad="<p>Dear {{ patient.name }}, your night is booked.</p>",
        good="<p>Dear patient, your night is booked.</p>",
        sample=True,
    )
)
def template_tag(page: Page, limits: Limits) -> Iterator[Hit]:
    text = page.prose.text
    if "{{" not in text and "%%" not in text and "<%" not in text:
        return
    for match in _TEMPLATE.finditer(text):
        at = page.prose.place(*match.span())
        yield Hit(f"nothing filled in {match[0]}", f"variable {match[0]}", at)


@page_rule(
    Rule(
        id="leftovers/php-code",
        reason="Code that was to run on the server stands in the text for all to read.",
        severity=Severity.WARNING,
        certainty=Certainty.REVIEW,
        fix="Take it out, or show it as a code sample.",
        bad="<p>&lt;?php echo do_shortcode('[map]'); ?&gt;</p>",
        good="<pre>&lt;?php echo 1; ?&gt;</pre>",
        sample=True,
    )
)
def php_code(page: Page, limits: Limits) -> Iterator[Hit]:
    if "&lt;?" not in page.html:
        return
    for match in _PHP_TAG.finditer(page.prose.text):
        at = page.prose.place(*match.span())
        yield Hit(f"PHP in the text: {match[0][:80]}", "php", at)

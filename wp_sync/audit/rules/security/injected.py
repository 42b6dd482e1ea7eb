"""What others put into a text, or what lets them: spam, scripts, frames, handlers, forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from wp_sync.audit.base import OWN, Certainty, Hit, Limits, Rule, Severity, Threshold, page_rule
from wp_sync.audit.page import Element, Page
from wp_sync.audit.rules.content.broken import body_of
from wp_sync.normalize.clean.paragraphs import tracking_pixels

_SPAM = re.compile(
    r"\b(?:(?:online )?casino(?:s| bonus| games?| slots?)?|no[- ]deposit bonus|slot machines?"
    r"|sports? betting|bookmakers?|viagra|cialis|levitra|sildenafil|tadalafil|phentermine"
    r"|tramadol online|xanax online"
    r"|payday loans?|cash advance|replica watch(?:es)?|louis vuitton outlet|essay writing service"
    r"|write my essay|porn|xxx videos?|escorts?|buy followers|cheap jerseys|judi online|situs slot"
    r"|slot gacor|togel|(?:cheap|buy|order) \w+ (?:online|without prescription))\b",
    re.IGNORECASE,
)
_HIDING = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])"
    r"|(?:left|top|right|text-indent|margin-left)\s*:\s*-\d{3,}|(?:height|width|max-height)\s*:\s*[01](?:px)?\s*(?:;|$)"
    r"|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|clip\s*:\s*rect\(0)",
    re.IGNORECASE,
)
_SCRIPT_TYPES = ("", "text/javascript", "application/javascript", "module", "text/ecmascript")
_SCRIPT_HOSTS = frozenset(
    ("platform.twitter.com", "www.instagram.com", "www.tiktok.com", "embed.reddit.com",
     "embed.bsky.app", "assets.pinterest.com", "connect.facebook.net", "platform.instagram.com",
     "fast.wistia.com", "js.hsforms.net", "embed.typeform.com", "static.codepen.io",
     "gist.github.com", "www.flickr.com", "embedr.flickr.com", "speakerdeck.com", "www.google.com",
     "widget.trustpilot.com", "secure.polldaddy.com", "assets.calendly.com", "v0.wordpress.com")
)  # fmt: skip
_CORE_SCRIPT = re.compile(
    r"wp-embedded-content|receiveEmbedMessage|wp-playlist|wpcf7|CDATA\[ \*/\s*var wp"
)
_FRAME_HOSTS = re.compile(
    r"(?:.*\.)?(?:youtube\.com|youtube-nocookie\.com|youtu\.be|vimeo\.com|google\.com|google\.[a-z.]{2,6}"
    r"|openstreetmap\.org|spotify\.com|soundcloud\.com|facebook\.com|instagram\.com|twitter\.com"
    r"|tiktok\.com|dailymotion\.com|wistia\.(?:com|net)|ted\.com|slideshare\.net|issuu\.com|scribd\.com"
    r"|typeform\.com|calendly\.com|jotform\.com|hubspot\.com|mailchimp\.com|apple\.com|bandcamp\.com"
    r"|codepen\.io|reddit\.com|flickr\.com|mixcloud\.com|videopress\.com|wordpress\.com|wordpress\.org"
    r"|wp\.com|archive\.org|loom\.com|microsoft\.com|office\.com|linkedin\.com|pinterest\.com"
    r"|bsky\.app|ivoox\.com|megaphone\.fm|buzzsprout\.com|libsyn\.com|podbean\.com|anchor\.fm)"
)
_HANDLER = re.compile(
    r"on(?:abort|animation\w+|before\w+|blur|cancel|can\w+|change|click|close|contextmenu|copy|cut|dbl\w+"
    r"|drag\w*|drop|end\w*|error|focus\w*|form\w+|hash\w+|input|invalid|key\w+|load\w*|mouse\w+|message"
    r"|offline|online|page\w+|paste|pause|play\w*|pointer\w+|popstate|progress|reset|resize|scroll\w*"
    r"|search|select\w*|show|stalled|storage|submit|suspend|toggle|touch\w+|transition\w+|unload"
    r"|volumechange|wheel|begin|repeat)"
)
_BLANKS = re.compile(r"[\x00-\x20]+")


def _host(page: Page, url: str) -> str:
    """The host of an address, empty for the site's own and for what is no address."""
    try:
        host = (urlsplit(url.strip()).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    home = (urlsplit(page.setting.home).hostname or "").removeprefix("www.")
    return "" if host == home or (home and host.endswith(f".{home}")) else host


@page_rule(
    Rule(
        id="security/spam",
        reason="Links that others put in ruin the site's standing, and readers' trust.",
        severity=Severity.ERROR,
        certainty=Certainty.REVIEW,
        fix="Take them out, see in the history with which change they came, and change passwords.",
        bad='<div style="position:absolute;left:-9999px"><a href="https://x.example/">online casino'
        "</a></div>",
        good="<p>The old casino is now our ward.</p>",
        thresholds=(Threshold("links", 2, OWN, "visible links of such words, to be looked at"),),
        sample=True,
    )
)
def spam(page: Page, limits: Limits) -> Iterator[Hit]:
    inside = (f"{page.setting.home}/", "/", "#", "?") if page.setting.home else ("#", "?")
    outside = [
        one
        for one in page.named("a")
        if not (href := one.get("href")).startswith(inside) or href.startswith("//")
        if _host(page, href)
    ]
    if not outside:
        return
    tree = None
    visible: list[tuple[Element, str]] = []
    for one in outside:
        end = page.html.find("</a", one.end)
        words = page.html[one.end : end if 0 <= end < one.end + 400 else one.end + 400]
        match = _SPAM.search(words) or _SPAM.search(one.get("href").replace("-", " "))
        if match is None:
            continue
        tree = tree or {node.start: node for node in page.tree.named("a")}
        node = tree.get(one.start)
        hidden = node is not None and any(
            _HIDING.search(up.attributes.get("style", "")) or "hidden" in up.attributes
            for up in (node, *node.above())
        )
        if hidden:
            message = f"a hidden link to {one.get('href')[:200]}: “{match[0]}”"
            yield Hit(
                message, f"hidden {one.get('href')}", (one.start, one.end),
                certainty=Certainty.CERTAIN,
            )  # fmt: skip
        else:
            visible.append((one, match[0]))
    if len(visible) >= limits.whole("links"):
        for one, words in visible:
            message = f"a link to {one.get('href')[:200]}: “{words}”"
            yield Hit(message, one.get("href"), (one.start, one.end))


@page_rule(
    Rule(
        id="security/script",
        reason="A script in a text may do anything in a reader's browser, today or tomorrow.",
        severity=Severity.WARNING,
        certainty=Certainty.REVIEW,
        fix="Load scripts in the theme or by a plugin, where somebody keeps an eye on them.",
        bad='<script src="https://stats.other.example/t.js"></script>',
        good='<script type="application/ld+json">{}</script>',
        unpublished=True,
        sample=True,
    )
)
def script(page: Page, limits: Limits) -> Iterator[Hit]:
    for one in page.named("script"):
        if one.get("type").strip().lower() not in _SCRIPT_TYPES:
            continue
        source = one.get("src")
        if source:
            host = _host(page, source)
            if host and host not in _SCRIPT_HOSTS:
                yield Hit(f"a script from {host}", f"script {source}", (one.start, one.end))
            continue
        end = page.html.find("</script", one.end)
        code = " ".join(page.html[one.end : end if end >= 0 else one.end + 500].split())
        if code and not _CORE_SCRIPT.search(code[:2_000]):
            yield Hit(f"a script: {code[:120]}", f"script {code[:200]}", (one.start, one.end + 120))


@page_rule(
    Rule(
        id="security/embed",
        reason="What is embedded from an unknown place, or without TLS, is out of your hands.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="See whether you trust the place; use https; link to it instead.",
        bad='<iframe src="https://survey.unknown.example/7" title="Survey"></iframe>',
        good='<iframe src="https://www.youtube.com/embed/abc" title="The ward"></iframe>',
        thresholds=(Threshold("hosts", (), OWN, "more hosts that you trust"),),
        sample=True,
    )
)
def embed(page: Page, limits: Limits) -> Iterator[Hit]:
    trusted = set(limits.texts("hosts"))
    for one in page.named("iframe", "embed", "object"):
        source = (one.get("src") or one.get("data")).strip()
        if not source or source.startswith("about:"):
            continue
        at = (one.start, one.end)
        if source.split("?")[0].lower().endswith(".swf"):
            yield Hit(
                f"Flash, which no browser shows any more: {source[:200]}", source, at,
                certainty=Certainty.CERTAIN, severity=Severity.WARNING,
            )  # fmt: skip
            continue
        host = _host(page, source)
        if not host or host in trusted:
            continue
        if source.startswith("http:"):
            yield Hit(f"embedded without TLS: {source[:200]}", source, at)
        elif not _FRAME_HOSTS.fullmatch(host):
            yield Hit(f"embedded from {host}: {source[:200]}", source, at)


@page_rule(
    Rule(
        id="security/event-handler",
        reason="A script in an attribute runs at a touch, and is where injected scripts hide.",
        severity=Severity.WARNING,
        fix="Take the attribute out; let the theme do what it did.",
        bad='<a href="/book/" onclick="track(this)">Book</a>',
        good='<a href="/book/">Book</a>',
        unpublished=True,
        sample=True,
    )
)
def event_handler(page: Page, limits: Limits) -> Iterator[Hit]:
    if not any(name[:2] == "on" for name in page.attribute_names):
        source = page.html.lower()
        if "script" not in source and "&#" not in source:
            return
    for one in page.elements:
        for name, value in one.attributes.items():
            if name[:2] == "on" and value.strip() and _HANDLER.fullmatch(name):
                code = " ".join(value.split())
                message = f"{name} on <{one.name}>: {code[:120]}"
                yield Hit(message, f"{name} {code[:200]}", (one.start, one.end))
            elif name in ("href", "src", "action", "formaction", "xlink:href", "data"):
                address = _BLANKS.sub("", value[:60]).lower()
                if address.startswith(("javascript:", "vbscript:")):
                    code = " ".join(value.split())
                    message = f"<{one.name}> runs {ascii(code[:120])[1:-1]} (javascript:)"
                    yield Hit(message, f"address {code[:200]}", (one.start, one.end))


@page_rule(
    Rule(
        id="security/form-target",
        reason="What readers write into this form goes to another site, or over an open line.",
        severity=Severity.WARNING,
        certainty=Certainty.REVIEW,
        fix="Use https, and say in the privacy policy who gets it.",
        bad='<form action="http://forms.other.example/send"><button>Send</button></form>',
        good='<form action="/send/"><button>Send</button></form>',
        sample=True,
    )
)
def form_target(page: Page, limits: Limits) -> Iterator[Hit]:
    for one in page.named("form"):
        target = one.get("action").strip()
        host = _host(page, target)
        if host:
            open_line = " without TLS" if target.startswith("http:") else ""
            yield Hit(f"a form that sends to {host}{open_line}", target, (one.start, one.end))


@page_rule(
    Rule(
        id="security/tracking-pixel",
        reason="A picture that nobody sees tells another company who reads what.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Take it out, or name it in the privacy policy.",
        bad='<img src="https://stats.other.example/p.gif" width="1" height="1" alt="">',
        good='<img src="/lamp.jpg" width="300" height="200" alt="A lamp">',
        sample=True,
    )
)
def tracking_pixel(page: Page, limits: Limits) -> Iterator[Hit]:
    for edit in tracking_pixels(body_of(page)):
        source = page.scan.source[edit.start : edit.end]
        yield Hit(edit.what, f"pixel {source[:200]}", (edit.start, edit.end))

"""Where links and files come from: without encryption, or from hosts that nobody else sees.

A host's name is all that is looked at; nothing is asked of it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from wp_sync.audit.base import (
    Certainty,
    Hit,
    Limits,
    Rule,
    Severity,
    Threshold,
    page_fact,
    page_rule,
    site_rule,
)
from wp_sync.audit.page import Page, PostFacts
from wp_sync.audit.rules.links.malformed import malformed
from wp_sync.audit.rules.links.shared import (
    FOLLOWED,
    at,
    data,
    encrypted,
    followed,
    is_own,
    parsed,
)
from wp_sync.audit.site import Site
from wp_sync.normalize.links.web_address import Address

# Elements that load what they name; browsers block the first sort on encrypted pages.
_ACTIVE = frozenset(("script", "iframe", "link", "object", "embed", "track"))
_LOADED = _ACTIVE | {"img", "source", "audio", "video", "image", "input", "use", "style"}
_LOCAL_NAMES = re.compile(r"(?:.*\.)?(?:localhost|localdomain|local|test|invalid|example)")
_RESERVED = (".test", ".invalid", ".example")  # RFC 2606: nobody can ever have a name there
_INNER_NAMES = re.compile(r".*\.(?:internal|intranet|lan|corp|home|private|home\.arpa)")
_STAGING_LABEL = re.compile(
    r"(?:www\.)?(?:(?:stag(?:e|ing)|dev|devel|development|test|testing|preprod|preview|uat|qa|beta"
    r"|sandbox|demo|old|new|clone|backup)\d*)[.-]"
)


def _name(address: Address) -> str:
    """A host without its port and brackets."""
    host = address.host
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _ip(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def host_kind(address: Address) -> str:
    """``local`` (one computer, or no public name), ``private`` (somebody's network), or empty."""
    return _kind(_name(address))


@lru_cache(maxsize=2_048)
def _kind(name: str) -> str:
    ip = _ip(name)
    if ip is not None:
        if ip.is_loopback or ip.is_unspecified:
            return "local"
        return "private" if ip.is_private or ip.is_link_local else ""
    if _LOCAL_NAMES.fullmatch(name):
        # example.com, example.org and example.net are real hosts; the bare endings are not.
        return "local"
    if _INNER_NAMES.fullmatch(name) or "." not in name:
        return "private"
    return ""


@page_rule(
    Rule(
        id="links/local-host",
        reason=(
            "An address of somebody's own computer (localhost), or under an ending that no public"
            " site has (.test, .example, .local), works for nobody else."
        ),
        severity=Severity.ERROR,
        fix="Put the public address in its place.",
        bad='<p>See <a href="http://localhost:8080/offer/">our offer</a>.</p>',
        good='<p>See <a href="/post-2/">our offer</a>.</p>',
        sample=True,
    )
)
def local_host(page: Page, limits: Limits) -> Iterator[Hit]:
    yield from _hosts(page, "local", _local_words)


def _local_words(address: Address) -> str:
    if _name(address).endswith(_RESERVED):
        return "is under an ending that is kept for trials: no public site has it"
    return "is on the reader's own computer or in its network"


@page_rule(
    Rule(
        id="links/private-host",
        reason="An address in a private network is out of reach for visitors.",
        severity=Severity.ERROR,
        fix="Put the public address in its place, or take the link out.",
        bad='<p>See <a href="http://192.168.1.20/offer/">our offer</a>.</p>',
        good='<p>See <a href="/post-2/">our offer</a>.</p>',
        sample=True,
    )
)
def private_host(page: Page, limits: Limits) -> Iterator[Hit]:
    yield from _hosts(page, "private", lambda _: "is in a private network")


def _hosts(page: Page, kind: str, words: Callable[[Address], str]) -> Iterator[Hit]:
    for link, address, raw in parsed(page):
        if address is None or host_kind(address) != kind:
            continue
        if not malformed(raw) and not is_own(page, address):
            yield Hit(f"{address.host} {words(address)}", link.url, at(link), data=data(link))


_PROVIDERS = (
    "wpengine.com", "wpenginepowered.com", "kinsta.cloud", "pantheonsite.io", "flywheelsites.com",
    "myftpupload.com", "cloudwaysapps.com", "wpstagecoach.com", "wpcomstaging.com",
    "mystagingwebsite.com", "instawp.xyz", "instawp.co", "lndo.site", "ddev.site", "ngrok.io",
    "ngrok-free.app", "loca.lt", "tempurl.host", "sg-host.com", "hostingersite.com",
)  # fmt: skip


@page_rule(
    Rule(
        id="links/staging-host",
        reason="A link to a staging copy shows visitors an unfinished site, or a login prompt.",
        severity=Severity.WARNING,
        fix="Put the public address in its place.",
        bad='<p>See <a href="https://staging.blog.example.com/offer/">our offer</a>.</p>',
        good='<p>See <a href="/post-2/">our offer</a>.</p>',
        thresholds=(
            Threshold(
                "hosts", _PROVIDERS, "own choice", "endings of hosts that serve staging copies"
            ),
        ),
        sample=True,
    )
)
def staging_host(page: Page, limits: Limits) -> Iterator[Hit]:
    endings = tuple(f".{one}" for one in limits.texts("hosts"))
    own = page.setting.home.partition("//")[2].partition("/")[0].lower().removeprefix("www.")
    related = _related_to(own)
    for link, address, _ in parsed(page):
        if address is None or is_own(page, address):
            continue
        name = _name(address)
        if name.endswith(endings):
            # Another's site may live there for good.
            unsure = Certainty.REVIEW
        elif name.endswith(related) and _STAGING_LABEL.match(name):
            unsure = None
        else:
            continue
        message = f"{name} serves a copy for trying things out"
        yield Hit(message, link.url, at(link), data=data(link), certainty=unsure)


def _related_to(own: str) -> tuple[str, str]:
    """Endings of hosts that belong to the same house: below the site, or beside it."""
    above = own.partition(".")[2]
    return f".{own}", f".{above}" if above.count(".") else f".{own}"


@page_rule(
    Rule(
        id="links/http-inside",
        reason="A link inside the site is written with http, so that every visit is redirected.",
        severity=Severity.NOTICE,
        fix="Write it with https.",
        bad='<p>See <a href="http://blog.example.com/post-2/">our offer</a>.</p>',
        good='<p>See <a href="https://blog.example.com/post-2/">our offer</a>.</p>',
        sample=True,
    )
)
def http_inside(page: Page, limits: Limits) -> Iterator[Hit]:
    if not encrypted(page):
        return
    for link, address, raw in followed(page):
        if address and address.scheme == "http" and is_own(page, address) and not malformed(raw):
            yield Hit(f"{link.url} is served with https", link.url, at(link), data=data(link))


@page_rule(
    Rule(
        id="links/mixed-content",
        reason="An encrypted page loads a file without encryption: browsers block or warn of it.",
        severity=Severity.WARNING,
        fix="Load it with https, or put it into the media library.",
        bad='<p><img src="http://images.example.org/a.jpg" alt="A garden"></p>',
        good='<p><img src="https://images.example.org/a.jpg" alt="A garden"></p>',
        sample=True,
    )
)
def mixed_content(page: Page, limits: Limits) -> Iterator[Hit]:
    if not encrypted(page):
        return
    for link, address, _ in parsed(page):
        if address is None or address.scheme != "http" or link.element not in _LOADED:
            continue
        if link.attribute in ("longdesc", "cite"):
            continue
        graver = Severity.ERROR if link.element in _ACTIVE else None
        message = f"<{link.element}> loads {link.url} without encryption"
        yield Hit(message, link.url, at(link), data=data(link), severity=graver)


@page_fact("links.http")
def http_hosts(page: Page) -> dict[str, list[str]] | None:
    """Hosts outside that the page links to: with https, and with http the addresses."""
    secure: set[str] = set()
    plain: dict[str, None] = {}
    for link, address, _ in parsed(page):
        if address is None or link.state != "outside" or host_kind(address):
            continue
        if address.scheme == "https":
            secure.add(address.host)
        elif link.element in FOLLOWED:
            plain[link.url] = None
    if not secure and not plain:
        return None
    return {"https": sorted(secure), "http": list(plain)[:50]}


@site_rule(
    Rule(
        id="links/http-outside",
        reason="A link is written with http, though the site itself links to that host with https.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Try the address with https, and write it so if it answers.",
        bad='<p><a href="http://en.wikipedia.org/wiki/Sleep">Sleep</a>, and elsewhere https.</p>',
        good='<p><a href="https://en.wikipedia.org/wiki/Sleep">Sleep</a></p>',
    )
)
class HttpOutside:
    """Which hosts are linked with https anywhere; then the posts that use http for them."""

    def __init__(self, limits: Limits) -> None:
        self._secure: set[str] = set()
        self._plain: list[tuple[str, int]] = []

    def add(self, post: PostFacts) -> None:
        noted = post.more.get("links.http")
        if noted:
            self._secure.update(noted["https"])
            if noted["http"]:
                self._plain.append((post.kind, post.id))

    def hits(self, site: Site) -> Iterable[Hit]:
        by_kind: dict[str, list[int]] = {}
        for kind, id in self._plain:
            by_kind.setdefault(kind, []).append(id)
        for kind, ids in by_kind.items():
            for post in site.facts_of(kind, ids):
                for url in post.more["links.http"]["http"]:
                    host = url.partition("//")[2].partition("/")[0].lower()
                    if host in self._secure:
                        message = f"{host} is linked with https elsewhere on the site"
                        yield Hit(message, url, kind=kind, id=post.id, data={"url": url})

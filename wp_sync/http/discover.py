"""From what a person types to the address of the site's REST API; without credentials throughout.

In the order that covers the field: the Link header of the page, `<link>` in its HTML, /wp-json/,
?rest_route=/ (which works on any address of a site, with plain permalinks too). wordpress.com has
its sites' API elsewhere.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TypeVar
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from wp_sync import entities
from wp_sync.errors import NotWordPress, Place, RestClosed, SourceError, TryLater, UsageError
from wp_sync.http import answers, barriers, statuses
from wp_sync.http.api import CORE, ApiRoot
from wp_sync.http.client import Answer, Http, Limits, origin_of, redirect_of
from wp_sync.http.failures import Cause, Denied, NotSecure, Redirected, Trouble
from wp_sync.http.retry import GLANCE, ONCE, USUAL, Waits, persist
from wp_sync.model import Item
from wp_sync.redaction import without_login

T = TypeVar("T")

REL = "https://api.w.org/"
WORDPRESS_COM = "https://public-api.wordpress.com/wp/v2/sites/"
INDEX_FIELDS = "name,description,url,home,gmt_offset,timezone_string,namespaces,authentication"
# A home page's head is enough; themes print megabytes below it.
_PAGE = Limits(seconds=40.0, wire_bytes=1 << 20, body_bytes=2 << 20)
_HOPS = 5
_NAMED = 4  # APIs that a page may name; WordPress names one. Each is a request.
_GUESSES = ("/wp-json/", "?rest_route=/")
_LINK_TAG = re.compile(r"<link\s[^<>]{1,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE)
_META_TAG = re.compile(r"<meta\s[^<>]{1,2000}>", re.IGNORECASE)
_WORDPRESS = re.compile(r"WordPress [0-9][\w.-]*")


@dataclass(frozen=True, slots=True)
class Found:
    """An API that answered: where it is, how it was found, its index, the page it belongs to."""

    root: ApiRoot
    how: str
    index: Item
    page: str
    generator: str = ""


def clean_address(text: str) -> str:
    """The address a person typed, with a scheme and without query and fragment.

    Raises:
        UsageError: it is no web address, or has a password in it.
    """
    url = text.strip()
    hint = "give it like https://blog.example.com"
    if not url or any(ord(char) < 33 for char in url):
        raise UsageError("this is not the address of a site", hint=hint)
    if "://" not in url:
        url = f"{'http' if is_loopback_host(_host_of('//' + url)) else 'https'}://{url}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UsageError("this is not the address of a site", hint=hint) from None
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "the address has a user name or password in it",
            place=Place(url=f"{parts.scheme}://{host}"),
            hint="give the user by its option and the password by the environment",
        )
    if parts.scheme.lower() not in ("http", "https") or not host or not _host_ok(host):
        shown = without_login(text.strip())[:200]
        raise UsageError(f"{shown!r} is not the address of a site", hint=hint)
    query = parts.query if "rest_route" in parts.query else ""
    return urlunsplit((parts.scheme.lower(), parts.netloc, parts.path or "/", query, ""))


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _host_ok(host: str) -> bool:
    if ":" in host or is_loopback_host(host):
        return True
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    labels = name.rstrip(".").split(".")
    return len(name) < 254 and all(
        re.fullmatch(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", label, re.IGNORECASE)
        for label in labels
    )


def is_loopback_host(host: str) -> bool:
    """Whether a host name means this machine, so that plain http does not cross a network."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def same_site(one: str, other: str) -> bool:
    """Whether two addresses differ at most by ``www.`` and an upgrade from http to https."""
    first, second = urlsplit(one), urlsplit(other)
    if first.scheme == "https" and second.scheme != "https":
        return False
    hosts = {
        (first.hostname or "").removeprefix("www."),
        (second.hostname or "").removeprefix("www."),
    }
    default = {"http": 80, "https": 443}
    first_port = first.port or default.get(first.scheme)
    second_port = second.port or default.get(second.scheme)
    upgraded = first_port == 80 and second_port == 443
    return len(hosts) == 1 and (first_port == second_port or upgraded)


def discover(
    http: Http,
    url: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
    waits: Waits = USUAL,
) -> Found:
    """Find and verify the API behind an address; what passes by itself is asked again.

    Raises:
        NotWordPress: nothing there speaks the API. RestClosed: something keeps us from it.
        TryLater: the site does not answer. SourceError: the address leads to another site.
    """
    tried: list[tuple[str, SourceError]] = []

    def twice(ask: Callable[[], T]) -> T:
        # Where not even the page came, its tries were enough for this host.
        return persist(ask, ONCE if tried else GLANCE, sleep=sleep, waits=waits)

    page_url, page = _home(http, url, tried, twice)
    generator = _generator(page)
    for how, candidate in _candidates(page_url, page):
        root = _as_root(page_url, candidate)
        if root is None:
            continue
        try:
            index = twice(partial(_verify, http, root))
        except SourceError as error:
            tried.append((how, error))
            # WordPress itself says no, or what it names is blocked: another door into the same
            # house would be no less closed to us.
            named = how not in _GUESSES
            refused = isinstance(error, (Denied, NotSecure)) or (
                named and isinstance(error, RestClosed)
            )
            if refused or (isinstance(error, Trouble) and error.cause is Cause.NETWORK):
                break
            continue
        if how == _GUESSES[1]:
            root, index = _at_home(http, root, index)
        return Found(root, how, index, page_url, generator)
    raise _explain(url, tried)


def _home(
    http: Http,
    url: str,
    tried: list[tuple[str, SourceError]],
    twice: Callable[[Callable[[], Answer]], Answer],
) -> tuple[str, Answer | None]:
    bounds = http.limits
    limits = replace(_PAGE, seconds=min(_PAGE.seconds, bounds.seconds), connect=bounds.connect)

    def get(url: str) -> Answer:
        return http.get(url, anonymous=True, limits=limits, prefix_only=True)

    for _ in range(_HOPS):
        try:
            answer = twice(partial(get, url))
        except NotSecure:
            raise
        except SourceError as error:
            tried.append(("the page itself", error))
            return url, None
        target = redirect_of(answer.status, answer.headers, url)
        if not target:
            return url, answer
        if not same_site(url, target):
            raise SourceError(
                f"the address leads on to another site, {origin_of(target)[:200]}",
                place=Place(url=url),
                hint="give that address if it is the one you mean",
            )
        url = target
    raise SourceError(
        "the address redirects in circles",
        place=Place(url=url),
        hint="open it in a browser; the site's address settings or redirect rules are off",
    )


def _candidates(page_url: str, page: Answer | None) -> Iterator[tuple[str, str]]:
    parts = urlsplit(page_url)
    if "rest_route" in parts.query or parts.path.rstrip("/").endswith("/wp-json"):
        yield "the address itself", page_url
    host = parts.hostname or ""
    if host.endswith(".wordpress.com") or host == "wordpress.com":
        yield "wordpress.com", f"{WORDPRESS_COM}{host}/"
    if page is not None:
        for target, rel in _link_header(page.headers.get("Link", "")):
            if rel == REL:
                yield "the Link header", _joined(page_url, target)
        for target in islice(_link_tags(page.body.decode("utf-8", "replace")), _NAMED):
            yield "the page's <link>", _joined(page_url, target)
    for base in _bases(page_url):
        yield _GUESSES[0], base + "wp-json/"
        yield _GUESSES[1], base + "?rest_route=/"


def _joined(page_url: str, target: str) -> str:
    """A target as a whole address; empty (which is no root) where it is none."""
    try:
        return urljoin(page_url, target)
    except ValueError:
        return ""


def _bases(page_url: str) -> Iterator[str]:
    """The page's own folder and those above it: the site may live in any of them."""
    parts = urlsplit(page_url)
    folders = [part for part in parts.path.split("/")[:-1] if part]
    if parts.path and not parts.path.endswith("/") and "." not in parts.path.rsplit("/", 1)[-1]:
        folders = [part for part in parts.path.split("/") if part]
    for count in (
        range(len(folders), -1, -1)[:3] if len(folders) > 2 else range(len(folders), -1, -1)
    ):
        path = "/".join(folders[:count])
        yield f"{parts.scheme}://{parts.netloc}/{path + '/' if path else ''}"


def _link_header(value: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r'<([^<>]{1,2000})>\s*((?:;[^,;"]*(?:"[^"]*")?){0,8})', value[:20000]):
        rel = re.search(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', match[2], re.IGNORECASE)
        if rel:
            yield match[1], rel[1] or rel[2]


def _link_tags(page: str) -> Iterator[str]:
    for values in _tags(_LINK_TAG, page):
        if values.get("rel", "").rstrip("/") == REL.rstrip("/") and values.get("href"):
            yield values["href"]


def _tags(kind: re.Pattern[str], page: str) -> Iterator[dict[str, str]]:
    """The attributes of each tag of a kind, by their names in lower case."""
    for tag in kind.finditer(page):
        yield {
            found[1].lower(): entities.unescape(found[2] or found[3] or found[4] or "")
            for found in _ATTRIBUTE.finditer(tag[0])
        }


def _generator(page: Answer | None) -> str:
    if page is None:
        return ""
    for values in _tags(_META_TAG, page.body[: 1 << 18].decode("utf-8", "replace")):
        named = values.get("name", "").lower() == "generator"
        if named and (match := _WORDPRESS.match(values.get("content", ""))):
            return match[0]
    return ""


def _as_root(page_url: str, candidate: str) -> ApiRoot | None:
    """A candidate as a root; http is upgraded where the page came over https."""
    try:
        parts, page = urlsplit(candidate), urlsplit(page_url)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    if page.scheme == "https" and parts.scheme == "http" and parts.hostname == page.hostname:
        parts = parts._replace(scheme="https", netloc=page.netloc)
    query = dict(parse_qsl(parts.query))
    if "rest_route" in query:
        return ApiRoot(f"{parts.scheme}://{parts.netloc}{parts.path or '/'}?rest_route=/")
    url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"
    return ApiRoot(url, core="" if url.startswith(WORDPRESS_COM) else CORE)


def _at_home(http: Http, root: ApiRoot, index: Item) -> tuple[ApiRoot, Item]:
    """The same API from the site's home: ``?rest_route=`` answers on any page of a site."""
    home = index.get("home")
    try:
        if not isinstance(home, str) or origin_of(home) != origin_of(root.url):
            return root, index
    except ValueError:
        return root, index
    for guess in _GUESSES:
        better = _as_root(root.url, home.rstrip("/") + "/" + guess.lstrip("/"))
        try:
            if better is not None:
                return better, _verify(http, better)
        except SourceError:
            continue
    return root, index


def _verify(http: Http, root: ApiRoot) -> Item:
    url = root.address("", {"_fields": INDEX_FIELDS})
    if root.core == "":
        # The index of a wordpress.com site is at the address of the namespace itself.
        url = root.address(f"{CORE}posts", {"per_page": "1", "_fields": "id"})
        site = root.url.rstrip("/").rsplit("/", 1)[-1]
        answers.read_items(_follow(http, url, root))
        return {"name": site, "home": f"https://{site}", "namespaces": ["wp/v2"]}
    _, index = answers.read_object(_follow(http, url, root))
    namespaces = index.get("namespaces")
    if not isinstance(namespaces, list) or "wp/v2" not in namespaces:
        raise NotWordPress(
            "the answer is JSON, but not a WordPress API's index", place=Place(url=url)
        )
    return index


def _follow(http: Http, url: str, root: ApiRoot) -> Answer:
    for _ in range(_HOPS):
        answer = http.get(url, anonymous=True, public_only=False)
        target = redirect_of(answer.status, answer.headers, url)
        if target:
            if origin_of(target) == origin_of(root.url):
                url = target
                continue
            raise Redirected(
                f"it redirects to {target[:200]}", location=target, place=Place(url=url)
            )
        return statuses.check(answer)
    raise SourceError("it redirects in circles", place=Place(url=url))


def _explain(url: str, tried: list[tuple[str, SourceError]]) -> SourceError:
    """The most telling of the failures, in words."""
    errors = [error for _, error in tried]
    for error in errors:
        if isinstance(error, Denied):
            return barriers.blocked(error)
        if isinstance(error, RestClosed):
            return error
    for error in errors:
        if isinstance(error, Trouble) and error.cause is Cause.NETWORK:
            if "can't be resolved" in error.message:
                return NotWordPress(error.message, place=Place(url=url), hint=error.hint)
            return TryLater(error.message, place=Place(url=url), hint=error.hint)
        if isinstance(error, NotSecure):
            return error
    busy = (Cause.BUSY, Cause.GATEWAY, Cause.SLOW, Cause.SERVER, Cause.CHALLENGE)
    for error in errors:
        if isinstance(error, Trouble) and error.cause in busy:
            return TryLater(error.message, place=error.place, hint=error.hint)
    details = "; ".join(dict.fromkeys(f"{how}: {error.message}" for how, error in tried))
    return NotWordPress(
        f"no WordPress REST API found here ({details})",
        place=Place(url=url),
        hint="give the address of WordPress itself; if it is WordPress, REST may be switched off",
    )

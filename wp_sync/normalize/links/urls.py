"""What an address in a post means: which record of the archive, or nothing, or another site.

`UrlIndex` is filled once from the archive's addresses and then asked for every link; it holds two
or three numbers a record, not the addresses themselves, and asks nothing of the archive.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from wp_sync.content import LinkState
from wp_sync.model import MEDIA_KIND, SITE_KIND, State
from wp_sync.normalize.links.web_address import (
    TRACKERS,
    Address,
    clean_query,
    parse_address,
    plain_path,
)
from wp_sync.normalize.rules import LinkRules

__all__ = ["Address", "Meaning", "UrlIndex", "parse_address", "plain_path"]

# What WordPress hangs behind a page's address: feeds, AMP, embeds, pages of it and its comments.
_SUFFIX = re.compile(
    r"/(?:feed(?:/(?:rss2?|atom|rdf))?|amp|embed|trackback|page/\d{1,6}|comment-page-\d{1,6}"
    r"|\d{1,4})$"
)
_DATES = re.compile(r"(?:19|20)\d\d(?:/(?:0?[1-9]|1[0-2])(?:/(?:0?[1-9]|[12]\d|3[01]))?)?")
_MACHINERY = re.compile(
    r"(?:wp-admin|wp-includes|wp-json|wp-content/(?:plugins|themes|cache))(?:/|$)"
    r"|(?:wp-login|xmlrpc|wp-comments-post|wp-cron|wp-signup)\.php$"
)
_SIZED = re.compile(r"-\d{1,5}x\d{1,5}(?=\.[A-Za-z0-9]{2,5}$)")
_SCALED = re.compile(r"-(?:scaled|rotated|e\d{10,16})(?=\.[A-Za-z0-9]{2,5}$)")
_EXTENSION = re.compile(r"(?=\.[A-Za-z0-9]{2,5}$)")
ID_ARGUMENTS = ("p", "page_id", "attachment_id")
# Post statuses that visitors can see (an attachment inherits its parent's).
_PUBLIC = frozenset(("", "publish", "inherit", "closed"))
_UNLISTED = frozenset((MEDIA_KIND, "posts/nav_menu_item", "posts/wp_block"))

_SEEN, _HIDDEN, _GONE = 0, 1, 2
_STATES: tuple[LinkState, ...] = ("resolved", "unpublished", "missing")


class Meaning(Struct, frozen=True):
    """What an address means. ``target`` is 0 where it is no record (the home page, say).

    ``type`` is what a person would call the target: post, page, media, term, author, home, date,
    search, feed, anchor, outside, mail, phone, script, system, other; empty where nobody knows.
    ``via`` is how it is known: address, id, shortlink, file, old address, old slug, slug, redirect,
    or empty. ``suffix`` is what stands behind the target's own address, such as ``/feed``.
    """

    state: LinkState
    resolved: str = ""
    kind: str = ""
    target: int = 0
    type: str = ""
    via: str = ""
    suffix: str = ""


# Most records' own addresses: nothing to decode, fold or resolve. The long way gives the same.
_PLAIN = re.compile(r"https?://([a-z0-9-]++(?:\.[a-z0-9-]++)*+)((?:/[a-z0-9_-]++)*+)/?")
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*+):")
_UNSEEN = dict.fromkeys(range(33))
_SCHEMES = {
    "mailto": "mail", "tel": "phone", "sms": "phone", "callto": "phone", "javascript": "script",
    "vbscript": "script", "data": "data",
}  # fmt: skip
# Ways by which a target is not where it was.
_MOVED = frozenset(("old address", "old slug", "slug", "redirect"))
_MOST_HOPS = 5
_FEED = re.compile(r"(?:^|/)(?:feed(?:/(?:rss2?|atom|rdf))?)/?$")
# A redirect's pattern that can be followed without running a stranger's regular expression.
_PATTERN = re.compile(r"\^?((?:[^\\^$.|?*+()\[\]{}]|\\[./?-])*+)(\(\.[*+]\)|\.[*+])?\$?")
_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _scheme_type(url: str) -> str:
    scheme = _SCHEME.match(url[:200].translate(_UNSEEN).lower())
    return _SCHEMES.get(scheme[1], "other") if scheme else "other"


@cache
def _kind_type(kind: str) -> str:
    if kind in ("posts/page", MEDIA_KIND):
        return "page" if kind == "posts/page" else "media"
    return {"posts": "post", "terms": "term", "users": "author"}.get(kind.partition("/")[0], "")


def _hash(key: str) -> int:
    """A 64-bit key above every id; two addresses of a million share one with odds of 1 in 10⁷."""
    data = key.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big") | 1 << 63


class UrlIndex:
    """Everything needed to say what a link means, for one site.

    Fill with `add`, `add_old` and `add_file` in any order, then ask `meaning`; or leave it to
    ``filling``, which is called when the first meaning is asked for. ``home`` is the site's home
    address. Where ``asked`` is a set, it takes every key that a meaning was looked for under, and
    the ids of what was found: whoever asked is concerned by a change of these and of nothing else.
    """

    def __init__(self, home: str, rules: LinkRules) -> None:
        address = parse_address(home if "//" in home else f"https://{home}")
        self.home = address or Address("https", "", "/", "", None)
        self._base = plain_path(self.home.path)
        self._sites: dict[str, list[str]] = {_bare(self.home.host): [self._base]}
        for alias in rules.aliases:
            other = parse_address(f"https://{alias}")
            if other:
                self._sites.setdefault(_bare(other.host), []).append(plain_path(other.path))
        for bases in self._sites.values():
            bases.sort(key=lambda base: (-len(base), base))
        self._trackers = (TRACKERS | set(rules.trackers)) - set(rules.keep_arguments)
        self._kept = frozenset(rules.keep_arguments)
        self._means: dict[int, int] = {}
        self._redirects: dict[int, str] = {}
        self._patterns: dict[str, tuple[str, bool]] = {}
        self._followed: dict[int, str] = {}
        self._shortlinks = frozenset(rules.shortlinks)
        self._kinds: list[str] = []
        self._kind_numbers: dict[str, int] = {}
        self.asked: set[int] | None = None
        self.filling: Callable[[], None] | None = None

    # -- filling

    def add(self, link: str, kind: str, id: int, slug: str, state: State, status: str) -> None:
        """Add a record of the families posts, terms or users with its address."""
        seen = _SEEN if state is State.LIVE and status in _PUBLIC else _HIDDEN
        family, _, name = kind.partition("/")
        if state is State.GONE or (family != "posts" and seen is _HIDDEN):
            seen = _GONE
        value = self._pack(kind, id, seen)
        if family == "posts":
            self._put(id, value)
            if slug and kind not in _UNLISTED and seen is _SEEN:
                key = _hash(f"slug:{plain_path(slug).lower()}")
                # A slug that two posts have (of different types, say) proves nothing.
                self._means[key] = 0 if key in self._means else value
            elif slug and kind not in _UNLISTED and seen == _HIDDEN:
                # WordPress appends __trashed to the slug of what it moves to the trash.
                bare = plain_path(slug).lower().removesuffix("__trashed")
                self._put(_hash(f"hidden:{bare}"), value)
        elif name == "category":
            self._put(_hash(f"?cat={id}"), value)
        elif name == "post_tag":
            self._put(_hash(f"?tag={plain_path(slug).lower()}"), value)
        elif family == "users":
            self._put(_hash(f"?author={id}"), value)
        key_text = self._key(link)
        if key_text:
            self._put(_hash(key_text), value)

    def add_old(self, slug: str, link: str, id: int) -> None:
        """Add a slug and an address that a post had in an earlier version."""
        for key_text in (f"old:{self._key(link)}", f"old-slug:{plain_path(slug).lower()}"):
            key = _hash(key_text)
            if not key_text.endswith(":"):
                # The lowest id keeps a name that several posts once had, whatever the order.
                self._means[key] = min(self._means.get(key, id), id)

    def add_file(self, url: str, attachment: int) -> None:
        """Add the address of a media file."""
        address = parse_address(url, self.home)
        if address:
            key = _hash(f"file:{_bare(address.host)}/{plain_path(address.path)}")
            self._means[key] = min(self._means.get(key, attachment), attachment)

    def add_redirect(self, source: str, target: str, *, pattern: bool = False) -> bool:
        """Add a redirect of the site's own: a path (or a pattern of one) and where it leads.

        False for a pattern that is not followed: only ``^/a/path/(.*)$`` with ``$1`` in the target
        is, since other patterns of a site's could take for ever to match.
        """
        if pattern:
            match = _PATTERN.fullmatch(source)
            if match is None or not match[1].strip("/") or re.search(r"\$[2-9\\]|\\", target):
                return False
            source = re.sub(r"\\(.)", r"\1", match[1])
            if match[2]:
                self._patterns[source.lower()] = (target, match[2].startswith("("))
                return True
        address = parse_address(source, self.home)
        inside = self._inside(address) if address else None
        if address is not None and inside is not None and (inside or address.query):
            query = self._clean_query(address.query)
            key = f"redirect:/{inside.lower()}" + (f"?{query}" if query else "")
            self._redirects.setdefault(_hash(key), target)
        return True

    def add_followed(self, url: str, target: str) -> int | None:
        """Add where the site answered that an address leads, which no other way tells.

        Returns the key that whoever means this address asks for; None for no address of the site.
        """
        key = self._key(url)
        if not key:
            return None
        self._followed.setdefault(_hash(key), target)
        return _hash(key)

    def keys(self) -> Iterable[int]:
        """What records, files and old addresses were put under; redirects are not among them."""
        return self._means.keys()

    def __len__(self) -> int:
        return len(self._means)

    def _pack(self, kind: str, id: int, seen: int) -> int:
        number = self._kind_numbers.get(kind)
        if number is None:
            number = self._kind_numbers[kind] = len(self._kinds)
            self._kinds.append(kind)
        return id << 16 | number << 2 | seen

    def _put(self, key: int, value: int) -> None:
        other = self._means.get(key)
        if other is None or self._rank(value) < self._rank(other):
            self._means[key] = value

    def _rank(self, value: int) -> tuple[int, bool, str, int]:
        kind = self._kinds[value >> 2 & 0x3FFF]
        return value & 3, kind in _UNLISTED, kind, value >> 16

    # -- asking

    def filled(self) -> None:
        """See to it that what is to be added has been."""
        if self.filling is not None:
            filling, self.filling = self.filling, None
            filling()

    def _ask(self, key: int) -> int | None:
        if self.asked is not None:
            self.asked.add(key)
        return self._means.get(key)

    def base(self, link: str) -> Address:
        """The address that relative links of a page are relative to."""
        return parse_address(link, self.home) or self.home

    def below_home(self, address: Address) -> str | None:
        """The path of an address below the site's home as it is spelled; None for another site."""
        inside = self._inside(address)
        if inside is None:
            return None
        # Percent-encoded slashes aside, the parts below home are the last ones.
        count = len(inside.split("/")) if inside else 0
        parts = address.path.strip("/").split("/")
        slash = "/" if count and address.path.endswith("/") else ""
        return "/" + "/".join(parts[len(parts) - count :] if count else ()) + slash

    def meaning(self, url: str, base: Address, self_id: int = 0) -> Meaning:
        """What an address means that stands on the page ``base`` of the post ``self_id``."""
        if self.filling is not None:
            self.filled()
        try:
            address = parse_address(url, base)
        except RecursionError:  # a path of nothing but backslashes
            return Meaning("other", type="other")
        if address is None:
            return Meaning("other", type=_scheme_type(url))
        return self._meaning(address, base, self_id, 0)

    def _meaning(self, address: Address, base: Address, self_id: int, hops: int) -> Meaning:
        if address.query:
            address = address._replace(query=self._clean_query(address.query))
        text = str(address)
        host, path = _bare(address.host), plain_path(address.path)
        file = self._file(host, path)
        if file:
            return Meaning("resolved", text, MEDIA_KIND, file, "media", "file")
        inside = self._below(host, path)
        if inside is None:
            short = self._short(address)
            if short is None:
                return Meaning("outside", text, type="outside")
            if not short:
                return Meaning("missing", text)
            found: tuple[int, str, str] | None = (short, "shortlink", "")
        else:
            found = self._record(inside, address.query)
            if found is None or found[1] == "slug" or found[0] & 3:
                # What the site's own redirects say counts before a guess.
                redirect = self._redirect(inside, address.query)
                target = parse_address(redirect, self.home) if redirect else None
                if target is not None and hops < _MOST_HOPS:
                    there = self._meaning(target, base, self_id, hops + 1)
                    state = "moved" if there.state in ("resolved", "self") else there.state
                    return replace(there, state=state, via="redirect")
        if found is not None:
            value, via, suffix = found
            kind, id = self._kinds[value >> 2 & 0x3FFF], value >> 16
            if self.asked is not None:
                self.asked.add(id)
            state = _STATES[value & 3]
            type = "feed" if suffix and _FEED.match(suffix) else _kind_type(kind)
            if id == self_id and kind.startswith("posts/"):
                state = "self" if address.fragment is None else "fragment"
                type = type if state == "self" else "anchor"
            elif via in _MOVED and state == "resolved":
                state = "moved"
            return Meaning(state, text, kind, id, type, via, suffix)
        if address.fragment is not None and address[:4] == base[:4]:
            return Meaning("fragment", text, type="anchor")
        path = (inside or "").lower()
        if _MACHINERY.match(path):
            return Meaning("other", text, type="system")
        whole = path in ("", "feed", "comments/feed", "sitemap.xml", "wp-sitemap.xml")
        if (whole and not _means_record(address.query)) or _DATES.fullmatch(
            _SUFFIX.sub("", path) if not _DATES.fullmatch(path) else path
        ):
            return Meaning("resolved", text, SITE_KIND, 0, _site_type(path, address.query))
        return Meaning("missing", text)

    def _redirect(self, inside: str, query: str) -> str:
        """Where the site's own redirects send a path; empty where they do not."""
        if not self._redirects and not self._patterns and not self._followed:
            return ""
        path = inside.lower()
        found = self._redirects.get(_hash(f"redirect:/{path}?{query}")) if query else None
        found = found or self._redirects.get(_hash(f"redirect:/{path}"))
        if found is not None:
            return found
        for start, (target, grouped) in self._patterns.items():
            if f"/{path}/".startswith(start):
                return target.replace("$1", inside[len(start) - 1 :] if grouped else "")
        return self._followed.get(_hash(f"/{path}" + (f"?{query}" if query else "")), "")

    def _short(self, address: Address) -> int | None:
        """The record of a short address (``https://wp.me/p<blog>-<post>``, both in base 62).

        0 where the record is not there, None where the address is no short one of this site.
        """
        blog, dash, code = address.path.strip("/").partition("-")
        if not dash or f"{address.host}/{blog}" not in self._shortlinks or not 0 < len(code) < 11:
            return None
        id = 0
        for sign in code:
            digit = _BASE62.find(sign)
            if digit < 0:
                return None
            id = id * 62 + digit
        return self._ask(id) or 0

    def _clean_query(self, query: str) -> str:
        return clean_query(query, self._trackers, self._kept)

    def _inside(self, address: Address) -> str | None:
        """The path below the site's home, or None for another site."""
        return self._below(_bare(address.host), plain_path(address.path))

    def _below(self, host: str, path: str) -> str | None:
        bases = self._sites.get(host)
        if bases is None:
            return None
        for base in bases:
            if not base or path == base or path.startswith(base + "/"):
                path = path[len(base) :].strip("/") if base else path
                if path.startswith("index.php"):
                    path = path[9:].strip("/")
                return path
        return None

    def _key(self, link: str) -> str:
        """The key of a record's own address: its path below home, with the query where it has one.

        The home page's own address belongs to whatever stands there (a static front page).
        """
        if plain := _PLAIN.fullmatch(link):
            inside = self._below(_bare(plain[1]), plain[2].strip("/"))
            return "" if inside is None else f"/{inside}"
        address = parse_address(link, self.home) if link else None
        inside = self._inside(address) if address else None
        if address is None or inside is None:
            return ""
        query = self._clean_query(address.query)
        return f"/{inside.lower()}" + (f"?{query}" if query else "")

    def _record(self, inside: str, query: str) -> tuple[int, str, str] | None:
        """The packed record at a path, by what it was found, and what stood behind its address."""
        ask = self._ask
        path = inside.lower()
        if query:
            found = ask(_hash(f"/{path}?{query}"))
            if found is not None:
                return found, "address", ""
            for part in query.split("&"):
                name, _, value = part.partition("=")
                if name in ID_ARGUMENTS and value.isascii() and value.isdigit():
                    return _by(ask(int(value)) if len(value) < 19 else None, "id")
                if path == "" and name in ("cat", "tag", "author"):
                    return _by(ask(_hash(f"?{name}={plain_path(value).lower()}")), "id")
            if path == "" and _means_record(query):
                return None
        whole = path
        for _ in range(4):
            found = ask(_hash(f"/{path}"))
            if found is not None:
                return found, "address", whole[len(path) :]
            if not path:
                return None
            old = ask(_hash(f"old:/{path}"))
            if old is not None and (found := ask(old)) is not None:
                return found, "old address", whole[len(path) :]
            shorter = _SUFFIX.sub("", f"/{path}").strip("/")
            if shorter == path or _DATES.fullmatch(path):
                break
            path = shorter
        if _DATES.fullmatch(path):
            return None
        suffix = whole[len(path) :]
        slug = path.rpartition("/")[2].removesuffix(".html")
        # As WordPress guesses itself: a post of that slug, whatever the permalinks were then.
        found = ask(_hash(f"slug:{slug}"))
        if found and "wp-content/" not in path:
            return found, "slug", suffix
        old = ask(_hash(f"old-slug:{slug}"))
        if old is not None and (found := ask(old)) is not None:
            return found, "old slug", suffix
        return _by(ask(_hash(f"hidden:{slug}")), "slug", suffix)

    def _file(self, host: str, path: str) -> int:
        """The attachment of a media file: by its exact name first, then as a size of another."""
        if "." not in path[-6:]:
            return 0
        if host.endswith(".wp.com") and host[:-7] in ("i0", "i1", "i2", "i3"):
            host, _, path = path.partition("/")  # the image proxy wraps the real address
            host = _bare(host.lower())
        if "." not in path[-6:]:
            return 0
        hosts = [host]
        if host in self._sites and host != _bare(self.home.host):
            hosts.append(_bare(self.home.host))
        for name in _file_names(path):
            for each in hosts:
                found = self._ask(_hash(f"file:{each}/{name}"))
                if found:
                    if self.asked is not None:
                        self.asked.add(found)
                    return found
        return 0


def _file_names(path: str) -> Iterable[str]:
    """Names that a file may have in the library, the likeliest first.

    ``photo-300x200.jpg`` can be a file's own name, a size of ``photo.jpg``, or a size of what
    WordPress has stored as ``photo-scaled.jpg`` (5.3 and later).
    """
    yield path
    whole = _SIZED.sub("", path)
    if whole != path:
        yield whole
        yield _EXTENSION.sub("-scaled", whole, count=1)
    else:
        yield _EXTENSION.sub("-scaled", path, count=1)
    bare = _SCALED.sub("", whole)
    if bare != whole:
        yield bare


def _by(value: int | None, via: str, suffix: str = "") -> tuple[int, str, str] | None:
    return None if value is None else (value, via, suffix)


def _site_type(path: str, query: str) -> str:
    if _FEED.search(path):
        return "feed"
    if path[:1].isdigit():
        return "date"
    if path:
        return "system"
    return "search" if query.startswith("s=") or "&s=" in query else "home"


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _means_record(query: str) -> bool:
    """Whether a query at the home page asks for one record."""
    names = {part.partition("=")[0] for part in query.split("&")}
    return bool(names & {*ID_ARGUMENTS, "name", "pagename", "cat", "tag", "author"})

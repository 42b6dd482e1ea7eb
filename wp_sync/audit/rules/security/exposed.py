"""Secrets in texts, links to files that nobody should get, protected text that is public."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from wp_sync.audit.base import (
    OWN,
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
from wp_sync.audit.same import Kinds, number_of
from wp_sync.audit.secrets import MASK, find, mark_of
from wp_sync.audit.site import Site
from wp_sync.normalize.text import plain, rendered

_RISKY = re.compile(
    r"(?:^|/)(?:debug\.log|error[_-]?log(?:\.txt)?|access[_-]?log|php_errors?\.log|phpinfo\.php|info\.php"
    r"|adminer[\w.-]*\.php|installer(?:-backup)?\.php|\.env(?:\.\w+)?|\.git/|\.svn/|\.htpasswd"
    r"|wp-config[\w.-]*(?:\.(?:bak|old|txt|save|swp|orig|zip)|~)|[^/]*\.(?:sql|wpress|sqlite3?|mdb)"
    r"|[^/]*\.sql\.(?:gz|zip|bz2|xz|tar|7z)|[^/]*\.php(?:\.(?:bak|old|save|orig|swp|txt)|~)"
    r"|(?:backup|dump|database|db|www|public_html|htdocs|site)[\w.-]*\.(?:zip|tar|tgz|tar\.gz|gz|rar|7z))$"
    r"|/(?:backupbuddy_backups|updraft|ai1wm-backups|backups?-dup-[\w-]+|wp-snapshots|backwpup[\w-]*)/"
    r"|/\.git(?:/|$)",
    re.IGNORECASE,
)
# One of these is in each of them, or it is encoded; looked for in all addresses at once.
_PARTS = (
    "error", "access", "debug.log", ".php", ".env", ".git", ".svn", ".htpasswd", "wp-config",
    ".sql", ".wpress", ".mdb", ".zip", ".tar", ".tgz", ".gz", ".rar", ".7z", "backup",
    "updraft", "ai1wm", "wp-snapshots", "backwpup", "%",
)  # fmt: skip
_STOCK = re.compile(
    r"there is no excerpt because this is a protected post|es gibt (?:keinen|kein) (?:textauszug|"
    r"auszug)|il n.y a pas d.extrait|no hay extracto",
    re.IGNORECASE,
)


@page_rule(
    Rule(
        id="security/secret",
        reason="A key or password that was published is known to those who look for such things.",
        severity=Severity.ERROR,
        fix="Make a new one where it is from, then take this one out, of revisions too.",
        bad="<p>Use sk_live_4eC39HqLyjWDarjtT1zdp7dc for payments.</p>",
        good="<p>Use sk_live_xxxxxxxxxxxxxxxxxxxxxxxx for payments.</p>",
        unpublished=True,
        sample=True,
    )
)
def secret(page: Page, limits: Limits) -> Iterator[Hit]:
    for one in page.secrets:
        shown = f": {one.shown}{MASK * 3}" if one.shown else ""
        if not one.shown:
            rest = page.html[one.end : one.end + 100]
            host = re.match(r"@([\w.:-]{1,80})", rest)
            before = page.html[max(0, one.start - 30) : one.start]
            scheme = re.search(r"([a-z][a-z0-9+.-]*)://$", before)
            if host and scheme:
                shown = f": {scheme[1]}://{MASK * 3}@{host[1]}"
        mark = mark_of(page.html, one)
        yield Hit(f"{one.what} in the text{shown}", f"{one.what} {mark}", (one.start, one.end))
    excerpt = rendered(page.data.get("excerpt"))
    for one in find(f"{page.post.title}\n{excerpt}"):
        mark = mark_of(f"{page.post.title}\n{excerpt}", one)
        yield Hit(f"{one.what} in the title or excerpt", f"{one.what} {mark}")


@page_rule(
    Rule(
        id="security/risky-file",
        reason="A link leads to a log, a backup or a configuration, which hold what none may see.",
        severity=Severity.ERROR,
        fix="Take the file off the server, then the link out of the text.",
        bad='<a href="/backup/clinic-2019.sql.gz">The old data</a>',
        good='<a href="/wp-content/uploads/2020/01/diary.zip">The diary</a>',
        sample=True,
    )
)
def risky_file(page: Page, limits: Limits) -> Iterator[Hit]:
    home = urlsplit(page.setting.home).hostname or ""
    named = [
        (one, one.get("href") or one.get("src") or one.get("data"))
        for one in page.named("a", "area", "iframe", "object", "embed")
    ]
    every = "\n".join([url for _, url in named]).lower()
    likely = [part for part in _PARTS if part in every]
    if not likely:
        return
    for one, url in named:
        if not url or url[0] in "#?" or not any(part in url.lower() for part in likely):
            continue
        try:
            parts = urlsplit(url.strip())
        except ValueError:
            continue
        host = (parts.hostname or home).removeprefix("www.")
        if parts.scheme not in ("", "http", "https") or host != home.removeprefix("www."):
            continue
        path = unquote(parts.path)
        if _RISKY.search(path):
            yield Hit(f"a link to {path[:200]}", f"file {path}", (one.start, one.end))


@page_fact("locked")
def locked(page: Page) -> int | None:
    """The text of a protected post, as a number, where the login that pulled it could read it."""
    if not page.post.protected:
        return None
    return number_of(page.text) >> 1 if len(page.words) >= 20 else 0


@page_rule(
    Rule(
        id="security/protected-excerpt",
        reason="The post asks for a password, and its excerpt tells everybody what it says.",
        severity=Severity.ERROR,
        certainty=Certainty.REVIEW,
        fix="Empty the excerpt.",
        bad="a protected post with an excerpt of its own",
        good="a protected post without an excerpt",
        thresholds=(Threshold("words", 12, OWN, "from which an excerpt tells something"),),
    )
)
def protected_excerpt(page: Page, limits: Limits) -> Iterator[Hit]:
    if not page.post.protected or page.raw:  # who may edit sees the excerpt, and no reader does
        return
    text = plain(page.post.excerpt)
    if len(text.split()) >= limits.whole("words") and not _STOCK.search(text):
        yield Hit(f"the excerpt of a protected post is public: “{text[:120]}”", "excerpt")


@site_rule(
    Rule(
        id="security/protected-exposed",
        reason="The text of a post that asks for a password stands in public elsewhere.",
        severity=Severity.ERROR,
        fix="Protect the other post too, or take the password away.",
        bad="a protected post, and a copy of it without a password",
        good="one protected post",
    )
)
class ProtectedExposed:
    def __init__(self, limits: Limits) -> None:
        self._kinds = Kinds()
        self._locked: dict[int, list[int]] = {}
        self._bodies = array("Q")
        self._open = array("q")

    def add(self, post: PostFacts) -> None:
        key = self._kinds.key(post.kind, post.id)
        if post.more.get("locked"):
            self._locked.setdefault(number_of(post.body), []).append(key)
        elif post.words >= 20 and "locked" not in post.more:
            self._bodies.append(number_of(post.body))
            self._open.append(key)

    def hits(self, site: Site) -> Iterable[Hit]:
        public: dict[int, int] = {}
        for body, key in zip(self._bodies, self._open, strict=True):
            if body in self._locked:
                public.setdefault(body, key)
        for body, other in public.items():
            keys = self._locked[body]
            facts = self._kinds.facts(site, [other]).get(other)
            where = facts.url if facts else "another post"
            for key in keys:
                kind, id = self._kinds.post(key)
                message = f"its text is public as {where}"
                yield Hit(message, "text", kind=kind, id=id, because=self._kinds.post(other))

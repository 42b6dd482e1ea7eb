"""What the site tells about people: logins, e-mail addresses, and digests of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from wp_sync.audit.base import (
    OWN,
    Certainty,
    Hit,
    Limits,
    Rule,
    Severity,
    Threshold,
    page_rule,
    site_rule,
)
from wp_sync.audit.page import Page
from wp_sync.audit.site import Site
from wp_sync.model import State
from wp_sync.normalize.authors.authors import login_like
from wp_sync.normalize.text import clean_name, plain, rendered, string

_LOCAL = re.compile(r"(?<![\w.+@/:-])[A-Za-z0-9](?:[\w.+-]{0,62}[\w+-])?$", re.ASCII)
_DOMAIN = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}(?![\w@-])")
_FILES = re.compile(r"(?i)\dx\.(?:png|jpe?g|gif|webp|svg)$|\.(?:png|jpe?g|gif|webp|svg)$")
_ROLES = (
    "info", "contact", "office", "hello", "mail", "desk", "frontdesk", "reception", "support",
    "help", "press", "media", "sales", "admin", "webmaster", "postmaster", "privacy", "jobs",
    "careers", "team", "service", "noreply", "no-reply", "newsletter", "booking", "appointments",
    "kontakt", "datenschutz", "contacto", "bonjour", "abuse", "security", "feedback", "editor",
)  # fmt: skip
_GRAVATAR = re.compile(r"gravatar\.com/avatar/[0-9a-f]{32,64}")
_ACCOUNTS = frozenset(
    ("admin", "administrator", "root", "webmaster", "editor", "wordpress", "test", "user", "owner")
)


class Address(NamedTuple):
    """An e-mail address in a text, and where it stands."""

    local: str
    domain: str
    start: int
    end: int

    @property
    def whole(self) -> str:
        return f"{self.local}@{self.domain}"


def addresses(text: str) -> Iterator[Address]:
    """E-mail addresses in a text; names of files with an @ in them are none."""
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        # One sign more than an address may have, for what must not stand before it.
        first = max(0, at - 66)
        local = _LOCAL.search(text[first:at]) if domain else None
        if domain and local and not _FILES.search(domain[0]):
            yield Address(local[0], domain[0], first + local.start(), domain.end())
        at = text.find("@", at + 1)


def _house(home: str, domain: str) -> bool:
    """Whether a domain is the site's own."""
    host = (urlsplit(home).hostname or "").removeprefix("www.")
    domain = domain.lower()
    return domain == host or host.endswith(f".{domain}") or domain.endswith(f".{host}")


@page_rule(
    Rule(
        id="security/email-public",
        reason="A person's e-mail address in public is collected by those who send spam and lures.",
        severity=Severity.WARNING,
        certainty=Certainty.REVIEW,
        fix="Link to a form or to an address of the house instead.",
        bad="<p>Ask Ilse: ilse.brandt1977@mail.example answers at night.</p>",
        good='<p>Write to <a href="mailto:info@mail.example">info@mail.example</a>.</p>',
        thresholds=(
            Threshold("roles", _ROLES, OWN, "names of addresses that belong to nobody in person"),
        ),
        sample=True,
    )
)
def email_public(page: Page, limits: Limits) -> Iterator[Hit]:
    if "@" not in page.html:
        return
    roles = set(limits.texts("roles"))
    for match in addresses(page.prose.text):
        if match.local.lower() in roles or _house(page.setting.home, match.domain):
            continue
        at = page.prose.place(match.start, match.end)
        yield Hit(f"an e-mail address: {match.whole}", f"mail {match.whole.lower()}", at)


@site_rule(
    Rule(
        id="security/email-profile",
        reason="An e-mail address in a public profile is half of a login and a target for lures.",
        severity=Severity.WARNING,
        fix="Change the public name, or take the address out of the biography.",
        bad='an author whose public name is "front.desk@clinic.example"',
        good='an author whose public name is "The front desk"',
    )
)
def email_profile(site: Site, limits: Limits) -> Iterator[Hit]:
    for user in site.archive.current("users/user"):
        if user.state is not State.LIVE:
            continue
        for field, called in (
            ("name", "public name"),
            ("description", "biography"),
            ("slug", "slug"),
        ):
            for match in addresses(string(user.data.get(field))):
                message = f"an e-mail address in the {called}: {match.whole}"
                yield Hit(message, f"{field} {match.whole.lower()}", kind="users/user", id=user.id)


@site_rule(
    Rule(
        id="security/login-shown",
        reason="An author's address that equals the login gives half of the key to anybody.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Give the account a public name and a slug of their own, and strong passwords to all.",
        bad="the author page /author/admin/",
        good="the author page /author/ilse-brandt/",
    )
)
def login_shown(site: Site, limits: Limits) -> Iterator[Hit]:
    for user in site.archive.current("users/user"):
        if user.state is not State.LIVE:
            continue
        name, slug = clean_name(string(user.data.get("name"))), string(user.data.get("slug"))
        login = string(user.data.get("username"))
        if login and slug == re.sub(r"[^a-z0-9_-]+", "-", login.lower()).strip("-"):
            message = f"the slug {slug} is the login"
            yield Hit(message, "login", kind="users/user", id=user.id, certainty=Certainty.CERTAIN)
        elif slug in _ACCOUNTS:
            yield Hit(
                f"the slug is the account's usual word: {slug}",
                "login",
                kind="users/user",
                id=user.id,
            )
        elif login_like(name, slug) and "@" not in name:
            yield Hit(
                f"the name looks like a login: {name}", "login", kind="users/user", id=user.id
            )


@site_rule(
    Rule(
        id="security/gravatar",
        reason="WordPress puts a digest of each author's e-mail address into avatars' addresses.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Turn avatars off under Settings, Discussion, where nobody needs them.",
        bad="avatar_urls that lead to gravatar.com",
        good="no avatars, or pictures of the site's own",
    )
)
def gravatar(site: Site, limits: Limits) -> Iterator[Hit]:
    count = 0
    for user in site.archive.current("users/user"):
        urls = user.data.get("avatar_urls")
        if user.state is State.LIVE and isinstance(urls, dict):
            count += any(_GRAVATAR.search(str(url)) for url in urls.values())
    if count:
        message = f"the avatars of {count} authors carry digests of their e-mail addresses"
        yield Hit(message, "gravatar", kind="site/site", id=0)


@site_rule(
    Rule(
        id="security/email-comment",
        reason="An e-mail address in a comment is public, and its owner seldom meant it to be.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Edit the comment.",
        bad="“Write to me at jo.smith77@mail.example”",
        good="“Write to me, the front desk knows where”",
    )
)
def email_comment(site: Site, limits: Limits) -> Iterator[Hit]:
    rows = site.pages(
        "SELECT id, content FROM comments WHERE site = :site AND state = 'live'"
        " AND status = 'approved' AND content LIKE '%@%' AND id > :after_id"
        " ORDER BY id LIMIT :most",
        "id",
    )
    for row in rows:
        for match in addresses(plain(rendered(row["content"]))):
            if not _house(site.home, match.domain):
                message = f"an e-mail address in a comment: {match.whole}"
                subject = f"mail {match.whole.lower()}"
                yield Hit(message, subject, kind="comments/comment", id=int(row["id"]))

"""What links inside the site lead to: something missing, hidden, moved, or only by a detour."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wp_sync.audit.base import Certainty, Hit, Limits, Rule, Severity, page_rule
from wp_sync.audit.page import Page
from wp_sync.audit.rules.links.malformed import malformed
from wp_sync.audit.rules.links.shared import at, because, data, followed, in_state, is_file

_PREVIEW = re.compile(r"(?:^|&)(?:preview=true|preview_id=|_thumbnail_id=.*preview|customize_)")
_LOGIN = re.compile(r"/wp-(?:admin(?:/|$)|login\.php)")
_AJAX = "/wp-admin/admin-ajax.php"
_CAMPAIGN = re.compile(r"(?:^|[?&])(utm_[a-z]+|fbclid|gclid|mc_cid|mc_eid|msclkid)=", re.IGNORECASE)


@page_rule(
    Rule(
        id="links/missing-target",
        reason="A link inside the site leads to nothing, so that visitors meet a page not found.",
        severity=Severity.ERROR,
        fix="Link to where the content is now, restore the page, or take the link out.",
        bad='<p>See <a href="/no-such-page/">our offer</a>.</p>',
        good='<p>See <a href="/post-2/">our offer</a>.</p>',
        sample=True,
    )
)
def missing_target(page: Page, limits: Limits) -> Iterator[Hit]:
    for link, address, raw in in_state(page, "missing"):
        if malformed(raw):
            continue
        where = link.resolved or link.url
        message = f"{where} " + ("was there once, and is gone" if link.target else "is not there")
        # What is no page of WordPress's own may be there without the archive knowing it.
        unsure = not link.target and (is_file(address) or bool(address and address.query))
        yield Hit(
            message,
            where,
            at(link),
            data=data(link),
            certainty=Certainty.REVIEW if unsure else None,
            because=because(link),
        )


@page_rule(
    Rule(
        id="links/unpublished-target",
        reason="A link leads to a draft, a private or a trashed page, which visitors can't see.",
        severity=Severity.ERROR,
        fix="Publish the target, link to another page, or take the link out.",
        bad='<p>See <a href="/draft-of-an-offer/">our offer</a>, still a draft.</p>',
        good='<p>See <a href="/post-2/">our offer</a>, which is published.</p>',
    )
)
def unpublished_target(page: Page, limits: Limits) -> Iterator[Hit]:
    for link, _, _ in in_state(page, "unpublished"):
        where = link.resolved or link.url
        message = f"{where} is not published"
        yield Hit(message, where, at(link), data=data(link), because=because(link))


@page_rule(
    Rule(
        id="links/moved-target",
        reason="A link uses an address that its target had before, and works only by a redirect.",
        severity=Severity.NOTICE,
        fix="Link to the address that the target has now.",
        bad='<p>See <a href="/our-offer-2019/">our offer</a>, which is called otherwise now.</p>',
        good='<p>See <a href="/our-offer/">our offer</a>.</p>',
    )
)
def moved_target(page: Page, limits: Limits) -> Iterator[Hit]:
    for link, _, _ in in_state(page, "moved"):
        if link.via != "redirect":
            where = link.resolved or link.url
            message = f"{where} is a former address of {link.target_kind} {link.target}"
            yield Hit(message, where, at(link), data=data(link), because=because(link))


@page_rule(
    Rule(
        id="links/redirect",
        reason="A link goes through one of the site's redirects, which costs visitors a detour.",
        severity=Severity.NOTICE,
        fix="Link to where the redirect leads.",
        bad='<p>See <a href="/offer">our offer</a>, which a redirect sends to /our-offer/.</p>',
        good='<p>See <a href="/our-offer/">our offer</a>.</p>',
    )
)
def redirect(page: Page, limits: Limits) -> Iterator[Hit]:
    for link, _, raw in followed(page):
        if link.via == "redirect":
            message = f"{raw} is redirected to {link.resolved}"
            yield Hit(message, raw, at(link), data=data(link))


@page_rule(
    Rule(
        id="links/id-permalink",
        reason="A link by number (?p=12) is redirected on every visit and breaks with a migration.",
        severity=Severity.NOTICE,
        fix="Link to the page's own address.",
        bad='<p>See <a href="/?p=2">our offer</a>.</p>',
        good='<p>See <a href="/post-2/">our offer</a>.</p>',
        sample=True,
    )
)
def id_permalink(page: Page, limits: Limits) -> Iterator[Hit]:
    for link, address, _ in in_state(page, "resolved", "self"):
        if link.via in ("id", "shortlink"):
            if address and _PREVIEW.search(address.query):
                continue
            where = link.resolved or link.url
            message = f"{where} names {link.target_kind} {link.target} by its number"
            yield Hit(message, where, at(link), data=data(link))


@page_rule(
    Rule(
        id="links/self",
        reason="A page that links to itself sends readers nowhere.",
        severity=Severity.NOTICE,
        fix="Link to what was meant, or take the link out.",
        bad='<p>More on <a href="/?p={id}">this page</a>, says this page.</p>',
        good='<p>More on <a href="/post-2/">another page</a>.</p>',
    )
)
def to_itself(page: Page, limits: Limits) -> Iterator[Hit]:
    for link, address, _ in in_state(page, "self"):
        # One without an address is named by a rule of its own.
        if link.url.strip() not in ("", "#") and not (address and address.query):
            yield Hit("the page links to itself", link.resolved, at(link), data=data(link))


@page_rule(
    Rule(
        id="links/preview",
        reason="An address of a preview works only for logged-in editors.",
        severity=Severity.ERROR,
        fix="Link to the published page.",
        bad='<p>See <a href="/?p=2&amp;preview=true">our offer</a>.</p>',
        good='<p>See <a href="/post-2/">our offer</a>.</p>',
        sample=True,
    )
)
def preview(page: Page, limits: Limits) -> Iterator[Hit]:
    for link, address, _ in followed(page):
        if address and address.query and link.state != "outside" and _PREVIEW.search(address.query):
            yield Hit("this is the address of a preview", link.url, at(link), data=data(link))


@page_rule(
    Rule(
        id="links/admin",
        reason="Visitors can't use links into WordPress's administration, and attackers learn it.",
        severity=Severity.WARNING,
        fix="Link to a page for visitors, or take the link out.",
        bad='<p>Edit it <a href="/wp-admin/post.php?post=2&amp;action=edit">here</a>.</p>',
        good='<p>Read it <a href="/post-2/">in our post</a>.</p>',
        sample=True,
    )
)
def admin(page: Page, limits: Limits) -> Iterator[Hit]:
    for link, address, _ in followed(page):
        if address is None or "/wp-" not in address.path or link.state == "outside":
            continue
        if not _LOGIN.search(address.path):
            continue
        if not address.path.endswith(_AJAX):
            yield Hit("this leads into the administration", link.url, at(link), data=data(link))


@page_rule(
    Rule(
        id="links/campaign",
        reason="Campaign parameters on links inside the site falsify where visits come from.",
        severity=Severity.NOTICE,
        fix="Take the parameters off the link.",
        bad='<p>See <a href="/post-2/?utm_source=blog">our offer</a>.</p>',
        good='<p>See <a href="/post-2/">our offer</a>.</p>',
        sample=True,
    )
)
def campaign(page: Page, limits: Limits) -> Iterator[Hit]:
    for link, address, _ in in_state(page, "resolved", "moved", "self", "fragment"):
        if address is None or "=" not in link.url:
            continue
        found = _CAMPAIGN.search(link.url)
        if found:
            message = f"a link inside the site carries {found[1]}"
            yield Hit(message, link.url, at(link), data=data(link))


@page_rule(
    Rule(
        id="links/nofollow-inside",
        reason="A nofollow on a link inside the site tells search engines to distrust the site.",
        severity=Severity.NOTICE,
        fix="Take nofollow out of the link's rel.",
        bad='<p>See <a rel="nofollow" href="/post-2/">our offer</a>.</p>',
        good='<p>See <a href="/post-2/">our offer</a>.</p>',
        sample=True,
    )
)
def nofollow_inside(page: Page, limits: Limits) -> Iterator[Hit]:
    if "nofollow" not in page.html:
        return
    marked = [one for one in page.named("a") if "nofollow" in one.get("rel").lower().split()]
    for link, _, _ in in_state(page, "resolved", "moved"):
        if any(one.start < link.span_start < one.end for one in marked):
            yield Hit("nofollow on a link inside the site", link.url, at(link), data=data(link))

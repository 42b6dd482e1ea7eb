"""What stands where WordPress should answer: a firewall's page, a captcha, a login, an error.

Told by marks in the page, in words that say what to do; asks for nothing.
"""

from __future__ import annotations

from wp_sync.errors import Place, RestClosed, SourceError
from wp_sync.http.client import Answer
from wp_sync.http.failures import Cause, Denied, Trouble

# How much of an answer is looked at: notices and comments around JSON, not a page of text.
NOISE = 65536
ASK = "ask the owner to allow the REST API for this login or this machine's address"
# What a page that stands where JSON should be says of itself: (mark, what it is, next step).
_PAGES = (
    ("sgcaptcha", "a captcha of the host (SiteGround)", ASK),
    ("cf-challenge", "a bot check by Cloudflare", ASK),
    ("cf_chl_", "a bot check by Cloudflare", ASK),
    ("<title>Just a moment", "a bot check by Cloudflare", ASK),
    ("imunify360", "a bot check by Imunify360", ASK),
    ("wordfence", "a block by the security plugin Wordfence", ASK),
    ("g-recaptcha", "a captcha", ASK),
    ("h-captcha", "a captcha", ASK),
    ("captcha", "a captcha", ASK),
    ("mod_security", "a block by the web server's firewall (ModSecurity)", ASK),
    ("not acceptable!", "a block by the web server's firewall (ModSecurity)", ASK),
    (
        "wp-admin/setup-config.php",
        "WordPress's installer: this site is not set up",
        "finish the installation, or correct the address",
    ),
    (
        "wp-admin/install.php",
        "WordPress's installer: this site is not set up",
        "finish the installation, or correct the address",
    ),
    ('id="loginform"', "a login page: the whole site is closed to visitors", ASK),
    ("wp-login.php", "a login page: the whole site is closed to visitors", ASK),
)
_FATAL = ("there has been a critical error", "<b>fatal error</b>", "allowed memory size of")


def not_json(answer: Answer) -> SourceError:
    """What an answer of 200 without JSON in it most likely is."""
    page = answer.body[:NOISE].decode("utf-8", "replace").casefold()
    if any(mark in page for mark in _FATAL):
        return Trouble(
            "the server printed a fatal error in place of its answer",
            cause=Cause.SERVER,
            status=500,
            place=answer.place,
            hint="the site's PHP error log says why",
        )
    known = _page_of(page)
    if known:
        return RestClosed(f"the answer is {known[0]}", place=answer.place, hint=known[1])
    what = "an HTML page" if "<html" in page or "<!doctype" in page else "no JSON"
    if page.strip()[:1] in ("[", "{"):
        what = "JSON that ends early or is damaged"
    return Trouble(
        f"the answer is {what if answer.body.strip() else 'empty'}",
        cause=Cause.GARBLED,
        place=answer.place,
        hint="open the address in a browser to see what stands there",
    )


def closed(answer: Answer, said: str) -> SourceError:
    """A refusal that is not in WordPress's words: something stands before it."""
    page = answer.body[:NOISE].decode("utf-8", "replace").casefold()
    known = _page_of(page)
    if answer.status in (401, 403, 406) or known:
        what = known[0] if known else "a firewall, a security plugin or the web server's own login"
        return RestClosed(
            f"the REST API is blocked ({said}): {what}",
            place=answer.place,
            hint=known[1] if known else ASK,
        )
    return SourceError(f"an unexpected {said}", place=answer.place)


def _page_of(page: str) -> tuple[str, str] | None:
    for mark, what, hint in _PAGES:
        if mark.casefold() in page:
            return what, hint
    return None


def blocked(denied: Denied) -> RestClosed:
    """The same refusal where the API's own index is refused: the whole API is closed."""
    return RestClosed(
        f"REST is blocked by a security plugin: {denied.message}",
        place=denied.place or Place(),
        hint=ASK,
    )

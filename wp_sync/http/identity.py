"""Who the site takes us for, and which site it is; asks one question and remembers nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

from wp_sync.errors import LoginFailed, Place, SourceError
from wp_sync.http import answers, barriers
from wp_sync.http.api import CORE, Api
from wp_sync.http.failures import Denied, NotFound
from wp_sync.model import Login

LOGIN_HINT = (
    "check the user name and the application password (Users → Profile → Application Passwords);"
    " if they are right, the web server may drop the Authorization header"
)


def who_we_are(api: Api, user: str, url: str) -> Login:
    """The user that the site takes us for, with roles and rights.

    Raises:
        LoginFailed: it takes us for a visitor, or does not tell.
    """
    # Only this route tells: public ones answer a wrong password with 200, as to a visitor.
    try:
        me = api.ask(
            f"{CORE}users/me",
            {"context": "edit", "_fields": "id,name,slug,username,roles,capabilities"},
            parse=answers.json_object,
            fresh=True,
        )
    except Denied as denied:
        raise LoginFailed(
            f"the site does not accept the login of {user!r} ({denied.message})",
            place=Place(url=url),
            hint=LOGIN_HINT,
        ) from None
    except NotFound as error:
        raise LoginFailed(
            f"the site does not tell who we are ({error.message})",
            place=Place(url=url),
            hint="a security plugin hides users: allow /wp/v2/users/me for this login",
        ) from None
    capabilities = me.get("capabilities")
    roles = me.get("roles")
    number = me.get("id")
    return Login(
        id=number if isinstance(number, int) else 0,
        name=str(me.get("username") or me.get("slug") or me.get("name") or user),
        roles=tuple(map(str, roles)) if isinstance(roles, list) else (),
        capabilities=frozenset(name for name, given in capabilities.items() if given)
        if isinstance(capabilities, dict)
        else frozenset(),
    )


def refused(denied: Denied, with_login: bool) -> SourceError:
    """What it means that the API's own index is refused to us."""
    if with_login and ("incorrect_password" in denied.code or "invalid_" in denied.code):
        return LoginFailed(denied.message, place=denied.place, hint=LOGIN_HINT)
    return barriers.blocked(denied)


def offset(hours: object) -> str:
    """A site's offset from UTC in hours, as ``+05:30``; empty when it is no number."""
    try:
        minutes = round(float(str(hours)) * 60)
    except (ValueError, OverflowError):
        return ""
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def site_key(home: str) -> str:
    """A site's home without scheme and closing slash: ``blog.example.com/news``."""
    try:
        parts = urlsplit(home)
    except ValueError:  # what a site says of itself need be no address
        return home.strip("/")
    host = (parts.hostname or "").lower()
    try:
        port = parts.port
    except ValueError:
        port = None
    named = f"{host}:{port}" if port and port not in (80, 443) else host
    return (named + parts.path).rstrip("/")

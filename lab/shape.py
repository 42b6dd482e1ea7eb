"""What a lab server is made from: logins, the way it differs from the seed, the frozen seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

# The address that content is seeded and kept with. A real port has five digits as well, so that
# putting it in changes no length, which serialized PHP in the database would notice.
SEEDED = "127.0.0.1:10080"


@dataclass(frozen=True)
class Login:
    """A user and an application password of theirs; `admin_password` is for wp-login.php."""

    user: str
    password: str
    admin_password: str = ""


# Fixed, since the servers listen on loopback only and live as long as a test run.
LOGINS = {
    role: Login(user, f"Lab{role.capitalize()}".ljust(24, "x"), f"lab-{user}")
    for role, user in (
        ("admin", "frontdesk"),
        ("editor", "mara.editor"),
        ("author", "ilse"),
        ("contributor", "guestpen"),
        ("subscriber", "reader7"),
    )
}


@dataclass(frozen=True)
class Shape:
    """How a server differs from the plain seeded site.

    ``empty``: it has the seed's settings and users, and no content: a new site to move into.
    """

    subfolder: str = ""
    plain_permalinks: bool = False
    rest_prefix: str = "wp-json"
    empty: bool = False


@dataclass(frozen=True)
class Snapshot:
    """A seeded site, frozen: the database's dump, the uploads, what the seed says it made."""

    folder: Path
    dump: bytes = field(repr=False)
    manifest: str = field(repr=False)

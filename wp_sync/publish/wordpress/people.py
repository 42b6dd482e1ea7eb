"""Which account at the target an author of the source is; makes none and asks for nothing.

By the owner's list first, then by the account's slug, then by its name; whoever is nobody there is
written under the default author, where one is named, else under our own login.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from wp_sync.entities import unescape
from wp_sync.errors import Place, UsageError
from wp_sync.normalize.text import decoded_slug, string
from wp_sync.publish.base import Spot, digest_of

# WordPress takes no other letters for a login, and makes the slug of them.
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,48}")


class People:
    """The accounts of a target.

    Args:
        accounts: REST items of users (with ``slug``, ``name``, and where we may see them
            ``username`` and ``email``).
        named: the owner's list: an author's slug to a login, slug, e-mail address or id.
        default: whoever stands for authors that are nobody there; same words.

    Raises:
        UsageError: the list names somebody whom the target does not have.
    """

    def __init__(
        self, accounts: Iterable[Mapping[str, Any]], named: Mapping[str, Any], default: str = ""
    ) -> None:
        self._spots: dict[str, Spot] = {}
        self._names: dict[str, str] = {}
        self._emails: dict[str, str] = {}
        twice: set[str] = set()
        for one in accounts:
            spot = Spot(str(one.get("id")), string(one.get("link")))
            slug = decoded_slug(string(one.get("slug"))).casefold()
            for word in (str(one.get("id")), slug, string(one.get("username")).casefold()):
                if word:
                    self._spots.setdefault(word, spot)
            email = string(one.get("email")).casefold()
            if email:
                self._spots.setdefault(email, spot)
                self._emails[spot.id] = email
            name = _plain(one.get("name"))
            if name in self._names:
                twice.add(name)
            self._names[name] = spot.id
        for name in twice:  # two of one name: neither is meant by it
            del self._names[name]
        self._named = {
            slug.casefold(): self._wanted(str(word), f"authors.{slug}")
            for slug, word in named.items()
        }
        self.default = self._wanted(default, "default_author") if default else None

    def _wanted(self, word: str, where: str) -> Spot:
        found = self._spots.get(word.casefold())
        if found is None:
            raise UsageError(
                f"{where}: {word!r} is nobody at the target",
                place=Place(),
                hint="give a login, slug, e-mail address or id of a user there",
            )
        return found

    def mapped(self, slug: str) -> Spot | None:
        """The account that the owner's list gives an author; None where it names none."""
        return self._named.get(slug.casefold())

    def find(self, slug: str, name: str = "") -> Spot | None:
        """The account of an author by slug (after the rules) and name; None: nobody there."""
        found = self.mapped(slug) or self._spots.get(slug.casefold())
        if found is None and name:
            id = self._names.get(_plain(name))
            found = self._spots.get(id) if id else None
        return found


def account_name(slug: str) -> str:
    """What a new account for an author is called: its slug, where WordPress takes that for one."""
    return slug if _ACCOUNT.fullmatch(slug) else f"author-{digest_of(slug)[:12]}"


def _plain(name: object) -> str:
    return " ".join(unescape(string(name)).split()).casefold()

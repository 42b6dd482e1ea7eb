"""Authors put in order: which of the source's users are which people, by the owner's rules.

Pure. Says which names look like logins or e-mail addresses; only a rule turns them into people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wp_sync.content import Author
from wp_sync.normalize.choice import Chooser, Fit, others_of
from wp_sync.normalize.rules import AuthorRule, AuthorRules
from wp_sync.normalize.text import clean_name, decoded_slug, fold, string, unique

# Names that WordPress, hosts and installers give to accounts, not to people.
_ACCOUNTS = frozenset(
    (
        "admin",
        "administrator",
        "administrador",
        "administrateur",
        "amministratore",
        "author",
        "autor",
        "editor",
        "guest",
        "info",
        "manager",
        "marketing",
        "master",
        "office",
        "redaction",
        "root",
        "staff",
        "support",
        "team",
        "test",
        "user",
        "webadmin",
        "webmaster",
        "wordpress",
        "wp",
        "wpadmin",
        "wpengine",
    )
)
_LOGIN_SIGNS = re.compile(r"[a-z]+[._-]?\d{2,}|[a-z0-9]+[._][a-z0-9._]+|[a-z]+[a-z0-9]*_[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class SourceAuthor:
    """A user as the site sent it, the name decoded; or a guest, who has no account.

    ``keys`` are what a guest is called elsewhere: ``term:12``, ``post:23``.
    """

    id: int
    name: str
    slug: str
    keys: tuple[str, ...] = ()
    guest: bool = False

    @classmethod
    def of(cls, id: int, data: Mapping[str, Any]) -> SourceAuthor:
        slug = decoded_slug(string(data.get("slug")))
        return cls(id, clean_name(string(data.get("name"))) or slug, slug or f"author-{id}")


@dataclass(frozen=True, slots=True)
class AuthorNote:
    """Something about an author that a person should see: unmapped, refused, login-like, clash."""

    kind: str
    id: int
    name: str
    message: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Authors:
    """The people after the rules; ``slug_of`` maps a source id to a person's slug, ``guests`` the
    keys of those who have no account; both to nothing for those whom the rules leave out."""

    authors: tuple[Author, ...] = ()
    slug_of: Mapping[int, str] = field(default_factory=dict)
    guests: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[AuthorNote, ...] = ()


def login_like(name: str, slug: str = "") -> bool:
    """Whether a displayed name looks like a login or an e-mail address, not like a person's name.

    With ``@`` in it (``ketamine@dmin``), an account's usual word (``admin``), or one small-letter
    word with digits, dots or underscores in it. A single plain word (``maria``) is login-like only
    where it is written in small letters and equals its own slug, as WordPress makes both from the
    login.
    """
    bare = clean_name(name)
    if "@" in bare or fold(bare) in _ACCOUNTS:
        return True
    if " " in bare or not bare:
        return False
    return bool(_LOGIN_SIGNS.fullmatch(bare)) or (
        bare.isascii() and bare == bare.lower() and bare == slug
    )


def order_authors(source: Iterable[SourceAuthor], rules: AuthorRules) -> Authors:
    """Apply the author rules; the surer rule wins (see `wp_sync.normalize.choice`).

    Guests, who have no account, may be among the source; a guest who bears a person's name is that
    person.
    """
    return _People(sorted(source, key=lambda user: (user.guest, user.id, user.keys)), rules).run()


class _People:
    def __init__(self, users: list[SourceAuthor], rules: AuthorRules) -> None:
        self.users = users
        self.rules = rules
        self.chooser = Chooser(rules.rules)
        self.house = rules.house_slug or rules.slugs.slug(rules.house_name, "house")
        self.people: dict[str, list[tuple[SourceAuthor, Fit[AuthorRule] | None]]] = {}
        self.names: dict[str, str] = {}
        self.notes: list[AuthorNote] = []
        self.left_out: list[SourceAuthor] = []
        # Those whose slug is given, by the site or a rule, are placed first; made slugs give way.
        self.free: list[tuple[SourceAuthor, Fit[AuthorRule]]] = []

    def run(self) -> Authors:
        for user in self.users:
            fits = fitting(self.chooser, user)
            if not fits:
                self._unnamed(user)
                continue
            fit = fits[0]
            if others := others_of(fits):
                message = f"also fits the rule at {others}; the surer one won"
                self._note("clash", user, message, fit.rule.where)
            rule = fit.rule
            if rule.house:
                self._place(user, fit, self.house, self.rules.house_name)
            elif rule.slug or not rule.name or fold(rule.name) == fold(user.name):
                slug = rule.slug or user.slug
                self._place(user, fit, slug, rule.name or self.names.get(slug) or user.name)
            else:
                self.free.append((user, fit))
        given: dict[str, str] = {}
        for user, fit in self.free:
            key = fold(fit.rule.name)
            if key not in given:
                same = [slug for slug, name in self.names.items() if fold(name) == key]
                made = self.rules.slugs.slug(fit.rule.name, f"author-{user.id}")
                given[key] = same[0] if same else unique(made, self.people)
            self._place(user, fit, given[key], fit.rule.name)
        return self._result()

    def _note(self, kind: str, user: SourceAuthor, message: str, rule: str = "") -> None:
        self.notes.append(AuthorNote(kind, user.id, user.name, message, rule))

    def _place(self, user: SourceAuthor, fit: Fit[AuthorRule] | None, slug: str, name: str) -> None:
        self.people.setdefault(slug, []).append((user, fit))
        self.names[slug] = name

    def _unnamed(self, user: SourceAuthor) -> None:
        """Somebody whom no rule names."""
        looks = login_like(user.name, user.slug)
        if looks:
            self._note("login-like", user, "the name looks like a login or an e-mail address")
        if looks and self.rules.login_like == "house":
            self._place(user, None, self.house, self.rules.house_name)
            return
        if self.rules.unmapped == "report":
            self._note("unmapped", user, "no rule names them")
        elif self.rules.unmapped == "refuse":
            self._note("refused", user, "no rule names them, and such authors are refused")
        if self.rules.unmapped in ("refuse", "drop"):
            self.left_out.append(user)
            return
        slug = user.slug
        if user.guest:
            same = [one for one, name in self.names.items() if fold(name) == fold(user.name)]
            slug = same[0] if same else unique(slug, self.people)
        self._place(user, None, slug, self.names.get(slug) or user.name)

    def _result(self) -> Authors:
        authors = []
        slug_of = {user.id: "" for user in self.left_out if not user.guest}
        guests = {key: "" for user in self.left_out for key in user.keys}
        for slug, members in sorted(self.people.items()):
            members.sort(key=lambda member: (member[0].guest, member[0].id, member[0].keys))
            slug_of.update({user.id: slug for user, _ in members if not user.guest})
            guests.update({key: slug for user, _ in members for key in user.keys})
            places = sorted({fit.rule.where for _, fit in members if fit is not None})
            authors.append(
                Author(
                    slug=slug,
                    name=self.names[slug],
                    source_ids=tuple(user.id for user, _ in members if not user.guest),
                    source_names=tuple(dict.fromkeys(user.name for user, _ in members)),
                    login_like=login_like(self.names[slug], slug),
                    rule=", ".join(places),
                )
            )
        return Authors(tuple(authors), slug_of, guests, tuple(self.notes))


def fitting(chooser: Chooser[AuthorRule], user: SourceAuthor) -> list[Fit[AuthorRule]]:
    """The rules that fit somebody, the winner first; ids are those of accounts."""
    keys = [("slug", user.slug.lower()), ("name", fold(user.name))]
    if not user.guest:
        keys.insert(0, ("id", str(user.id)))
    return chooser.fitting(keys, user.name)

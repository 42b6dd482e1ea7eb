"""Authors put in order: which of the source's users are which people, by the owner's rules.

Pure. Says which names look like logins or e-mail addresses; only a rule turns them into people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wp_sync.content import Author
from wp_sync.normalize.rules import AuthorRule, AuthorRules
from wp_sync.normalize.text import clean_name, decoded_slug, fold, string, unique

_LONGEST_NAME = 250  # wp_users.display_name is varchar(250)
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
    """A user as the site sent it, the name decoded."""

    id: int
    name: str
    slug: str

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
    """The people after the rules; ``slug_of`` maps a source id to a person's slug."""

    authors: tuple[Author, ...] = ()
    slug_of: Mapping[int, str] = field(default_factory=dict)
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
    """Apply the author rules; the more exact rule wins: id, slug, name, pattern (first in file)."""
    exact: dict[tuple[str, str], AuthorRule] = {}
    patterns: list[tuple[re.Pattern[str], AuthorRule]] = []
    for rule in rules.rules:
        match = rule.match
        for kind, values in (("id", match.ids), ("slug", match.slugs), ("name", match.names)):
            for value in values:
                exact.setdefault((kind, str(value)), rule)
        patterns += [(re.compile(text, re.IGNORECASE), rule) for text in match.patterns]
    people: dict[str, list[tuple[SourceAuthor, AuthorRule | None]]] = {}
    notes: list[AuthorNote] = []
    users = sorted(source, key=lambda user: user.id)
    names: dict[str, str] = {}
    house = rules.house_slug or rules.slugs.slug(rules.house_name, "house")
    # Those whose slug is given, by the site or by a rule, are placed first; made slugs give way.
    free: list[tuple[SourceAuthor, AuthorRule]] = []
    for user in users:
        keys = (("id", str(user.id)), ("slug", user.slug.lower()), ("name", fold(user.name)))
        fitting = [exact[key] for key in keys if key in exact]
        name = user.name[:_LONGEST_NAME]
        fitting += [rule for pattern, rule in patterns if pattern.fullmatch(name)]
        chosen = fitting[0] if fitting else None
        if chosen is None:
            looks = login_like(user.name, user.slug)
            if looks:
                message = "the name looks like a login or an e-mail address"
                notes.append(AuthorNote("login-like", user.id, user.name, message))
            if looks and rules.login_like == "house":
                people.setdefault(house, []).append((user, None))
                names[house] = rules.house_name
                continue
            if rules.unmapped == "report":
                notes.append(AuthorNote("unmapped", user.id, user.name, "no rule names them"))
            elif rules.unmapped == "refuse":
                message = "no rule names them, and such authors are refused"
                notes.append(AuthorNote("refused", user.id, user.name, message))
                continue
            people.setdefault(user.slug, []).append((user, None))
            names.setdefault(user.slug, user.name)
            continue
        others = sorted({rule.where for rule in fitting[1:] if rule is not chosen})
        if others:
            message = f"also fits the rule at {', '.join(others)}; the more exact one won"
            notes.append(AuthorNote("clash", user.id, user.name, message, chosen.where))
        if chosen.house:
            people.setdefault(house, []).append((user, chosen))
            names[house] = rules.house_name
        elif chosen.slug or not chosen.name or fold(chosen.name) == fold(user.name):
            slug = chosen.slug or user.slug
            people.setdefault(slug, []).append((user, chosen))
            names[slug] = chosen.name or names.get(slug) or user.name
        else:
            free.append((user, chosen))
    given: dict[str, str] = {}
    for user, rule in free:
        key = fold(rule.name)
        if key not in given:
            same = [slug for slug, name in names.items() if fold(name) == key]
            made = rules.slugs.slug(rule.name, f"author-{user.id}")
            given[key] = same[0] if same else unique(made, people)
        slug = given[key]
        people.setdefault(slug, []).append((user, rule))
        names[slug] = rule.name
    authors = []
    slug_of: dict[int, str] = {}
    for slug, members in sorted(people.items()):
        members.sort(key=lambda member: member[0].id)
        slug_of.update({user.id: slug for user, _ in members})
        places = sorted({rule.where for _, rule in members if rule is not None})
        authors.append(
            Author(
                slug=slug,
                name=names[slug],
                source_ids=tuple(user.id for user, _ in members),
                source_names=tuple(dict.fromkeys(user.name for user, _ in members)),
                login_like=login_like(names[slug], slug),
                rule=", ".join(places),
            )
        )
    return Authors(tuple(authors), slug_of, tuple(notes))

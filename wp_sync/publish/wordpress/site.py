"""The target as its API tells it, learned once and when first needed; writes nothing.

Kinds and schemas, our own login and rights, the accounts, the permalink structure, the clock.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from wp_sync.errors import LoginFailed, SourceError
from wp_sync.http import answers
from wp_sync.http.api import CORE, Api
from wp_sync.http.client import Answer
from wp_sync.http.failures import BadRequest, Denied, NotFound
from wp_sync.http.identity import who_we_are
from wp_sync.http.session import Session
from wp_sync.model import Login
from wp_sync.normalize.text import integer, string
from wp_sync.publish.base import Settings
from wp_sync.publish.order import USER_KIND
from wp_sync.publish.wordpress.holding import fields_of
from wp_sync.publish.wordpress.people import People
from wp_sync.publish.wordpress.shape import Kind, Schema, kinds_of, schema_of

PAGE = 100


@dataclass(frozen=True, slots=True)
class Choices:
    """The owner's word where a target can't be asked; see `People` for the first two."""

    authors: Mapping[str, Any]
    default_author: str = ""
    permalinks: str = ""


class TargetSite:
    """One target and our login there. Thread-safe."""

    def __init__(self, settings: Settings, session: Session, choices: Choices) -> None:
        self.settings = settings
        self._choices = choices
        self.session = session
        self._lock = threading.RLock()
        self._schemas: dict[str, Schema] = {}
        self.structure = choices.permalinks
        self._unset: dict[str, set[str]] = defaultdict(set)  # names of fields, by kind

    @property
    def api(self) -> Api:
        return self.session.open()

    def wanted(self, kind: Kind, unset: Collection[str] = ()) -> str:
        """What to ask of a kind's things, for ``_fields``; ``unset``: what a new one is made
        without, and need not be told again.

        A post's own template of its permalink costs WordPress a look for posts of the same name,
        and says nothing new once the structure is known. Asked for no more than its raw excerpt, it
        renders a whole post that has none to cut one out of it; a format and a taxonomy's terms
        cost a query each.
        """
        known = {"permalink_template"} if self.structure else set()
        known |= self._unset[kind.kind].intersection(unset)
        return ",".join(name for name in fields_of(kind) if name.partition(".")[0] not in known)

    def complete(self, kind: Kind, data: dict[str, Any], unset: Mapping[str, Any]) -> None:
        """Put into an answer about a new thing what was left ``unset`` and not asked, by name and
        value; the first one that is told shows whether something there sets it."""
        for name, none in unset.items():
            told = data.get(name)
            if name not in data and name in self._unset[kind.kind]:
                data[name] = none
            elif (told.get("raw") if isinstance(told, Mapping) else told) == none:
                self._unset[kind.kind].add(name)

    @cached_property
    def index(self) -> Mapping[str, Any]:
        """What the site says of itself."""
        return self.session.found.index

    @cached_property
    def home(self) -> str:
        return string(self.index.get("home") or self.index.get("url")).rstrip("/")

    @property
    def namespaces(self) -> frozenset[str]:
        """The parts of REST that it has, such as ``wp/v2``."""
        return frozenset(map(string, answers.listed(self.index.get("namespaces"))))

    @property
    def pretty(self) -> bool:
        """Whether permalinks are more than ``?p=7``: then the API has an address of its own too."""
        return "rest_route=" not in self.api.root.url

    def login(self) -> Login:
        """Who we are there, asked afresh.

        Raises:
            LoginFailed: nobody, or nobody any more.
        """
        if not self.settings.user:
            raise LoginFailed(
                "a target needs a user and an application password",
                hint="give --user, and the password by WP_SYNC_TARGET_PASSWORD or a command",
            )
        return who_we_are(self.api, self.settings.user, self.settings.place)

    @cached_property
    def me(self) -> Login:
        with self._lock:
            return self.login()

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        with self._lock:
            words = {"context": "edit"} if "edit_posts" in self.rights else {}
            found = [
                self.api.ask(f"{CORE}{route}", words, parse=_by_name)
                for route in ("types", "taxonomies")
            ]
            return kinds_of(found[0], found[1])

    @cached_property
    def rights(self) -> frozenset[str]:
        return self.me.capabilities

    def schema(self, kind: str) -> Schema:
        """What a kind's route takes."""
        with self._lock:
            known = self._schemas.get(kind)
            if known is None:
                # WordPress takes the method from this parameter; some firewalls block OPTIONS.
                found = self.api.ask(
                    self.kinds[kind].route, {"_method": "OPTIONS"}, parse=answers.json_object
                )
                known = self._schemas[kind] = schema_of(found)
            return known

    @cached_property
    def people(self) -> People:
        """The accounts there: all, or, for whoever may not list them, those that may write."""
        with self._lock:
            everyone = "list_users" in self.rights
            words = {"context": "edit"} if everyone else {"who": "authors"}
            accounts = self._pages(self.kinds[USER_KIND].route, words)
            return People(accounts, self._choices.authors, self._choices.default_author)

    @cached_property
    def default_category(self) -> int:
        """Where a post without a category is filed there; 0 where we may not see the settings."""
        if "manage_options" not in self.rights:
            return 0
        with self._lock:
            try:
                found = self.api.ask(f"{CORE}settings", parse=answers.json_object)
            except (BadRequest, Denied, NotFound):
                return 0
            return integer(found.get("default_category"))

    def _pages(self, route: str, words: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        wanted = "id,slug,name,link,username,email"
        page = 1
        while True:
            parameters = {
                **words, "per_page": str(PAGE), "page": str(page), "orderby": "id",
                "order": "asc", "_fields": wanted,
            }  # fmt: skip
            found = self.api.ask(route, parameters, parse=items)
            yield from found
            if len(found) < PAGE:
                return
            page += 1

    def learn_structure(self) -> None:
        """The permalink structure of posts, from one that is there; nothing where there is none."""
        if self.structure or not self.pretty:
            return
        parameters = {
            "context": "edit",
            "per_page": "1",
            "orderby": "id",
            "order": "desc",
            "status": "publish",
            "_fields": "id,permalink_template,date,link,slug,author,categories",
        }
        try:
            found = self.api.ask(self.kinds["posts/post"].route, parameters, parse=items)
        except (BadRequest, Denied, NotFound):
            return
        for post in found:
            self.structure = structure_of(post, self.home)

    def changed(self) -> str:
        """The target's clock, ISO 8601 with ``Z``."""
        return self.api.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def items(answer: Answer) -> list[dict[str, Any]]:
    """The items of a listing."""
    return [dict(data) for _, _, data in answers.read_items(answer).items]


def _by_name(answer: Answer) -> dict[str, Any]:
    try:
        return dict(answers.json_object(answer))
    except SourceError:
        # PHP writes an empty map as a list.
        if answer.body.strip() == b"[]":
            return {}
        raise


def structure_of(post: Mapping[str, Any], home: str) -> str:
    """The permalink structure behind one post's own template; empty where it does not show.

    The template has its dates and id filled in already (``…/2013/04/%postname%/``).
    """
    template = string(post.get("permalink_template"))
    date = string(post.get("date"))
    if not template.startswith(home) or "?" in template or len(date) < 19:
        return ""
    path = template[len(home) :].replace("%pagename%", "%postname%")
    parts: list[str] = []
    known = {date[:4]: "%year%", str(post.get("id")): "%post_id%"}
    dates = [(date[5:7], "%monthnum%"), (date[8:10], "%day%"), (date[11:13], "%hour%"),
             (date[14:16], "%minute%"), (date[17:19], "%second%")]  # fmt: skip
    for part in path.strip("/").split("/"):
        if "%" in part:
            parts.append(part)
        elif part in known:
            parts.append(known[part])
        elif "%year%" in parts and dates and part == dates[0][0]:
            parts.append(dates.pop(0)[1])
        elif not parts or not any(mark in path for mark in ("%year%",)):
            parts.append(part)
        else:
            return ""
    slash = "/" if path.endswith("/") else ""
    return f"/{'/'.join(parts)}{slash}"

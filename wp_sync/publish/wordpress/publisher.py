"""A WordPress target behind the `Publisher` port; the parts live in the modules beside this one."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from wp_sync.errors import SourceError, TargetRefused
from wp_sync.http.client import Limits, origin_of
from wp_sync.http.session import Session
from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.links.addresses import find_addresses
from wp_sync.normalize.links.scan import scan
from wp_sync.normalize.text import string
from wp_sync.publish.base import (
    Atlas,
    Doctor,
    Held,
    Item,
    LiveTarget,
    Payload,
    Removal,
    Seen,
    Settings,
    Write,
    key_of,
)
from wp_sync.publish.options import Options
from wp_sync.publish.order import MENU_ITEM_KIND, USER_KIND
from wp_sync.publish.wordpress.batching import BATCH, Batching
from wp_sync.publish.wordpress.comments import Comments
from wp_sync.publish.wordpress.holding import canonical
from wp_sync.publish.wordpress.reading import Reading
from wp_sync.publish.wordpress.refusals import told
from wp_sync.publish.wordpress.rendering import Facts, Rendering
from wp_sync.publish.wordpress.rights import examine
from wp_sync.publish.wordpress.shape import COMMENT_KIND
from wp_sync.publish.wordpress.site import Choices, TargetSite
from wp_sync.publish.wordpress.texts import Texts
from wp_sync.publish.wordpress.uploads import CARRIER_SLUG, Uploads
from wp_sync.publish.wordpress.writing import Writing

_MOST_BYTES = 8 << 30
_TEXTS = ("content", "excerpt", "description", "caption")
_LINKED = 200  # links of one item that are tried at the target


class WordPressPublisher:
    """A site that is written over REST with an application password.

    Options of the target's table: ``authors`` (a table: our author's slug to a login, slug, e-mail
    address or id there), ``default_author``, ``create_users``, ``permalinks`` (the target's
    structure, where it can't be learned), ``connections``, ``requests_per_second``, ``deadline``,
    ``insecure_http``, ``proxy``, ``ca_file``.
    """

    shares_files = True

    def __init__(self, settings: Settings) -> None:
        options = Options(settings)
        self._create_users = options.flag("create_users")
        session = Session(
            settings.place,
            user=settings.user,
            password=settings.password,
            connections=options.number("connections", 4),
            insecure_http=options.flag("insecure_http"),
            deadline=float(options.number("deadline", 90)),
            requests_per_second=float(options.number("requests_per_second", 0)),
            proxy=options.text("proxy"),
            ca_file=options.text("ca_file"),
        )
        named = options.table("authors")
        self._elsewhere = frozenset(key_of(USER_KIND, slug.casefold()) for slug in named)
        site = TargetSite(
            settings,
            session,
            Choices(named, options.text("default_author"), options.text("permalinks")),
        )
        options.finish()
        self._site = site
        self._session = session
        self._reading = Reading(self._site)
        self._writing = Writing(self._site, self._reading)
        self._uploads = Uploads(self._site)
        self._comments = Comments(self._site, self._writing)
        self._batching = Batching(self._site, self._writing, self._one)
        self._beginning = threading.Lock()
        self._began = False
        self._now = ""
        self._rendering: tuple[str, Rendering] | None = None

    # -- asking

    @property
    def elsewhere(self) -> frozenset[str]:
        return self._elsewhere

    def doctor(self) -> Doctor:
        with told():
            found = examine(self._site, create_users=self._create_users)
            self._now = self._site.changed()
            self._site.learn_structure()
            return found

    def index(self, kind: str) -> Iterator[Seen]:
        with told():
            if kind not in self._site.kinds:
                return
            for seen in self._reading.index(kind):
                if not seen.slug.startswith(CARRIER_SLUG):
                    yield seen

    def unchanged(self, kind: str, stamps: Mapping[str, str]) -> bool:
        with told():
            return kind in self._site.kinds and self._reading.unchanged(kind, stamps)

    def read(self, kind: str, ids: Sequence[str]) -> Iterator[Held]:
        with told():
            if kind in self._site.kinds:
                yield from self._reading.read(kind, ids)

    def look(self, payload: Payload) -> Held | None:
        with told():
            return self._reading.look(payload)

    def canonical(self, kind: str, name: str, value: Any) -> Any:
        return canonical(kind, name, value)

    def render(self, item: Item, atlas: Atlas) -> Payload:
        with told():
            if item.kind not in self._site.kinds:
                raise TargetRefused(f"the target has no {item.name}", hint="register it there")
            structure = self._site.structure
            if self._rendering is None or self._rendering[0] != structure:
                self._rendering = (structure, Rendering(self._facts(structure)))
            return self._rendering[1].payload(item, atlas)

    def _facts(self, structure: str) -> Facts:
        site = self._site
        if not self._now:
            site.index  # noqa: B018 - whatever is asked first brings the clock
            self._now = site.changed()
        texts = Texts(site.home, structure, pretty=site.pretty)
        return Facts(
            site.kinds,
            site.schema,
            texts,
            lambda: site.people,
            self._now,
            self._create_users,
            lambda: site.default_category,
            "edit_others_posts" in site.rights,
        )

    # -- writing

    @property
    def most(self) -> int:
        """How many writes go together."""
        return BATCH

    @property
    def at_once(self) -> int:
        """A batch a connection, and one that waits for whichever is free first."""
        return self._session.connections + 1

    def write_many(self, writes: Sequence[Write]) -> Sequence[Held | Exception]:
        self._begin()
        if any(write.payload.kind == COMMENT_KIND for write in writes):
            with told(), self._comments.opening():
                return self._batching.write_many(writes)
        return self._batching.write_many(writes)

    def create(self, payload: Payload) -> Held:
        self._begin()
        if payload.kind == COMMENT_KIND:
            with told(), self._comments.opening():
                return self._created(payload)
        return self._created(payload)

    def update(self, id: str, payload: Payload) -> Held:
        self._begin()
        return self._writing.update(id, payload)

    def _one(self, write: Write) -> Held:
        if write.id:
            return self._writing.update(write.id, write.payload)
        return self._created(write.payload)

    def _created(self, payload: Payload) -> Held:
        if payload.kind == MEDIA_KIND:
            held = self._uploads.create(payload)
            with told():
                return self._writing.made(self._site.kinds[MEDIA_KIND], payload, held)
        if payload.kind == COMMENT_KIND:
            return self._comments.create(payload)
        if payload.kind == USER_KIND:
            return self._writing.create(_new_user(payload))
        return self._writing.create(payload)

    def remove(self, kind: str, id: str, how: Removal) -> Held | None:
        return self._writing.remove(kind, id, how)

    def _begin(self) -> None:
        """Before the first write: what an earlier push left behind goes, and links can be known."""
        with self._beginning:
            if not self._began:
                self._began = True
                with told():
                    self._uploads.tidy()
                    self._uploads.learn()

    def close(self) -> None:
        self._batching.close()
        with suppress(SourceError):
            self._uploads.close()
        self._session.close()

    @property
    def requests_made(self) -> int:
        """How many requests were sent so far."""
        return self._session.http.requests_made

    # -- for verify

    def sha256(self, held: Held) -> str:
        """The digest of the file as visitors get it; empty where there is none."""
        url = string(held.facts.get("original") or held.facts.get("full"))
        own = {origin_of(self._site.home), origin_of(self._site.api.root.url)}
        total = hashlib.sha256()
        status = 0

        def each(response: Any, chunks: Iterator[bytes]) -> None:
            nonlocal status
            status = response.status_code
            for chunk in chunks:
                total.update(chunk)

        limits = Limits(seconds=600.0, wire_bytes=_MOST_BYTES, body_bytes=_MOST_BYTES)
        with told():
            self._session.http.stream(
                url, headers={"Accept": "*/*", "Accept-Encoding": "identity"}, limits=limits,
                public_only=origin_of(url) not in own, each=each,
            )  # fmt: skip
        return total.hexdigest() if status == 200 else ""

    def dead(self, held: Held, known: Callable[[str], bool]) -> Iterable[str]:
        """Addresses in an item's texts that point into the target and lead nowhere."""
        home = self._site.home
        seen: set[str] = set()
        for address in _addresses(held):
            url = address.partition("#")[0]
            if url.startswith("/") and not url.startswith("//"):
                url = home.removesuffix(urlsplit(home).path) + url
            if not (url == home or url.startswith((f"{home}/", f"{home}?"))) or url in seen:
                continue
            seen.add(url)
            if not known(url) and len(seen) <= _LINKED and not self._alive(url):
                yield address

    @cached_property
    def _answers(self) -> dict[str, bool]:
        return {}

    def _alive(self, url: str) -> bool:
        if url not in self._answers:
            limits = Limits(seconds=60.0, wire_bytes=1 << 16, body_bytes=1 << 16)
            with told():
                answer = self._session.http.get(
                    url, anonymous=True, limits=limits, prefix_only=True
                )
            self._answers[url] = answer.status not in (404, 410)
        return self._answers[url]


def _addresses(held: Held) -> Iterator[str]:
    """Every address in what an item says; a menu's entry is one itself."""
    if held.kind == MENU_ITEM_KIND:
        yield string(held.fields.get("url"))
    for name in _TEXTS:
        for found in find_addresses(scan(string(held.fields.get(name)))):
            yield found.url


def _new_user(payload: Payload) -> Payload:
    """A new account for an author: nobody can log in to it before somebody sets a password."""
    slug = string(payload.fields.get("slug"))
    fields = {
        **payload.fields,
        "username": slug,
        "email": f"{slug}@unknown.invalid",
        "password": secrets.token_urlsafe(32),
        "roles": ["author"],
    }
    return Payload(payload.key, payload.kind, fields, payload.prints, payload.slug)


WORDPRESS = LiveTarget(
    WordPressPublisher, "another WordPress, over REST with an application password", login=True
)

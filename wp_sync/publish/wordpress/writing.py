"""Writes to a WordPress target: one thing at a time, each told apart by how it ended.

Everything is put into the create, so that no second write bumps ``modified``. What comes back is
what the target holds now, so that whatever it ignored or changed shows. A slug that WordPress
altered because somebody else has it is never left behind: what was just made is taken away again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from wp_sync.errors import SourceError, TargetRefused
from wp_sync.http import answers
from wp_sync.http.api import Api
from wp_sync.http.client import Answer
from wp_sync.http.failures import BadRequest, Rejected
from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.text import decoded_slug, string
from wp_sync.publish.base import Held, Payload, Removal
from wp_sync.publish.order import USER_KIND
from wp_sync.publish.wordpress.holding import META, fields_of, held_of
from wp_sync.publish.wordpress.reading import Reading
from wp_sync.publish.wordpress.refusals import duplicate, existing_term, is_gone, told
from wp_sync.publish.wordpress.shape import COMMENT_KIND, Kind
from wp_sync.publish.wordpress.site import TargetSite, structure_of

# Fields that a target may not take as they are, and a post can be without.
_OPTIONAL = frozenset(
    ("template", "format", "meta", "featured_media", "sticky", "menu_order", "comment_status",
     "ping_status", "author_email", "author_url", "author")
)  # fmt: skip
# What a new post is without being told. WordPress looks each up all the same where it is told, and
# keeps a row for a template of no name.
_AS_MADE: Mapping[str, Any] = {
    "excerpt": "", "featured_media": 0, "sticky": False, "format": "standard", "template": "",
    "password": "",
}  # fmt: skip
_LOOKED_UP = ("excerpt", "format")
_NO_EMAIL = "rest_comment_author_data_required"


def body_of(payload: Payload) -> dict[str, Any]:
    """The JSON of a write: fields as REST wants them, meta under its own key."""
    body: dict[str, Any] = {}
    meta: dict[str, Any] = {}
    for name, value in payload.fields.items():
        if name.startswith(META):
            meta[name.removeprefix(META)] = value
        else:
            body[name] = value
    if meta:
        body["meta"] = meta
    return body


def new_body(kind: Kind, payload: Payload) -> dict[str, Any]:
    """The JSON that makes a thing: without what a new one is anyway."""
    left_out = {**_AS_MADE, **_unfiled(kind)}
    return {
        name: value
        for name, value in body_of(payload).items()
        if name not in left_out or value != left_out[name]
    }


def _unfiled(kind: Kind) -> dict[str, Any]:
    """What a new post has of taxonomies, but for the one that always has a default term."""
    return {base: [] for taxonomy, base in kind.terms.items() if taxonomy != "category"}


def unset_of(kind: Kind, payload: Payload) -> dict[str, Any]:
    """What a payload leaves as it is in any new thing, of what WordPress has to look up to tell."""
    none = {**{name: _AS_MADE[name] for name in _LOOKED_UP}, **_unfiled(kind)}
    return {
        name: value
        for name, value in none.items()
        if name in payload.fields and payload.fields[name] == value
    }


class Writing:
    """Writes to one target. Thread-safe."""

    def __init__(self, site: TargetSite, reading: Reading) -> None:
        self._site = site
        self._reading = reading

    @property
    def _api(self) -> Api:
        return self._site.api

    def create(self, payload: Payload) -> Held:
        """Make a post, term, menu item, comment or user."""
        kind = self._site.kinds[payload.kind]
        with told():
            try:
                body = new_body(kind, payload)
                held = self._sent(kind, kind.route, body, unset_of(kind, payload))
            except SourceError as error:
                held = self._instead(kind, payload, error)
            return self.made(kind, payload, held)

    def update(self, id: str, payload: Payload) -> Held:
        """Change the fields that a payload has."""
        kind = self._site.kinds[payload.kind]
        body = {name: value for name, value in body_of(payload).items() if name != "type"}
        if not body:
            with told():
                held = self._reading.one(kind, id)
            if held is None:
                raise TargetRefused("it is no longer at the target", hint="plan again")
            return held
        with told():
            return self._sent(kind, f"{kind.route}/{id}", body)

    def _sent(
        self,
        kind: Kind,
        route: str,
        body: Mapping[str, Any],
        unset: Mapping[str, Any] = MappingProxyType({}),
    ) -> Held:
        """Write, once more without what the target does not take as it is.

        WordPress checks all parameters before it does anything, so nothing was made by then.
        """
        words = {"_fields": self._site.wanted(kind, unset)}
        parse = partial(self.parsed, kind, unset)
        try:
            return self._api.write(route, body, words, parse=parse, cost=f"write {kind.kind}")
        except BadRequest as error:
            fewer = without_refused(body, error)
            if fewer is None:
                raise
            return self._api.write(route, fewer, words, parse=parse, cost=f"write {kind.kind}")

    def parsed(self, kind: Kind, unset: Mapping[str, Any], answer: Answer) -> Held:
        """What came back from a write; learns the permalink structure on the way."""
        data = dict(answers.json_object(answer))
        self._site.complete(kind, data, unset)
        if kind.kind == "posts/post" and not self._site.structure and data.get("slug"):
            self._site.structure = structure_of(data, self._site.home)
        return held_of(kind, data)

    def _instead(self, kind: Kind, payload: Payload, error: SourceError) -> Held:
        """What stands for a thing that can't be made as it is; the refusal itself otherwise."""
        term = existing_term(error)
        if term:
            held = self._reading.one(kind, str(term))
            wanted = decoded_slug(string(payload.fields.get("slug")))
            if held is not None and held.slug == wanted:
                return held  # the same word in other letters
            named = f" ({held.title!r}, slug {held.slug!r})" if held else ""
            raise TargetRefused(
                f"a term of this name stands there already{named}",
                place=error.place,
                hint="map one of the two onto the other in categories.toml or tags.toml",
            )
        if duplicate(error):
            found = self._reading.look(payload)
            if found is not None:
                return found
        if kind.kind == COMMENT_KIND and isinstance(error, BadRequest) and error.code == _NO_EMAIL:
            # The archive has no address for it: one that can belong to nobody stands in.
            body = {"author_name": "Anonymous", **new_body(kind, payload)}
            number = payload.key.rpartition(":")[2]
            body["author_email"] = f"comment-{number}@unknown.invalid"
            return self._sent(kind, kind.route, body)
        raise error

    # -- what was made

    def made(self, kind: Kind, payload: Payload, held: Held) -> Held:
        """What was just made, once it is as it was meant.

        Raises:
            TargetRefused: its name is somebody else's; what was made is gone again.
        """
        held = self._as_named(kind, payload, held)
        filed = {
            base: none
            for base, none in _unfiled(kind).items()
            if payload.fields.get(base) == none and held.fields.get(base)
        }
        # A taxonomy with a default term files what names none.
        return self._sent(kind, f"{kind.route}/{held.id}", filed) if filed else held

    def _as_named(self, kind: Kind, payload: Payload, held: Held) -> Held:
        """The same, unless WordPress named it otherwise because the name is somebody else's.

        Where that is this very thing, made by another push at the same time, that one is it. A
        file may be called otherwise: posts need it.
        """
        draft = payload.fields.get("status") in ("draft", "pending")
        wanted = "" if draft else string(payload.fields.get("slug"))
        if not wanted or held.slug == decoded_slug(wanted):
            return held
        numbered = re.fullmatch(re.escape(decoded_slug(wanted)) + r"-\d+", held.slug)
        if not numbered and kind.family != "terms":
            return held  # spelled as this WordPress spells names
        other = self._holder(kind, wanted, held.id)
        if other is None:
            return held  # a name that WordPress keeps for itself
        same = not set(payload.prints).isdisjoint(other.prints)
        if kind.kind == MEDIA_KIND and not same:
            return held
        self._api.delete(f"{kind.route}/{held.id}", {"force": "true"}, parse=answers.json_object)
        if same:
            return other
        raise TargetRefused(
            f"the target has another thing of the name {wanted!r}: {other.title!r} ({other.url})",
            hint="rename or remove it there, or map ours onto it, and push again",
        )

    def _holder(self, kind: Kind, slug: str, own: str) -> Held | None:
        """Who has a slug at the target, of this kind or among attachments."""
        for one in (kind, self._site.kinds.get(MEDIA_KIND)):
            if one is None or (one.kind == MEDIA_KIND and kind.family != "posts"):
                continue
            words = {
                **one.filters,
                "context": "edit",
                "slug": slug,
                "_fields": ",".join(fields_of(one)),
            }
            found = self._api.ask(one.route, words, parse=answers.read_items, fresh=True)
            for _, _, data in found.items:
                held = held_of(one, data)
                if held.id != own:
                    return held
        return None

    # -- removing

    def remove(self, name: str, id: str, how: Removal) -> Held | None:
        """Take a thing from visitors, or into the trash; None: it is gone."""
        kind = self._site.kinds[name]
        if kind.family == "terms" or kind.kind in (USER_KIND, MEDIA_KIND):
            raise TargetRefused(
                f"WordPress has no trash for {kind.name}: it stays",
                hint="remove it by hand if nobody needs it",
            )
        with told():
            try:
                if how == "unpublish":
                    status = "hold" if kind.kind == COMMENT_KIND else "draft"
                    return self._sent(kind, f"{kind.route}/{id}", {"status": status})
                self._api.delete(f"{kind.route}/{id}", parse=answers.json_object)
            except SourceError as error:
                if is_gone(error):
                    return None
                if not (isinstance(error, Rejected) and error.code == "rest_already_trashed"):
                    raise
            return self._reading.one(kind, id)


def without_refused(body: Mapping[str, Any], error: BadRequest) -> dict[str, Any] | None:
    """A body without the optional fields that an error names; None where it names others."""
    named = {name.partition("[")[0] for name in error.parameters} & set(body)
    if not named or not named <= _OPTIONAL:
        return None
    return {name: value for name, value in body.items() if name not in named}

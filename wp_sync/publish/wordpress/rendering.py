"""An `Item` in WordPress's own words: what would be sent, field by field. Pure.

What a target does not take (meta that is not registered there, an author who is nobody) is left out
and told; what is not there yet is left out and named, so that it comes in a second pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wp_sync.errors import TargetRefused
from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.text import integer, string
from wp_sync.publish.base import Atlas, Item, Payload, Spot, prints
from wp_sync.publish.order import MENU_ITEM_KIND, USER_KIND
from wp_sync.publish.wordpress.holding import META, hint_of, mark_of, text_of
from wp_sync.publish.wordpress.people import People, account_name
from wp_sync.publish.wordpress.shape import COMMENT_KIND, Kind, Schema
from wp_sync.publish.wordpress.texts import Texts

_STATUSES = frozenset(("publish", "future", "draft", "pending", "private"))
# Where SEO plugins keep what the source's says, where they let REST write it.
_SEO = {
    "title": ("_yoast_wpseo_title", "rank_math_title"),
    "description": ("_yoast_wpseo_metadesc", "rank_math_description"),
    "canonical": ("_yoast_wpseo_canonical", "rank_math_canonical_url"),
}
_PARAGRAPH = re.compile(r"<p>((?:(?!</?p\b).)*+)</p>", re.DOTALL)
_PARAGRAPHS = re.compile(r"(?:\s*+<p>(?:(?!</?p\b).)*+</p>)++\s*+", re.DOTALL)
_PRIMARY = {
    "category": ("_yoast_wpseo_primary_category", "rank_math_primary_category"),
}


@dataclass(frozen=True)
class Facts:
    """What rendering needs to know of the target.

    ``now``: its clock (ISO 8601 with ``Z``). ``default_category``: where it files a post that has
    no category, 0 where that is not to be known. ``others``: whether we may write in other people's
    names, and make posts sticky, which WordPress lets the same people do.
    """

    kinds: Mapping[str, Kind]
    schema: Callable[[str], Schema]
    texts: Texts
    people: Callable[[], People]
    now: str
    create_users: bool = False
    default_category: Callable[[], int] = int
    others: bool = True


@dataclass
class _Draft:
    """A payload on its way."""

    fields: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)


class Rendering:
    """Items of one source for one target."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def payload(self, item: Item, atlas: Atlas) -> Payload:
        """What would be sent for an item.

        Raises:
            TargetRefused: it can never be there.
        """
        draft = _Draft()
        kind = self._facts.kinds[item.kind]
        if item.kind == MEDIA_KIND:
            self._media(item, atlas, draft)
        elif item.kind == MENU_ITEM_KIND:
            self._menu_item(item, atlas, draft)
        elif item.kind == COMMENT_KIND:
            self._comment(item, atlas, draft)
        elif item.kind == USER_KIND:
            draft.fields |= _some(item.fields, "name", "slug", "description", "url")
            draft.fields["slug"] = account_name(string(item.fields.get("slug")))
        elif item.family == "terms":
            self._term(item, atlas, draft, kind)
        else:
            self._post(item, atlas, draft, kind)
        fields = draft.fields
        slug, date = string(fields.get("slug")), string(item.fields.get("date"))
        marks = mark_of(item.kind, slug, date)
        if not slug and item.family == "posts":
            marks = hint_of(string(fields.get("title")), date)
        fixed = frozenset(("slug",)) if item.kind == USER_KIND else frozenset[str]()
        return Payload(
            item.key,
            item.kind,
            fields,
            (*marks, *prints(text=text_of(item.kind, fields))),
            slug if self._is_unique(item, fields, kind) else "",
            tuple(draft.missing),
            item.file,
            fixed,
            tuple(draft.notes),
        )

    @staticmethod
    def _is_unique(item: Item, fields: Mapping[str, Any], kind: Kind) -> bool:
        """Whether WordPress gives no two of the kind one slug: drafts may share it, and pages
        under different parents."""
        if item.family != "posts":
            return True
        draft = fields.get("status") in ("draft", "pending")
        return not draft and not kind.hierarchical and item.kind != MENU_ITEM_KIND

    # -- one family each

    def _term(self, item: Item, atlas: Atlas, draft: _Draft, kind: Kind) -> None:
        draft.fields |= {"name": item.fields.get("name", ""), "slug": item.fields.get("slug", "")}
        draft.fields["description"] = self._text(
            string(item.fields.get("description")), item, atlas, draft
        )
        if kind.hierarchical:
            self._points(item, atlas, draft, "parent", "parent", none=0)

    def _media(self, item: Item, atlas: Atlas, draft: _Draft) -> None:
        fields = item.fields
        if item.file is None:
            raise TargetRefused(
                "the archive does not have its file",
                hint="what the source itself no longer has can't be copied",
            )
        draft.fields |= {
            "title": fields.get("title", ""),
            "alt_text": fields.get("alt_text", ""),
            "caption": self._text(string(fields.get("caption")), item, atlas, draft),
            "description": self._text(string(fields.get("description")), item, atlas, draft),
        }
        draft.fields |= _some(fields, "slug")
        self._date(item, draft)
        self._author(item, atlas, draft)
        if fields.get("post"):
            self._points(item, atlas, draft, "post", "post")

    def _post(self, item: Item, atlas: Atlas, draft: _Draft, kind: Kind) -> None:
        fields, out = item.fields, draft.fields
        takes = self._facts.schema(item.kind).fields
        out |= self._status(item, atlas, draft) | _some(fields, "slug")
        self._date(item, draft)
        for name in ("title", "content", "excerpt"):
            if name in takes:
                text = string(fields.get(name))
                out[name] = text if name == "title" else self._text(text, item, atlas, draft)
        if "author" in takes:
            self._author(item, atlas, draft)
        if "parent" in takes and kind.hierarchical:
            self._points(item, atlas, draft, "parent", "parent", none=0)
        if "featured_media" in takes:
            self._points(item, atlas, draft, "featured_media", "featured_media", none=0)
        if "menu_order" in takes:
            out["menu_order"] = integer(fields.get("menu_order"))
        if "sticky" in takes and self._facts.others:
            out["sticky"] = bool(fields.get("sticky"))
        if "format" in takes:
            out["format"] = fields.get("format") or "standard"
        if "template" in takes:
            out["template"] = string(fields.get("template"))
        if "password" in takes:
            out["password"] = string(fields.get("password"))
        for name in ("comment_status", "ping_status"):
            if name in takes:
                out |= _some(fields, name)
        self._terms(item, atlas, draft, kind)
        self._meta(item, atlas, draft)

    def _terms(self, item: Item, atlas: Atlas, draft: _Draft, kind: Kind) -> None:
        filed = item.fields.get("terms")
        filed = filed if isinstance(filed, Mapping) else {}
        for taxonomy in filed:
            if taxonomy not in kind.terms:
                draft.notes[f"the target files no {kind.name} under {taxonomy}"] = None
        for taxonomy, base in kind.terms.items():
            ids: list[int] = []
            for key in filed.get(taxonomy, ()):
                spot = self._spot(key, atlas)
                if spot is None:
                    draft.missing[key] = None
                else:
                    ids.append(int(spot.id))
            if taxonomy == "category" and not filed.get(taxonomy) and item.kind == "posts/post":
                # WordPress files such a post there whatever is sent; said here, it is no surprise.
                ids = [number for number in (self._facts.default_category(),) if number]
            draft.fields[base] = sorted(set(ids))

    def _meta(self, item: Item, atlas: Atlas, draft: _Draft) -> None:
        registered = self._facts.schema(item.kind).meta
        meta = item.fields.get("meta")
        for key, value in meta.items() if isinstance(meta, Mapping) else ():
            if key in registered:
                draft.fields[f"{META}{key}"] = value
            else:
                draft.notes[f"the target has no meta {key!r}: left out"] = None
        seo = item.fields.get("seo")
        seo = seo if isinstance(seo, Mapping) else {}
        for name, keys in _SEO.items():
            value = string(seo.get(name))
            for key in keys if value else ():
                if key in registered and f"{META}{key}" not in draft.fields:
                    if name == "canonical":
                        value = self._facts.texts.address(value, item, atlas, self._at(atlas)).body
                    draft.fields[f"{META}{key}"] = value
        primary = item.fields.get("primary")
        primary = primary if isinstance(primary, Mapping) else {}
        for taxonomy, keys in _PRIMARY.items():
            spot = self._spot(string(primary.get(taxonomy)), atlas)
            for key in keys if spot else ():
                if spot and key in registered:
                    draft.fields[f"{META}{key}"] = spot.id

    def _menu_item(self, item: Item, atlas: Atlas, draft: _Draft) -> None:
        fields, out = item.fields, draft.fields
        type_ = string(fields.get("item_type")) or "custom"
        out |= {
            "title": fields.get("title", ""),
            "type": type_,
            "menu_order": max(1, integer(fields.get("menu_order"))),
            "status": fields.get("status") or "publish",
        }
        out |= _some(fields, "target", "attr_title", "description")
        out |= {name: list(fields.get(name, ())) or [""] for name in ("classes", "xfn")}
        self._points(item, atlas, draft, "menu", "menus")
        self._points(item, atlas, draft, "parent", "parent", none=0)
        if type_ in ("post_type", "taxonomy"):
            out["object"] = string(fields.get("object_type"))
            self._points(item, atlas, draft, "object", "object_id")
        elif type_ == "custom":
            texts = self._facts.texts
            text = texts.address(string(fields.get("url")), item, atlas, self._at(atlas))
            out["url"] = text.body
            draft.missing |= dict.fromkeys(text.missing)
        else:
            out["object"] = string(fields.get("object_type"))

    def _comment(self, item: Item, atlas: Atlas, draft: _Draft) -> None:
        fields, out = item.fields, draft.fields
        self._points(item, atlas, draft, "post", "post")
        self._points(item, atlas, draft, "parent", "parent", none=0)
        self._date(item, draft)
        out["content"] = self._text(_typed(string(fields.get("content"))), item, atlas, draft)
        out["status"] = {"approve": "approved", "": "approved"}.get(
            string(fields.get("status")), string(fields.get("status"))
        )
        out |= _some(fields, "author_name", "author_email", "author_url")
        author = string(fields.get("author"))
        spot = self._spot(author, atlas) if author else None
        if spot is not None:
            out["author"] = int(spot.id)
        type_ = string(fields.get("type"))
        if type_ not in ("", "comment"):
            raise TargetRefused(
                f"WordPress takes no {type_} over REST", hint="it stays in the archive"
            )

    # -- parts

    def _at(self, atlas: Atlas) -> Callable[[str], Spot | None]:
        return lambda key: self._spot(key, atlas)

    def _spot(self, key: str, atlas: Atlas) -> Spot | None:
        """Where something stands; people by their account there."""
        if not key:
            return None
        if not key.startswith(f"{USER_KIND}:"):
            return atlas.at(key)
        people, slug = self._facts.people(), key.partition(":")[2]
        # Where accounts are made, somebody of the same name is somebody else.
        name = "" if self._facts.create_users else atlas.person(key)
        return people.mapped(slug) or atlas.at(key) or people.find(slug, name)

    def _text(self, text: str, item: Item, atlas: Atlas, draft: _Draft) -> str:
        done = self._facts.texts.text(text, item, atlas, self._at(atlas))
        draft.missing |= dict.fromkeys(done.missing)
        draft.notes |= dict.fromkeys(done.notes)
        return done.body

    def _points(
        self, item: Item, atlas: Atlas, draft: _Draft, name: str, to: str, none: int | None = None
    ) -> None:
        """A field that points to another item, as its id."""
        key = string(item.fields.get(name))
        spot = self._spot(key, atlas)
        if spot is not None:
            draft.fields[to] = int(spot.id)
            return
        if key:
            draft.missing[key] = None
        if none is not None:
            draft.fields[to] = none

    def _author(self, item: Item, atlas: Atlas, draft: _Draft) -> None:
        key = string(item.fields.get("author"))
        if not key or not self._facts.others:
            return
        people = self._facts.people()
        spot = self._spot(key, atlas)
        if spot is None and self._facts.create_users:
            draft.missing[key] = None  # is about to be made
            spot = people.default
        elif spot is None:
            draft.notes[f"the author {key.partition(':')[2]!r} is nobody at the target"] = None
            spot = people.default
        if spot is not None:
            draft.fields["author"] = int(spot.id)

    def _date(self, item: Item, draft: _Draft) -> None:
        date = string(item.fields.get("date"))
        if date:
            draft.fields["date_gmt"] = date.removesuffix("Z")

    def _status(self, item: Item, atlas: Atlas, draft: _Draft) -> dict[str, str]:
        """The status; empty where that is the target's own to decide."""
        status = string(item.fields.get("status")) or "draft"
        if status not in _STATUSES:
            draft.notes[f"the status {status!r} is a plugin's: it becomes a draft"] = None
            status = "draft"
        if status == "future" and string(item.fields.get("date")) <= self._facts.now:
            if atlas.at(item.key) is not None:
                return {}  # its hour has come: the target published it, or is about to
            # WordPress would publish it at once, which nobody did at the source.
            draft.notes["it missed its hour at the source: it becomes a draft"] = None
            status = "draft"
        return {"status": status}


def _typed(comment: str) -> str:
    """A comment as its author typed it, where it is nothing but the paragraphs that WordPress makes
    of that: it takes them out whenever a comment is edited."""
    if not _PARAGRAPHS.fullmatch(comment):
        return comment
    return "\n\n".join(_PARAGRAPH.findall(comment)).replace("<br />\n", "\n")


def _some(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: fields[name] for name in names if fields.get(name)}

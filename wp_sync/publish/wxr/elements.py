"""One item of each family as elements of WXR 1.2. Pure: what is elsewhere comes as `Known`.

Names and order of the elements are those of WordPress's own export, so that every importer finds
them. Bodies keep the source's addresses of files: the importer fetches each file and puts its new
address in their place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from wp_sync.publish.base import Item
from wp_sync.publish.order import MENU_ITEM_KIND
from wp_sync.publish.wxr.markup import cdata, clean, element
from wp_sync.publish.wxr.php import serialized
from wp_sync.publish.zone import local, moment_of

_NEVER = "0000-00-00 00:00:00"
_UPLOADS = "/wp-content/uploads/"
_SERIALIZED = re.compile(r"\s*(?:N;|[abdisCEO]:.*[;}])\s*", re.DOTALL)


@dataclass(frozen=True)
class Known:
    """What an item's elements need of others.

    ``number`` gives the id of a key in this file, 0 for none; ``term`` the name of a term's key.
    ``home`` is the source's.
    """

    home: str
    zone: tzinfo
    number: Callable[[str], int]
    term: Callable[[str], str]


def slug(text: str) -> str:
    """A slug as WordPress keeps it: signs outside ASCII in lower-case percent-encoding."""
    if text.isascii():
        return text
    return "".join(sign if sign.isascii() else quote(sign).lower() for sign in text)


def author(item: Item, number: int) -> str:
    return _block(
        "wp:author",
        element("wp:author_id", number),
        element("wp:author_login", str(item.fields.get("slug", ""))),
        element("wp:author_email", str(item.fields.get("email", ""))),
        element("wp:author_display_name", item.title),
        element("wp:author_first_name"),
        element("wp:author_last_name"),
    )


def term(item: Item, number: int, meta: Mapping[str, Any]) -> str:
    """A term of any taxonomy; categories and tags have elements of their own.

    ``meta`` is its registered meta, as REST sent it.
    """
    fields = item.fields
    kept = tuple(_registered("wp:termmeta", meta))
    name, description = str(fields.get("name", "")), str(fields.get("description", ""))
    nicename = slug(str(fields.get("slug", "")))
    parent = slug(str(fields.get("parent", "")).partition(":")[2])
    if item.name == "category":
        parts: tuple[str, ...] = (
            element("wp:category_nicename", nicename),
            element("wp:category_parent", parent),
            element("wp:cat_name", name),
            element("wp:category_description", description) if description else "",
            *kept,
        )
        return _block("wp:category", element("wp:term_id", number), *parts)
    if item.name == "post_tag":
        parts = (
            element("wp:tag_slug", nicename),
            element("wp:tag_name", name),
            element("wp:tag_description", description) if description else "",
            *kept,
        )
        return _block("wp:tag", element("wp:term_id", number), *parts)
    return _block(
        "wp:term",
        element("wp:term_id", number),
        element("wp:term_taxonomy", item.name),
        element("wp:term_slug", nicename),
        element("wp:term_parent", parent),
        element("wp:term_name", name),
        element("wp:term_description", description) if description else "",
        *kept,
    )


def post(
    item: Item,
    known: Known,
    content: str,
    comments: Sequence[tuple[Item, Mapping[str, Any]]],
) -> str:
    """A post, page, block or item of a custom type, with its comments and their meta."""
    fields = item.fields
    meta: list[tuple[str, str]] = []
    if picture := known.number(fields.get("featured_media", "")):
        meta.append(("_thumbnail_id", str(picture)))
    if fields.get("template"):
        meta.append(("_wp_page_template", _scalar(fields["template"])))
    if description := fields.get("seo", {}).get("description"):
        meta.append(("_yoast_wpseo_metadesc", _scalar(description)))
    for key, value in sorted(fields.get("meta", {}).items()):
        meta += _meta(str(key), value)
    return _item(
        item,
        known,
        content=content,
        excerpt=str(fields.get("excerpt", "")),
        inside=[*_categories(item, known), *_metas(meta), *_comments(comments, known)],
    )


def attachment(item: Item, known: Known, details: Mapping[str, Any]) -> str:
    """A file of the media library; ``details`` is what REST says of it (``media_details``)."""
    fields = item.fields
    url = str(fields.get("source_url", ""))
    file = url.partition(_UPLOADS)[2].partition("?")[0]
    meta = [("_wp_attached_file", _scalar(file))] if file else []
    if kept := _attachment_details(details, file):
        meta.append(("_wp_attachment_metadata", serialized(kept)))
    if alt := fields.get("alt_text"):
        meta.append(("_wp_attachment_image_alt", _scalar(alt)))
    return _item(
        item,
        known,
        content=str(fields.get("description", "")),
        excerpt=str(fields.get("caption", "")),
        parent=known.number(fields.get("post", "")),
        guid=url,
        inside=[element("wp:attachment_url", url), *_metas(meta)],
    )


def menu_item(item: Item, known: Known) -> str:
    """An entry of a menu: a post of its own type whose meta says where it leads."""
    fields = item.fields
    target = known.number(fields.get("object", "")) or item.id
    menu = fields.get("menu", "")
    meta = [
        ("_menu_item_type", _scalar(fields.get("item_type", "custom"))),
        ("_menu_item_menu_item_parent", str(known.number(fields.get("parent", "")))),
        ("_menu_item_object_id", str(target)),
        ("_menu_item_object", _scalar(fields.get("object_type", "custom"))),
        ("_menu_item_target", _scalar(fields.get("target", ""))),
        ("_menu_item_classes", serialized(list(fields.get("classes", [])) or [""])),
        ("_menu_item_xfn", _scalar(" ".join(fields.get("xfn", [])))),
        ("_menu_item_url", _scalar(fields.get("url")) if not fields.get("object") else ""),
    ]
    return _item(
        item,
        known,
        content=str(fields.get("description", "")),
        excerpt=str(fields.get("attr_title", "")),
        parent=0,
        inside=[
            _category("nav_menu", menu.partition(":")[2], known.term(menu)) if menu else "",
            *_metas(meta),
        ],
    )


def _item(
    item: Item,
    known: Known,
    *,
    content: str,
    excerpt: str,
    inside: Sequence[str],
    parent: int | None = None,
    guid: str = "",
) -> str:
    fields = item.fields
    date, modified = str(fields.get("date", "")), str(fields.get("modified", ""))
    moment = moment_of(date)
    creator = str(fields.get("author", "")).partition(":")[2]
    title = str(fields.get("title", ""))
    if parent is None:
        parent = known.number(fields.get("parent", ""))
    status = "inherit" if item.name == "attachment" else str(fields.get("status", "publish"))
    post_type = "nav_menu_item" if item.kind == MENU_ITEM_KIND else item.name
    return _block(
        "item",
        element("title", title),
        element("link", item.url),
        element("pubDate", format_datetime(moment) if moment else ""),
        element("dc:creator", creator),
        element("guid", guid or f"{known.home}/?p={item.id}", isPermaLink="false"),
        element("description"),
        f"<content:encoded>{cdata(content)}</content:encoded>\n",
        f"<excerpt:encoded>{cdata(excerpt)}</excerpt:encoded>\n",
        element("wp:post_id", item.id),
        element("wp:post_date", _date(str(fields.get("date_local", "")), date, known.zone)),
        element("wp:post_date_gmt", _date(date, date, None)),
        element("wp:post_modified", _date("", modified, known.zone)),
        element("wp:post_modified_gmt", _date(modified, modified, None)),
        element("wp:comment_status", str(fields.get("comment_status", "closed"))),
        element("wp:ping_status", str(fields.get("ping_status", "closed"))),
        element("wp:post_name", slug(str(fields.get("slug", "")))),
        element("wp:status", status),
        element("wp:post_parent", parent),
        element("wp:menu_order", int(fields.get("menu_order", 0))),
        element("wp:post_type", post_type),
        element("wp:post_password", str(fields.get("password", ""))),
        element("wp:is_sticky", int(bool(fields.get("sticky")))),
        *inside,
    )


def _date(written: str, moment: str, zone: tzinfo | None) -> str:
    """A time as WordPress's database has it: as written where it is, else on the wall clock."""
    if written and moment_of(written):
        return written[:19].replace("T", " ")
    there = local(moment, zone) if zone else moment_of(moment)
    return there.strftime("%Y-%m-%d %H:%M:%S") if there else _NEVER


def _categories(item: Item, known: Known) -> Iterator[str]:
    for taxonomy, keys in sorted(item.fields.get("terms", {}).items()):
        for key in keys:
            yield _category(taxonomy, key.partition(":")[2], known.term(key))
    if form := item.fields.get("format"):
        yield _category("post_format", f"post-format-{form}", str(form).title())


def _category(taxonomy: str, nicename: str, name: str) -> str:
    return element("category", name or nicename, domain=taxonomy, nicename=slug(nicename))


def _registered(name: str, meta: Mapping[str, Any]) -> Iterator[str]:
    """Registered meta, what is empty left out."""
    for key, value in sorted(meta.items()):
        if value not in ("", None, [], {}):
            yield from _metas(_meta(str(key), value), name)


def _metas(meta: Sequence[tuple[str, str]], name: str = "wp:postmeta") -> Iterator[str]:
    for key, value in meta:
        yield _block(
            name,
            element("wp:meta_key", key),
            f"<wp:meta_value>{cdata(value)}</wp:meta_value>\n",
        )


def _meta(key: str, value: Any) -> list[tuple[str, str]]:
    """A registered meta field as rows: a list is as many rows, unless it holds more than words."""
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return [(key, _scalar(one)) for one in value]
    if isinstance(value, list | Mapping):
        return [(key, serialized(value))]
    return [(key, _scalar(value))]


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    text = "" if value is None else str(value)
    # Importers read words that look like PHP's notation as what that says: so they are said in it.
    return serialized(text) if _SERIALIZED.fullmatch(text) else text


def _comments(comments: Sequence[tuple[Item, Mapping[str, Any]]], known: Known) -> Iterator[str]:
    for one, meta in comments:
        fields = one.fields
        date = str(fields.get("date", ""))
        approved = fields.get("status", "approved") in ("approved", "approve", "1")
        yield _block(
            "wp:comment",
            element("wp:comment_id", one.id),
            element("wp:comment_author", str(fields.get("author_name", ""))),
            element("wp:comment_author_email", str(fields.get("author_email", ""))),
            element("wp:comment_author_url", str(fields.get("author_url", ""))),
            element("wp:comment_author_IP", str(fields.get("author_ip", ""))),
            element("wp:comment_date", _date("", date, known.zone)),
            element("wp:comment_date_gmt", _date(date, date, None)),
            element("wp:comment_content", str(fields.get("content", ""))),
            element("wp:comment_approved", "1" if approved else "0"),
            element("wp:comment_type", str(fields.get("type", "")) or "comment"),
            element("wp:comment_parent", known.number(fields.get("parent", ""))),
            element("wp:comment_user_id", known.number(fields.get("author", ""))),
            *_registered("wp:commentmeta", meta),
        )


def _attachment_details(details: Mapping[str, Any], file: str) -> dict[str, Any]:
    """REST's ``media_details`` as WordPress keeps it: without the addresses that REST adds."""
    kept: dict[str, Any] = {}
    for name in ("width", "height", "file", "filesize", "image_meta", "original_image"):
        if details.get(name):
            kept[name] = details[name]
    sizes = details.get("sizes")
    if isinstance(sizes, Mapping):
        kept["sizes"] = {
            str(size): {
                "file": str(one.get("file", "")),
                "width": one.get("width", 0),
                "height": one.get("height", 0),
                "mime-type": str(one.get("mime_type", "")),
            }
            for size, one in sizes.items()
            if isinstance(one, Mapping) and size != "full"
        }
    if kept and "file" not in kept and file:
        kept["file"] = file
    return kept


def _block(name: str, *parts: str) -> str:
    return f"<{name}>\n{''.join(parts)}</{name}>\n"


def head(title: str, home: str, description: str, language: str) -> str:
    """The beginning of the document, up to the first author."""
    spaces = {
        "excerpt": "http://wordpress.org/export/1.2/excerpt/",
        "content": "http://purl.org/rss/1.0/modules/content/",
        "wfw": "http://wellformedweb.org/CommentAPI/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "wp": "http://wordpress.org/export/1.2/",
    }
    said = "".join(f'\n\txmlns:{name}="{address}"' for name, address in spaces.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<!-- An export for WordPress's importer (Tools, Import, WordPress). -->\n"
        f'<rss version="2.0"{said}\n>\n<channel>\n'
        + element("title", clean(title))
        + element("link", home)
        + element("description", description)
        + element("language", language)
        + "<wp:wxr_version>1.2</wp:wxr_version>\n"
        + element("wp:base_site_url", home)
        + element("wp:base_blog_url", home)
        + "<generator>wp-sync</generator>\n"
    )


TAIL = "</channel>\n</rss>\n"

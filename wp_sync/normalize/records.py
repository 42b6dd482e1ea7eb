"""One archived record into its normalized value: posts, media, comments.

Pure and forgiving: a field of the wrong type counts as absent, so that a broken record passes
otherwise whole. Links and related posts are added by `wp_sync.normalize.engine`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from wp_sync.archive.base import Current
from wp_sync.content import Comment, MediaItem, Post, PostTerm
from wp_sync.normalize.terms import Terms
from wp_sync.normalize.text import decoded_slug, integer, plain, rendered, string
from wp_sync.normalize.urls import UrlIndex

# The fields that file a post under the built-in taxonomies; others are named like the taxonomy
# unless they state a rest_base.
TERM_FIELDS = {"category": ("categories",), "post_tag": ("tags",)}
# Where plugins keep a post's primary term: Yoast, Rank Math, The SEO Framework.
_PRIMARY = ("_yoast_wpseo_primary_{}", "rank_math_primary_{}", "_primary_term_{}")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")


def moment(value: Any) -> str:
    """A WordPress time in UTC (``date_gmt``) as ISO 8601 with ``Z``; empty when unknown.

    ``0000-00-00`` (drafts, old imports) and dates that no calendar has are unknown. A time with an
    explicit offset is converted.
    """
    text = string(value)
    if not _ISO.match(text) or text.startswith("0000"):
        return ""
    try:
        if len(text) == 19:
            datetime.fromisoformat(text)
            return f"{text[:10]}T{text[11:]}Z"
        parsed = datetime.fromisoformat(text)
        parsed = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return parsed.strftime("%Y-%m-%dT%H:%M:%SZ") if parsed.year > 999 else ""


def post_of(current: Current, authors: Mapping[int, str]) -> Post:
    """A post, page or item of a custom type. Content and excerpt stay as the site renders them."""
    data = current.data
    content = data.get("content")
    return Post(
        id=current.id,
        type=current.kind.partition("/")[2],
        status=string(data.get("status")) or "publish",
        state=str(current.state),
        slug=decoded_slug(string(data.get("slug"))),
        title=plain(rendered(data.get("title"))),
        link=string(data.get("link")),
        author=author_of(data, authors),
        published_at=moment(data.get("date_gmt")),
        modified_at=moment(data.get("modified_gmt")),
        excerpt=rendered(data.get("excerpt")),
        content=rendered(content),
        parent=integer(data.get("parent")),
        menu_order=_order(data.get("menu_order")),
        featured_media=integer(data.get("featured_media")),
        sticky=data.get("sticky") is True,
        format=string(data.get("format")),
        template=string(data.get("template")),
        protected=isinstance(content, Mapping) and content.get("protected") is True,
    )


def author_of(data: Mapping[str, Any], authors: Mapping[int, str]) -> str:
    """The slug of a record's author; one whom the site does not list is ``author-<id>``."""
    id = integer(data.get("author"))
    return authors.get(id, f"author-{id}") if id else ""


def _order(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31:
        return value
    return 0


def terms_of(
    data: Mapping[str, Any], taxonomies: Sequence[Terms], index: UrlIndex
) -> list[PostTerm]:
    """The terms that a post is filed under after the rules, each once, in the post's own order."""
    found: list[PostTerm] = []
    for terms in taxonomies:
        ids = _ids(data, terms.taxonomy)
        slugs = list(dict.fromkeys(terms.slug_of[id] for id in ids if id in terms.slug_of))
        if not slugs:
            continue
        first = _primary(data, terms, ids, index)
        found += [
            PostTerm(terms.taxonomy, slug, position, slug == first)
            for position, slug in enumerate(slugs)
        ]
    return found


def _ids(data: Mapping[str, Any], taxonomy: str) -> list[int]:
    for field in (*TERM_FIELDS.get(taxonomy, ()), taxonomy, f"{taxonomy}s"):
        value = data.get(field)
        if isinstance(value, list):
            return [id for each in value if (id := integer(each))]
    return []


def _primary(data: Mapping[str, Any], terms: Terms, ids: Sequence[int], index: UrlIndex) -> str:
    """The slug of the primary term: a plugin's field, else the one in Yoast's breadcrumbs.

    Empty where no plugin says so, or where it names a term that the post is not filed under.
    """
    meta = data.get("meta")
    places = [data, meta] if isinstance(meta, Mapping) else [data]
    for name in _PRIMARY:
        for place in places:
            value = place.get(name.format(terms.taxonomy))
            id = integer(value[0] if isinstance(value, list) and value else value)
            if id in ids:
                return terms.slug_of.get(id, "")
    named = set()
    for url in _breadcrumbs(data.get("yoast_head_json")):
        meaning = index.meaning(url, index.home)
        if meaning.kind == f"terms/{terms.taxonomy}" and meaning.target in ids:
            named.add(meaning.target)
            last = meaning.target
    return terms.slug_of.get(last, "") if named else ""


def _breadcrumbs(head: Any) -> Iterator[str]:
    """The addresses in the breadcrumbs that Yoast prints as schema.org JSON, outermost first."""
    schema = head.get("schema") if isinstance(head, Mapping) else None
    graph = schema.get("@graph") if isinstance(schema, Mapping) else None
    for piece in graph if isinstance(graph, list) else ():
        if not isinstance(piece, Mapping) or piece.get("@type") != "BreadcrumbList":
            continue
        crumbs = piece.get("itemListElement")
        for crumb in crumbs if isinstance(crumbs, list) else ():
            item = crumb.get("item") if isinstance(crumb, Mapping) else None
            url = string(item.get("@id") if isinstance(item, Mapping) else item)
            if url:
                yield url


def media_of(current: Current, authors: Mapping[int, str]) -> MediaItem:
    """An attachment. ``url`` is the original, also where WordPress serves a scaled copy of it."""
    data = current.data
    source = string(data.get("source_url"))
    details = data.get("media_details")
    details = details if isinstance(details, Mapping) else {}
    sizes: dict[str, str] = {}
    listed = details.get("sizes")
    for name, size in listed.items() if isinstance(listed, Mapping) else ():
        url = string(size.get("source_url")) if isinstance(size, Mapping) else ""
        if url:
            sizes[string(name)] = url
    original = string(details.get("original_image"))
    if original and source and "/" not in original:
        sizes.setdefault("full", source)
        source = f"{source.rpartition('/')[0]}/{original}"
    return MediaItem(
        id=current.id,
        state=str(current.state),
        url=source,
        link=string(data.get("link")),
        title=plain(rendered(data.get("title"))),
        alt=string(data.get("alt_text")),
        caption=rendered(data.get("caption")),
        mime=string(data.get("mime_type")),
        width=integer(details.get("width")) or None,
        height=integer(details.get("height")) or None,
        parent=integer(data.get("post")),
        author=author_of(data, authors),
        published_at=moment(data.get("date_gmt")),
        modified_at=moment(data.get("modified_gmt")),
        sizes=dict(sorted(sizes.items())),
    )


def comment_of(current: Current) -> Comment:
    """A comment; its content stays HTML as the site renders it."""
    data = current.data
    return Comment(
        id=current.id,
        state=str(current.state),
        post=integer(data.get("post")),
        parent=integer(data.get("parent")),
        author_name=plain(string(data.get("author_name"))),
        author_url=string(data.get("author_url")),
        author=integer(data.get("author")),
        status=string(data.get("status")),
        type=string(data.get("type")),
        published_at=moment(data.get("date_gmt")),
        link=string(data.get("link")),
        content=rendered(data.get("content")),
    )

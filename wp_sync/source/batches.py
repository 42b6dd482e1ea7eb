"""Items by their ids, around whatever the server can't produce; decides nothing about the missing.

When a page fails, its ids are asked for in halves until the one that breaks stands alone. That one
is asked again without the rendered fields, whose filters and shortcodes are what usually breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic

from wp_sync.http.failures import Cause, Trouble
from wp_sync.http.retry import HEAVY, STEADY
from wp_sync.model import Collection, Record
from wp_sync.source.pages import E, Pager, record_maker
from wp_sync.source.sizing import Sizer

# A smaller question does not help against these.
HOPELESS = (Cause.BUSY, Cause.NETWORK, Cause.CHALLENGE)
RENDERED = ("content", "excerpt", "caption", "description")
# What WordPress itself puts into a post-like item; the last resort leaves plugin fields out.
CORE_FIELDS = (
    "id", "date", "date_gmt", "guid", "modified", "modified_gmt", "password", "slug", "status",
    "type", "link", "title", "content", "excerpt", "author", "featured_media", "parent",
    "comment_status", "ping_status", "menu_order", "sticky", "template", "format", "meta",
    "permalink_template", "generated_slug", "class_list", "categories", "tags", "alt_text",
    "caption", "description", "media_type", "mime_type", "media_details", "post", "source_url",
    "missing_image_sizes", "name", "taxonomy", "count", "url", "avatar_urls", "author_name",
    "author_url", "author_email", "author_ip", "author_user_agent", "author_avatar_urls",
)  # fmt: skip
_URL_IDS = 1500


@dataclass(slots=True)
class Gathered(Generic[E]):
    """What came of a list of ids: the entries in ascending order of id, and what is wrong."""

    entries: list[E] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)
    missing: list[int] = field(default_factory=list)

    def add(self, other: Gathered[E]) -> None:
        self.entries += other.entries
        self.broken.update(other.broken)
        self.missing += other.missing


def gather(
    pager: Pager[E], ids: Sequence[int], sizer: Sizer, *, rescue: Rescue[E] | None = None
) -> Gathered[E]:
    """Entries for ids that the caller believes to be listed.

    Raises:
        Trouble: the site is in trouble as a whole. Other `SourceError` as they come.
    """
    result: Gathered[E] = Gathered()
    # With each batch how many of a larger one came before it (0: it is no second try).
    queue = [(batch, 0) for batch in batches(sorted(set(ids)), sizer)]
    queue.reverse()
    while queue:
        batch, retried = queue.pop()
        alone = len(batch) == 1
        try:
            page = pager.include(batch, patience=STEADY if alone else HEAVY)
        except Trouble as trouble:
            if trouble.cause in HOPELESS:
                raise
            if alone:
                result.add(_rescued(pager, batch[0], trouble, rescue))
            else:
                if trouble.cause is not Cause.SERVER:
                    sizer.shrink(len(batch))
                half = len(batch) // 2
                queue += [(batch[half:], 0), (batch[:half], 0)]
            continue
        sizer.went(len(batch), page.seconds, page.size_bytes)
        wanted = set(batch)
        entries = sorted(
            (entry for entry in page.entries if entry.id in wanted), key=lambda entry: entry.id
        )
        broken = {number: why for number, why in page.broken.items() if number in wanted}
        got = {entry.id for entry in entries} | broken.keys()
        short = [number for number in batch if number not in got]
        if short and got and (page.total is None or page.total > len(got)):
            # More of them match than were shown: hidden ones, or a server that caps its pages
            # silently. Asked again on their own, hidden ones bring nothing.
            if retried:
                sizer.cap(retried)
            queue.append((short, len(got)))
            short = []
        result.add(Gathered(entries, broken, short))
    result.entries.sort(key=lambda entry: entry.id)
    result.missing.sort()
    return result


def batches(ids: Sequence[int], sizer: Sizer) -> Iterator[list[int]]:
    """Ids in groups that fit the page size and an address of a sane length."""
    batch: list[int] = []
    length = 0
    for number in ids:
        words = len(str(number)) + 1
        if batch and (len(batch) >= sizer.size or length + words > _URL_IDS):
            yield batch
            batch, length = [], 0
        batch.append(number)
        length += words
    if batch:
        yield batch


# From (pager, id) and the fields that are left to the entry, and the fields it lacks.
Rescue = Callable[[Pager[E], int], "E | None"]


def _rescued(
    pager: Pager[E], number: int, trouble: Trouble, rescue: Rescue[E] | None
) -> Gathered[E]:
    # An id that still lists shows that the item is what breaks. When not even that is answered,
    # the site is down, and nothing follows for the item.
    if not pager.listed([number]):
        return Gathered(missing=[number])
    reason = trouble.message
    entry = rescue(pager, number) if rescue is not None else None
    return Gathered(entries=[] if entry is None else [entry], broken={number: reason})


def record_rescue(collection: Collection, fields: Sequence[str]) -> Rescue[Record]:
    """Ask for a broken item without its rendered parts, then without plugins' fields too."""
    known = tuple(fields) or tuple(CORE_FIELDS)

    def rescue(pager: Pager[Record], number: int) -> Record | None:
        for names, lacking in _lean(known):
            make = record_maker(collection, lacking)
            try:
                page = pager.include([number], patience=HEAVY, fields=names, make=make)
            except Trouble as trouble:
                if trouble.cause in HOPELESS:
                    raise
                continue
            for record in page.entries:
                if record.id == number:
                    return record
        return None

    return rescue


def _lean(fields: Sequence[str]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Field lists that ask for less and less, each with the names of what they leave out."""
    rendered = [name for name in fields if name in RENDERED]
    if rendered:
        yield _without(fields, rendered), tuple(f"{name}.rendered" for name in rendered)
    plugins = [name for name in fields if name not in CORE_FIELDS]
    parts = [name for name in fields if name in (*RENDERED, "title")]
    core = [name for name in fields if name in CORE_FIELDS]
    yield _without(core, parts), (*(f"{name}.rendered" for name in parts), *plugins)


def _without(fields: Sequence[str], parts: Sequence[str]) -> tuple[str, ...]:
    names: list[str] = []
    for name in fields:
        if name in parts:
            names += [f"{name}.raw", f"{name}.protected"]
        else:
            names.append(name)
    return tuple(names)

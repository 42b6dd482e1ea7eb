"""New addresses into a body, and not one other byte of it touched.

Links are found by the scanner and replaced where they stand: white space, entities, the order and
quotes of attributes, block comments and unclosed tags all stay as they were. What a link becomes is
decided by the caller (`wp_sync.normalize.links.moves` makes the decision from ``links.toml``).
"""

from __future__ import annotations

from collections.abc import Callable

from wp_sync.normalize.links.addresses import Found, find_addresses
from wp_sync.normalize.links.scan import Scan, scan
from wp_sync.normalize.links.spelling import spelled

Decide = Callable[[Found], str | None]


def rewrite(body: str, decide: Decide, scanned: Scan | None = None) -> str:
    """The body with every link that ``decide`` gives a new address.

    ``decide`` is asked for each link in order; None, or the address that is there, leaves it. The
    new one is written as its place needs it (entities, JSON escapes, ``srcset``, ``url()``,
    shortcodes, plain text); signs that no address may hold are percent-encoded. Links without any
    address (``href=""``) are not asked about. ``scanned`` saves a scan of the same body.

    Raises:
        ValueError: ``decide`` gave an empty address.
    """
    parts: list[str] = []
    at = 0
    for found in find_addresses(scanned or scan(body)):
        if not found.url:
            continue
        address = decide(found)
        if address is None or address == found.url:
            continue
        if not address:
            raise ValueError(f"an empty address in place of {found.url[:200]!r}")
        raw = body[found.start : found.end]
        parts += (body[at : found.start], spelled(address, found.layers, raw))
        at = found.end
    return "".join((*parts, body[at:])) if parts else body

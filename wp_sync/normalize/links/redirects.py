"""Redirects as the Redirection plugin exports them (JSON, CSV, or records of its REST route), and
as the site itself answers.

Values in, values out. What a redirect does to a link is `wp_sync.normalize.links.urls`'s business.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from wp_sync.normalize.rules import Redirect
from wp_sync.normalize.text import string

# The plugin's REST route, redirection/v1/redirect, as a kind of record.
REDIRECT_KIND = "redirects/redirection"
# What the site answered when it was asked where links lead (`wp_sync.pull.followed`).
FOLLOWED_KIND = "redirects/followed"
_MOST = 1_000_000


def redirect_of(item: Mapping[str, Any]) -> Redirect | None:
    """One redirect as the plugin describes it; None where it leads nowhere by itself.

    That is: disabled, an error page, or one that depends on the visitor (login, browser, cookie).
    """
    action = item.get("action_data")
    target = string(action.get("url") if isinstance(action, Mapping) else action)
    source = string(item.get("url")) or string(item.get("match_url"))
    if (
        item.get("enabled", True) is False
        or item.get("status") == "disabled"
        or item.get("action_type", "url") != "url"
        or item.get("match_type", "url") != "url"
        or not source
        or not target
    ):
        return None
    return Redirect(source, target, _is_set(item.get("regex")))


def followed_of(item: Mapping[str, Any]) -> Redirect | None:
    """Where the site sent us on from an address; None where it did not."""
    source, target = string(item.get("url")), string(item.get("leads_to"))
    return Redirect(source, target) if source and target else None


def nothing_of(item: Mapping[str, Any]) -> str:
    """The address at which the site told us that nothing is there; empty where it did not."""
    nothing = item.get("answer") in (404, 410) and not item.get("leads_to")
    return string(item.get("url")) if nothing else ""


def redirects_of(text: str) -> list[Redirect]:
    """The redirects of an export, JSON or CSV.

    Raises:
        ValueError: it is neither; the message says what was expected.
    """
    stripped = text.lstrip("\ufeff \t\r\n")
    if stripped[:1] in ("{", "["):
        try:
            document = json.loads(stripped)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"is not valid JSON: {error}") from error
        items = document.get("redirects") if isinstance(document, Mapping) else document
        if not isinstance(items, list):
            raise ValueError('has no list named "redirects"')
        return _made(item for item in items if isinstance(item, Mapping))
    return _made(_rows(stripped))


def _rows(text: str) -> Iterable[Mapping[str, Any]]:
    """The rows of a CSV export: with a header, or ``source, target, regex, code`` without one."""
    rows = csv.reader(io.StringIO(text, newline=""))
    names = ["source", "target", "regex", "code"]
    try:
        for number, row in enumerate(rows):
            if number == 0:
                if len(row) < 2:
                    raise ValueError("has fewer than two columns: source and target are expected")
                folded = [name.strip().lower() for name in row]
                if "source" in folded and "target" in folded:
                    names = folded
                    continue
            found = dict(zip(names, row, strict=False))
            yield {
                "url": found.get("source", "").strip(),
                "action_data": found.get("target", "").strip(),
                "regex": found.get("regex", ""),
                "status": found.get("status", ""),
                "match_type": found.get("match") or "url",
                "action_type": found.get("type") or "url",
            }
    except csv.Error as error:
        raise ValueError(f"is not valid CSV: {error} (line {rows.line_num})") from error


def _made(items: Iterable[Mapping[str, Any]]) -> list[Redirect]:
    found: list[Redirect] = []
    for item in items:
        redirect = redirect_of(item)
        if redirect is not None:
            found.append(redirect)
        if len(found) > _MOST:
            raise ValueError(f"has more than {_MOST:,} redirects")
    return found


def _is_set(value: object) -> bool:
    return value in (True, 1, "1", "true", "True", "yes")

"""What an archive and a run come to, in numbers and as JSON can carry them; shows nothing."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import PurePath
from typing import Any

from wp_sync.archive.base import SiteArchive
from wp_sync.cli.screen import problem_json
from wp_sync.cli.text import iso
from wp_sync.errors import Problem
from wp_sync.model import RunResult, State, View

_SAFE_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{2,39}")


def plain(value: Any) -> Any:
    """Any frozen value as JSON can carry it; times as ISO 8601 in UTC."""
    if isinstance(value, Problem):
        return problem_json(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return iso(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {_key(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(plain(inner) for inner in value)
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value


def _key(key: Any) -> str:
    if isinstance(key, tuple):
        return "/".join(str(plain(part)) for part in key)
    return str(plain(key))


def view_json(view: View) -> dict[str, object]:
    """Who we were to the site and what that means for the copy."""
    return {
        "user": view.login.name,
        "roles": list(view.login.roles),
        "rendered_only": view.rendered_only,
        "raw": list(view.raw),
        "rendered": list(view.rendered),
        "drafts": list(view.drafts),
    }


def pull_json(result: RunResult) -> dict[str, object]:
    """The ``pull`` part of a document."""
    return {
        "site": result.site,
        "outcome": result.outcome.value,
        "view": view_json(result.view),
        "kinds": {kind: plain(tally) for kind, tally in sorted(result.tallies.items())},
        "problems": [problem_json(problem) for problem in result.problems],
        "unseen": [problem_json(problem) for problem in result.unseen],
        "notes": list(result.notes),
        "requests": result.requests,
        "seconds": round(result.seconds, 3),
    }


def files_of(archive: SiteArchive) -> dict[str, dict[str, int]]:
    """Media files by state: how many, and their bytes."""
    found: dict[str, dict[str, int]] = {}
    for file in archive.files():
        entry = found.setdefault(file.state, {"files": 0, "bytes": 0})
        entry["files"] += 1
        entry["bytes"] += file.size or 0
    return found


def terms_of(archive: SiteArchive) -> dict[str, dict[str, int]]:
    """Terms of every taxonomy at the source, and after the rules."""
    after = {
        str(row["taxonomy"]): int(str(row["number"]))
        for row in archive.query(
            "SELECT taxonomy, count(*) AS number FROM terms WHERE site = :site GROUP BY taxonomy",
            site=_site(archive),
        )
    }
    names = {kind.partition("/")[2]: kind for kind in archive.kinds() if kind.startswith("terms/")}
    return {
        name: {
            "before": archive.count(names[name]) if name in names else 0,
            "after": after.get(name, 0),
        }
        for name in sorted({*names, *after})
    }


def related_of(archive: SiteArchive) -> dict[str, int]:
    """Related posts by state."""
    return _states(archive, "related_posts")


def links_of(archive: SiteArchive) -> dict[str, int]:
    """Links in content by state."""
    return _states(archive, "links")


def _states(archive: SiteArchive, table: str) -> dict[str, int]:
    rows = archive.query(
        f"SELECT state, count(*) AS number FROM {table}"  # noqa: S608 (our own table names)
        " WHERE site = :site GROUP BY state ORDER BY state",
        site=_site(archive),
    )
    return {str(row["state"]): int(str(row["number"])) for row in rows}


def _site(archive: SiteArchive) -> str:
    state = archive.site()
    return state.key if state else ""


def order_json(archive: SiteArchive) -> dict[str, object]:
    """What normalization made: terms before and after, related posts and links by state."""
    return {
        "terms": terms_of(archive),
        "related_posts": related_of(archive),
        "links": links_of(archive),
    }


def live(archive: SiteArchive, kind: str) -> dict[str, int]:
    """How many records of a kind are in each state; states without any are left out."""
    counts = {state.value: archive.count(kind, state) for state in State}
    return {state: number for state, number in counts.items() if number}


def example(archive: SiteArchive) -> str:
    """A word that means the newest post (its slug where that is safe to type), or nothing."""
    newest = archive.query(
        "SELECT kind, id, slug FROM records WHERE site = :site AND kind = :kind AND state = :state"
        " ORDER BY date DESC, id DESC LIMIT 1",
        site=_site(archive),
        kind="posts/post",
        state=State.LIVE.value,
    )
    for row in newest:
        slug, id = str(row["slug"]), int(str(row["id"]))
        if _SAFE_SLUG.fullmatch(slug) and list(archive.find(slug)) == [("posts/post", id)]:
            return slug
        return f"post/{id}"
    return ""

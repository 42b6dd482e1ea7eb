"""What ``[targets.NAME]`` in `wp-sync.toml` may say: a place to mirror to, and what to do there.

Knows words and types. What a kind of target has for options of its own, it checks itself when it
is opened; here they are only kept.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, cast

from wp_sync import toml
from wp_sync.paths import typed

OnConflict = Literal["stop", "theirs", "overwrite"]
OnDeleted = Literal["leave", "unpublish", "trash"]
ON_CONFLICT: Final = ("stop", "theirs", "overwrite")
ON_DELETED: Final = ("leave", "unpublish", "trash")
KEYS: Final = (
    "kind", "place", "url", "user", "password_command", "on_conflict", "on_deleted", "put_back",
    "accept",
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_SECRET = re.compile(r"(?i)pass(?!word_command$)|passwd|secret|token|api_?key|credential")


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """One target. ``place`` is an address, or a path made absolute; ``options`` the kind's own."""

    name: str
    kind: str
    place: str
    user: str = ""
    password_command: str = field(default="", repr=False)
    on_conflict: OnConflict = "stop"
    on_deleted: OnDeleted = "unpublish"
    put_back: bool = False
    accept: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


def read_targets(top: toml.Table, folder: Path) -> dict[str, TargetConfig]:
    """Every ``[targets.NAME]``; what is wrong is noted in the file's problems."""
    tables = top.table("targets")
    found: dict[str, TargetConfig] = {}
    for name, value in tables.data.items():
        if not isinstance(value, dict):
            message = f"{name} must be a table: [targets.{name}]"
            tables.complain(message, key=name, hint="give it a kind and a place or a url")
        elif not _NAME.fullmatch(name):
            message = f"“{name}” can't be a target's name: letters, digits, - and _ can"
            tables.complain(message, key=name)
        else:
            found[name] = _target(tables.table(name), name, folder)
    return found


def _target(table: toml.Table, name: str, folder: Path) -> TargetConfig:
    kind = table.text("kind")
    url, place = table.text("url"), table.text("place")
    if "kind" not in table:
        hint = 'such as kind = "wordpress" or kind = "hugo"'
        table.complain(f"[targets.{name}] has no kind", hint=hint)
    if not url and not place:
        hint = 'add url = "https://…" for a site, or place = "…" for a folder or a file'
        table.complain(f"[targets.{name}] does not say where it is", hint=hint)
    if url and place:
        table.complain("url and place are both given", key="place", hint="keep one of them")
    options: dict[str, Any] = {}
    for key, value in table.data.items():
        if key in KEYS:
            continue
        if _SECRET.search(key) and not isinstance(value, dict):
            hint = (
                "delete the line; set WP_SYNC_TARGET_PASSWORD, or password_command to a command"
                " that prints the password"
            )
            table.complain(f"{key}: a secret must not stand in this file.", key=key, hint=hint)
        elif near := next(iter(difflib.get_close_matches(key, KEYS, 1, 0.8)), ""):
            table.complain(f"unknown key “{key}”", key=key, hint=f"did you mean {near}?")
        else:
            options[key] = value
    conflict = table.text("on_conflict", "stop", choices=ON_CONFLICT)
    deleted = table.text("on_deleted", "unpublish", choices=ON_DELETED)
    return TargetConfig(
        name,
        kind,
        url or (str(folder / typed(place)) if place else ""),
        table.text("user"),
        table.text("password_command"),
        cast(OnConflict, conflict),
        cast(OnDeleted, deleted),
        table.flag("put_back"),
        table.texts("accept"),
        options,
    )

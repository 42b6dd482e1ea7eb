"""Redirects as the Redirection plugin imports them (Tools, Redirection, Import/Export, JSON).

For a new WordPress on the old site's host. The file is written as it is made: one redirect a line.
"""

from __future__ import annotations

import re

import msgspec

from wp_sync.publish.redirects.entries import KEEP, SUFFIXES, Redirect, encoded
from wp_sync.publish.redirects.new import Shape
from wp_sync.publish.redirects.writers.shared import Later, Sink, Told

_encode = msgspec.json.Encoder().encode
_GROUP = {"id": 1, "name": "wp-sync", "module_id": 1, "enabled": True}
_STEP = 10_000_000  # arguments are tried first, then addresses, then what is behind them
_META = re.compile(r"[\\.^$|()\[\]{}*+?@]")


class Plugin:
    """`wp_sync.publish.redirects.writers.shared.Writer` for the Redirection plugin, 4 and later."""

    def __init__(self, sink: Sink, shape: Shape, _root: str) -> None:
        self._file = sink("redirection/redirects.json")
        self._behind = Later()
        self._shape = shape
        self._rules = 0
        self._file.write(b'{"groups":[' + _encode(_GROUP) + b'],"redirects":[')

    def add(self, redirect: Redirect) -> None:
        old, to = redirect.old, redirect.to
        self._rule(str(old), to, "exact" if old.name else "pass")
        if redirect.more and to != KEEP:
            pattern = _META.sub(lambda sign: "\\" + sign[0], encoded(old.path).rstrip("/"))
            stem = to.rstrip("/") if self._shape.suffixes and "?" not in to else ""
            end = "/" if self._shape.slash else ""
            there = f"{stem}/$1{end}" if stem else to
            self._rule(f"^{pattern}/({SUFFIXES})/?$", there, "pass", regex=True)

    def _rule(self, url: str, to: str, query: str, *, regex: bool = False) -> None:
        source = {
            "flag_query": query, "flag_case": True, "flag_trailing": not regex, "flag_regex": regex,
        }  # fmt: skip
        if to == KEEP:
            action = {"action_type": "nothing", "action_code": 0, "action_data": None}
        elif to:
            action = {"action_type": "url", "action_code": 301, "action_data": {"url": to}}
        else:
            action = {"action_type": "error", "action_code": 410, "action_data": None}
        item = {
            "url": url,
            "match_url": "regex" if regex else url.lower().rstrip("/") or "/",
            "match_data": {"source": source},
            "match_type": "url",
            "regex": regex,
            "group_id": _GROUP["id"],
            "position": self._rules + _STEP * (2 if regex else query == "pass"),
            "enabled": True,
            **action,
        }
        file = self._behind if regex else self._file
        file.write((b",\n" if self._rules else b"\n") + _encode(item))
        self._rules += 1

    def finish(self) -> Told:
        self._behind.onto(self._file)
        self._file.write(b"\n]}\n")
        return Told("redirection", self._rules, {})

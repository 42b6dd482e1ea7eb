"""Redirects as a CSV table, for people and for tools that take one. No cell starts a formula."""

from __future__ import annotations

import re

from wp_sync.publish.redirects.entries import KEEP, Redirect
from wp_sync.publish.redirects.new import Shape
from wp_sync.publish.redirects.writers.shared import Sink, Told, text

_SPECIAL = re.compile('[,"\\r\\n]')


class Sheet:
    """`wp_sync.publish.redirects.writers.shared.Writer`: source, target, code, kind, reason."""

    def __init__(self, sink: Sink, _shape: Shape, _root: str) -> None:
        self._file = sink("redirects.csv")
        self._rules = 0
        self._file.write(b"source,target,code,kind,reason\r\n")

    def add(self, redirect: Redirect) -> None:
        if redirect.to == KEEP:
            return
        # Every cell begins with "/", "h", a digit or a word of our own.
        cells = (
            str(redirect.old),
            redirect.to,
            "301" if redirect.to else "410",
            redirect.what,
            redirect.why,
        )
        self._file.write(text(",".join(map(_cell, cells)) + "\r\n"))
        self._rules += 1

    def finish(self) -> Told:
        return Told("csv", self._rules, {})


def _cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _SPECIAL.search(value) else value

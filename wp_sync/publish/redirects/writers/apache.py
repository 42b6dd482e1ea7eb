"""Redirects as mod_rewrite rules: for an .htaccess, or a <Directory> of Apache's configuration.

No RewriteMap, which an .htaccess may not have. Apache tries the rules one after the other, for each
request that no rule before them answered: rules for a great many addresses belong into the server's
configuration, where they are read once, and the nginx form is the faster one.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from wp_sync.publish.redirects.entries import DROPPED, KEEP, SUFFIXES, Redirect
from wp_sync.publish.redirects.new import Shape
from wp_sync.publish.redirects.writers.shared import Bytes, Later, Sink, Told, text

_HEAD = """\
# Redirects of the old site's addresses. The folder that gets the old site's requests takes this as
# its .htaccess, or at the top of the one it has. With a great many lines, include it in a
# <Directory> of the server's configuration instead, where it is read once and not at every request.
<IfModule mod_rewrite.c>
RewriteEngine On
RewriteBase /
"""
_MEANT = re.compile(r"[%$\\]")
_TAIL = "</IfModule>\n"
_META = re.compile(r"[\\.^$|()\[\]{}*+?\"]")


class Apache:
    """`wp_sync.publish.redirects.writers.shared.Writer` for Apache 2.4."""

    def __init__(self, sink: Sink, shape: Shape, _root: str) -> None:
        self._file = sink("apache/.htaccess")
        # The first rule that fits counts: those on arguments, on addresses, on what is behind them.
        self._paths, self._behind = Later(), Later()
        self._shape = shape
        self._rules = 0
        self._file.write(text(_HEAD))

    def add(self, redirect: Redirect) -> None:
        old, to = redirect.old, redirect.to
        path = _pattern(old.path)
        if old.name:
            index = rf"{path}/?(?:index\.php)?" if path else r"(?:index\.php)?"
            word = _word(old.value)
            self._write(
                self._file,
                f'RewriteCond %{{QUERY_STRING}} "(?:^|&){_pattern(old.name)}={word}(?:&|$)" [NC]\n'
                'RewriteCond %{QUERY_STRING} "!(?:^|&)preview="\n'
                f'RewriteRule "^{index}$" {_to(to, "QSD")}\n',
            )
            return
        self._write(
            self._paths, f'RewriteRule "^{path}/?$" {_to(to, "NC")}\n' if path else self._home(to)
        )
        if not redirect.more or to == KEEP:
            return
        slash = f"{path}/" if path else ""
        if not to or not self._shape.suffixes or "?" in to or "#" in to:
            self._write(
                self._behind, f'RewriteRule "^{slash}(?:{SUFFIXES}|{DROPPED})/?$" {_to(to, "NC")}\n'
            )
            return
        end = "/" if self._shape.slash else ""
        stem = to.rstrip("/")
        self._write(
            self._behind,
            f'RewriteRule "^{slash}({SUFFIXES})/?$" {_to(f"{stem}/", "NC", f"$1{end}")}\n'
            f'RewriteRule "^{slash}(?:{DROPPED})/?$" {_to(to, "NC")}\n',
        )

    def _home(self, to: str) -> str:
        return f'RewriteRule "^(?:index\\.php)?$" {_to(to, "NC")}\n'

    def _write(self, file: Bytes, rule: str) -> None:
        file.write(text(rule))
        self._rules += 1

    def finish(self) -> Told:
        self._paths.onto(self._file)
        self._behind.onto(self._file)
        self._file.write(text(_TAIL))
        return Told("apache", self._rules, {})


def _to(to: str, flag: str, behind: str = "") -> str:
    """Substitution and flags. ``%2`` would be what a condition matched: signs are escaped."""
    if to == KEEP:
        return f'"-" [{flag},END]'
    if not to:
        return f'"-" [{flag},G]'
    target = _MEANT.sub(r"\\\g<0>", to) if _MEANT.search(to) else to
    return f'"{target}{behind}" [{flag},NE,R=301,L]'


def _pattern(path: str) -> str:
    """A decoded path as a regular expression, without the slash at its beginning."""
    return _META.sub(_escaped, path.lstrip("/"))


def _word(value: str) -> str:
    """An argument's value as browsers send it: percent-encoded where it is no plain word."""
    return _META.sub(_escaped, quote(value, safe="-._~", errors="surrogateescape"))


def _escaped(sign: re.Match[str]) -> str:
    # A quotation mark ends the argument, whatever stands before it.
    return r"\x22" if sign[0] == '"' else "\\" + sign[0]

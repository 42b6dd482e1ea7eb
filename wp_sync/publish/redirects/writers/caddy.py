"""Redirects as Caddy's ``map`` directive, in a snippet that a site block imports.

Caddy compares decoded paths to the letter, so an address with capitals stands there twice. It looks
a map through line by line: right for some thousands of addresses, slower than nginx for more.
"""

from __future__ import annotations

from wp_sync.publish.redirects.entries import DROPPED, KEEP, SUFFIXES, Old, Redirect, fold
from wp_sync.publish.redirects.new import Shape
from wp_sync.publish.redirects.writers.shared import Bytes, Sink, Told, text

_HEAD = """\
# Redirects of the old site's addresses. Put this folder beside the Caddyfile, and write
#     import caddy/redirects.caddy
# at its top, and into the site that gets the old site's requests
#     import wp_sync_redirects
(wp_sync_redirects) {{
	route {{
		# The path without index.php and without a slash at its end.
		map {{path}} {{wp_sync_path}} {{
			/index.php /
			"~^(/.+?)(?:/index\\.php)?/*$" "${{1}}"
			default {{path}}
		}}
		map {{wp_sync_path}} {{wp_sync_stem}} {{
			"~^/(?:{suffixes}|{dropped})$" /
			"~^(/.+?)/(?:{suffixes}|{dropped})$" "${{1}}"
			default -
		}}
		map {{wp_sync_path}} {{wp_sync_suffix}} {{
			"~/({suffixes})$" "/${{1}}{end}"
			default "{end}"
		}}
		map {{wp_sync_path}} {{wp_sync_exact}} {{
			import paths.caddy
			import single.caddy
			default -
		}}
		map {{wp_sync_stem}} {{wp_sync_above}} {{
			import paths.caddy
			default ""
		}}
		map {{wp_sync_above}} {{wp_sync_stemmed}} {{
			"~^([^?#]+?)/?$" "${{1}}"
			default {{wp_sync_above}}
		}}
		map {{wp_sync_above}} {{wp_sync_behind}} {{
			"" ""
			gone gone
			"~[?#]" -
			default "{above}"
		}}
		map {{wp_sync_exact}} {{wp_sync_by_path}} {{
			- {{wp_sync_behind}}
			default {{wp_sync_exact}}
		}}
		# What stood behind the old address's question mark goes along.
		map {{query}} {{wp_sync_query}} {{
			"~^(.+)$" "?${{1}}"
			default ""
		}}
		map {{wp_sync_by_path}} {{wp_sync_passed}} {{
			"~[?#]" ""
			default {{wp_sync_query}}
		}}
		map {{wp_sync_by_path}} {{wp_sync_pathwise}} {{
			"" ""
			- ""
			gone gone
			default "{{wp_sync_by_path}}{{wp_sync_passed}}"
		}}
"""
_ARGUMENT = """\
		map "{{wp_sync_path}}?{{query.{name}}}" {{wp_sync_by_{name}}} {{
			import argument-{name}.caddy
			default {other}
		}}
"""
_TAIL = """\
		# Whoever previews a draft must reach it.
		map {{query.preview}} {{wp_sync_by_argument}} {{
			"" {first}
			default ""
		}}
		map {{wp_sync_by_argument}} {{wp_sync_to}} {{
			"" {{wp_sync_pathwise}}
			default {{wp_sync_by_argument}}
		}}
		@wp_sync_gone vars {{wp_sync_to}} gone
		error @wp_sync_gone 410
		@wp_sync_moved vars_regexp {{wp_sync_to}} ^(/|https?://)
		redir @wp_sync_moved {{wp_sync_to}} 301
	}}
}}
"""


def unfit(old: Old) -> str:
    """Why Caddy can't be told of an address; empty where it can."""
    try:
        (old.path + old.value).encode()
    except UnicodeEncodeError:
        return "bytes that are no UTF-8, which Caddy's configuration can't hold"
    if {"`", "\\"} <= set(old.path + old.value):
        return "a backtick and a backslash, which Caddy's configuration can't hold together"
    braces = not {"{", "}"}.isdisjoint(old.path + old.value)
    return "a brace, which Caddy takes for a placeholder" if braces else ""


class Caddy:
    """`wp_sync.publish.redirects.writers.shared.Writer` for Caddy 2."""

    def __init__(self, sink: Sink, shape: Shape, _root: str) -> None:
        self._sink, self._shape = sink, shape
        self._paths = sink("caddy/paths.caddy")
        self._single = sink("caddy/single.caddy")
        self._arguments: set[str] = set()
        self._rules = 0
        self._left_out: dict[str, int] = {}

    def add(self, redirect: Redirect) -> None:
        old = redirect.old
        to = {"": "gone", KEEP: '""'}.get(redirect.to, redirect.to)
        why = unfit(old)
        if why:
            self._left_out[why] = self._left_out.get(why, 0) + 1
        elif old.name:
            if old.name not in self._arguments:
                self._arguments.add(old.name)
            file = self._sink(f"caddy/argument-{old.name}.caddy")
            self._line(file, f"{old.path}?{old.value}", to)
        else:
            file = self._paths if redirect.more else self._single
            for spelling in {old.path: 0, fold(old.path): 0}:
                self._line(file, spelling, to)

    def _line(self, file: Bytes, key: str, to: str) -> None:
        quoted = key.replace('"', '\\"')
        word = f'"{quoted}"' if "`" in key else f"`{key}`"
        file.write(text(f"{word} {to}\n"))
        self._rules += 1

    def finish(self) -> Told:
        end = "/" if self._shape.slash else ""
        above = "{wp_sync_stemmed}{wp_sync_suffix}" if self._shape.suffixes else "{wp_sync_above}"
        words = {"suffixes": SUFFIXES, "dropped": DROPPED}
        parts = [_HEAD.format(end=end, above=above, **words)]
        other = '""'
        for name in sorted(self._arguments, reverse=True):
            parts.append(_ARGUMENT.format(name=name, other=other))
            other = f"{{wp_sync_by_{name}}}"
        parts.append(_TAIL.format(first=other))
        self._sink("caddy/redirects.caddy").write(text("".join(parts)))
        return Told("caddy", self._rules, self._left_out)

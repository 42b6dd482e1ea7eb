"""Redirects as nginx maps: hashed, so that a hundred thousand cost a request no more than ten.

nginx compares decoded paths and ignores the case of ASCII letters. Feeds and pages behind an
address are looked up by what stands before them, so they need no lines of their own.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from wp_sync.publish.redirects.entries import DROPPED, KEEP, SUFFIXES, Redirect
from wp_sync.publish.redirects.new import Shape
from wp_sync.publish.redirects.writers.shared import Bytes, Sink, Told, text

_FOLDER = "wp-sync"  # below nginx's own, which relative includes start from
_CACHE_LINE = 64
_VARIABLE = re.compile(r"[a-z][a-z0-9_]*")

_HEAD = """\
# Redirects of the old site's addresses. Copy this folder to /etc/nginx/{folder}, and write
#     include {folder}/redirects.conf;     into the http block,
#     include {folder}/server.conf;        into the server block that gets the old site's requests.
# If nginx says that map_hash_max_size is a duplicate, keep the larger of the two.
map_hash_max_size {most};
map_hash_bucket_size {bucket};

# The path without index.php and without a slash at its end.
map $uri $wp_sync_path {{
    default $uri;
    "/index.php" "/";
    "~^(?<wp_sync_index>/.+)/index\\.php/?$" $wp_sync_index;
    "~^(?<wp_sync_bare>/.+?)/+$" $wp_sync_bare;
}}

# The address above a feed, a page of comments and the like; "-" where it is none of them.
map $wp_sync_path $wp_sync_stem {{
    default "-";
    "~^(?<wp_sync_above>|/.+?)/(?:{suffixes}|{dropped})$" $wp_sync_above;
}}
"""
_BEHIND = """
map $wp_sync_stem $wp_sync_above_to {{
    default "";
{home}    include {folder}/paths.map;
}}
"""
_KEPT_SUFFIX = """
map $wp_sync_path $wp_sync_suffix {{
    default "{end}";
    "~/(?<wp_sync_last>{suffixes})$" "/$wp_sync_last{end}";
}}

map $wp_sync_above_to $wp_sync_behind {{
    default $wp_sync_above_to;
    "gone" "gone";
    "~^(?<wp_sync_stemmed>[^?#]+?)/?$" "$wp_sync_stemmed$wp_sync_suffix";
}}
"""
_EXACT = """
map $wp_sync_path $wp_sync_by_path {{
    default {behind};
    include {folder}/paths.map;
    include {folder}/single.map;
}}

# What stood behind the old address's question mark goes along.
map $wp_sync_by_path $wp_sync_with_arguments {{
    default "$wp_sync_by_path$is_args$args";
    "" "";
    "gone" "gone";
    "~[?#]" $wp_sync_by_path;
}}
"""
_ARGUMENT = """
map "$wp_sync_path?$arg_{name}" $wp_sync_by_{name} {{
    default {other};
    include {folder}/argument-{name}.map;
}}
"""
_LAST = """
# Whoever previews a draft must reach it.
map $arg_preview $wp_sync_by_argument {{
    default "";
    "" {first};
}}

map $wp_sync_by_argument $wp_sync_to {{
    default $wp_sync_by_argument;
    "" $wp_sync_with_arguments;
}}
"""
_SERVER = """\
if ($wp_sync_to = "gone") {
    return 410;
}
if ($wp_sync_to) {
    return 301 $wp_sync_to;
}
"""


class Nginx:
    """`wp_sync.publish.redirects.writers.shared.Writer` for nginx (1.14 and later)."""

    def __init__(self, sink: Sink, shape: Shape, _root: str) -> None:
        self._sink, self._shape = sink, shape
        self._paths = sink("nginx/paths.map")
        self._single = sink("nginx/single.map")
        self._arguments: dict[str, int] = {}
        self._longest = self._most = 0
        self._count = 0
        self._home = ""
        self._left_out: dict[str, int] = {}

    def add(self, redirect: Redirect) -> None:
        old = redirect.old
        value = {"": "gone", KEEP: ""}.get(redirect.to, redirect.to)
        if not old.name:
            self._line(self._paths if redirect.more else self._single, old.path, value)
            self._most += 1
            if old.path == "/" and redirect.more:
                self._home = value
        elif _VARIABLE.fullmatch(old.name):
            word = quote(old.value, safe="-._~", errors="surrogateescape").lower()
            file = self._sink(f"nginx/argument-{old.name}.map")
            self._line(file, f"{old.path}?{word}", value)
            self._arguments[old.name] = self._arguments.get(old.name, 0) + 1
        else:
            why = "an argument whose name nginx has no variable for"
            self._left_out[why] = self._left_out.get(why, 0) + 1

    def _line(self, file: Bytes, key: str, value: str) -> None:
        data = text(f'"{_quoted(key)}" "{value}";\n')
        file.write(data)
        self._longest = max(self._longest, len(data) - len(value) - 6)  # at least the key's bytes
        self._count += 1

    def finish(self) -> Told:
        largest = max(self._most, *self._arguments.values(), 0)
        # An element of nginx's hash is its key, a pointer and two numbers, on whole pointers.
        bucket = max(128, _power(self._longest + 48))
        words = {"folder": _FOLDER, "suffixes": SUFFIXES, "dropped": DROPPED}
        end = "/" if self._shape.slash else ""
        home = f'    "" "{self._home}";\n' if self._home else ""
        parts = [
            _HEAD.format(most=max(2048, _power(largest)), bucket=bucket, **words),
            _BEHIND.format(home=home, **words),
        ]
        behind = "$wp_sync_above_to"
        if self._shape.suffixes:
            parts.append(_KEPT_SUFFIX.format(end=end, **words))
            behind = "$wp_sync_behind"
        parts.append(_EXACT.format(behind=behind, **words))
        other = '""'
        for name in sorted(self._arguments, reverse=True):
            parts.append(_ARGUMENT.format(name=name, other=other, **words))
            other = f"$wp_sync_by_{name}"
        parts.append(_LAST.format(first=other))
        self._sink("nginx/redirects.conf").write(text("".join(parts)))
        self._sink("nginx/server.conf").write(text(_SERVER))
        return Told("nginx", self._count, self._left_out)


def _power(number: int) -> int:
    return 1 << max(0, number - 1).bit_length()


def _quoted(key: str) -> str:
    return key.replace("\\", "\\\\").replace('"', '\\"')

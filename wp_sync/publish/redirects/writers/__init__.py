"""How each server is told of redirects: one module a server, none of which decides anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wp_sync.publish.redirects.new import Shape
from wp_sync.publish.redirects.writers.apache import Apache
from wp_sync.publish.redirects.writers.caddy import Caddy
from wp_sync.publish.redirects.writers.hosted import Cloudflare, Netlify
from wp_sync.publish.redirects.writers.nginx import Nginx
from wp_sync.publish.redirects.writers.plugin import Plugin
from wp_sync.publish.redirects.writers.shared import Bytes, Sink, Told, Writer
from wp_sync.publish.redirects.writers.table import Sheet

__all__ = ["FORMATS", "Bytes", "Sink", "Told", "Writer", "writers_for"]

FORMATS: dict[str, Callable[[Sink, Shape, str], Writer]] = {
    "nginx": Nginx,
    "apache": Apache,
    "caddy": Caddy,
    "netlify": Netlify,
    "cloudflare": Cloudflare,
    "redirection": Plugin,
    "csv": Sheet,
}


def writers_for(formats: Iterable[str], sink: Sink, shape: Shape, root: str) -> list[Writer]:
    """The writers by name; ``root`` is the path of the old site on its host, ``/`` mostly."""
    return [FORMATS[name](sink, shape, root) for name in formats]

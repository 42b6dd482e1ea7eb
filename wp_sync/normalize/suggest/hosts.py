"""Other hosts that seem to be this site under another name: an old one, staging, a CDN.

Told by their addresses: where what is linked there has the very paths that this site's own pages
and files have, the host means this site. Pure: addresses and texts in, proposals out; bounded by
hosts, however many links there are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from wp_sync.normalize.links.addresses import find_addresses
from wp_sync.normalize.links.scan import scan
from wp_sync.normalize.links.web_address import parse_address, plain_path
from wp_sync.normalize.rules import LinkRules
from wp_sync.normalize.suggest.proposals import Proposal

_MOST_HOSTS = 500
_MOST_PATHS = 200  # different ones remembered of a host
_LEAST = 2  # paths that both have
_LEAST_SHARE = 0.5  # of a host's paths
_SHORT = 8  # letters of a path below which two sites may well have it both: about/, contact/
_SIZE = re.compile(r"-\d+x\d+(?=\.[a-z0-9]+\Z)", re.IGNORECASE)


class Hosts:
    """Fill with `known` and `look`, then ask for `proposals`."""

    def __init__(self, home: str, rules: LinkRules) -> None:
        address = parse_address(home)
        self._base = plain_path(address.path) if address else ""
        own = (home, *(f"https://{alias}" for alias in rules.aliases))
        self._own = {_bare(found.host) for one in own if (found := parse_address(one))}
        self._marks: set[bytes] = set()
        self._paths: dict[str, dict[tuple[bytes, bytes, str], None]] = {}
        self._posts: dict[str, int] = {}

    def known(self, url: str) -> None:
        """Note an address that this site has."""
        address = parse_address(url)
        if address is not None:
            path = plain_path(address.path)
            if self._base:
                path = path.removeprefix(f"{self._base}/")
            if _telling(path):
                self._marks.add(_mark(path))

    def look(self, body: str) -> list[str]:
        """Note what a post links; the other hosts in it, each once."""
        if "//" not in body and "\\/" not in body:
            return []
        hosts: dict[str, None] = {}
        for found in find_addresses(scan(body)):
            address = parse_address(found.url) if "//" in found.url else None
            if address is None or _bare(address.host) in self._own:
                continue
            path = plain_path(address.path)
            if not _telling(path):
                continue
            if address.host not in self._paths and len(self._paths) == _MOST_HOSTS:
                continue
            paths = self._paths.setdefault(address.host, {})
            first, _, rest = path.partition("/")
            if len(paths) < _MOST_PATHS:
                paths[_mark(path), _mark(rest) if _telling(rest) else b"", first] = None
            hosts[address.host] = None
        for host in hosts:
            self._posts[host] = self._posts.get(host, 0) + 1
        return list(hosts)

    def proposals(self) -> Iterator[tuple[str, Proposal]]:
        """The hosts that seem to be this site, each with what could be said of it."""
        for host, paths in sorted(self._paths.items()):
            same = sum(whole in self._marks for whole, _, _ in paths)
            below: dict[str, int] = {}  # the site lies in a folder there
            for _, rest, first in paths:
                if rest in self._marks:
                    below[first] = below.get(first, 0) + 1
            folder, there = max(below.items(), key=lambda one: (one[1], one[0]), default=("", 0))
            alias, hits = (f"{host}/{folder}", there) if there > same else (host, same)
            total = len(paths)
            if alias != host:
                total = sum(first == folder for _, _, first in paths)
            if hits < _LEAST or hits < _LEAST_SHARE * total:
                continue
            reason = f"{hits} of {total} different addresses at “{alias}” are addresses of this "
            reason += f'site as well: with "{alias}" among the aliases its links lead here'
            sure = round(min(0.95, 0.5 + 0.4 * hits / total + 0.01 * hits), 2)
            yield (
                host,
                Proposal("links", "other host", (alias,), reason, self._posts[host], sure),
            )


def _telling(path: str) -> bool:
    return len(path) >= _SHORT and any(sign in path for sign in "-/.")


def _mark(path: str) -> bytes:
    same = _SIZE.sub("", path.lower()).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(same, digest_size=8).digest()


def _bare(host: str) -> str:
    return host.removeprefix("www.")

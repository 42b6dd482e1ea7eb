"""Which old addresses become redirects: the first claim to an address wins, and nothing loops.

Claims come in the order of their weight (`wp_sync.publish.redirects.gather`). By construction there
is no chain: a redirect leads to an address that is alive at the new site, and no address that is
alive there is redirected. Memory holds eight bytes an address and no address itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wp_sync.normalize.links.web_address import Address, parse_address
from wp_sync.publish.redirects.entries import (
    KEEP,
    LeftOut,
    Old,
    Redirect,
    key_of,
    old_of,
    stem_of,
    target_of,
)

_MOST_NOTES = 1000


class Chosen:
    """The redirects of one site, decided one by one.

    ``home`` is the old site's; ``hosts`` are those whose requests reach the redirects: of the new
    site's addresses only those on one of them can be in the way. Fill with `alive` first.
    """

    def __init__(self, home: Address, hosts: Iterable[str]) -> None:
        self._home = home
        self._hosts = {host.removeprefix("www.") for host in hosts}
        self._alive: set[int] = set()
        self._taken: set[int] = set()
        self._leads: set[int] = set()  # those of the taken that became redirects for suffixes too
        self._below: list[Old] = []  # alive, and in form a feed or page of the address above
        self._elsewhere = ""
        self.notes: list[LeftOut] = []
        self.notes_left_out = 0

    @property
    def root(self) -> str:
        """The path of the old site on its host."""
        return self._home.path.rstrip("/") or "/"

    def concerns(self, url: str) -> bool:
        """Whether an address of the new site could be in a redirect's way at all."""
        return self._here(url) is not None

    def alive(self, url: str) -> None:
        """Something stands at this address of the new site."""
        old = self._here(target_of(url) or url)
        if old is not None:
            self._alive.add(key_of(old))
            if stem_of(old):
                self._below.append(old)

    def _here(self, url: str) -> Old | None:
        """An address as the redirecting server would see it; None for those of other hosts."""
        if self._elsewhere and url.startswith(self._elsewhere):
            return None
        address = parse_address(url, self._home)
        if address is None:
            return None
        if address.host.removeprefix("www.") not in self._hosts:
            self._elsewhere = f"{address.scheme}://{address.host}/"  # most lead to the same host
            return None
        return old_of(url, self._home)

    def claim(
        self, old: Old, to: str, what: str, why: str, *, more: bool = False
    ) -> Redirect | None:
        """The redirect from ``old``, or None: it is taken, alive, or leads nowhere new.

        ``to`` empty means gone for good.
        """
        key = key_of(old)
        if key in self._taken:
            return None
        self._taken.add(key)
        if key in self._alive:
            return None
        target = target_of(to) if to else ""
        if to and not target:
            self.note(str(old), f"what it would lead to is no address: {to[:200]}")
            return None
        there = self._here(target) if target else None
        if there is not None and not self._may_lead(old, key, key_of(there), target):
            return None
        if more:
            self._leads.add(key)
        return Redirect(old, target, what, why, more)

    def _may_lead(self, old: Old, key: int, there: int, target: str) -> bool:
        if there == key:
            return False
        if there not in self._alive:
            if there in self._taken:
                self.note(str(old), f"it would lead to {target[:200]}, which is redirected itself")
                return False
            self._alive.add(there)  # from now on nothing redirects it: no chains
        return True

    def kept(self) -> Iterator[Redirect]:
        """Addresses that are alive though one above them is redirected, pages and feeds and all."""
        for old in self._below:
            stem = stem_of(old)
            if stem is not None and key_of(stem) in self._leads:
                yield Redirect(old, KEEP, "", "alive")

    def note(self, address: str, why: str) -> None:
        """Somebody should know of this address."""
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(LeftOut(address, why))
        else:
            self.notes_left_out += 1

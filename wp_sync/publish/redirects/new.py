"""Where things stand at the new site: the port that every target's addresses come through. Pure.

`Place` is one record as it stood at the old site. `NewAddresses` says what became of it; how it
knows (rules, receipts, the layout of files) is each implementation's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from wp_sync.model import State


@dataclass(frozen=True, slots=True)
class Place:
    """A record of the families posts, terms or users, and the address it had at the old site.

    ``date`` is ``date_gmt`` as the site sent it. ``slug`` is decoded.
    """

    kind: str
    id: int
    link: str
    slug: str
    state: State
    status: str
    date: str = ""

    @property
    def family(self) -> str:
        return self.kind.partition("/")[0]

    @property
    def seen(self) -> bool:
        """Whether visitors could see it when it was last there."""
        return self.status in ("", "publish", "inherit", "closed", "trash")


@dataclass(frozen=True, slots=True)
class Shape:
    """What the new site has beside its records.

    ``home`` is its address without a slash at the end, empty for paths on the same host. ``slash``:
    addresses end with one. ``suffixes``: feeds, pages and the like stand behind an address as
    WordPress has them; else they lead to the address itself. ``dates``: date archives stay where
    they are; else they lead to ``archive``. ``feed`` is the path of the whole site's feed, and
    ``archive`` that of the list of all posts.
    """

    home: str = ""
    slash: bool = True
    suffixes: bool = True
    dates: bool = True
    feed: str = "/feed/"
    comments_feed: str = "/comments/feed/"
    archive: str = "/"

    def at(self, path: str) -> str:
        return self.home + (path if path.startswith("/") else f"/{path}")


class NewAddresses(Protocol):
    """The addresses of one new site."""

    @property
    def shape(self) -> Shape: ...

    def of(self, places: Sequence[Place]) -> Sequence[str]:
        """The new address of each, whole or as a path; empty where it is not at the new site."""
        ...

    def alive(self) -> Iterator[str]:
        """Addresses beside those of `of` that mean something at the new site (``/?p=7``)."""
        ...

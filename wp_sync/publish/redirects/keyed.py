"""New addresses by the keys of items: of a site that something was pushed to, and of static files.

What a target's items are called is the archive's business (`SourceAtlas.key`); where each stands is
known to the target's receipts, or to the layout of the files. Asks no target.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from wp_sync.archive.base import SiteArchive
from wp_sync.ledger import Ledger
from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.rules import LinkRules
from wp_sync.normalize.text import integer
from wp_sync.publish.atlas import SourceAtlas
from wp_sync.publish.base import key_of
from wp_sync.publish.redirects.new import Place, Shape
from wp_sync.publish.static.addresses import in_links
from wp_sync.publish.static.places import Places

_PARENTS = """SELECT m.id, m.parent, p.type FROM media AS m
    JOIN posts AS p ON p.site = m.site AND p.id = m.parent AND p.state = 'live'
    WHERE m.site = :site AND m.parent <> 0 AND m.id BETWEEN :first AND :last"""


class _Keyed:
    def __init__(self, archive: SiteArchive, atlas: SourceAtlas, shape: Shape) -> None:
        site = archive.site()
        self._archive, self._site = archive, site.key if site else ""
        self._atlas = atlas
        self._shape = shape

    @property
    def shape(self) -> Shape:
        return self._shape

    def of(self, places: Sequence[Place]) -> Sequence[str]:
        keys = [self._atlas.key(place.kind, place.id) for place in places]
        instead = self._parents(places)
        found = self._found([*(key for key in keys if key), *instead.values()])
        return [found.get(key) or found.get(instead.get(key, ""), "") for key in keys]

    def _found(self, keys: Sequence[str]) -> Mapping[str, str]:
        raise NotImplementedError

    def _parents(self, places: Sequence[Place]) -> dict[str, str]:
        """What an attachment that has no address is shown in: the key of its post."""
        ids = [place.id for place in places if place.kind == MEDIA_KIND]
        if not ids:
            return {}
        rows = self._archive.query(_PARENTS, site=self._site, first=min(ids), last=max(ids))
        return {
            key_of(MEDIA_KIND, row["id"]): key_of(f"posts/{row['type']}", row["parent"])
            for row in rows
        }


class PushedAddresses(_Keyed):
    """Those of a live target, by its receipts: ``home`` is its address.

    The short addresses of its items are alive there too. An attachment's is that of its file.
    """

    def __init__(
        self, archive: SiteArchive, atlas: SourceAtlas, ledger: Ledger, home: str, slash: bool
    ) -> None:
        super().__init__(archive, atlas, Shape(home.rstrip("/"), slash=slash))
        self._ledger = ledger

    def _found(self, keys: Sequence[str]) -> Mapping[str, str]:
        found = {}
        for key, receipt in self._ledger.of(dict.fromkeys(keys)).items():
            if not receipt.removed:
                full = str(receipt.facts.get("full", ""))
                found[key] = full if receipt.kind == MEDIA_KIND and full else receipt.url
        return found

    def alive(self) -> Iterator[str]:
        for receipt in self._ledger.receipts():
            if receipt.kind.startswith("posts/") and not receipt.removed:
                yield f"{self._shape.home}/?p={integer(receipt.target_id)}"
                yield f"{self._shape.home}/?page_id={integer(receipt.target_id)}"
            elif receipt.kind == "terms/category":
                yield f"{self._shape.home}/?cat={integer(receipt.target_id)}"
            elif receipt.kind == "users/user":
                yield f"{self._shape.home}/?author={integer(receipt.target_id)}"


class StaticAddresses(_Keyed):
    """Those of a static site's files: nothing stands behind an address, and dates have none.

    ``feed`` is the path of the whole site's feed, empty where it has none.
    """

    def __init__(
        self, archive: SiteArchive, atlas: SourceAtlas, places: Places, links: LinkRules, feed: str
    ) -> None:
        home = links.new.home
        shape = Shape(home, True, False, False, feed=feed, comments_feed="", archive="/")
        super().__init__(archive, atlas, shape)
        self._places = places

    def _found(self, keys: Sequence[str]) -> Mapping[str, str]:
        found = {}
        for key in keys:
            there = self._places.get(key)
            if there is not None and there.kind != MEDIA_KIND:
                found[key] = self._shape.at(self._places.prefix + in_links(there.address))
        return found

    def alive(self) -> Iterator[str]:
        return iter(())

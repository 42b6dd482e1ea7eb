"""The body of an item as the rules want it: cleaned, related posts as ruled, links untouched.

Pure but for the addresses it asks the atlas about. What the archive holds is never changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from wp_sync.normalize.clean import Cleaner
from wp_sync.normalize.links.scan import scan
from wp_sync.normalize.related.body import with_blocks_as_ruled
from wp_sync.normalize.related.find import blocks_in, phrases_of
from wp_sync.normalize.rules import Rules
from wp_sync.publish.atlas import SourceAtlas


class Bodies:
    """The rules on bodies, made ready once."""

    def __init__(self, rules: Rules, atlas: SourceAtlas) -> None:
        self._related = rules.related
        self._cleaner = Cleaner(rules.cleaning, rules.boilerplate)
        self._phrases = phrases_of(rules.related)
        self._atlas = atlas

    def ruled(
        self, body: str, title: str, link: str, id: int, related: Sequence[tuple[str, str]] = ()
    ) -> str:
        """A body without what the rules take out, with the one block of related posts they want.

        ``related`` are the (address, title) pairs of that block.
        """
        if not body:
            return body
        body = self._cleaner.cleaned(body, title)
        if self._related.body == "keep":
            return body
        index = self._atlas.index
        base = index.base(link)
        scanned = scan(body)
        blocks = blocks_in(scanned, lambda url: index.meaning(url, base, id), self._phrases)
        return with_blocks_as_ruled(scanned, blocks, self._related, related)

"""The blocks of ``boilerplate.toml`` told in a body, small typing errors or not.

Pure. Gives edits like any cleaning rule; `wp_sync.normalize.clean` applies them.
"""

from __future__ import annotations

from collections.abc import Iterator

from wp_sync.normalize.boilerplate.likeness import grams, likeness, words_of
from wp_sync.normalize.boilerplate.passages import Passage, comparable, passages
from wp_sync.normalize.clean.body import Body, Edit
from wp_sync.normalize.rules.boilerplate import BoilerplateBlock, BoilerplateRules
from wp_sync.normalize.text import plain


class KnownBlocks:
    """The known blocks, ready to be looked for."""

    def __init__(self, rules: BoilerplateRules) -> None:
        self._texts: list[tuple[BoilerplateBlock, frozenset[str], int]] = []
        self._with_word: dict[str, list[int]] = {}
        self._shortest = 0
        for block in rules.blocks:
            for text in block.like:
                same = comparable(plain(text))
                words = set(words_of(same))
                for word in words:
                    self._with_word.setdefault(word, []).append(len(self._texts))
                self._texts.append((block, grams(same), len(words)))
        lengths = [len(each[1]) for each in self._texts]
        self._shortest = min(lengths, default=0) // 2

    def __bool__(self) -> bool:
        return bool(self._texts)

    def find(self, body: Body) -> Iterator[Edit]:
        """An edit for every passage that is one of the known blocks."""
        for passage in passages(body.scan, self._shortest):
            found = self._known(passage.text)
            if found is not None:
                yield self._edit(body, passage, *found)

    def _known(self, text: str) -> tuple[BoilerplateBlock, float] | None:
        """The block that a passage is most like, where it is like enough."""
        same = comparable(text)
        hits: dict[int, int] = {}
        for word in set(words_of(same)):
            for number in self._with_word.get(word, ()):
                hits[number] = hits.get(number, 0) + 1
        best: tuple[BoilerplateBlock, float] | None = None
        own: frozenset[str] | None = None
        for number, count in sorted(hits.items()):
            block, there, words = self._texts[number]
            if count * 2 < words:  # with half of the words wrong they are not alike
                continue
            own = own or grams(same)
            like = likeness(own, there)
            if like >= block.similarity and (best is None or like > best[1]):
                best = block, like
        return best

    def _edit(self, body: Body, passage: Passage, block: BoilerplateBlock, like: float) -> Edit:
        what = f"{block.name}, {like:.0%} as known: {block.fate}"
        start, end = passage.start, passage.end
        if block.fate == "replace":
            if "<" not in block.text:
                start, end = passage.inner_start, passage.inner_end
            done = body.source[start:end] != block.text
            return Edit(start, end, block.text, "boilerplate", what, done)
        if block.fate == "strip":
            whole = body.with_block(start, end)
            valid = whole != (start, end) or not body.in_block(start, end)
            return Edit(*whole, "", "boilerplate", what, valid)
        return Edit(start, end, body.source[start:end], "boilerplate", what, False)

"""Text that compresses as hard as real prose does, in any amount, the same for the same seed.

Not language: words are drawn by Zipf's law from an invented vocabulary, short words first, and a
part of the phrases comes back, as in anybody's writing. How hard it is to compress was set by real
English documentation, cut into texts of 4.4 KB: Zstandard leaves 0.49 of each by itself (0.48
here), and 0.36 with a dictionary trained on others (0.36 here).
"""

from __future__ import annotations

import random
from itertools import accumulate

_ONSETS = tuple("b c ch d f g h j k l m n p pr qu r s sh st t th tr v w".split(" "))  # noqa: SIM905
_VOWELS = ("a", "a", "e", "e", "i", "i", "o", "u", "ea", "ou")
_CODAS = ("", "", "", "", "", "n", "r", "s", "t", "l", "nd", "m", "ng", "st")
_VOCABULARY = 30_000
_PHRASES = 6_000
_PHRASE_SHARE = 0.6
_ZIPF = 1.1


class Prose:
    """A writer: ``words`` and ``sentence`` draw from one stream of chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        # The language is everybody's; what is said with it is this writer's.
        maker = random.Random(0)
        lexicon = dict.fromkeys(_word(maker, 1) for _ in range(120))
        while len(lexicon) < _VOCABULARY:
            syllables = 2 if len(lexicon) < 2_000 else maker.choice((2, 2, 2, 3, 3))
            lexicon[_word(maker, syllables)] = None
        self._lexicon = list(lexicon)
        self._weights = list(accumulate(1 / (rank + 2) ** _ZIPF for rank in range(_VOCABULARY)))
        self._phrases = [
            maker.choices(self._lexicon, cum_weights=self._weights, k=maker.randint(2, 4))
            for _ in range(_PHRASES)
        ]
        self._often = list(accumulate(1 / (rank + 10) for rank in range(_PHRASES)))

    def words(self, count: int) -> list[str]:
        found: list[str] = []
        while len(found) < count:
            if self.chance.random() < _PHRASE_SHARE:
                found += self.chance.choices(self._phrases, cum_weights=self._often)[0]
            else:
                found += self.chance.choices(self._lexicon, cum_weights=self._weights, k=4)
        return found[:count]

    def sentence(self) -> str:
        words = self.words(max(4, int(self.chance.gauss(17, 6))))
        if len(words) > 9:
            words[len(words) // 2] += self.chance.choice((",", ",", ";", " –", ""))
        return " ".join(words).capitalize() + self.chance.choice("......?!")

    def paragraph(self) -> str:
        return " ".join(self.sentence() for _ in range(self.chance.randint(2, 5)))


def _word(maker: random.Random, syllables: int) -> str:
    return "".join(
        maker.choice(_ONSETS) + maker.choice(_VOWELS) + maker.choice(_CODAS)
        for _ in range(syllables)
    )

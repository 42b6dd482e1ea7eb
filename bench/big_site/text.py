"""Real-looking text, the same every time, cheap enough to make a million posts from.

A pool of paragraphs is made once from a seeded vocabulary; a post is a choice of them with
sentences of its own between. No two posts have the same text. Nothing here is spelled for a reader.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from lab import bulk

PARAGRAPHS = 4_096
_PER_POST = (8, 9, 10)
_SYLLABLES = (
    "an", "ber", "cor", "dal", "el", "fen", "gar", "hol", "in", "jor", "kel", "lam", "mor", "nes",
    "or", "pen", "quil", "ros", "sol", "tam", "ur", "ven", "wil", "yar", "zel",
)  # fmt: skip


class Prose:
    """Paragraphs and headings as JSON-escaped bytes, ready to be joined."""

    def __init__(self, seed: int = 1) -> None:
        dice = random.Random(f"prose {seed}")
        names = [
            "".join(dice.choices(_SYLLABLES, k=dice.randint(2, 3))).title() for _ in range(3_000)
        ]
        self.paragraphs: Sequence[bytes] = [
            escaped(f"<p>{self._paragraph(dice, names)}</p>\n") for _ in range(PARAGRAPHS)
        ]
        self.headings: Sequence[bytes] = [
            escaped(f"<h2>{topic}: {angle.format(month=month, year=2008 + number % 17)}</h2>\n")
            for number, topic in enumerate(bulk.TOPICS)
            for angle in bulk.ANGLES
            for month in bulk.MONTHS
        ]

    def _paragraph(self, dice: random.Random, names: Sequence[str]) -> str:
        sentences = []
        for _ in range(dice.randint(3, 5)):
            who, said = dice.choice(bulk.WHO), dice.choice(bulk.SAID)
            when = dice.choice(bulk.WHEN).format(
                month=dice.choice(bulk.MONTHS), year=dice.randint(2008, 2024)
            )
            sentences.append(
                f"{who[0].upper()}{who[1:]} from {dice.choice(names)} {said} {when} "
                f"{dice.choice(bulk.WHAT)}, and Dr. {dice.choice(names)} counted "
                f"{dice.randint(2, 900)} of {dice.randint(901, 5000)}."
            )
        return " ".join(sentences)

    def content(self, number: int, revision: int, link: bytes) -> bytes:
        """About 5 KB of rendered HTML for a post, escaped for JSON."""
        paragraphs, headings = self.paragraphs, self.headings
        # A linear congruential walk (Knuth's MMIX constants): cheap, and different for each post.
        state = (number * 2 + 1) * 0x9E3779B97F4A7C15 + revision & 0xFFFFFFFFFFFFFFFF
        parts = [b'"content":{"rendered":"']
        for place in range(_PER_POST[number % 3]):
            state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
            chosen = state >> 33
            if place % 4 == 3:
                parts.append(headings[chosen % len(headings)])
            parts.append(paragraphs[chosen % PARAGRAPHS])
        parts.append(
            b'<p>Case %d, note %d: more in <a href=\\"%b\\">an earlier note<\\/a>.<\\/p>\\n'
            b'","protected":false}' % (state >> 40, revision, link)
        )
        return b"".join(parts)


def escaped(text: str) -> bytes:
    """Text inside a JSON string as PHP's json_encode writes it (ASCII only here)."""
    return (
        text.replace("\\", "\\\\")
        .replace('"', '\\"')
        .replace("/", "\\/")
        .replace("\n", "\\n")
        .encode("ascii")
    )

"""How well pairs of term names are told apart: one term under two names, or two terms.

    python -m bench.term_pairs [--failures] [--terms 50000]

Reads the labelled pairs of ``tests/labelled/term_pairs`` and prints precision and recall for each
confidence, recall by reason, and what a search through many terms costs. ``--failures`` names the
pairs of the development part that come out wrong; of the part kept apart it never does.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from wp_sync.normalize.suggest.alike import THRESHOLD, alike
from wp_sync.normalize.suggest.near_duplicates import near_duplicates

LABELLED = Path(__file__).parent.parent / "tests" / "labelled" / "term_pairs"
PARTS = ("development", "held_out")


class Pair(NamedTuple):
    """Two names, whether they mean one term, and why that is hard to see."""

    same: bool
    why: str
    one: str
    other: str


def pairs(part: str) -> Iterator[Pair]:
    for line in (LABELLED / f"{part}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# "):
            head, one, other = _three(line)
            sign, why = head.split(" ", 1)
            yield Pair(sign == "+", why, one, other)


def _three(line: str) -> tuple[str, str, str]:
    sign, why, *rest = line.split(" ")
    one, other = " ".join(rest).removeprefix(":: ").split(" :: ")
    return f"{sign} {why}", one, other


def confidence(pair: Pair) -> float:
    found = alike(pair.one, pair.other)
    return found.confidence if found else 0.0


def measured(part: str, threshold: float = THRESHOLD) -> tuple[float, float]:
    """Precision and recall of the pairs proposed from a confidence on."""
    proposed = [pair for pair in pairs(part) if confidence(pair) >= threshold]
    right = sum(pair.same for pair in proposed)
    same = sum(pair.same for pair in pairs(part))
    return right / max(1, len(proposed)), right / same


def _reasons(part: str) -> None:
    seen: Counter[str] = Counter()
    proposed: Counter[str] = Counter()
    for pair in pairs(part):
        word = f"{'one' if pair.same else 'two'}: {pair.why}"
        seen[word] += 1
        proposed[word] += confidence(pair) >= THRESHOLD
    for word in sorted(seen):
        print(f"  {word:16} {seen[word]:4} pairs, {proposed[word]:4} proposed")


def made_names(count: int) -> list[str]:
    """Names of one to three made-up words, common beginnings and endings among them."""
    chance = random.Random(1)
    parts = ("con", "ter", "pro", "men", "ta", "ri", "lo", "ske", "vu", "ne", "pa", "do", "ble")
    words = ["".join(chance.choices(parts, k=chance.randint(2, 4))) for _ in range(count)]
    return [" ".join(chance.choices(words, k=chance.choice((1, 1, 2, 3)))) for _ in range(count)]


def _cost(count: int) -> None:
    names = list(enumerate(made_names(count)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    found = sum(1 for _ in near_duplicates(names))
    spent = time.process_time() - began
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"\n{count:,} terms: {spent:.1f} s CPU, {more:.0f} MiB more, {found:,} pairs proposed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--failures", action="store_true", help="name development's failures")
    parser.add_argument("--terms", type=int, default=50_000, help="terms to search through")
    chosen = parser.parse_args()
    if chosen.failures:
        for pair in pairs("development"):
            found = alike(pair.one, pair.other)
            if (confidence(pair) >= THRESHOLD) is not pair.same:
                print(
                    f"{'+' if pair.same else '-'} {pair.why}: {pair.one} :: {pair.other}  {found}"
                )
        return
    for part in PARTS:
        print(f"\n{part}: {sum(1 for _ in pairs(part))} pairs\n  confidence  precision  recall")
        for threshold in (0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95):
            precision, recall = measured(part, threshold)
            mark = "  proposed from here on" if threshold == THRESHOLD else ""
            print(f"  {threshold:10.2f} {precision:10.3f} {recall:7.3f}{mark}")
        _reasons(part)
    _cost(chosen.terms)


if __name__ == "__main__":
    main()

"""How many related posts are found, and how many wrongly: precision and recall by form.

    python -m bench.related_found [--failures] [--by language]

Reads the labelled bodies of ``tests/labelled/related`` (its README says what a label means) and
compares the entries found with those expected. An entry counts where origin, state and target (or
address) are the same, in the same order. ``--failures`` names the bodies of the development part
that differ; of the part that is kept apart it never does.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from wp_sync.content import Related
from wp_sync.model import State
from wp_sync.normalize.links.scan import scan
from wp_sync.normalize.links.urls import Meaning, UrlIndex
from wp_sync.normalize.related.find import in_fields, in_markup, judged, phrases_of
from wp_sync.normalize.rules import LinkRules, RelatedRules

LABELLED = Path(__file__).parent.parent / "tests" / "labelled" / "related"
PARTS = ("development", "held_out")
HOME = "https://brightwater.example"
SELF = 100

Key = tuple[str, str, str]  # origin, state, target or address


@dataclass(frozen=True, slots=True)
class Body:
    """One labelled body: its name, form, language, where it stands, and what is to be found."""

    part: str
    name: str
    form: str
    language: str
    where: str
    text: str
    expected: tuple[Key, ...]

    @property
    def negative(self) -> bool:
        return not self.expected


@dataclass(frozen=True, slots=True)
class Score:
    """Entries found rightly, found at all, and expected."""

    right: int = 0
    found: int = 0
    expected: int = 0
    bodies: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(
            self.right + other.right,
            self.found + other.found,
            self.expected + other.expected,
            self.bodies + other.bodies,
        )

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.expected if self.expected else 1.0


def bodies(part: str) -> Iterator[Body]:
    """The labelled bodies of a part, in order of file and place."""
    for path in sorted((LABELLED / part).glob("*.txt")):
        for piece in path.read_text(encoding="utf-8").split("\n## ")[0:]:
            head, _, rest = piece.removeprefix("## ").partition("\n")
            name, form, language, where = (word.strip() for word in head.split(" | "))
            lines = rest.splitlines(keepends=True)
            count = next((n for n, line in enumerate(lines) if not line.startswith("> ")), 0)
            expected = tuple(key for line in lines[:count] for key in _keys(line))
            yield Body(part, name, form, language, where, "".join(lines[count:]), expected)


def _keys(line: str) -> Iterator[Key]:
    origin, *marks = line.removeprefix("> ").split()
    for mark in marks:
        target, _, state = mark.partition("~")
        yield origin, state or "resolved", target


def site() -> UrlIndex:
    """The addresses of the site that the bodies link."""
    index = UrlIndex(HOME, LinkRules())
    for line in (LABELLED / "site.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        first, second, third, path = line.split()
        link = HOME + quote(path)
        if first == "old":
            index.add_old(third, link, int(second))
        else:
            status = "" if third == "-" else third
            slug = path.strip("/").rpartition("/")[2]
            index.add(link, second, int(first), slug, State.LIVE, status)
    return index


class Finder:
    """Finds the entries of labelled bodies, with the rules that hold without any file."""

    def __init__(self) -> None:
        self._index = site()
        self._base = self._index.base(f"{HOME}/2024/01/this-very-post/")
        self._phrases = phrases_of(RelatedRules())

    def mean(self, url: str) -> Meaning:
        return self._index.meaning(url, self._base, SELF)

    def find(self, body: Body) -> list[Related]:
        if body.where == "rest":
            entries = in_fields(json.loads(body.text))
        else:
            entries = in_markup(scan(body.text), self.mean, self._phrases, where=body.where)
        return judged(entries, self.mean, SELF, 50)

    def keys(self, body: Body) -> list[Key]:
        return [_key(entry) for entry in self.find(body)]


def _key(entry: Related) -> Key:
    url = entry.url.removeprefix(HOME)
    return entry.origin, entry.state, str(entry.target) if entry.target else url


def score(found: Sequence[Key], expected: Sequence[Key]) -> Score:
    """How many entries are right, their order included: the longest common subsequence."""
    row = [0] * (len(expected) + 1)
    for key in found:
        before = row
        row = [0]
        for at, wanted in enumerate(expected):
            row.append(before[at] + 1 if key == wanted else max(before[at + 1], row[at]))
    return Score(row[-1], len(found), len(expected), 1)


def total(part: str) -> Score:
    finder = Finder()
    return sum((score(finder.keys(body), body.expected) for body in bodies(part)), Score())


def _table(part: str, by: str) -> None:
    finder = Finder()
    rows: dict[str, Score] = {}
    mistaken: Counter[str] = Counter()
    for body in bodies(part):
        group = f"not: {body.form}" if body.negative and by == "form" else getattr(body, by)
        found = score(finder.keys(body), body.expected)
        rows[group] = rows.get(group, Score()) + found
        mistaken[group] += found.found > found.right
    print(f"\n{part:28} bodies  expected  found  right  precision  recall")
    for group in sorted(rows, key=lambda name: (name.startswith("not: "), name)):
        one = rows[group]
        if group.startswith("not: "):
            said = "  none mistaken" if not mistaken[group] else f"  {mistaken[group]} mistaken"
            print(f"  {group:26} {one.bodies:6} {said:>16}")
        else:
            _print(group, one)
    _print("all", sum(rows.values(), Score()))


def _print(group: str, one: Score) -> None:
    print(
        f"  {group:26} {one.bodies:6} {one.expected:9} {one.found:6} {one.right:6}"
        f" {one.precision:10.3f} {one.recall:7.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--failures", action="store_true", help="name development's failures")
    parser.add_argument("--by", choices=("form", "language"), default="form")
    chosen = parser.parse_args()
    if chosen.failures:
        finder = Finder()
        for body in bodies("development"):
            found = finder.keys(body)
            if tuple(found) != body.expected:
                print(f"{body.name} ({body.form})\n  expected {body.expected}\n  found    {found}")
        return
    for part in PARTS:
        _table(part, chosen.by)


if __name__ == "__main__":
    main()

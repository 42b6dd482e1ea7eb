"""All cleaning rules over one body: what they find, and the body without it.

Pure and deterministic: the same body, title and rules give the same bytes. Where nothing is to be
done, the very same text comes back. Links, spans and tables elsewhere speak of the untouched body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wp_sync.content import Cleaning
from wp_sync.normalize.boilerplate.known import KnownBlocks
from wp_sync.normalize.clean.body import Body, Edit
from wp_sync.normalize.clean.mojibake import mojibake
from wp_sync.normalize.clean.paragraphs import empty_paragraphs, tracking_pixels
from wp_sync.normalize.clean.pasted import pasted_styles
from wp_sync.normalize.clean.shortcodes import builder_wrappers, shortcodes
from wp_sync.normalize.clean.top import byline, repeated_title
from wp_sync.normalize.links.scan import Scan, scan
from wp_sync.normalize.rules.boilerplate import BoilerplateRules
from wp_sync.normalize.rules.cleaning import CleaningRules

_Finder = Callable[[Body], Iterable[Edit]]
_FINDERS: tuple[tuple[tuple[str, ...], _Finder], ...] = (
    (("title",), repeated_title),
    (("byline",), byline),
    (("builders",), builder_wrappers),
    (("builders", "shortcodes"), shortcodes),
    (("empty",), empty_paragraphs),
    (("styles",), pasted_styles),
    (("pixels",), tracking_pixels),
    (("mojibake",), mojibake),
)
_MOST_PASSES = 8  # taking one thing out may leave another empty
_MOST_OF_A_RULE = 20  # findings told of one rule in one post; the last one says how many more
_AROUND = 40  # characters of an excerpt on either side
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A body after cleaning, and what was found in the body before."""

    body: str
    findings: Sequence[Cleaning]


class Cleaner:
    """The rules of ``cleaning.toml`` and ``boilerplate.toml``, ready to be applied to bodies."""

    def __init__(self, rules: CleaningRules, boilerplate: BoilerplateRules | None = None) -> None:
        self._rules = rules
        self._modes = {
            name: getattr(rules, name)
            for name in (
                "title", "byline", "builders", "empty", "styles", "shortcodes", "pixels",
                "mojibake",
            )
        }  # fmt: skip
        self._finders = self._finding("report", "clean")
        self._takers = self._finding("clean")
        blocks = KnownBlocks(boilerplate or BoilerplateRules())
        if blocks:
            self._modes["boilerplate"] = "clean"  # each block says itself what becomes of it
            self._finders.append(blocks.find)
            self._takers.append(blocks.find)

    def _finding(self, *modes: str) -> list[_Finder]:
        return [
            finder
            for names, finder in _FINDERS
            if any(self._modes[name] in modes for name in names)
        ]

    def look(self, body: str, title: str, scanned: Scan | None = None) -> list[Cleaning]:
        """What the rules find in a body; changes nothing."""
        return self._told(body, self._edits(scanned or scan(body), title, self._finders))

    def clean(self, body: str, title: str) -> Cleaned:
        """The body without what the rules that are on take out.

        Cleaning what was cleaned changes nothing.
        """
        return Cleaned(self.cleaned(body, title), self.look(body, title))

    def cleaned(self, body: str, title: str) -> str:
        """What `clean` makes of a body, without saying what was found.

        Only the rules that take something out are asked, and most sites have none.
        """
        for _ in range(_MOST_PASSES if self._takers else 0):
            edits = self._edits(scan(body), title, self._takers)
            after = _applied(body, [edit for edit in edits if self._does(edit)])
            if after == body:
                break
            body = after
        return body

    def _does(self, edit: Edit) -> bool:
        return edit.do and self._modes[edit.rule] == "clean"

    def _edits(self, scanned: Scan, title: str, finders: Iterable[_Finder]) -> list[Edit]:
        body = Body(scanned, title, self._rules)
        found = [edit for finder in finders for edit in finder(body)]
        found.sort(key=lambda edit: (edit.start, -edit.end))
        return [edit for edit in found if self._modes[edit.rule] != "off"]

    def _told(self, body: str, edits: Iterable[Edit]) -> list[Cleaning]:
        told: list[Cleaning] = []
        counts: dict[str, int] = {}
        for edit in edits:
            count = counts[edit.rule] = counts.get(edit.rule, 0) + 1
            if count > _MOST_OF_A_RULE:
                continue
            first = max(0, edit.start - _AROUND)
            before = body[first : edit.end + _AROUND][:_LONGEST]
            after = body[first : edit.start] + edit.new + body[edit.end : edit.end + _AROUND]
            told.append(
                Cleaning(
                    position=len(told),
                    rule=edit.rule,
                    what=edit.what,
                    done=self._does(edit),
                    span_start=edit.start,
                    before=before,
                    after=after[:_LONGEST],
                )
            )
        for rule, count in sorted(counts.items()):
            if count > _MOST_OF_A_RULE:
                more = f"{count - _MOST_OF_A_RULE} more of this rule"
                done = self._modes[rule] == "clean"
                told.append(Cleaning(len(told), rule, more, done, 0, "", ""))
        return told


def _applied(body: str, edits: Iterable[Edit]) -> str:
    parts: list[str] = []
    at = 0
    for edit in edits:
        if edit.start < at:  # inside what is gone already
            continue
        parts += (body[at : edit.start], edit.new)
        at = edit.end
    return "".join((*parts, body[at:])) if parts else body

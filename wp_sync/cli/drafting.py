"""Proposals as they stand in a mapping file: comments, so that nothing happens until one is edited.

Text in, text out. Drafts are put behind what a file holds, in the file that they belong to, since
that is where a reader looks, what gets reviewed, and where taking two signs away makes them rules.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wp_sync.cli.text import printable
from wp_sync.normalize.mapping_files.folder import FOLDER, READERS
from wp_sync.normalize.mapping_files.versions import version_of
from wp_sync.normalize.suggest.drafts import Draft

_HEAD = (
    "## Suggested by `wp-sync mappings suggest`; without effect as it stands. For what is right,\n"
    "## take the hash and space from the lines of its rule; leave the rest, or throw it away."
)
_RULE = "# "
_TEXT = "## "
_PLAIN = re.compile(r"[\w-]{1,100}")
_KINDS = frozenset(("authors", "boilerplate"))


def with_drafts(text: str, drafts: Sequence[Draft], concern: str) -> tuple[str, int]:
    """A file's text with new drafts behind it, and how many they are.

    What stands there stays to the byte. A draft whose rule stands there already, as a comment or
    not, is left out. An empty text becomes a file of the concern's newest version.
    """
    new = "\n" if "\r\n" not in text else "\r\n"
    have = {line.lstrip("# ").rstrip() for line in text.split("\n")}
    parts = [lines for one in drafts if (lines := _lines(one)) and not _stands(one, have)]
    if not parts:
        return text, 0
    kind = concern if concern in _KINDS else "terms"
    before = text or f"version = {version_of(kind)}\n"
    gap = "" if before.endswith("\n") else new
    block = "\n\n".join((_HEAD, *("\n".join(lines) for lines in parts)))
    return before + gap + new + (block + "\n").replace("\n", new), len(parts)


def belongs(name: str, concern: str) -> bool:
    """Whether a file of that name may hold rules on a concern.

    A taxonomy's name is the site's word: it must lead nowhere else, and not to another concern's
    file.
    """
    stem = name.removesuffix(".toml")
    return bool(_PLAIN.fullmatch(stem)) and (concern == stem or stem not in {*READERS, FOLDER})


def _stands(draft: Draft, have: set[str]) -> bool:
    lines = draft.proposal.rule.rstrip("\n").split("\n")
    return all(line.rstrip() in have for line in lines)


def _lines(draft: Draft) -> list[str]:
    """The draft as comments; none where only a person can say what to do."""
    one = draft.proposal
    if not one.rule:
        return []
    told = [f"{one.confidence:.0%}: {one.reason}"]
    if draft.examples:
        titles = ", ".join(f"“{each.title or each.id}”" for each in draft.examples)
        told.append(f"such as {titles}")
    lines = [_TEXT + printable(line, one_line=True) for line in told]
    rule = one.rule.encode("utf-8", "replace").decode("utf-8")  # half characters can't be written
    return lines + [(_RULE + line).rstrip() for line in rule.rstrip("\n").split("\n")]

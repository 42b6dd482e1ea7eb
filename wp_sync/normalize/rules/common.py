"""What rules of every kind share: policies, whom a rule is about, and digests of decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

import msgspec

from wp_sync.normalize.text import SlugOptions

Unmapped = Literal["keep", "report", "drop", "refuse"]
UNMAPPED: tuple[Unmapped, ...] = ("keep", "report", "drop", "refuse")

DEFAULT_SLUGS = SlugOptions()

_encode = msgspec.json.Encoder(order="deterministic").encode


def digest(value: object) -> str:
    """A short stable digest (BLAKE2b, hex) of a value made of dataclasses, mappings and texts."""
    return hashlib.blake2b(_encode(value), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Match:
    """Which of the source's terms or people a rule is about: those with any one of these.

    Texts are folded already (`wp_sync.normalize.text.fold`); patterns are regular expressions that
    must fit the whole name, whatever the case. ``langs`` narrows all of it down to the terms of
    these languages, where a multilingual plugin names a term's language.
    """

    ids: tuple[int, ...] = ()
    slugs: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()


def placeless(value: Any) -> Any:
    """The value without the lines its rules stand on (``where``) and in which layer, for a digest.

    So a comment, or a rule that moved within its file, changes no digest.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {
            one.name: placeless(getattr(value, one.name))
            for one in fields(value)
            if one.name not in ("where", "layer")
        }
    if isinstance(value, Mapping):
        return {key: placeless(inner) for key, inner in value.items()}
    return [placeless(inner) for inner in value] if isinstance(value, list | tuple) else value

"""Every parser of foreign input, with where its inputs come from and how it may refuse them.

An error that is not named here is a finding, and so is an input that takes out of proportion long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.fuzz import files, grammar, ordering, reading
from wp_sync.errors import ConfigError, SourceError, UsageError, WpSyncError


@dataclass(frozen=True)
class Target:
    """One parser. ``share`` is how many inputs it gets of those that a usual one gets.

    ``seconds``: of CPU that an input may take, and 30 µs for each of its bytes; what the slowest
    needs times five.
    """

    name: str
    feed: Callable[[bytes], None]
    make: Callable[[Random], bytes]
    allowed: tuple[type[Exception], ...] = ()
    share: float = 1.0
    seconds: float = 0.5


TARGETS = (
    # What a site answers.
    Target("items", reading.items, grammar.listing, (SourceError,)),
    Target("object", reading.json_object, grammar.document, (SourceError,)),
    Target("envelope", reading.envelope, grammar.document, (SourceError,)),
    Target("refusal", reading.refusal, grammar.answer, (SourceError,)),
    Target("headers", reading.headers, grammar.headers, (SourceError,)),
    Target("inflate", reading.inflate, grammar.squeezed, (SourceError,)),
    Target("discovery", reading.discovery, grammar.answer, (SourceError, UsageError)),
    Target("request", reading.request, grammar.address, (SourceError,), 0.5),
    Target("media", reading.media, grammar.answer, (), 0.5),
    Target("site", reading.site, grammar.site, (WpSyncError,), 0.1, 4.0),  # a thousand answers
    # What a site's content holds.
    Target("html", ordering.html, grammar.fragment),
    Target("rewrite", ordering.rewritten, grammar.fragment),
    Target("related", ordering.related, grammar.fragment),
    Target("selected", ordering.selected, grammar.fragment, (), 0.2),
    Target("address", ordering.address, grammar.address),
    Target("words", ordering.words, grammar.words),
    Target("record", ordering.record, grammar.record, (), 0.5),
    Target("terms", ordering.terms, grammar.listing, (), 0.5),
    # What lies on this machine or is typed.
    Target("toml", files.any_toml, grammar.config, (), 0.5),
    Target("config", files.configuration, grammar.config, (ConfigError,), 0.5),
    Target("mappings", files.mappings, grammar.mapping, (ConfigError,), 0.5),
    Target("sheet", files.sheet, grammar.table, (ConfigError,), 0.5),
    Target("redirects", files.redirects, grammar.export, (ValueError,), 0.5),
    Target("version", files.version, grammar.blob),
    Target("version-json", files.version_json, grammar.record, (ValueError,)),
    Target("recording", files.recording, grammar.recording, (WpSyncError,)),
    Target("typed", files.typed, grammar.typed),
    Target("shown", files.shown, grammar.words),
)  # fmt: skip

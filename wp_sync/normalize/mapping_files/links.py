"""``links.toml`` into `LinkRules`."""

from __future__ import annotations

import re

from wp_sync.normalize.rules import LinkRules
from wp_sync.toml import Table

_HOST = re.compile(r"(?:[^\s/:@\[\]]+|\[[0-9a-fA-F:.]+\])(?::\d+)?(?:/\S*)?")


def read_links(top: Table) -> LinkRules:
    aliases = []
    for alias in top.texts("aliases"):
        bare = re.sub(r"^(?:https?:)?//", "", alias.strip(), flags=re.IGNORECASE).rstrip("/")
        if not _HOST.fullmatch(bare):
            top.complain(
                f'"{alias}" is not an address', key="aliases", hint='such as "old.example.com/blog"'
            )
            continue
        aliases.append(bare)
    tracking = top.table("tracking")
    rules = LinkRules(
        aliases=tuple(aliases),
        trackers=tuple(name.lower() for name in tracking.texts("add")),
        keep_arguments=tuple(name.lower() for name in tracking.texts("keep")),
    )
    tracking.finish()
    for name in set(rules.trackers) & set(rules.keep_arguments):
        tracking.complain(f'"{name}" is both added and kept', key="keep", hint="keep one")
    return rules

"""``cleaning.toml`` into `CleaningRules`."""

from __future__ import annotations

import re

from wp_sync.normalize.rules.cleaning import MODES, CleaningRules, Mode
from wp_sync.toml import Table


def read_cleaning(top: Table) -> CleaningRules:
    rules = top.table("rules")

    def mode(name: str) -> Mode:
        chosen = rules.text(name, "report", choices=MODES)
        return next(mode for mode in MODES if mode == chosen)

    shortcodes = top.table("shortcodes")
    remove, unwrap, keep = (_names(shortcodes, key) for key in ("remove", "unwrap", "keep"))
    shortcodes.finish()
    first: dict[str, str] = {}
    for key, names in (("remove", remove), ("unwrap", unwrap), ("keep", keep)):
        for name in names:
            if name in first:
                message = f'the shortcode "{name}" is in {first[name]} already'
                shortcodes.complain(message, key=key, hint="leave it in one list")
            first.setdefault(name, key)
    builders, pixels = top.table("builders"), top.table("pixels")
    made = CleaningRules(
        title=mode("title"),
        byline=mode("byline"),
        builders=mode("builders"),
        empty=mode("empty"),
        styles=mode("styles"),
        shortcodes=mode("shortcodes"),
        pixels=mode("pixels"),
        mojibake=mode("mojibake"),
        remove_shortcodes=remove,
        unwrap_shortcodes=unwrap,
        keep_shortcodes=keep,
        builder_classes=_words(builders, "classes"),
        pixel_hosts=tuple(host.lower() for host in _words(pixels, "hosts")),
    )
    for table in (rules, builders, pixels):
        table.finish()
    return made


def _names(table: Table, key: str) -> tuple[str, ...]:
    found = []
    for name in table.texts(key):
        bare = name.strip().strip("[]/")
        if re.fullmatch(r"[^\s\[\]<>&/\"'=]+", bare):
            found.append(bare)
        else:
            hint = 'such as "gallery", without brackets'
            table.complain(f'"{name}" is not the name of a shortcode', key=key, hint=hint)
    return tuple(found)


def _words(table: Table, key: str) -> tuple[str, ...]:
    found = []
    for word in table.texts(key):
        if len(word.strip()) < 3 or re.search(r"\s", word.strip()):
            table.complain(f'"{word}" is too short, or has spaces in it', key=key)
        else:
            found.append(word.strip())
    return tuple(found)

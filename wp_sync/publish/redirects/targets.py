"""Redirects as a target by name, and its options: which formats, and where the site went."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from wp_sync.archive.base import SiteArchive
from wp_sync.errors import Place, UsageError
from wp_sync.normalize.rules import Rules
from wp_sync.publish.atlas import SourceAtlas
from wp_sync.publish.base import FileTarget, Settings
from wp_sync.publish.options import Options
from wp_sync.publish.redirects.exporter import RedirectExporter
from wp_sync.publish.redirects.keyed import PushedAddresses, StaticAddresses
from wp_sync.publish.redirects.new import NewAddresses
from wp_sync.publish.redirects.ruled import RuledAddresses
from wp_sync.publish.redirects.writers import FORMATS
from wp_sync.publish.static.places import Places

# Generators, and the path of the feed that each makes by itself.
_FEEDS = {"hugo": "/index.xml", "jekyll": "", "eleventy": "", "astro": ""}


def export(archive: SiteArchive, rules: Rules, settings: Settings) -> RedirectExporter:
    """The redirects of a site.

    Raises:
        UsageError: an option says what can't be.
    """
    options = Options(settings)
    formats = _formats(options.text("formats"), settings)
    went, home, prefix = options.text("for"), options.text("home"), options.text("prefix")
    gone = options.flag("gone", True)
    options.finish()
    atlas = SourceAtlas(archive, rules)
    new: Callable[[], NewAddresses]
    state = f"{went}\n{home}\n{prefix}"
    generator = went.partition(":")[0]
    if generator in _FEEDS:

        def new() -> NewAddresses:
            places = Places(archive, rules, prefix=prefix.rstrip("/"))
            feed = prefix.rstrip("/") + _FEEDS[generator] if _FEEDS[generator] else ""
            return StaticAddresses(archive, atlas, places, rules.links, feed)

    elif went:
        pushed = _pushed(archive, rules, atlas, went, home, settings)
        state += _receipts(archive)

        def new() -> NewAddresses:
            return pushed

    else:

        def new() -> NewAddresses:
            return RuledAddresses(archive, rules.links)

    return RedirectExporter(archive, rules, atlas, new, formats, gone=gone, state=state)


def _formats(text: str, settings: Settings) -> list[str]:
    wanted = text.replace(",", " ").split() or list(FORMATS)
    for name in wanted:
        if name not in FORMATS:
            raise UsageError(
                f"“{name}” is no format of redirects",
                place=Place(site=settings.name),
                hint=f"there are {', '.join(FORMATS)}",
            )
    return [name for name in FORMATS if name in wanted]


def _pushed(
    archive: SiteArchive,
    rules: Rules,
    atlas: SourceAtlas,
    went: str,
    home: str,
    settings: Settings,
) -> PushedAddresses:
    ledger = archive.ledger(went)
    first = next((one for one in ledger.receipts("posts/post") if one.url), None)
    if first is None:
        raise UsageError(
            f"nothing was pushed to {went} yet, so nobody knows where its posts are",
            place=Place(site=settings.name),
            hint="push first, or leave `for` out to go by links.toml alone",
        )
    there = urlsplit(first.url)
    home = home or rules.links.new.home or went.partition(":")[2]
    if "://" not in home:
        home = f"{there.scheme}://{there.netloc}"
    return PushedAddresses(archive, atlas, ledger, home, there.path.endswith("/"))


def _receipts(archive: SiteArchive) -> str:
    site = archive.site()
    sql = "SELECT rows, mix FROM tallies WHERE site = :site AND name = 'receipts'"
    return str([list(row.values()) for row in archive.query(sql, site=site.key if site else "")])


REDIRECTS = FileTarget(export, "Redirects from every old address, for web servers and hosts")

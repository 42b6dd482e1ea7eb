"""The four generators as targets by name. Knows their layouts and options, no commands."""

from __future__ import annotations

from wp_sync.archive.base import SiteArchive
from wp_sync.normalize.rules import Rules
from wp_sync.publish.base import FileTarget, Settings
from wp_sync.publish.options import Options
from wp_sync.publish.static.astro import Astro
from wp_sync.publish.static.eleventy import Eleventy
from wp_sync.publish.static.exporter import StaticExporter
from wp_sync.publish.static.hugo import Hugo
from wp_sync.publish.static.jekyll import Jekyll
from wp_sync.publish.static.layout import Layout


def _target(layout: type[Layout], name: str) -> FileTarget:
    def export(archive: SiteArchive, rules: Rules, settings: Settings) -> StaticExporter:
        options = Options(settings)
        drafts, starter = options.flag("drafts"), options.flag("starter")
        prefix = options.text("prefix")
        options.finish()
        return StaticExporter(
            archive, rules, layout(), drafts=drafts, starter=starter, prefix=prefix
        )

    return FileTarget(export, f"Markdown and front matter for {name}")


HUGO = _target(Hugo, "Hugo")
JEKYLL = _target(Jekyll, "Jekyll")
ELEVENTY = _target(Eleventy, "Eleventy")
ASTRO = _target(Astro, "Astro")

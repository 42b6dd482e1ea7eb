"""Kinds of targets by name: those that come with wp-sync, and those that plugins add.

A plugin names a `LiveTarget`, a `FileTarget` or a class that takes `Settings` in the entry point
group ``wp_sync.publishers``. Nothing is imported before it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from wp_sync.errors import UsageError, WpSyncError
from wp_sync.publish.base import FileTarget, LiveTarget

GROUP = "wp_sync.publishers"
# Also in pyproject.toml; here so that they are found however wp-sync was put on this machine.
BUILT_IN = {
    "wordpress": "wp_sync.publish.wordpress.publisher:WORDPRESS",
    "hugo": "wp_sync.publish.static.targets:HUGO",
    "jekyll": "wp_sync.publish.static.targets:JEKYLL",
    "eleventy": "wp_sync.publish.static.targets:ELEVENTY",
    "astro": "wp_sync.publish.static.targets:ASTRO",
    "wxr": "wp_sync.publish.wxr.targets:WXR",
    "jsonl": "wp_sync.publish.tables.targets:JSONL",
    "csv": "wp_sync.publish.tables.targets:CSV",
    "redirects": "wp_sync.publish.redirects.targets:REDIRECTS",
}


def kinds() -> list[str]:
    """Every kind of target that can be named."""
    return sorted({*BUILT_IN, *(one.name for one in entry_points(group=GROUP))})


def target_kind(name: str) -> LiveTarget | FileTarget:
    """The kind of this name.

    Raises:
        UsageError: there is none, or the plugin that has it can't be loaded.
    """
    found = [one for one in entry_points(group=GROUP) if one.name == name]
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        named = getattr(import_module(module), attribute)
    elif found:
        named = _loaded(found[0])
    else:
        raise UsageError(f"“{name}” is no kind of target.", hint=f"known are {', '.join(kinds())}")
    if isinstance(named, LiveTarget | FileTarget):
        return named
    if callable(named):
        return LiveTarget(named)
    raise UsageError(
        f"the plugin for {name} names no target.",
        hint="its entry point must name a LiveTarget, a FileTarget or a publisher's class",
    )


def _loaded(point: EntryPoint) -> object:
    try:
        found: object = point.load()
    except WpSyncError:
        raise
    except Exception as error:
        raise UsageError(
            f"the plugin for {point.name} ({point.value}) can't be loaded: {error}",
            hint="reinstall it, or ask its author",
        ) from error
    return found

"""WXR as a target of files: ``wxr:out.xml``. What the file holds is `document`'s business."""

from __future__ import annotations

from wp_sync.archive.base import SiteArchive
from wp_sync.normalize.rules import Rules
from wp_sync.publish.files.whole import WholeFiles, state_of
from wp_sync.publish.wxr.document import Document

_FORM = 2  # raise it whenever the same archive and rules would give other bytes


def wxr_exporter(archive: SiteArchive, rules: Rules, name: str = "export.xml") -> WholeFiles:
    """The archive as one WXR file of that name."""
    state = state_of(archive, rules, "wxr", _FORM, name)
    return WholeFiles("wxr", state, {name: lambda: Document(archive, rules).pieces()})

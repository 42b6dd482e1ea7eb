"""What the Markdown of the generators in use does not agree on. Values only."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """``footnotes``: whether ``[^1]`` is one. ``templates``: what the generator would run before it
    reads Markdown, in code samples too; there it can only be said in HTML with entities."""

    footnotes: bool = True
    templates: re.Pattern[str] | None = None


COMMON = Dialect()
HUGO = Dialect(templates=re.compile(r"\{\{[<%]|[>%]\}\}"))
# kramdown has its own footnotes of the same spelling; Liquid is off by front matter.
JEKYLL = Dialect()
ELEVENTY = Dialect(footnotes=False)  # markdown-it knows none without a plugin
ASTRO = Dialect()

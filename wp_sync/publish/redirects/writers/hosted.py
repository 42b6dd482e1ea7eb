"""Redirects as ``_redirects`` files, for Netlify and for Cloudflare Pages.

Both read one address a line. Neither can answer 410. Cloudflare takes 2,000 lines of at most 1,000
characters and no argument (developers.cloudflare.com/pages/configuration/redirects); what does not
fit is counted, and the first lines are those that weigh most.
"""

from __future__ import annotations

from wp_sync.publish.redirects.entries import KEEP, Redirect, encoded
from wp_sync.publish.redirects.new import Shape
from wp_sync.publish.redirects.writers.shared import Bytes, Later, Sink, Told, text

_CLOUDFLARE_LINES = 2000
_CLOUDFLARE_LENGTH = 1000
_GONE = "gone for good: the host can't say so, and answers 404"


class _Hosted:
    name = ""

    def __init__(self, sink: Sink, shape: Shape, _root: str) -> None:
        self._file = sink(f"{self.name}/_redirects")
        # The first line that fits counts: those on arguments, on addresses, on what is behind them.
        self._paths, self._behind = Later(), Later()
        self._shape = shape
        self._rules = 0
        self._left_out: dict[str, int] = {}

    def _line(self, file: Bytes, *words: str) -> None:
        file.write(text(" ".join(words) + "\n"))
        self._rules += 1

    def _leave(self, why: str) -> None:
        self._left_out[why] = self._left_out.get(why, 0) + 1

    def finish(self) -> Told:
        self._paths.onto(self._file)
        self._behind.onto(self._file)
        return Told(self.name, self._rules, self._left_out)


class Netlify(_Hosted):
    """`wp_sync.publish.redirects.writers.shared.Writer` for Netlify."""

    name = "netlify"

    def add(self, redirect: Redirect) -> None:
        old, to = redirect.old, redirect.to
        path = encoded(old.path)
        if to == KEEP:
            self._line(self._paths, path, path, "200")
        elif not to:
            self._leave(_GONE)
        elif old.name:
            # The page without the argument exists; only a forced rule goes before a file.
            self._line(self._file, path, f"{encoded(old.name)}={encoded(old.value)}", to, "301!")
        else:
            if old.path != "/":
                self._line(self._paths, path, to, "301")
            if redirect.more:
                stem, start = to.rstrip("/"), path.rstrip("/")
                for each in ("feed", "page"):
                    there = f"{stem}/{each}/:splat" if self._shape.suffixes else to
                    self._line(self._behind, f"{start}/{each}/*", there, "301")


class Cloudflare(_Hosted):
    """`wp_sync.publish.redirects.writers.shared.Writer` for Cloudflare Pages."""

    name = "cloudflare"

    def add(self, redirect: Redirect) -> None:
        old, to = redirect.old, redirect.to
        if to == KEEP or (old.path == "/" and not old.name):
            return
        if not to:
            self._leave(_GONE)
        elif old.name:
            self._leave("an argument, which Cloudflare does not look at here")
        else:
            path = encoded(old.path) + ("/" if self._shape.slash else "")
            if len(path) + len(to) + 5 > _CLOUDFLARE_LENGTH:
                self._leave(f"longer than {_CLOUDFLARE_LENGTH:,} characters")
            elif self._rules >= _CLOUDFLARE_LINES:
                self._leave(f"more than {_CLOUDFLARE_LINES:,} lines")
            else:
                self._line(self._paths, path, to, "301")

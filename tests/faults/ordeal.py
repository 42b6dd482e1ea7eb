"""One fault's ordeal: a pull that meets it, what it left behind, and a plain rerun.

What every fault must leave behind is asserted here once; what differs from fault to fault (how the
run ends, in which words) is a `Row` of the tests' tables.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lab import Server
from tests.faults.proxy import Proxy, Rule
from tests.fire import FIRE
from wp_sync.archive import open_archive
from wp_sync.archive.base import Archive, SiteArchive
from wp_sync.cli.summary import EXITS
from wp_sync.errors import Exit, WpSyncError
from wp_sync.http.client import Limits
from wp_sync.http.retry import Waits
from wp_sync.model import State
from wp_sync.pull.options import PullOptions
from wp_sync.run import pull
from wp_sync.source.wordpress import WordPressSource

# Points of a run, as addresses.
HOME = r"^/$"
INDEX = r"^/wp-json/\?_fields=name.*_fresh="
TYPES = r"^/wp-json/wp/v2/types"
PROBE = r"/wp/v2/posts\?orderby=date"
TERMS = r"/wp/v2/categories\?.*orderby=id"
LISTING = r"/wp/v2/posts\?.*orderby=id&order=asc&per_page"
WHOLE = LISTING + r".*\bcontent\b"
LATER = r"/wp/v2/posts\?.*orderby=id&order=asc&per_page=\d+&offset=[1-9]"
BY_ID = r"/wp/v2/posts\?.*include="
FILE = r"/uploads/.*/garden\.jpg"

POSTS = frozenset({"posts/post", "terms/category"})
MEDIA = frozenset({"posts/attachment"})
QUICK = Waits(pause=0.02, longest_pause=0.05, asked=3.0)
DEADLINE = 30.0  # of answers that nobody holds back: a busy machine is slow, not silent


@dataclass(frozen=True)
class Row:
    """A fault, how a run that meets it ends, and the words that say so.

    ``phases``: ``first`` meets it with an empty archive, ``census`` with a full one. ``named``: by
    the end of the run every record that is not as at the source is named as broken; False where an
    answer was a lie that nothing gives away.
    """

    name: str
    rules: tuple[Rule, ...]
    ends: Exit = Exit.DONE
    says: str = ""
    phases: tuple[str, ...] = ("first", "census")
    only: frozenset[str] = POSTS
    user: str = ""
    named: bool = True
    patience: float = DEADLINE
    source: Mapping[str, Any] = field(default_factory=dict)


def each(rows: list[Row]) -> list[Any]:
    """Rows times their phases, for `pytest.mark.parametrize`.

    Of two phases the bounded run keeps the census: a full archive has more to lose.
    """
    import pytest

    return [
        pytest.param(row, phase, id=f"{row.name} {phase}".replace(" ", "-"))
        for row in rows
        for phase in (row.phases if FIRE else row.phases[-1:])
    ]


class Ordeal:
    """A site behind a proxy, and archives of it."""

    def __init__(self, server: Server, proxy: Proxy, folder: Path, kept: dict[Any, Path]) -> None:
        self.server = server
        self.proxy = proxy
        self.folder = folder
        self._kept = kept

    def undergo(self, row: Row, phase: str) -> str:
        """Meet the fault, look at what it left, run again; what the faulty run said."""
        place = self.folder / "archive"
        clean = self.clean(row)
        if phase == "census":
            shutil.copytree(clean, place)
        truth = look(clean, self.key)
        rules = [replace(rule) for rule in row.rules]
        with open_archive(place) as archive:
            with self.proxy.under(*rules):
                ends, said = self.pull(archive, row, full=phase == "census")
            assert ends is row.ends, said
            assert re.search(row.says, said), said
            assert_sound(archive, said)
            left = self.of(archive)
            assert away(left) == {}, said
            if row.named:
                astray = {
                    key: value
                    for key, value in live(left).items()
                    if truth[0].get(key) != value and key[1] not in left.quarantined(key[0])
                }
                assert astray == {}, said
            ends, again = self.pull(archive, replace(row, source={}))
            assert ends is Exit.DONE, again
            assert_sound(archive, again)
            assert content(self.of(archive)) == truth
            assert away(self.of(archive)) == {}
        return said

    def pull(self, archive: Archive, row: Row, **options: Any) -> tuple[Exit, str]:
        """A pull as a user sees it: exit code and words."""
        login = self.server.logins[row.user] if row.user else None
        media = "originals" if row.only == MEDIA else "none"
        try:
            with (
                archive.lock(),
                WordPressSource(
                    self.proxy.url,
                    user=login.user if login else "",
                    password=login.password if login else "",
                    **{
                        "deadline": DEADLINE,
                        "file_deadline": DEADLINE,
                        "waits": QUICK,
                        **row.source,
                    },
                ) as source,
            ):
                self._hurry(source, row.patience)
                chosen = PullOptions(only=row.only, media=media, **options)
                result = pull(source, self.of(archive), chosen)
        except WpSyncError as error:
            ends, said = error.exit_code, f"{error} ({error.hint})"
        else:
            ends = EXITS[result.outcome]
            said = "\n".join(map(str, (*result.problems, *result.notes)))
        assert login is None or login.password not in said
        assert "Traceback" not in said
        return ends, said

    def _hurry(self, source: WordPressSource, seconds: float) -> None:
        """Bound the answers that a rule is going to hold back, and no others."""
        http, calmly = source._http, source._http._exchange

        def exchange(url: str, headers: Any, limits: Limits, *more: Any) -> Any:
            words = unquote(url.removeprefix(self.proxy.url))
            if any(rule.awaits(words) for rule in self.proxy.rules):
                limits = replace(limits, seconds=min(seconds, limits.seconds))
            return calmly(url, headers, limits, *more)

        http._exchange = exchange  # type: ignore[method-assign]

    @property
    def key(self) -> str:
        return self.proxy.address

    def of(self, archive: Archive) -> SiteArchive:
        return archive.of(self.key)

    def clean(self, row: Row) -> Path:
        """The archive of a pull that never met a fault, made once for each set of kinds."""
        what = (self.key, row.only, row.user)
        if what not in self._kept:
            place = self.folder.parent / f"clean-{len(self._kept)}-{self.proxy.port}"
            with open_archive(place) as archive:
                source = {"ca_file": row.source["ca_file"]} if "ca_file" in row.source else {}
                ends, said = self.pull(archive, replace(row, source=source))
                assert ends is Exit.DONE, said
            self._kept[what] = place
        return self._kept[what]


Content = tuple[dict[tuple[str, int], str], dict[str, tuple[str, str]]]


def live(archive: SiteArchive) -> dict[tuple[str, int], str]:
    return {
        (kind, one.id): one.digest
        for kind in archive.kinds()
        for one in archive.current(kind)
        if one.state is State.LIVE
    }


def away(archive: SiteArchive) -> dict[tuple[str, int], State]:
    return {
        (kind, one.id): one.state
        for kind in archive.kinds()
        for one in archive.known(kind)
        if one.state is not State.LIVE
    }


def content(archive: SiteArchive) -> Content:
    """The logical content: live records by digest, files by their bytes' digest."""
    return live(archive), {one.url: (one.state, one.sha256) for one in archive.files()}


def look(place: Path, key: str) -> Content:
    with open_archive(place) as archive:
        return content(archive.of(key))


def assert_sound(archive: Archive, said: str) -> None:
    damage = [one for one in archive.check(read_data=True) if one.severity == "error"]
    assert damage == [], said

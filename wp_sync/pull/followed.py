"""Where the site's own links lead that point to nothing known: asked of the site, and remembered.

WordPress sends visitors on from slugs that posts once had, and from addresses that it makes a guess
at; themes and plugins do so too, and REST tells none of it. So each address that the last
normalization found missing is visited once, and again when its answer is a month old. An answer is
a record: where the address led, or that nothing is there. What says nothing of the page is no
answer, and is not kept: a failure, a login, the home page, or where the site sends every address
that it does not have.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urldefrag, urlsplit

import msgspec

from wp_sync.archive.base import SiteArchive
from wp_sync.errors import SourceError, TryLater
from wp_sync.model import Collection, Item, Landing, Record
from wp_sync.pull.context import Pull

KIND = "redirects/followed"
MOST = 2_000  # addresses of one run
AGAIN = timedelta(days=30)
_BATCH = 50
_IN_A_ROW = 3
_PAGE = 5_000
_GONE = frozenset((404, 410))
_NUMBERED = re.compile(r"(?<![^&])(?:p|page_id|attachment_id)=\d+")
_MISSING = """
    SELECT DISTINCT l.resolved AS url FROM links AS l
    JOIN posts AS p ON p.site = l.site AND p.id = l.post AND p.type = l.post_type
    WHERE l.site = :site AND l.state = 'missing' AND p.state = 'live'
      AND l.resolved LIKE 'http%' AND l.resolved > :after ORDER BY l.resolved LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer in the archive: the record's id, and when it was given (the server's clock)."""

    id: int
    url: str
    leads_to: str
    asked_at: str


@dataclass(frozen=True, slots=True)
class Lost:
    """How the site answers an address that it surely does not have.

    ``url`` is where it sends its visitors then, empty where it says that nothing is there;
    ``shown``: it shows them a page at that very address.
    """

    url: str = ""
    shown: bool = False


def fetch(pull: Pull) -> None:
    """Ask where links lead that are missing, as far as the archive does not know it."""
    if not pull.archive.derived_under():
        pull.notes.append(
            "links: which of them lead to nothing is not known before `wp-sync normalize`"
        )
        return
    kept = answers(pull.archive)
    identity = pull.identity
    due = due_of(pull.archive, kept, identity.home, identity.server_time, all_again=pull.refetch)
    if not due:
        return
    # Another order in each run: what never gets an answer keeps nothing else from being asked.
    due.sort(key=lambda url: _number(f"{pull.run} {url}"))
    if len(due) > MOST:
        pull.notes.append(f"links: {len(due) - MOST:,} more wait for the next run to be followed")
        due = due[:MOST]
    pull.progress.stage("links that lead to nothing known", len(due), "addresses")
    try:
        _Asking(pull, kept, _lost(pull)).all(due)
    except SourceError as error:
        pull.notes.append(f"links: following them ended early, the rest waits: {error.message}")


def answers(archive: SiteArchive) -> dict[str, Kept]:
    """What the archive knows of addresses that were asked, by address."""
    asked_at = {one.id: one.stamp for one in archive.known(KIND)}
    found: dict[str, Kept] = {}
    for one in archive.current(KIND):
        url, leads_to = one.data.get("url"), one.data.get("leads_to")
        if isinstance(url, str) and isinstance(leads_to, str):
            found[url] = Kept(one.id, url, leads_to, asked_at.get(one.id, ""))
    return found


def due_of(
    archive: SiteArchive,
    kept: Mapping[str, Kept],
    home: str,
    now: datetime,
    *,
    all_again: bool = False,
) -> list[str]:
    """The addresses to be asked: links that are missing, and what led somewhere a month ago."""
    old = _moment(now - AGAIN)
    wanted = set(missing(archive, home))
    wanted.update(url for url, one in kept.items() if one.leads_to)
    return [
        url
        for url in wanted
        if all_again or (one := kept.get(url)) is None or not old < one.asked_at
    ]


def missing(archive: SiteArchive, home: str) -> Iterator[str]:
    """Addresses below the site's home that its links name, and that lead to nothing known."""
    site = archive.site()
    after = ""
    while site is not None:
        rows = archive.query(_MISSING, site=site.key, after=after, most=_PAGE)
        for row in rows:
            after = str(row["url"])
            url = urldefrag(after)[0]
            if _is_below(url, home):
                yield url
        if len(rows) < _PAGE:
            return


def answer_of(url: str, landing: Landing, home: str, lost: Lost) -> Item | None:
    """What a landing says of the address that led there; None where it says nothing of it.

    ``leads_to`` is empty where nothing is there, and where the address itself is a page that REST
    does not tell of.
    """
    said: Item = {"url": url, "answer": landing.status, "leads_to": ""}
    if landing.status in _GONE:
        return said
    if _is_login(landing.url) or _is_same(landing.url, home) or _is_same(landing.url, lost.url):
        return None
    if landing.outside:
        return {**said, "leads_to": landing.url}
    if not 200 <= landing.status < 300:
        return None
    if _is_same(landing.url, url):
        return None if lost.shown else said
    return {**said, "leads_to": landing.url}


def _lost(pull: Pull) -> Lost:
    """Ask for an address that nobody can have.

    Raises:
        SourceError: the site fails, or shows visitors nothing.
    """
    home = pull.identity.home.rstrip("/")
    url = f"{home}/wp-sync-asks-for-nothing-{secrets.token_hex(8)}/"
    landing = pull.source.leads_to(url)
    if landing is None or _is_login(landing.url):
        raise TryLater("the site sends its visitors to a login")
    if landing.status in _GONE:
        return Lost()
    if not _is_same(landing.url, url):
        return Lost(landing.url)
    if 200 <= landing.status < 300:
        return Lost(shown=True)
    raise TryLater(f"the site answers {landing.status} to addresses that it does not have")


class _Asking:
    """Addresses asked over several connections; after some failures in a row the site fails."""

    def __init__(self, pull: Pull, kept: Mapping[str, Kept], lost: Lost) -> None:
        self._pull = pull
        self._lost = lost
        self._id_of = _numbers(kept)
        self._in_a_row = 0

    def all(self, due: Sequence[str]) -> None:
        """Ask and keep, a batch at a time.

        Raises:
            SourceError: the last of the failures; what had been answered is kept.
            Interrupted: a stop was asked for; the same.
        """
        pull = self._pull
        with ThreadPoolExecutor(pull.options.connections, "links") as pool:
            for start in range(0, len(due), _BATCH):
                records: list[Record] = []
                batch = due[start : start + _BATCH]
                asked = [(url, pool.submit(pull.source.leads_to, url)) for url in batch]
                try:
                    for url, future in asked:
                        records += self._answered(url, future)
                        pull.progress.advance()
                        pull.stop.check()
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
                finally:
                    pull.append(Collection(KIND, ""), records)

    def _answered(self, url: str, future: Future[Landing | None]) -> Iterator[Record]:
        try:
            landing = future.result()
        except TryLater as error:
            self._failed(error)
            return
        except SourceError:  # of one address on the way; it says nothing of the site
            return
        if landing is None:
            return
        if landing.status >= 400 and landing.status not in _GONE:  # a firewall's, most likely
            self._failed(TryLater(f"the site answers {landing.status}"))
            return
        self._in_a_row = 0
        said = answer_of(url, landing, self._pull.identity.home, self._lost)
        if said:
            yield _record(self._id_of(url), said, landing.seen_at)

    def _failed(self, error: TryLater) -> None:
        self._in_a_row += 1
        if self._in_a_row == _IN_A_ROW:
            raise error


def _record(id: int, said: Item, seen_at: datetime) -> Record:
    data: Item = {"id": id, **said}
    # When it was asked is no part of the answer: the same one is no new version.
    return Record(KIND, id, msgspec.json.encode(data), data, _moment(seen_at), seen_at)


def _numbers(kept: Mapping[str, Kept]) -> Callable[[str], int]:
    """Ids of addresses: their own where they have one, else 63 bits of their digest.

    Where two addresses come to the same, the later one takes the next id that is free.
    """
    taken = {one.id: url for url, one in kept.items()}

    def id_of(url: str) -> int:
        if url in kept:
            return kept[url].id
        id = _number(url)
        while taken.setdefault(id, url) != url:
            id = (id + 1) % 2**63
        return id

    return id_of


def _number(text: str) -> int:
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big") >> 1


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _place(url: str) -> tuple[str, str]:
    """Host and path, without what tells no two pages apart: www and a slash at the end."""
    parts = urlsplit(url)
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/")


def _is_same(url: str, other: str) -> bool:
    """Whether two addresses are of one page, whatever arguments they carry along."""
    if _place(url) != _place(other):
        return False
    # Where permalinks are plain, the home page's address with a number is a post's.
    numbers = [_NUMBERED.search(urlsplit(each).query) for each in (url, other)]
    return len({found and found[0] for found in numbers}) == 1


def _is_login(url: str) -> bool:
    return "wp-login.php" in urlsplit(url).path


def _is_below(url: str, home: str) -> bool:
    try:
        (host, path), (own, base) = _place(url), _place(home)
        return host == own and (path + "/").startswith(base + "/")
    except ValueError:
        return False

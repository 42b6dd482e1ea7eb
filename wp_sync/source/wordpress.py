"""A WordPress site behind the `Source` port; the parts live in the modules beside this one."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from wp_sync import digest
from wp_sync.entities import unescape
from wp_sync.errors import LoginFailed, Place, Problem
from wp_sync.http import answers
from wp_sync.http.api import CORE, get_paced
from wp_sync.http.client import origin_of
from wp_sync.http.discover import (
    INDEX_FIELDS,
    Found,
)
from wp_sync.http.failures import BadRequest, Denied, NotFound, Trouble
from wp_sync.http.identity import offset, refused, site_key, who_we_are
from wp_sync.http.retry import ONCE, STEADY, USUAL, Waits, persist
from wp_sync.http.session import Session
from wp_sync.model import (
    SITE_KIND,
    Collection,
    Fetched,
    Identity,
    Item,
    Landing,
    Login,
    MediaFile,
    Record,
    Sighting,
    Span,
    State,
    Walked,
)
from wp_sync.source import collections
from wp_sync.source.batches import batches, gather, record_rescue
from wp_sync.source.doctor import Timing
from wp_sync.source.fate import fate_of
from wp_sync.source.landing import Visitor
from wp_sync.source.listing import Lister, in_order
from wp_sync.source.media import SECONDS_AT_LEAST, Downloader
from wp_sync.source.newest import newest_beyond
from wp_sync.source.pages import Pager, record_maker, sighting_maker
from wp_sync.source.redirection import redirects_of
from wp_sync.source.related_routes import related_of, routes_of
from wp_sync.source.sizing import Sizer
from wp_sync.source.spans import count_of, span_filters

SITE_FIELDS = (
    "name,description,url,home,gmt_offset,timezone_string,namespaces,page_for_posts,"
    "page_on_front,show_on_front,site_logo,site_icon,site_icon_url"
)


class WordPressSource:
    """A site that is read over REST.

    Args:
        url: what a person types: the home page, any page, or the API's own address.
        user, password: an application password's; both empty for a visitor's view.
        max_connections: the highest number of requests at once to one host.
        insecure_http: allow a password over plain http to another machine.
        deadline: seconds that one answer may take from first to last byte.
        requests_per_second: the highest rate for one host; 0 means no limit.
        proxy: an http(s) proxy's address; proxies of the environment are not used.
        ca_file: certificates to trust in place of the usual ones.
        max_file_bytes: media files larger than this are refused.
        file_deadline: seconds that any media file may take; large ones get more.
        waits: pauses between tries, and how long a server may ask us to wait.

    Raises:
        UsageError: the address or the combination of options can't be used.
    """

    def __init__(
        self,
        url: str,
        *,
        user: str = "",
        password: str = "",
        max_connections: int = 4,
        insecure_http: bool = False,
        deadline: float = 90.0,
        requests_per_second: float = 0.0,
        proxy: str = "",
        ca_file: str = "",
        max_file_bytes: int = 8 << 30,
        file_deadline: float = SECONDS_AT_LEAST,
        waits: Waits = USUAL,
    ) -> None:
        self._session = Session(
            url,
            user=user,
            password=password,
            connections=max_connections,
            insecure_http=insecure_http,
            deadline=deadline,
            requests_per_second=requests_per_second,
            proxy=proxy,
            ca_file=ca_file,
            waits=waits,
        )
        self.url = self._session.url
        self._user = user
        self._connections = self._session.connections
        self._http = self._session.http
        self._pace = self._session.pace
        self._sleep = self._session.sleep
        self._open = self._session.open
        self._max_file_bytes = max_file_bytes
        self._file_deadline = file_deadline
        self._waits = waits
        self._threads = ThreadPoolExecutor(self._connections, thread_name_prefix="wp-sync-source")
        self._lock = threading.Lock()
        self._identity: Identity | None = None
        self._firsts: dict[str, tuple[int | None, Sequence[Sighting]]] = {}
        self._fields: dict[str, tuple[str, ...]] = {}
        self._sizers: dict[tuple[str, str], Sizer] = {}

    # -- life

    def __enter__(self) -> WordPressSource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End everything under way; what waits for an answer gets an error."""
        self._session.close()
        self._threads.shutdown(wait=True, cancel_futures=True)

    # -- who and where

    @property
    def found(self) -> Found:
        """How the API was found (discovers it when that has not happened)."""
        return self._session.found

    def identify(self) -> Identity:
        api = self._open()
        found = self.found
        index = found.index
        if found.root.core:
            try:
                index = api.ask(
                    "", {"_fields": INDEX_FIELDS}, parse=answers.json_object, fresh=True
                )
            except Denied as denied:
                raise refused(denied, bool(self._user)) from None
        login = who_we_are(api, self._user, self.url) if self._user else Login()
        home = str(index.get("home") or index.get("url") or found.page)
        identity = Identity(
            key=site_key(home),
            home=home.rstrip("/"),
            api=found.root.url,
            name=unescape(str(index.get("name") or "")),
            login=login,
            server_time=api.now(),
            timezone=str(index.get("timezone_string") or offset(index.get("gmt_offset"))),
            namespaces=tuple(map(str, answers.listed(index.get("namespaces")))),
            generator=found.generator,
        )
        self._identity = identity
        return identity

    def site(self) -> Record:
        api = self._open()
        if not self.found.root.core:
            data: Item = self.found.index
            raw = answers.encode(data)
        else:
            raw, data = api.ask("", {"_fields": SITE_FIELDS}, parse=answers.read_object)
        login = (self._identity or self.identify()).login
        if "manage_options" in login.capabilities:
            try:
                settings, parsed = api.ask(f"{CORE}settings", parse=answers.read_object)
            except (Denied, NotFound, BadRequest):
                pass
            else:
                # Spliced, so that both answers stay as they were sent.
                raw = raw.rstrip()[:-1] + b',"settings":' + settings + b"}"
                data = {**data, "settings": parsed}
        return Record(SITE_KIND, 0, raw, data, digest.content_digest(data), api.now())

    def collections(self) -> tuple[Sequence[Collection], Sequence[Problem]]:
        api = self._open()
        login = (self._identity or self.identify()).login
        probed, problems = collections.survey(api, login, self._threads)
        for each in probed:
            if each.first is not None:
                self._firsts[each.collection.kind] = each.first
                if not each.collection.stamp_fields:
                    # Learned already; an empty listing has nothing to learn from.
                    self._fields[each.collection.kind] = each.collection.fields
        return [each.collection for each in probed], problems

    @contextmanager
    def _still_logged_in(self) -> Iterator[None]:
        """A refusal in mid-listing is looked into: it may mean that we are nobody there any more.

        Raises:
            LoginFailed: the site no longer takes us for who we were.
        """
        try:
            yield
        except (Denied, BadRequest):
            if not self._user or self._identity is None:
                raise
            before = self._identity.login
            try:
                lost = who_we_are(self._open(), self._user, self.url).id != before.id
            except LoginFailed:
                lost = True
            if not lost:
                raise
            raise LoginFailed(
                f"during this run the site stopped accepting the login of {self._user!r}",
                place=Place(url=self.url),
                hint="nothing was marked as gone; check the application password and run again",
            ) from None

    # -- listings

    def walk(self, collection: Collection) -> Generator[Sequence[Record], None, Walked]:
        fields = self._fields_of(collection)
        pager = Pager(self._open(), collection, fields=fields, make=record_maker(collection))
        lister = Lister(
            pager,
            self._sizer(collection, "records"),
            self._threads,
            ahead=self._connections + 2,
            rescue=record_rescue(collection, fields),
        )
        with self._still_logged_in():
            return (yield from lister.walk())

    def census(
        self, collection: Collection, within: Span | None = None
    ) -> Generator[Sequence[Sighting], None, Walked]:
        return (yield from self._sightings(collection, span_filters(within or Span())))

    def counted(self, collection: Collection, spans: Sequence[Span]) -> Sequence[int | None]:
        api = self._open()
        with self._still_logged_in():
            jobs = [partial(count_of, api, collection, span) for span in spans]
            return list(in_order(self._threads, jobs, self._connections))

    def _sightings(
        self, collection: Collection, filters: Mapping[str, str]
    ) -> Generator[Sequence[Sighting], None, Walked]:
        fields = collection.stamp_fields or self._fields_of(collection)
        pager = Pager(
            self._open(),
            collection,
            fields=fields,
            make=sighting_maker(collection),
            filters=filters,
        )
        lister = Lister(
            pager,
            self._sizer(collection, "sightings"),
            self._threads,
            ahead=self._connections + 2,
        )
        with self._still_logged_in():
            return (yield from lister.walk())

    def total(self, collection: Collection) -> tuple[int | None, Sequence[Sighting]]:
        first = self._firsts.pop(collection.kind, None)
        if first is not None:
            return first
        page = collections.newest(
            self._open(), collection, "100" if collection.stamp_fields else "1"
        )
        return page.total, page.entries if collection.stamp_fields else ()

    def modified_since(
        self, collection: Collection, moment: datetime
    ) -> Generator[Sequence[Sighting], None, Walked]:
        return (yield from self._sightings(collection, {"modified_after": _moment(moment)}))

    def newest_since(
        self, collection: Collection, moment: datetime, *, beyond: int
    ) -> Generator[Sequence[Sighting], None, Walked]:
        pager = Pager(
            self._open(),
            collection,
            fields=collection.stamp_fields or ("id",),
            make=sighting_maker(collection),
            filters={"after": _moment(moment)},
            order={"orderby": "date", "order": "desc"},
        )
        sizer = self._sizer(collection, "sightings")
        return (yield from newest_beyond(pager, sizer, beyond))

    # -- items

    def fetch(self, collection: Collection, ids: Iterable[int]) -> Generator[Fetched, None, None]:
        fields = self._fields_of(collection)
        pager = Pager(self._open(), collection, fields=fields, make=record_maker(collection))
        sizer = self._sizer(collection, "records")
        rescue = record_rescue(collection, fields)

        def jobs() -> Iterator[Any]:
            for batch in _batches(ids, sizer):
                yield lambda batch=batch: gather(pager, batch, sizer, rescue=rescue)

        with self._still_logged_in():
            for got in in_order(self._threads, jobs(), self._connections + 1):
                yield Fetched(tuple(got.entries), tuple(got.missing), got.broken)

    def fate(self, collection: Collection, id: int) -> tuple[State | None, Record | None]:
        return fate_of(self._open(), collection, self._fields_of(collection), id)

    # -- files

    def download(self, file: MediaFile, into: Path) -> MediaFile:
        own = {origin_of(self.found.root.url), origin_of(self.found.page)}
        downloader = Downloader(
            self._http,
            self._pace,
            own,
            self._max_file_bytes,
            sleep=self._sleep,
            waits=self._waits,
            seconds=self._file_deadline,
        )
        return downloader.download(file, into)

    def page(self, url: str) -> tuple[str, datetime] | None:
        """A public page of this site (HTML, server time); None for any answer but 200.

        Raises:
            TryLater: no answer.
        """
        api = self._open()
        own = {origin_of(self.found.page), origin_of(self.found.root.url)}
        try:
            if origin_of(url) not in own:
                return None
        except ValueError:
            return None
        pace = self._pace(origin_of(url))

        def attempt() -> tuple[str, datetime] | None:
            answer = get_paced(
                pace, lambda: self._http.get(url, anonymous=True), "page", self._waits
            )
            if answer.status != 200:
                return None
            return answer.body.decode("utf-8", "replace"), answer.server_time or api.now()

        return persist(attempt, STEADY, sleep=self._sleep, waits=self._waits)

    def leads_to(self, url: str) -> Landing | None:
        """Where an address of this site leads visitors in the end; None for other addresses.

        Raises:
            TryLater: no answer, or one that says nothing of the page (429, 5xx).
            SourceError: an address on the way may not be asked.
        """
        api = self._open()
        own = {origin_of(self.found.page), origin_of(self.found.root.url)}
        visitor = Visitor(
            self._http, self._pace, own, now=api.now, sleep=self._sleep, waits=self._waits
        )
        return visitor.leads_to(url)

    def related(self, id: int) -> Item:
        routes = routes_of((self._identity or self.identify()).namespaces)
        return related_of(self._open(), routes, id) if routes else {}

    def redirects(self) -> tuple[Sequence[Record], bool] | None:
        return redirects_of(self._open())

    def requests_made(self) -> int:
        return self._http.requests_made

    # -- for the doctor

    @property
    def found_by(self) -> str:
        """How the API was found."""
        return self.found.how

    def field_names(self, collection: Collection) -> Sequence[str]:
        """The field names of a collection's items (learned where they are not known yet)."""
        return self._fields_of(collection)

    def measure(self, collection: Collection) -> Sequence[Timing]:
        """Three pages of whole items, of 10, 50 and 100, one after the other."""
        make = record_maker(collection)
        pager = Pager(self._open(), collection, fields=self._fields_of(collection), make=make)
        timings: list[Timing] = []
        for size in (10, 50, 100):
            began = time.monotonic()
            try:
                page = pager.window(0, size, patience=ONCE)
            except Trouble as trouble:
                spent = time.monotonic() - began
                timings.append(Timing(size, 0, round(spent, 3), 0, trouble.message))
                continue
            got = len(page.entries)
            timings.append(Timing(size, got, round(page.seconds, 3), page.size_bytes))
            if page.total is not None and page.total <= size:
                break
        return timings

    # -- what is learned on the way

    def _fields_of(self, collection: Collection) -> tuple[str, ...]:
        if collection.fields:
            return collection.fields
        if collection.kind not in self._fields:
            self._fields[collection.kind] = collections.learn_fields(self._open(), collection)
        return self._fields[collection.kind]

    def _sizer(self, collection: Collection, what: str) -> Sizer:
        with self._lock:
            return self._sizers.setdefault((collection.kind, what), Sizer())


def _batches(ids: Iterable[int], sizer: Sizer) -> Iterator[list[int]]:
    """Ids in batches of the size of the moment, read only as far as needed."""
    batch: list[int] = []
    for number in ids:
        batch.append(number)
        if len(batch) >= sizer.size:
            yield from batches(batch, sizer)
            batch = []
    yield from batches(batch, sizer)


def _moment(moment: datetime) -> str:
    # WordPress turns this into the site's local time itself, from a Z as well.
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

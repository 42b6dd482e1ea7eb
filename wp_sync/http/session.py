"""A session with one WordPress site: its API found, the login shown to it alone; asks no records.

What a source and a publisher have in common before their first question: the address is one, a
password crosses no network in the open, it is given to no other host, and all requests to a host
share one pace.
"""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

from wp_sync.errors import LoginFailed, Place, TryLater, UsageError
from wp_sync.http.api import Api
from wp_sync.http.client import Http, Limits, origin_of
from wp_sync.http.discover import Found, clean_address, discover, is_loopback_host, same_site
from wp_sync.http.pace import Pace
from wp_sync.http.retry import USUAL, Waits


class Session:
    """One site, one login. Thread-safe.

    Args:
        url: what a person types: the home page, any page, or the API's own address.
        user, password: an application password's; both empty for a visitor's view.
        connections: the highest number of requests at once to one host.
        insecure_http: allow a password over plain http to another machine.
        deadline: seconds that one answer may take from first to last byte.
        requests_per_second: the highest rate for one host; 0 means no limit.
        proxy: an http(s) proxy's address; proxies of the environment are not used.
        ca_file: certificates to trust in place of the usual ones.
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
        connections: int = 4,
        insecure_http: bool = False,
        deadline: float = 90.0,
        requests_per_second: float = 0.0,
        proxy: str = "",
        ca_file: str = "",
        waits: Waits = USUAL,
    ) -> None:
        self.url = clean_address(url)
        if bool(user) != bool(password):
            raise UsageError(
                "a login needs both a user name and a password",
                place=Place(url=self.url),
                hint="an application password is made under Users → Profile in WordPress",
            )
        if any(char in user + password for char in "\r\n\0") or ":" in user:
            raise UsageError(
                "the user name or password has a character that can't be sent",
                place=Place(url=self.url),
            )
        self.user = user
        self.connections = max(1, connections)
        self.waits = waits
        self.http = Http(
            connections=self.connections,
            proxy=proxy,
            ca_file=ca_file,
            limits=Limits(seconds=deadline, connect=min(10.0, deadline)),
        )
        self._password = password
        self._insecure_http = insecure_http
        self._rate = requests_per_second
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._paces: dict[str, Pace] = {}
        self._found: Found | None = None
        self._api: Api | None = None

    def close(self) -> None:
        """End everything under way; what waits for an answer gets an error."""
        self._closing.set()
        for pace in list(self._paces.values()):
            pace.close()
        self.http.close()

    def sleep(self, seconds: float) -> None:
        if self._closing.wait(seconds):
            raise TryLater("the source was closed", place=Place(url=self.url))

    def pace(self, origin: str) -> Pace:
        """The pace of one host."""
        with self._lock:
            if origin not in self._paces:
                self._paces[origin] = Pace(self.connections, per_second=self._rate)
            return self._paces[origin]

    def open(self) -> Api:
        """The site's API; found when first asked for."""
        with self._lock:
            if self._api is not None:
                return self._api
        self._refuse_open_http(self.url)
        found = discover(self.http, self.url, sleep=self.sleep, waits=self.waits)
        root = found.root.url
        if self.user:
            self._refuse_open_http(root)
            if not same_site(self.url, root):
                raise LoginFailed(
                    f"the site names an API on another host ({urlsplit(root).netloc}),"
                    " and the password was given for this one",
                    place=Place(url=self.url),
                    hint="give that address itself if it is yours",
                )
            self.http.login(origin_of(root), self.user, self._password)
        pace = self.pace(origin_of(root))
        api = Api(self.http, pace, found.root, sleep=self.sleep, waits=self.waits)
        with self._lock:
            self._found, self._api = found, api
        return api

    @property
    def found(self) -> Found:
        """How the API was found (discovers it when that has not happened)."""
        self.open()
        assert self._found is not None
        return self._found

    def _refuse_open_http(self, url: str) -> None:
        parts = urlsplit(url)
        if (
            self.user
            and parts.scheme == "http"
            and not self._insecure_http
            and not is_loopback_host(parts.hostname or "")
        ):
            raise UsageError(
                "a password would cross the network unencrypted",
                place=Place(url=url),
                hint="give the https address, or allow http explicitly (--insecure-http)",
            )

"""Notices as JSON to a web address, signed where there is a secret; and health-check pings.

The address is the owner's own word, so it may be one of a private network.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable

from wp_sync.errors import Place, SourceError
from wp_sync.http.client import Answer, Http, Limits
from wp_sync.http.failures import Cause
from wp_sync.http.retry import Patience, persist
from wp_sync.notify.base import Notice
from wp_sync.notify.document import as_document
from wp_sync.notify.errors import NotifyError

SIGNATURE = "X-WP-Sync-Signature"
_LIMITS = Limits(seconds=15.0, connect=10.0, wire_bytes=1 << 20, body_bytes=1 << 20)
# Where nothing was sent it is tried again; a message that may have arrived is not sent twice.
_PATIENCE = Patience({Cause.NETWORK: 2, Cause.SLOW: 2})


class Webhook:
    """A `Channel` that posts `as_document` to an address."""

    name = "webhook"

    def __init__(self, url: str, secret: str = "") -> None:
        self._url = url
        self._secret = secret

    def send(self, notice: Notice) -> None:
        body = json.dumps(as_document(notice), ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json"}
        if self._secret:
            mac = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
            headers[SIGNATURE] = f"sha256={mac}"
        answer = _tried(lambda http: http.send("POST", self._url, body=body, headers=headers))
        if not 200 <= answer.status < 300:
            raise NotifyError(
                f"the webhook answered {answer.status}",
                place=Place(url=shown(self._url)),
                hint="check its address, and that it takes JSON by POST",
            )


def ping(url: str, suffix: str = "") -> None:
    """Ask a health check's address, with ``/start`` or ``/fail`` behind its path.

    Raises:
        NotifyError: it could not be asked, or did not answer with 2xx.
    """
    path, mark, query = url.partition("?")
    answer = _tried(lambda http: http.get(f"{path.rstrip('/')}{suffix}{mark}{query}"))
    if not 200 <= answer.status < 300:
        raise NotifyError(
            f"the health check answered {answer.status}",
            place=Place(url=shown(url)),
            hint="check health_check in [notify]",
        )


def shown(url: str) -> str:
    """An address for messages: scheme and host, since the rest may be a secret."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/…"


def _tried(ask: Callable[[Http], Answer]) -> Answer:
    http = Http(connections=1, limits=_LIMITS)
    try:
        return persist(lambda: ask(http), _PATIENCE, sleep=time.sleep)
    except SourceError as error:
        place = Place(url=shown(error.place.url)) if error.place.url else error.place
        hint = error.hint or "check the address"
        raise NotifyError(error.message, place=place, hint=hint) from None
    finally:
        http.close()

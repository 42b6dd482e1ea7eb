"""Comments into a target: closed discussions are opened for them and closed again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from wp_sync.errors import SourceError, TargetRefused
from wp_sync.http import answers
from wp_sync.http.failures import Denied
from wp_sync.normalize.text import integer
from wp_sync.publish.base import Held, Payload
from wp_sync.publish.wordpress.refusals import told
from wp_sync.publish.wordpress.site import TargetSite
from wp_sync.publish.wordpress.writing import Writing

_ROUTES = ("posts/post", "posts/page")


class Comments:
    """Comments of one target. Thread-safe."""

    def __init__(self, site: TargetSite, writing: Writing) -> None:
        self._site = site
        self._writing = writing
        self._lock = threading.Lock()
        self._opened: dict[int, str] = {}
        self._writers = 0

    @contextmanager
    def opening(self) -> Iterator[None]:
        """While comments are made; what was opened for any of them is closed after the last."""
        with self._lock:
            self._writers += 1
        try:
            yield
        finally:
            with self._lock:
                self._writers -= 1
                if not self._writers:
                    self._close()

    def create(self, payload: Payload) -> Held:
        """Make a comment, on a closed discussion too."""
        post = integer(payload.fields.get("post"))
        if not post:
            raise TargetRefused("the post that it belongs to is not at the target")
        try:
            return self._writing.create(payload)
        except TargetRefused as refused:
            if "rest_comment_closed" not in refused.message:
                raise
        with told(), self._lock:
            if post not in self._opened:
                self._open(post)
        return self._writing.create(payload)

    def _open(self, post: int) -> None:
        for kind in [*_ROUTES, *(name for name in self._site.kinds if name.startswith("posts/"))]:
            if kind not in self._site.kinds:
                continue
            route = f"{self._site.kinds[kind].route}/{post}"
            try:
                self._set(route, "open")
            except Denied:
                raise
            except SourceError:
                continue  # not of this type
            self._opened[post] = route
            return

    def _close(self) -> None:
        """Close again what was opened."""
        for post, route in list(self._opened.items()):
            self._set(route, "closed")
            del self._opened[post]

    def _set(self, route: str, status: str) -> None:
        self._site.api.write(
            route, {"comment_status": status}, {"_fields": "id"}, parse=answers.json_object
        )

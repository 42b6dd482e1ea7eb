"""Files into a target's media library: the folder by date, halves finished.

From 6.6 on, WordPress puts a file into the month of the post that it is attached to. Our posts come
after their files, so a draft of ours stands in for them, one a month, and is taken away again.
Earlier versions use the month of the upload.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from wp_sync.errors import OutcomeUnknown, SourceError, TargetRefused
from wp_sync.http import answers
from wp_sync.http.client import Limits
from wp_sync.http.failures import AnswerLost, NotFound, Rejected
from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.text import string
from wp_sync.publish.base import File, Held, Payload
from wp_sync.publish.wordpress.holding import fields_of, held_of
from wp_sync.publish.wordpress.refusals import told
from wp_sync.publish.wordpress.site import TargetSite, items, structure_of

CARRIER_SLUG = "wp-sync-upload-folder"
_CARRIER_TITLE = "Folder for uploads (wp-sync; may be deleted)"
_LONGEST_ADDRESS = 6000
_SLOWEST_BYTES_A_SECOND = 16 << 10
_FINISHING = 6
_CHUNK = 1 << 20
_OPEN_MONTHS = 24


class Uploads:
    """Uploads to one target. Thread-safe."""

    def __init__(self, site: TargetSite) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._carriers: dict[str, str] = {}
        self._by_parent = True  # until an upload shows that this WordPress goes by its own month

    def create(self, payload: Payload) -> Held:
        """Upload an attachment with all that is said of it."""
        file = payload.file
        if file is None or not file.path.is_file():
            raise TargetRefused(
                "the archive does not have its file",
                hint="pull again; what the source no longer has can't be copied",
            )
        with told():
            return self._sent(payload, file)

    def _sent(self, payload: Payload, file: File) -> Held:
        kind = self._site.kinds[MEDIA_KIND]
        wanted = {name: _word(value) for name, value in payload.fields.items()}
        words = {**wanted, "_fields": ",".join(fields_of(kind))}
        carrier = self._carrier(payload) if "post" not in wanted else ""
        if carrier:
            words["post"] = carrier
        later = _too_long(words)
        name = _file_name(file)
        headers: dict[str, str | bytes] = {
            "Content-Type": file.mime
            or mimetypes.guess_type(name)[0]
            or "application/octet-stream",
            "Content-Disposition": f'attachment; filename="{name}"'.encode(),
            "Content-MD5": _md5(file.path),
        }
        seconds = max(90.0, file.size / _SLOWEST_BYTES_A_SECOND)
        limits = Limits(seconds=seconds)
        try:
            data = self._site.api.write(
                kind.route, file.path, words, headers=headers, parse=answers.json_object,
                cost="upload", limits=limits,
            )  # fmt: skip
        except AnswerLost as lost:
            if not lost.attachment:
                raise
            data = self._finished(lost.attachment, lost)
        if later:
            words = {"_fields": ",".join(fields_of(kind))}
            route = f"{kind.route}/{data['id']}"
            data = self._site.api.write(route, later, words, parse=answers.json_object)
        if carrier:
            self._by_parent = f"/{wanted['date_gmt'][:7].replace('-', '/')}/" in str(
                data.get("source_url")
            )
            data = {**data, "post": 0}  # it goes with the stand-in
        return held_of(kind, data)

    def _finished(self, id: int, lost: AnswerLost) -> dict[str, Any]:
        """An upload whose sizes broke the server: told to go on, size by size, until they are made.

        Raises:
            OutcomeUnknown: it does not get through with them.
        """
        kind = self._site.kinds[MEDIA_KIND]
        for _ in range(_FINISHING):
            try:
                return dict(
                    self._site.api.write(
                        f"{kind.route}/{id}/post-process",
                        {"action": "create-image-subsizes"},
                        {"_fields": ",".join(fields_of(kind))},
                        parse=answers.json_object,
                    )
                )
            except AnswerLost:
                continue
            except (NotFound, Rejected) as error:
                raise OutcomeUnknown(error.message, place=error.place) from None
        raise OutcomeUnknown(
            f"the server fails while it makes the sizes of attachment {id}: {lost.message}",
            place=lost.place,
            hint="its memory or time limit is too low for this picture",
        )

    # -- the folder

    def _carrier(self, payload: Payload) -> str:
        """A draft of the month whose folder a file belongs in; empty where there is no such way."""
        date = string(payload.fields.get("date_gmt"))
        if len(date) < 19 or not self._by_parent or "posts/post" not in self._site.kinds:
            return ""
        with self._lock:
            month = date[:7]
            if month not in self._carriers:
                if len(self._carriers) >= _OPEN_MONTHS:
                    self._drop(next(iter(self._carriers)))
                self._carriers[month] = self._stand_in(date)
            return self._carriers[month]

    def _stand_in(self, date: str) -> str:
        # The 15th: the same month in every zone.
        body = {
            "title": _CARRIER_TITLE,
            "status": "draft",
            "slug": f"{CARRIER_SLUG}-{date[:7]}",
            "date": f"{date[:7]}-15T12:13:14",
        }
        words = {"_fields": "id,permalink_template,date,categories,author,slug"}
        route = self._site.kinds["posts/post"].route
        try:
            made = self._site.api.write(route, body, words, parse=answers.json_object)
        except SourceError:
            return ""  # no right to write posts: the upload's own month then
        if not self._site.structure:
            self._site.structure = structure_of(made, self._site.home)
        return str(made.get("id", ""))

    def learn(self) -> None:
        """The permalink structure, from a draft of ours where the target has no post yet."""
        self._site.learn_structure()
        with self._lock:
            if not self._site.structure and self._site.pretty and "posts/post" in self._site.kinds:
                self._carriers["1987-06"] = self._stand_in("1987-06-15T12:13:14")

    def _drop(self, month: str) -> None:
        id = self._carriers.pop(month)
        if id:
            route = f"{self._site.kinds['posts/post'].route}/{id}"
            try:
                self._site.api.delete(route, {"force": "true"}, parse=answers.json_object)
            except SourceError:
                return  # `tidy` of the next push finds it

    def close(self) -> None:
        """Take the stand-ins away; WordPress then unties their files."""
        with self._lock:
            for month in list(self._carriers):
                self._drop(month)

    def tidy(self) -> None:
        """Take away stand-ins that a push which was broken off left behind."""
        if "posts/post" not in self._site.kinds:
            return
        words = {
            "context": "edit",
            "search": _CARRIER_TITLE.partition(" (")[0],
            "status": "draft",
            "per_page": "100",
            "_fields": "id,slug,title.raw",
        }
        route = self._site.kinds["posts/post"].route
        for one in self._site.api.ask(route, words, parse=items, fresh=True):
            named = string(one.get("slug")).startswith(CARRIER_SLUG)
            if named and one.get("title", {}).get("raw") == _CARRIER_TITLE:
                self._site.api.delete(
                    f"{route}/{one['id']}", {"force": "true"}, parse=answers.json_object
                )


def _word(value: object) -> str:
    return string(value) if not isinstance(value, bool) else str(value).lower()


def _too_long(words: dict[str, str]) -> dict[str, str]:
    """Texts that no address holds, taken out of its arguments, to be written afterwards."""
    later: dict[str, str] = {}
    for name in ("description", "caption", "alt_text", "title"):
        if sum(len(value.encode()) * 3 for value in words.values()) < _LONGEST_ADDRESS:
            break
        if name in words:
            later[name] = words.pop(name)
    return later


def _file_name(file: File) -> str:
    name = unquote(file.name or file.url.rpartition("/")[2])
    return re.sub(r'[\x00-\x1f"\\/]', "-", name).strip() or "file"


def _md5(path: Path) -> str:
    total = hashlib.md5(usedforsecurity=False)  # WordPress's check against damage on the way
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            total.update(chunk)
    return total.hexdigest()

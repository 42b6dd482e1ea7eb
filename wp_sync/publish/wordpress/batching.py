"""Many writes at once: 25 in a request where WordPress has ``batch/v1``, else one by one; over as
many connections as there are, for all who write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import msgspec

from wp_sync.errors import LoginFailed, OutcomeUnknown, RestClosed, TargetError, TryLater
from wp_sync.http import answers, statuses
from wp_sync.http.client import Answer
from wp_sync.http.failures import BadRequest, Denied, NotFound
from wp_sync.normalize.text import integer
from wp_sync.publish.base import Held, Write
from wp_sync.publish.order import USER_KIND
from wp_sync.publish.wordpress.refusals import told
from wp_sync.publish.wordpress.shape import COMMENT_KIND, Kind
from wp_sync.publish.wordpress.site import TargetSite
from wp_sync.publish.wordpress.writing import Writing, body_of, new_body, unset_of

BATCH = 25
_MOST_CHARACTERS = 1 << 20  # PHP takes 8 MB a request by default, and characters have up to 6 bytes
_NEVER = frozenset(("posts/attachment", COMMENT_KIND, USER_KIND))
# Refusals that come before anything is done.
_BEFORE = frozenset(("rest_invalid_param", "rest_missing_callback_param", "term_exists"))
Outcome = Held | Exception
One = Callable[[Write], Held]


class Batching:
    """Writes over a few connections. ``one`` does a single write, as the publisher does it.
    Thread-safe."""

    def __init__(self, site: TargetSite, writing: Writing, one: One) -> None:
        self._site = site
        self._writing = writing
        self._one = one
        self._pool = ThreadPoolExecutor(
            site.session.connections, thread_name_prefix="wp-sync-publish"
        )
        self._off = False

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def write_many(self, writes: Sequence[Write]) -> list[Outcome]:
        """Do them; what came of each, in order."""
        found: list[Outcome | None] = [None] * len(writes)
        jobs: list[tuple[list[int], Callable[[], list[Outcome]]]] = []
        single: list[int] = []
        together: dict[str, list[int]] = {}
        for number, write in enumerate(writes):
            kind = write.payload.kind
            if self._off or kind in _NEVER or not self._site.schema(kind).batch:
                single.append(number)
            else:
                together.setdefault(kind, []).append(number)
        for name, numbers in together.items():
            kind_ = self._site.kinds[name]
            for some in self._shares(numbers, writes):
                jobs.append((some, partial(self._batch, kind_, [writes[n] for n in some])))
        jobs += [([n], partial(self._alone, writes[n])) for n in single]
        futures = [(numbers, self._pool.submit(job)) for numbers, job in jobs]
        for numbers, future in futures:
            for number, outcome in zip(numbers, future.result(), strict=True):
                found[number] = outcome
        return [one for one in found if one is not None]

    def _shares(self, numbers: Sequence[int], writes: Sequence[Write]) -> Iterator[list[int]]:
        """Requests of at most so many writes as WordPress takes, none larger than a server does."""
        share: list[int] = []
        size = 0
        for number in numbers:
            length = sum(len(str(value)) for value in writes[number].payload.fields.values())
            if share and (len(share) >= BATCH or size + length > _MOST_CHARACTERS):
                yield share
                share, size = [], 0
            share.append(number)
            size += length
        if share:
            yield share

    def _alone(self, write: Write) -> list[Outcome]:
        try:
            return [self._one(write)]
        except (TargetError, LoginFailed, TryLater) as error:
            return [error]

    def _batch(self, kind: Kind, writes: Sequence[Write]) -> list[Outcome]:
        """One request for many writes, or each by itself where it can't be."""
        if len(writes) == 1 or self._off:
            return [outcome for write in writes for outcome in self._alone(write)]
        requests = [self._request(kind, write) for write in writes]
        try:
            with told():
                try:
                    parts = self._site.api.write(
                        "batch/v1",
                        {"requests": requests},
                        parse=_responses,
                        cost=f"batch {kind.kind} {len(writes)}",
                    )
                except (BadRequest, NotFound, RestClosed, Denied) as refused:
                    if isinstance(refused, Denied) and refused.status == 401:
                        raise
                    # Nothing was done: there is no such route, or a firewall stands before it.
                    self._off = True
                    return [outcome for write in writes for outcome in self._alone(write)]
        except (TargetError, LoginFailed, TryLater) as error:
            return [error] * len(writes)
        if len(parts) != len(writes):
            return [OutcomeUnknown("the target answered a batch in part")] * len(writes)
        return [self._part(kind, write, part) for write, part in zip(writes, parts, strict=True)]

    def _request(self, kind: Kind, write: Write) -> dict[str, Any]:
        """One write, as a batch holds it."""
        body = _changing(write) if write.id else new_body(kind, write.payload)
        words = self._site.wanted(kind, () if write.id else unset_of(kind, write.payload))
        own = f"/{write.id}" if write.id else ""
        return {"method": "POST", "path": f"/{kind.route}{own}?_fields={words}", "body": body}

    def _part(self, kind: Kind, write: Write, part: Answer) -> Outcome:
        """What one answer of a batch means; a refusal is looked into by writing it alone."""
        try:
            with told():
                try:
                    unset = {} if write.id else unset_of(kind, write.payload)
                    held = self._writing.parsed(kind, unset, statuses.check_written(part))
                except BadRequest as refused:
                    if refused.code not in _BEFORE:
                        raise
                    return self._one(write)  # alone it is told apart, and mended if it can be
                return held if write.id else self._writing.made(kind, write.payload, held)
        except (TargetError, LoginFailed, TryLater) as error:
            return error


def _changing(write: Write) -> dict[str, Any]:
    body = body_of(write.payload)
    body.pop("type", None)
    return body


def _responses(answer: Answer) -> list[Answer]:
    """The answers in an answer to ``batch/v1``."""
    found = answers.listed(answers.json_object(answer).get("responses"))
    parts: list[Answer] = []
    for one in found:
        part = one if isinstance(one, dict) else {}
        headers = part.get("headers")
        parts.append(
            Answer(
                answer.url,
                integer(part.get("status")),
                {str(k): str(v) for k, v in headers.items()} if isinstance(headers, dict) else {},
                msgspec.json.encode(part.get("body")),
                answer.seconds,
                answer.server_time,
            )
        )
    return parts

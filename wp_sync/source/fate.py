"""What became of one item, asked for by itself and past every cache. Decides no deletion."""

from __future__ import annotations

from collections.abc import Sequence

from wp_sync.http import answers
from wp_sync.http.api import Api
from wp_sync.http.failures import Cause, Denied, NotFound, Trouble
from wp_sync.model import Collection, Record, State
from wp_sync.source.pages import record_maker

# WordPress's own words for "there is no such item" (with 404), for each family.
GONE_CODES = frozenset(
    {
        "rest_post_invalid_id",
        "rest_term_invalid",
        "rest_term_invalid_id",
        "rest_user_invalid_id",
        "rest_comment_invalid_id",
    }
)


def fate_of(
    api: Api, collection: Collection, fields: Sequence[str], id: int
) -> tuple[State | None, Record | None]:
    """See `wp_sync.source.base.Source.fate`. A 404 in other words than WordPress's says nothing.

    Raises:
        Trouble: the site is busy or can't be reached.
    """
    words = {name: value for name, value in collection.query.items() if name == "context"}
    if fields:
        words["_fields"] = ",".join(dict.fromkeys(("id", *fields)))
    try:
        raw, data, seen_at = api.ask(
            f"{collection.route}/{id}",
            words,
            parse=lambda answer: (*answers.read_object(answer), answer.server_time or api.now()),
            cost="item",
            fresh=True,
        )
    except Denied:
        return State.WITHHELD, None
    except NotFound as error:
        return (State.GONE if error.code in GONE_CODES else None), None
    except Trouble as trouble:
        if trouble.cause in (Cause.BUSY, Cause.NETWORK):
            raise
        return None, None
    if data.get("id") != id:
        return None, None
    record = record_maker(collection)(id, raw, data, seen_at)
    state = State.TRASHED if data.get("status") in ("trash", "spam") else State.LIVE
    return state, record

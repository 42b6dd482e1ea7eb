"""Counting what is dated in a span of the site's wall clock; decides nothing.

WordPress compares ``after`` (``>``) and ``before`` (``<``) with the site-local column
(``post_date``, ``comment_date``), by the second. A moment without a zone is taken as the site's
own, so that it is compared as it stands; 5.7 to 7.1 do the same
(`WP_Date_Query::build_mysql_datetime`).
"""

from __future__ import annotations

from wp_sync.http.api import Api
from wp_sync.http.failures import BadRequest
from wp_sync.model import Collection, Sighting, Span
from wp_sync.source.pages import Pager, sighting_maker


def span_filters(span: Span) -> dict[str, str]:
    """A span as query arguments."""
    bounds = {"after": span.after, "before": span.before}
    return {name: moment for name, moment in bounds.items() if moment is not None}


def count_of(api: Api, collection: Collection, span: Span) -> int | None:
    """The site's count of a span; None where it states none, or an aged one.

    Raises:
        Trouble and other `SourceError`, but for a refusal of the arguments themselves.
    """
    pager: Pager[Sighting] = Pager(
        api,
        collection,
        fields=("id",),
        make=sighting_maker(collection),
        filters=span_filters(span),
        # The order of WordPress's own index over posts, so that nothing is sorted for a count.
        order={"orderby": "date", "order": "asc"},
    )
    try:
        page = pager.window(0, 1, fresh=True)
    except BadRequest:
        return None
    return None if page.aged else page.total

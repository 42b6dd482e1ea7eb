"""The site's own redirects, where its Redirection plugin shows them to the login.

A short listing that is read whole in every run; what differs is saved. What a complete listing
lacks is gone: the plugin tells of no single redirect.
"""

from __future__ import annotations

from wp_sync.model import Collection, State
from wp_sync.pull import vanish
from wp_sync.pull.context import Pull

KIND = "redirects/redirection"
_NAMESPACE = "redirection/v1"
_BATCH = 200


def fetch(pull: Pull) -> None:
    """Bring the archive's redirects up to date with the site's."""
    identity = pull.identity
    if _NAMESPACE not in identity.namespaces or identity.login.anonymous:
        return
    if not pull.options.wants(KIND):
        return
    pull.progress.stage("redirects")
    told = pull.source.redirects()
    if told is None:
        pull.notes.append("redirects: the Redirection plugin does not show them to this login")
        return
    records, complete = told
    known = {one.id: one for one in pull.archive.known(KIND)}
    listing = Collection(KIND, f"{_NAMESPACE}/redirect")
    due = [
        record
        for record in records
        if pull.refetch
        or (one := known.get(record.id)) is None
        or (one.stamp, one.state) != (record.stamp, State.LIVE)
    ]
    for start in range(0, len(due), _BATCH):
        pull.append(listing, due[start : start + _BATCH])
        pull.stop.check()
    live = {id for id, one in known.items() if one.state is State.LIVE}
    absent = sorted(live - {record.id for record in records})
    if absent and complete:
        vanish.unlisted(pull, listing, absent, len(live))

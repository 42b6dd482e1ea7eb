"""One run under watch: pings at its start and end, then whoever has to hear of a change hears.

Every channel by itself: what one could not deliver is tried again after the next run, and keeps
nothing from the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from wp_sync.errors import Exit, Place, Problem
from wp_sync.notify import decide, memory
from wp_sync.notify.base import Channel, RunReport
from wp_sync.notify.errors import NotifyError
from wp_sync.notify.mail import Mail
from wp_sync.notify.metrics import as_metrics
from wp_sync.notify.settings import ENVIRONMENT, NotifySettings
from wp_sync.notify.webhook import Webhook, ping

_WELL = frozenset((Exit.DONE, Exit.PARTIAL))
_SILENT = frozenset((Exit.LOCKED, Exit.INTERRUPTED, Exit.TERMINATED, Exit.TRY_LATER))


class Watch:
    """Tells those whom ``[notify]`` names; collects what could not be told.

    ``kept`` is the file that remembers what was told between runs.
    """

    def __init__(
        self,
        settings: NotifySettings,
        kept: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        given = os.environ if environment is None else environment
        self._settings = settings.in_environment(given)
        self._kept = kept
        self._secret = given.get(ENVIRONMENT["webhook_secret"], "")
        self._password = given.get(ENVIRONMENT["smtp_password"], "")
        self.problems: list[Problem] = []

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be in no output."""
        return tuple(one for one in (self._secret, self._password) if one)

    def started(self) -> None:
        """The run begins."""
        self._ping("/start")

    def ended(self, report: RunReport) -> None:
        """The run ended: ping, metrics, messages.

        A site that is down for once is neither a success nor a failure: a health check that
        expects a success by then notices by itself.
        """
        if report.exit not in _SILENT:
            self._ping("" if report.exit in _WELL else "/fail")
        if not self._settings.wanted or report.condition is None:
            return
        name = f"{report.site} in {report.archive}"
        before = memory.load(self._kept, name)
        now = decide.after(before, report, unreachable_after=self._settings.unreachable_after)
        for channel in self._channels():
            notice = decide.notice(now, report, channel.name)
            if notice is None or self._done(lambda: channel.send(notice)):  # noqa: B023 - at once
                now = decide.having_told(now, report, channel.name)
        if self._settings.metrics:
            text = as_metrics(report, now)
            self._done(lambda: memory.write_whole(Path(self._settings.metrics), text))
        if now != before:
            self._done(lambda: memory.save(self._kept, name, now))

    def _channels(self) -> Iterator[Channel]:
        settings = self._settings
        if settings.webhook:
            yield Webhook(settings.webhook, self._secret)
        if settings.email_to:
            yield Mail(settings.smtp, settings.email_from, settings.email_to, self._password)

    def _ping(self, suffix: str) -> None:
        if self._settings.health_check:
            self._done(lambda: ping(self._settings.health_check, suffix))

    def _done(self, what: Callable[[], None]) -> bool:
        try:
            what()
        except NotifyError as error:
            place = error.place if str(error.place) else Place(file="[notify]")
            self.problems.append(Problem(error.message, place, error.hint))
            return False
        return True

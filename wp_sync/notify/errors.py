"""The one error of notifying; apart, so that everything here can raise it."""

from __future__ import annotations

from wp_sync.errors import WpSyncError


class NotifyError(WpSyncError):
    """A message, ping or metric could not be handed over; the run itself is not concerned."""

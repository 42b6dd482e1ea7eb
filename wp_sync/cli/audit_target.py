"""The own archive of a live target: pulled afresh, so that it can be held against ours.

It stands beside our archive and is a whole one: every command reads it, and the next comparison
only fetches what changed since.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from slugify import slugify

from wp_sync.cli.secrets import TARGET_VARIABLE
from wp_sync.cli.session import Session
from wp_sync.cli.sync import opened, pull_options
from wp_sync.cli.targets import named_target
from wp_sync.config import Config, is_address
from wp_sync.errors import UsageError
from wp_sync.model import Outcome
from wp_sync.run import pull as pull_site


def is_target(config: Config, word: str) -> bool:
    """Whether a word means a target, not an archive: named in the configuration, or WordPress's."""
    return word in config.targets or word.startswith("wordpress:")


def target_archive(session: Session, config: Config, word: str) -> Config:
    """Pull a target into its own archive; the configuration to open that one with.

    Raises:
        UsageError: it is no site, or there is no folder to put its archive beside.
        WpSyncError: it could not be pulled whole.
    """
    from wp_sync.normalize.engine import normalize_site
    from wp_sync.normalize.rules import Rules

    target = named_target(config, word)
    if target.kind != "wordpress":
        raise UsageError(
            f"{target.name} is no site that could be pulled.",
            hint=f"`wp-sync verify {word}` holds files against the archive",
        )
    if is_address(config.archive):
        raise UsageError(
            "an archive in PostgreSQL has no folder that the target's could stand beside.",
            hint="pull the target into an archive of its own, and give that one to --against",
        )
    ours = Path(config.archive)
    name = slugify(target.name.removeprefix("wordpress:").partition("://")[2] or target.name)
    other = replace(
        config,
        url=target.place,
        user=target.user,
        password_command=target.password_command,
        insecure_http=target.options.get("insecure_http") is True,
        archive=str(ours.with_name(f"{ours.name}-{name}")),
        archive_media="",
        mappings=None,
        only=(),
    )
    with (
        opened(session, other, variable=TARGET_VARIABLE) as (source, part),
        session.screen.progress() as progress,
    ):
        result = pull_site(source, part, pull_options(other), progress, session.stop)
        # What the target can't show of a few things is told as missing there.
        if result.outcome not in (Outcome.DONE, Outcome.PARTIAL):
            raise UsageError(
                f"{target.name} could not be pulled whole.",
                hint=f"`wp-sync pull {target.place} --archive {other.archive}` says what is in"
                " the way",
            )
        normalize_site(part, Rules(), progress, session.stop)
    return other

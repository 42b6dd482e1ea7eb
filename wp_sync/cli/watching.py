"""A `run` under the watch of `[notify]`: what it came to, as those outside are told of it.

Whatever ends the run, they hear; what could not be delivered is told here, and changes no exit
code. Decides nothing about who hears what: `wp_sync.notify` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wp_sync.cli.session import Reply, Session
from wp_sync.config import Config, is_address
from wp_sync.errors import ConfigError, Exit, Place, Problem, WpSyncError
from wp_sync.notify.base import Count, RunReport

KEPT = "wp-sync-notified.json"  # beside the configuration; the archive may be what is broken
_CHANGES = ("new", "changed", "vanished", "restored", "broken")


@contextmanager
def watched(session: Session, config: Config) -> Iterator[Callable[[Reply], Reply]]:
    """Wrap a run; the function that is given takes what it came to and gives it back."""
    if not config.notify.in_environment().wanted:
        yield lambda reply: reply
        return
    from wp_sync.notify.watch import Watch

    folder = config.file.parent if config.file else Path()
    watch = Watch(config.notify, folder / KEPT)
    for secret in watch.secrets:
        session.redact.add(secret)
    began = datetime.now(UTC)
    replies: list[Reply] = []

    def ended(reply: Reply) -> Reply:
        replies.append(reply)
        return reply

    watch.started()
    code, problems = Exit.FAILED, [Problem("it met something it was not written for")]
    try:
        yield ended
        code, problems = replies[0].exit, _problems(session, replies[0])
    except WpSyncError as error:
        code, problems = error.exit_code, _of_error(error)
        raise
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
        raise
    finally:
        document = replies[0].document if replies else {}
        report = RunReport(
            _site(config, document),
            _shown(config),
            code,
            began,
            datetime.now(UTC),
            tuple(_redacted(session, one) for one in problems),
            _counts(document),
        )
        watch.ended(report)
        for problem in watch.problems:
            session.screen.problem(problem)


def _shown(config: Config) -> str:
    if is_address(config.archive):
        parts = urlsplit(config.archive)
        return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
    return str(Path(config.archive).resolve())


def _site(config: Config, document: Mapping[str, Any]) -> str:
    pulled = document.get("pull")
    site = pulled.get("site", "") if isinstance(pulled, Mapping) else ""
    return str(site) or config.url.partition("://")[2].rstrip("/")


def _problems(session: Session, reply: Reply) -> list[Problem]:
    """What the stages told of: in their documents, and on the screen."""
    found: list[Problem] = []
    for stage in reply.document.values():
        listed = stage.get("problems", ()) if isinstance(stage, Mapping) else ()
        found += [
            Problem(str(one["message"]), Place(**one["place"]), str(one["hint"])) for one in listed
        ]
    found += [one for one in session.screen.told if one not in found]
    if reply.exit is not Exit.DONE and not found:
        found.append(
            Problem(
                f"it ended with exit code {int(reply.exit)}",
                hint="run it by hand with --summary to see why",
            )
        )
    return found


def _of_error(error: WpSyncError) -> list[Problem]:
    if isinstance(error, ConfigError):
        return list(error.problems)
    return [Problem(error.message, error.place, error.hint)]


def _redacted(session: Session, problem: Problem) -> Problem:
    place = replace(problem.place, url=session.redact(problem.place.url))
    return replace(
        problem,
        message=session.redact(problem.message),
        hint=session.redact(problem.hint),
        place=place,
    )


def _counts(document: Mapping[str, Any]) -> Mapping[Count, float]:
    """The numbers of a run: what changed of each kind, what it cost, what its audit found."""
    counts: dict[Count, float] = {}
    if pulled := document.get("pull"):
        counts["requests", ()] = float(pulled["requests"])
        for kind, tally in pulled["kinds"].items():
            for change in _CHANGES:
                if value := tally.get(change, 0):
                    counts["items", (("kind", str(kind)), ("change", change))] = float(value)
    if audit := document.get("audit"):
        for severity, number in audit["by_severity"].items():
            counts["findings", (("severity", str(severity)),)] = float(number)
    return counts

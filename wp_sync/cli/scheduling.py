"""`schedule`: the lines that let cron or systemd run a site's copy. Prints; installs nothing."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from wp_sync.cli import options as given
from wp_sync.cli.parts import settings
from wp_sync.cli.session import Reply, Session, command
from wp_sync.cli.setup import PANEL
from wp_sync.errors import UsageError

Form = Literal["both", "systemd", "cron"]
_AT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_EVERY = re.compile(r"([1-9]\d{0,2})\s*(m|min|h)")

At = Annotated[
    str, typer.Option("--at", metavar="HH:MM", help="Once a day at this time.", show_default=False)
]
Every = Annotated[
    str,
    typer.Option(
        "--every",
        metavar="TIME",
        help="Instead of once a day: every 15m, 30m, 1h, 6h …",
        show_default=False,
    ),
]
Which = Annotated[Form, typer.Option("--for", help="What to print.")]


@dataclass(frozen=True, slots=True)
class Job:
    """What is to run: the program's words, the folder, and a name without surprises."""

    words: tuple[str, ...]
    folder: Path
    name: str
    secrets: bool  # whether passwords come from the environment


@dataclass(frozen=True, slots=True)
class When:
    """A time, as cron and as systemd write it."""

    cron: str
    calendar: str
    delay: int  # seconds of random delay, so that a thousand sites do not start at once


def register(app: typer.Typer) -> None:
    """Add the command to the menu."""

    @command(app, "schedule", PANEL)
    def schedule(
        session: Session,
        archive: given.ArchiveDir = "",
        at: At = "",
        every: Every = "",
        which: Which = "both",
    ) -> Reply:
        """Print a systemd timer and a crontab line that run this copy."""
        config = settings(session, archive=archive)
        if config.file is None:
            raise UsageError(
                "there is no configuration here, so a job would not know what to copy.",
                hint="`wp-sync init URL` writes one; or name it with --config",
            )
        when = when_of(at, every)
        job = job_of(config.file.resolve(), config.url, bool(config.user))
        texts = {"crontab": crontab(job, when), **units(job, when)}
        wanted = {
            "cron": ("crontab",),
            "systemd": tuple(name for name in texts if name != "crontab"),
            "both": tuple(texts),
        }[which]
        for name in wanted:
            head = (
                "# a line for `crontab -e`"
                if name == "crontab"
                else f"# /etc/systemd/system/{name}"
            )
            session.screen.show(f"{head}\n{texts[name]}")
        if which != "cron":
            session.screen.say(
                f"then: systemctl daemon-reload && systemctl enable --now {job.name}.timer"
            )
        return Reply({"files": {name: texts[name] for name in wanted}})


def when_of(at: str, every: str) -> When:
    """The time that the options name; 03:17 every day where they name none.

    Raises:
        UsageError: it can't be read, or does not divide an hour or a day evenly.
    """
    if at and every:
        raise UsageError("--at and --every exclude each other.", hint="give one of them")
    if every:
        return _every(every)
    match = _AT.fullmatch((at or "3:17").strip())
    if match is None:
        raise UsageError(f"“{at}” is no time of day.", hint="write it 03:17")
    hour, minute = int(match[1]), int(match[2])
    return When(f"{minute} {hour} * * *", f"*-*-* {hour:02}:{minute:02}:00", 600)


def _every(text: str) -> When:
    match = _EVERY.fullmatch(text.strip().lower())
    hint = "write 15m, 30m, 1h, 6h …: what divides an hour or a day"
    if match is None:
        raise UsageError(f"“{text}” is no length of time.", hint=hint)
    number, minutes = int(match[1]), match[2] != "h"
    if (60 if minutes else 24) % number or (minutes and number == 60):
        raise UsageError(
            f"every {text} does not divide {'an hour' if minutes else 'a day'}.", hint=hint
        )
    if minutes:
        marks = ",".join(f"{at:02}" for at in range(0, 60, number))
        return When(f"*/{number} * * * *", f"*-*-* *:{marks}:00", min(60, number * 6))
    hours = "*" if number == 1 else f"*/{number}"
    marks = "*" if number == 1 else ",".join(f"{at:02}" for at in range(0, 24, number))
    return When(f"17 {hours} * * *", f"*-*-* {marks}:17:00", 600)


def job_of(config: Path, url: str, secrets: bool) -> Job:
    """The job of one configuration; its name is the site's host."""
    program = shutil.which("wp-sync")
    words = (program,) if program else (sys.executable, "-m", "wp_sync")
    host = re.sub(r"[^a-z0-9.-]+", "-", url.partition("://")[2].lower()).strip("-.") or "site"
    return Job((*words, "run", "--config", str(config)), config.parent, f"wp-sync-{host}", secrets)


def crontab(job: Job, when: When) -> str:
    """One line. A percent sign would end a command there (crontab(5)), so it is escaped."""
    words = " ".join(_shell(word) for word in job.words)
    line = f"cd {_shell(str(job.folder))} && {words}".replace("%", r"\%")
    login = ""
    if job.secrets:
        login = (
            "# set WP_SYNC_PASSWORD above it, in a crontab that only its user can read,\n"
            "# or name a password_command in wp-sync.toml\n"
        )
    return f"{login}{when.cron}  {line}\n"


def units(job: Job, when: When) -> dict[str, str]:
    """A service that runs once, and the timer that starts it."""
    secrets = (
        f"# WP_SYNC_PASSWORD=…, readable by its user only\nEnvironmentFile=-/etc/{job.name}.env\n"
    )
    service = (
        "[Unit]\n"
        f"Description=wp-sync run in {_unit(str(job.folder), quoted=False)}\n"
        "Wants=network-online.target\n"
        "After=network-online.target\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        f"WorkingDirectory={_unit(str(job.folder), quoted=False)}\n"
        f"ExecStart={' '.join(_unit(word) for word in job.words)}\n"
        f"{secrets if job.secrets else ''}"
        "# 10: the site is down; 11: another run is at work. Neither needs you.\n"
        "SuccessExitStatus=10 11\n"
        "Nice=10\n"
        "NoNewPrivileges=true\n"
        "PrivateTmp=true\n"
    )
    timer = (
        "[Unit]\n"
        f"Description=When {job.name}.service runs\n"
        "\n"
        "[Timer]\n"
        f"OnCalendar={when.calendar}\n"
        f"RandomizedDelaySec={when.delay}\n"
        "Persistent=true\n"
        "\n"
        "[Install]\n"
        "WantedBy=timers.target\n"
    )
    return {f"{job.name}.service": service, f"{job.name}.timer": timer}


_PLAIN = re.compile(r"[A-Za-z0-9@_+=:,./-]+")


def _shell(word: str) -> str:
    return word if _PLAIN.fullmatch(word) else "'" + word.replace("'", "'\"'\"'") + "'"


def _unit(word: str, *, quoted: bool = True) -> str:
    """A word of a unit file: specifiers and variables escaped (systemd.unit(5))."""
    word = word.replace("%", "%%")
    if not quoted:
        return word
    word = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return word if _PLAIN.fullmatch(word) else f'"{word}"'

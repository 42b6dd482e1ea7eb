"""What every command shares: its common options, its setting, and the one way errors end it."""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from wp_sync.cli.logs import LogFormat, keep_traceback, logging_to
from wp_sync.cli.screen import Screen, error_json
from wp_sync.cli.secrets import TARGET_VARIABLE, VARIABLE, Redactor
from wp_sync.cli.stopping import signals, tell
from wp_sync.config import DEFAULTS, FILE_NAME, Config, load_config
from wp_sync.errors import Exit, Interrupted, Place, UsageError, WpSyncError
from wp_sync.progress import Stop

_COMMON = "Common options"

Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="One JSON document on stdout.",
        rich_help_panel=_COMMON,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Only errors.",
        rich_help_panel=_COMMON,
    ),
]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        help="Say more; twice for every request.",
        rich_help_panel=_COMMON,
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help=f"Configuration file; {FILE_NAME} of this folder if there.",
        rich_help_panel=_COMMON,
    ),
]
LogForm = Annotated[
    LogFormat,
    typer.Option(
        "--log-format",
        help="Form of the log.",
        rich_help_panel=_COMMON,
    ),
]
LogFile = Annotated[
    Path | None,
    typer.Option(
        "--log-file",
        metavar="FILE",
        help="Also write the log to this file.",
        rich_help_panel=_COMMON,
    ),
]


@dataclass(frozen=True, slots=True)
class Reply:
    """How a command ended, and its document for ``--json``."""

    document: Mapping[str, object] = field(default_factory=dict)
    exit: Exit = Exit.DONE


@dataclass(slots=True)
class Session:
    """One command's setting. ``config`` is the file's, or the defaults where there is none."""

    command: str
    screen: Screen
    redact: Redactor
    config: Config = DEFAULTS
    log_file: Path | None = None
    stop: Stop = field(default_factory=Stop)

    @contextmanager
    def interruptible(self) -> Iterator[Stop]:
        """While this lasts, signals ask ``stop`` first."""

        screen = self.screen

        def asked() -> None:
            if not screen.quiet:
                tell(2, "\nstopping after what is under way; once more to stop at once\n")

        def aborting(code: Exit) -> None:
            error = _interrupted(code)
            if screen.as_json:
                tell(1, json.dumps(self._failure(error)) + "\n")
            show_cursor = "\x1b[?25h" if screen.err.is_terminal else ""
            tell(2, f"{show_cursor}error: {error.message}\n")

        with signals(self.stop, asked=asked, aborting=aborting):
            yield self.stop

    def _failure(self, error: WpSyncError) -> dict[str, object]:
        head = {"command": self.command, "exit_code": int(error.exit_code)}
        return {**head, "error": error_json(error)}

    def _end(self, error: WpSyncError) -> Exit:
        if self.screen.as_json:
            self.screen.document(self._failure(error))
        self.screen.error(error)
        return error.exit_code


def handle_error(error: BaseException, session: Session) -> Exit:
    """Tell what ended a command and return its exit code; the only place that does."""
    if isinstance(error, WpSyncError):
        return session._end(error)
    if isinstance(error, KeyboardInterrupt):
        return session._end(_interrupted(Exit.INTERRUPTED))
    if isinstance(error, BrokenPipeError):
        # The reader went away (`| head`): nothing is wrong, and there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    if isinstance(error, MemoryError):
        return session._end(WpSyncError("this machine ran out of memory"))
    where = keep_traceback(error, session.log_file, session.redact)
    apology = WpSyncError(
        f"sorry, wp-sync met something it was not written for ({type(error).__name__}).",
        hint=f"please report it with the traceback in {where}; what is archived is safe",
    )
    return session._end(apology)


def _interrupted(code: Exit) -> Interrupted:
    error = Interrupted("stopped; what is archived so far is safe, run again to go on.")
    error.exit_code = code
    return error


def command(
    app: typer.Typer, name: str, panel: str, *, epilog: str = ""
) -> Callable[[Callable[..., Reply]], Callable[..., None]]:
    """Register a command; adds the common options and ends it in one way.

    The function takes the `Session` first, then its own options, and returns a `Reply`. Options
    that several commands share may stand in a dataclass, which is an argument then. In a group the
    name is the whole of it (``mappings check``).
    """

    def register(function: Callable[..., Reply]) -> Callable[..., None]:
        run = _runner(name, function)
        app.command(name.rpartition(" ")[2], rich_help_panel=panel, epilog=epilog or None)(run)
        return run

    return register


def group_command(
    group: typer.Typer, name: str
) -> Callable[[Callable[..., Reply]], Callable[..., None]]:
    """Register what a group does when it is called without one of its commands; as `command`."""

    def register(function: Callable[..., Reply]) -> Callable[..., None]:
        run = _runner(name, function)

        @functools.wraps(function)
        def callback(ctx: typer.Context, **given: Any) -> None:
            if ctx.invoked_subcommand is None:
                run(**given)

        own = inspect.signature(run)
        ctx = inspect.Parameter(
            "ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
        )
        whole = own.replace(parameters=[ctx, *own.parameters.values()])
        callback.__signature__ = whole  # type: ignore[attr-defined]
        callback.__annotations__ = {"ctx": typer.Context, **run.__annotations__}
        group.callback(invoke_without_command=True)(callback)
        return run

    return register


def _runner(name: str, function: Callable[..., Reply]) -> Callable[..., None]:
    """A function of a session as a command with the common options, ended in one way."""
    own = inspect.signature(function, eval_str=True)
    first, *rest = own.parameters.values()
    assert first.name == "session"
    groups: dict[str, Any] = {
        one.name: one.annotation for one in rest if is_dataclass(one.annotation)
    }

    @functools.wraps(function)
    def run(**given: Any) -> None:
        common = {key: given.pop(key) for key in _common_parameters()}
        for key, group in groups.items():
            given[key] = group(**{one: given.pop(one) for one in _parameters_of(group)})
        code = _run(name, functools.partial(function, **given), **common)
        raise typer.Exit(int(code))

    spread = [
        part
        for one in rest
        for part in (_parameters_of(groups[one.name]).values() if one.name in groups else [one])
    ]
    parameters = [*spread, *_common_parameters().values()]
    keyword = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    run.__signature__ = inspect.Signature(keyword)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in keyword}
    return run


def _parameters_of(group: Any) -> dict[str, inspect.Parameter]:
    """The options that a dataclass stands for, a field each; all of them have defaults."""
    hints = get_type_hints(group, include_extras=True)
    return {
        one.name: inspect.Parameter(
            one.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=one.default,
            annotation=hints[one.name],
        )
        for one in fields(group)
    }


def _common_parameters() -> dict[str, inspect.Parameter]:
    defaults: dict[str, tuple[object, object]] = {
        "config_file": (ConfigFile, None),
        "as_json": (Json, False),
        "quiet": (Quiet, False),
        "verbose": (Verbose, 0),
        "log_format": (LogForm, "text"),
        "log_file": (LogFile, None),
    }
    return {
        name: inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
        )
        for name, (annotation, default) in defaults.items()
    }


def _run(
    name: str,
    work: Callable[[Session], Reply],
    *,
    config_file: Path | None,
    as_json: bool,
    quiet: bool,
    verbose: int,
    log_format: LogFormat,
    log_file: Path | None,
) -> Exit:
    redact = Redactor()
    for variable in (VARIABLE, TARGET_VARIABLE):
        if secret := os.environ.get(variable, "").strip():
            redact.add(secret)
    screen = Screen(as_json=as_json, quiet=quiet, verbose=verbose, redact=redact)
    session = Session(name, screen, redact, log_file=log_file)
    try:
        with logging_to(
            verbose=verbose, quiet=quiet, form=log_format, file=log_file, redact=redact
        ):
            try:
                session.config = _read_config(config_file)
                reply = work(session)
                if as_json:
                    head = {"command": name, "exit_code": int(reply.exit)}
                    screen.document({**head, **reply.document})
                sys.stdout.flush()
            except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 (the one place)
                return handle_error(error, session)
            return reply.exit
    except WpSyncError as error:  # the log itself could not be opened
        return handle_error(error, session)


def _read_config(named: Path | None) -> Config:
    if named is None:
        usual = Path(FILE_NAME)
        return load_config(usual) if usual.is_file() else DEFAULTS
    if not named.is_file():
        raise UsageError(
            "there is no such configuration file.",
            place=Place(file=str(named)),
            hint="`wp-sync init` writes one",
        )
    return load_config(named)

"""Where the password comes from; how it is kept out of what is written is `wp_sync.redaction`'s.

The environment, a command, or a prompt on a terminal: never an argument, never a file of ours.
"""

from __future__ import annotations

import getpass
import os
import shlex
import subprocess
import sys

from wp_sync.errors import UsageError
from wp_sync.redaction import HIDDEN, Redactor

__all__ = ["HIDDEN", "TARGET_VARIABLE", "VARIABLE", "Redactor", "find_password"]

VARIABLE = "WP_SYNC_PASSWORD"
TARGET_VARIABLE = "WP_SYNC_TARGET_PASSWORD"
_COMMAND_SECONDS = 60


def find_password(user: str, command: str, site: str, *, variable: str = VARIABLE) -> str:
    """The password for a login: from the environment, a command, or a prompt on a terminal.

    Raises:
        UsageError: there is a user and no way to learn the password, or the command failed.
    """
    if not user:
        return ""
    if password := os.environ.get(variable, ""):
        return password.strip()
    if command:
        return _ask_command(command)
    if sys.stdin.isatty() and sys.stderr.isatty():
        prompt = f"Application password of {user} on {site}: "
        if password := getpass.getpass(prompt, stream=sys.stderr).strip():
            return password
    hint = f"set {variable}, or give --password-command"
    if variable == VARIABLE:
        hint += "; without --user only what visitors see is copied"
    raise UsageError(f"there is no password for the user “{user}”.", hint=hint)


def _ask_command(command: str) -> str:
    try:
        words: str | list[str] = command if os.name == "nt" else shlex.split(command)
        done = subprocess.run(
            words,
            stdin=None,
            stdout=subprocess.PIPE,
            check=False,
            timeout=_COMMAND_SECONDS,
        )
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the password command can't be run: {getattr(error, 'strerror', None) or error}.",
            hint="try it in a shell; it must print the password and nothing else",
        ) from None
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"the password command gave no answer within {_COMMAND_SECONDS} seconds.",
            hint="a command that asks something itself can't be used without a terminal",
        ) from None
    if done.returncode:
        raise UsageError(
            f"the password command failed with exit code {done.returncode}.",
            hint="try it in a shell; it must print the password and nothing else",
        )
    lines = done.stdout.decode(errors="replace").splitlines()
    if not lines or not lines[0].strip():
        raise UsageError(
            "the password command printed nothing.",
            hint="try it in a shell; it must print the password on its first line",
        )
    return lines[0].strip()

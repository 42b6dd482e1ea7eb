"""Where the password comes from, and how it is kept out of everything that is written.

The environment, a command, or a prompt on a terminal: never an argument, never a file of ours.
"""

from __future__ import annotations

import base64
import getpass
import os
import re
import shlex
import subprocess
import sys
from urllib.parse import quote, quote_plus

from wp_sync.errors import UsageError

VARIABLE = "WP_SYNC_PASSWORD"
HIDDEN = "••••••"
_COMMAND_SECONDS = 60


class Redactor:
    """Replaces every secret it was told of, in all the forms in which one may travel."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: str, *, user: str = "") -> None:
        """Hide a secret from now on; ``user`` so that the Basic header's form is known too."""
        bare = secret.replace(" ", "")  # an application password works with and without its spaces
        if len(bare) < 3:
            return  # hiding one letter everywhere would hide nothing and spoil every message
        for form in {secret, bare}:
            login = base64.b64encode(f"{user}:{form}".encode()).decode()
            alone = base64.b64encode(form.encode()).decode()
            escaped = form.encode("unicode_escape").decode()
            self._forms |= {form, quote(form), quote(form, safe=""), quote_plus(form)}
            self._forms |= {login, login.rstrip("="), alone, alone.rstrip("="), escaped}
            self._forms |= {repr(form)[1:-1], form.replace('"', '\\"')}
        longest_first = sorted(self._forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def __call__(self, text: str) -> str:
        return self._pattern.sub(HIDDEN, text) if self._pattern else text


def find_password(user: str, command: str, site: str) -> str:
    """The password for a login: from the environment, a command, or a prompt on a terminal.

    Raises:
        UsageError: there is a user and no way to learn the password, or the command failed.
    """
    if not user:
        return ""
    if password := os.environ.get(VARIABLE, ""):
        return password.strip()
    if command:
        return _ask_command(command)
    if sys.stdin.isatty() and sys.stderr.isatty():
        prompt = f"Application password of {user} on {site}: "
        if password := getpass.getpass(prompt, stream=sys.stderr).strip():
            return password
    raise UsageError(
        f"there is no password for the user “{user}”.",
        hint=f"set {VARIABLE}, or give --password-command; without --user only what visitors see"
        " is copied",
    )


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

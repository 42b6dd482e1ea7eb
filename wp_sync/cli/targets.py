"""Which target a command means: by its name in the configuration, or as ``KIND:PLACE``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from wp_sync import toml
from wp_sync.cli.secrets import TARGET_VARIABLE, find_password
from wp_sync.cli.session import Session
from wp_sync.config import Config
from wp_sync.config_targets import OnConflict, OnDeleted, TargetConfig
from wp_sync.errors import UsageError
from wp_sync.paths import typed
from wp_sync.publish.base import LiveTarget, Settings
from wp_sync.publish.targets import kinds, target_kind
from wp_sync.redaction import without_login


def named_target(config: Config, word: str) -> TargetConfig:
    """The target of this name, or of this kind and place.

    Raises:
        UsageError: there is none.
    """
    if word in config.targets:
        return config.targets[word]
    kind, colon, place = word.partition(":")
    if not colon:
        names = [*config.targets, *(f"{kind}:" for kind in kinds())]
        known = toml.did_you_mean(word, names)
        raise UsageError(
            f"“{without_login(word)}” is no target.",
            hint=f"name one of the configuration, or KIND:PLACE such as hugo:site/; {known}",
        )
    if kind not in kinds():
        raise UsageError(f"“{kind}” is no kind of target.", hint=toml.did_you_mean(kind, kinds()))
    if not place.strip():
        raise UsageError(
            f"{kind}: where?", hint=f"put the place behind it, such as {kind}:{_example(kind)}"
        )
    if "://" in place:
        if without_login(place) != place:
            raise UsageError(
                "the address of the target carries a login; addresses end up in logs.",
                hint=f"leave it out: give --user NAME, and the password as {TARGET_VARIABLE}",
            )
        place = _address(place)
        return TargetConfig(f"{kind}:{place}", kind, place)
    if isinstance(target_kind(kind), LiveTarget):
        return TargetConfig(word, kind, place)
    # Receipts and manifests know a target by its name: one folder is one target, however called.
    where = typed(place).resolve()
    return TargetConfig(f"{kind}:{where}", kind, str(where))


def _address(place: str) -> str:
    """An address as receipts know it, however it was typed."""
    scheme, _, rest = place.partition("://")
    host, slash, path = rest.partition("/")
    path = path if "?" in path else path.rstrip("/")
    return f"{scheme.lower()}://{host.lower()}{slash if path else ''}{path}"


def _example(kind: str) -> str:
    found = target_kind(kind)
    if isinstance(found, LiveTarget):
        return "https://new.example.com"
    return "export.xml" if found.single else "out/"


def target_settings(
    session: Session,
    word: str,
    *,
    user: str | None = None,
    password_command: str = "",
    on_conflict: str = "",
    on_deleted: str = "",
    put_back: bool = False,
    accept: Sequence[str] = (),
    options: Sequence[str] = (),
) -> Settings:
    """The settings of a target with this command's flags laid over them, its password found.

    Raises:
        UsageError: there is no such target, or no password for its login.
    """
    target = named_target(session.config, word)
    kind = target_kind(target.kind)
    name = target.user if user is None else user
    password = ""
    if isinstance(kind, LiveTarget) and kind.login:
        if not name:
            raise UsageError(
                f"as whom? A target of the kind {target.kind} wants a login.",
                hint="give --user, or user in the target's table",
            )
        command = password_command or target.password_command
        password = find_password(name, command, target.place, variable=TARGET_VARIABLE)
        session.redact.add(password, user=name)
    return Settings(
        target.name,
        target.kind,
        target.place,
        name,
        password,
        cast(OnConflict, on_conflict or target.on_conflict),
        cast(OnDeleted, on_deleted or target.on_deleted),
        target.put_back or put_back,
        frozenset((*target.accept, *accept)),
        {**target.options, **dict(map(_option, options))},
    )


def _option(text: str) -> tuple[str, Any]:
    """``drafts`` is true, ``drafts=false`` false, ``prefix=/blog`` a text, ``n=3`` a number."""
    name, sign, value = text.partition("=")
    if not name.strip():
        raise UsageError(f"“{text}” is no option.", hint="write --option NAME or NAME=VALUE")
    known: dict[str, Any] = {"true": True, "false": False}
    if not sign:
        return name.strip(), True
    if value in known:
        return name.strip(), known[value]
    return name.strip(), int(value) if value.isdecimal() and len(value) < 10 else value


def saved(path: Path) -> bytes:
    """The bytes of a plan's file.

    Raises:
        UsageError: it is not there or can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} can't be read: {error.strerror or error}.",
            hint="`wp-sync plan TARGET --save FILE` writes one",
        ) from error

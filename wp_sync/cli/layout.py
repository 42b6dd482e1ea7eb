"""What `init` lays out in a folder: a commented configuration and the starting mappings.

It never overwrites what a person may have written, unless asked, and then keeps a copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import wp_sync
from wp_sync.config import FILE_NAME, Config, template
from wp_sync.errors import Place, UsageError, WpSyncError


@dataclass(frozen=True, slots=True)
class Laid:
    """One file of the layout. ``action``: written, replaced, kept."""

    path: Path
    action: str


def shipped_mappings() -> Path:
    """The folder of mapping files that come with wp-sync: in the package, or in its checkout.

    Raises:
        WpSyncError: this installation has lost them.
    """
    package = Path(wp_sync.__file__).resolve().parent
    for folder in (package / "templates" / "mappings", package.parent / "mappings"):
        if any(folder.glob("*.toml")):
            return folder
    raise WpSyncError(
        "the mapping files that come with wp-sync are missing.",
        place=Place(file=str(package / "templates" / "mappings")),
        hint="install it again: pip install --force-reinstall wp-sync",
    )


def refuse_existing(folder: Path, *, force: bool) -> None:
    """Refuse before anything is asked or written when there is a configuration already.

    Raises:
        UsageError: there is one, and ``force`` was not given.
    """
    file = folder / FILE_NAME
    if file.exists() and not force:
        raise UsageError(
            "there is a configuration already; it was left alone.",
            place=Place(file=str(file)),
            hint="edit it, or let --force write a new one (the old one is kept as a copy)",
        )


def lay_out(folder: Path, config: Config, *, force: bool) -> list[Laid]:
    """Write the configuration and the mappings; files that are there already are kept.

    Raises:
        UsageError: there is a configuration already and ``force`` was not given.
        WpSyncError: the folder can't be written.
    """
    refuse_existing(folder, force=force)
    try:
        return list(_write(folder, config))
    except OSError as error:
        raise WpSyncError(
            f"this can't be written: {error.strerror or error}.",
            place=Place(file=str(error.filename or folder)),
            hint="choose a folder of your own with --folder",
        ) from None


def _write(folder: Path, config: Config) -> Iterator[Laid]:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE_NAME
    existed = file.exists()
    if existed:
        file.replace(_spare(file))
    file.write_text(template(config), encoding="utf-8")
    yield Laid(file, "replaced" if existed else "written")
    mappings = folder / "mappings"
    mappings.mkdir(exist_ok=True)
    for shipped in sorted(shipped_mappings().glob("*.toml")):
        target = mappings / shipped.name
        if target.exists():
            yield Laid(target, "kept")
        else:
            target.write_bytes(shipped.read_bytes())
            yield Laid(target, "written")


def _spare(file: Path) -> Path:
    number = 1
    while (spare := file.with_name(f"{file.name}.{number}.bak")).exists():
        number += 1
    return spare

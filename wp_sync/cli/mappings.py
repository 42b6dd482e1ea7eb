"""The commands about mapping files: held against an archive, as spreadsheets, and back."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from wp_sync.cli import explaining, previewing, repeated, suggesting
from wp_sync.cli import options as given
from wp_sync.cli.lines import block, spaced
from wp_sync.cli.parts import archive_of, mappings_of, settings, site_in
from wp_sync.cli.screen import place_json
from wp_sync.cli.session import Reply, Session, command
from wp_sync.cli.text import count, printable
from wp_sync.config import Config
from wp_sync.errors import ConfigError, Exit, Place, UsageError, WpSyncError
from wp_sync.toml import read as read_toml

if TYPE_CHECKING:
    from wp_sync.archive.base import SiteArchive
    from wp_sync.normalize.mapping_check import Finding
    from wp_sync.normalize.rules import Rules
    from wp_sync.normalize.text_check import Body

PANEL = "Put in order"
_SHOWN = 15  # findings of a group on a screen; --json has all

_Out = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="DIR", help="Where to write.", show_default="beside the mappings"
    ),
]
_Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Which files, such as categories; all if left out."),
]
_Sheets = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="CSV files, such as categories.csv.")
]


def register(app: typer.Typer) -> None:
    """Add the group of these commands to the menu."""
    group = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.add_typer(
        group,
        name="mappings",
        rich_help_panel=PANEL,
        help="Look after the files of your decisions on terms, authors, links and related posts.",
    )

    repeated.register(group, PANEL)
    suggesting.register(group, PANEL)
    previewing.register(group, PANEL)
    explaining.register(app, PANEL)

    @command(group, "mappings check", PANEL)
    def check(
        session: Session,
        archive: given.ArchiveDir = "",
        mappings: given.Mappings = None,
        site: given.SiteName = "",
    ) -> Reply:
        """Hold the mapping files against an archive: rules that match nothing, unmapped names."""
        from wp_sync.normalize.mapping_files import load_rules

        config = settings(session, archive=archive, mappings=mappings)
        rules = load_rules(mappings_of(config))
        with archive_of(config, read_only=True) as store:
            findings = _findings(site_in(store, config, site), rules)
        session.screen.show(*_shown(findings))
        serious = sum(finding.serious for finding in findings)
        document = {
            "findings": [_finding_json(finding) for finding in findings],
            "serious": serious,
            "rules": rules.digest,
        }
        return Reply(document, Exit.FINDINGS if serious else Exit.DONE)

    @command(group, "mappings to-csv", PANEL)
    def to_csv(
        session: Session,
        names: _Names = None,
        mappings: given.Mappings = None,
        out: _Out = None,
    ) -> Reply:
        """Write mapping files as CSV, for a spreadsheet program."""
        from wp_sync.normalize import mapping_sheets

        folder = _folder(settings(session, mappings=mappings))
        have = {path.stem: path for path in sorted(folder.glob("*.toml"))}
        can = [stem for stem in have if mapping_sheets.has_sheet(stem)]
        wanted = [Path(name).stem for name in names] if names else can
        for stem in wanted:
            if stem not in can:
                raise UsageError(
                    f"there is no mapping file called “{stem}” in {folder}.",
                    hint=f"there are: {', '.join(can) or 'none'}",
                )
        sheets = {}
        for stem in wanted:
            name = f"{folder.name}/{have[stem].name}"
            sheets[stem] = mapping_sheets.to_csv(_text(have[stem], name), name)
        written = [_write((out or folder) / f"{stem}.csv", sheet) for stem, sheet in sheets.items()]
        return _told(session, written)

    @command(group, "mappings from-csv", PANEL)
    def from_csv(
        session: Session,
        files: _Sheets,
        mappings: given.Mappings = None,
        out: _Out = None,
        dry_run: given.DryRun = False,
    ) -> Reply:
        """Make mapping files of CSV files; one that has mistakes changes nothing."""
        from wp_sync.normalize import mapping_sheets

        folder = out or _folder(settings(session, mappings=mappings))
        texts: dict[Path, str] = {}
        for path in files:
            if not mapping_sheets.has_sheet(path.stem):
                raise UsageError(
                    f"{path.name} is what the folder extends, and no sheet.",
                    hint="edit folder.toml itself; sheets are named categories.csv, links.csv …",
                )
            target = folder / f"{path.stem}.toml"
            before = _text(target, target.name) if target.is_file() else ""
            texts[target] = mapping_sheets.from_csv(_read(path), path.name, before)
        if dry_run:
            changed = [path for path, text in texts.items() if not _is(path, text)]
            return _told(session, changed, "would be written")
        return _told(session, [_write(path, text.encode()) for path, text in texts.items()])


def _folder(config: Config) -> Path:
    folder = mappings_of(config)
    if folder is None or not folder.is_dir():
        raise UsageError(
            "there is no folder of mapping files here.",
            place=Place(file=str(folder or "mappings")),
            hint="`wp-sync init` makes one; if yours is elsewhere, name it with --mappings",
        )
    return folder


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"can't be read: {reason}", place=Place(file=str(path))) from None


def _text(path: Path, name: str) -> str:
    if problems := read_toml(path, name).problems:
        raise ConfigError(problems)
    return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()


def _write(path: Path, data: bytes) -> Path:
    """Whole or not at all: a spreadsheet or a backup may read it at any moment."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        hint = "close it where it is open, or write elsewhere with --out"
        raise WpSyncError(
            f"can't be written: {reason}", place=Place(file=str(path)), hint=hint
        ) from None
    return path


def _told(session: Session, paths: Sequence[Path], how: str = "written") -> Reply:
    rows = [(how, str(path)) for path in paths] or [("nothing", "to write")]
    session.screen.summary(*block("Mapping files", rows))
    return Reply({"files": [str(path) for path in paths]})


def _findings(part: SiteArchive, rules: Rules) -> list[Finding]:
    from wp_sync.normalize.authors.authors import order_authors
    from wp_sync.normalize.inventory import default_id, source_authors, source_terms
    from wp_sync.normalize.mapping_check import check_authors, check_terms
    from wp_sync.normalize.rules import AuthorRules
    from wp_sync.normalize.terms.order import order_taxonomies
    from wp_sync.normalize.text_check import check_texts

    sources = source_terms(part)
    ordered = order_taxonomies(sources, rules, default_id=default_id(part))
    # Where a site hides its users, an id that a rule names may well be there.
    people = source_authors(part, AuthorRules()) or source_authors(part, rules.authors)
    found = [
        *check_terms(sources, rules, ordered),
        *check_authors(people, rules.authors, order_authors(people, rules.authors)),
        *check_texts(rules, _texts(part, rules)),
    ]
    return sorted(found, key=lambda one: (one.place.file, one.place.line or 0, one.concern))


def _texts(part: SiteArchive, rules: Rules) -> Iterator[Body]:
    """The texts of all posts, and their rendered pages where the rules have these searched."""
    from wp_sync.model import MEDIA_KIND, State
    from wp_sync.normalize.text import rendered
    from wp_sync.normalize.text_check import Body

    for kind in sorted(part.kinds()):
        page = kind.startswith("rendered/")
        if (page and rules.related.page) or (kind.startswith("posts/") and kind != MEDIA_KIND):
            for current in part.current(kind):
                if current.state is State.LIVE:
                    yield Body(rendered(current.data.get("content")), page=page)


def _finding_json(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "concern": finding.concern,
        "serious": finding.serious,
        "message": finding.message,
        "hint": finding.hint,
        "name": finding.name,
        "place": place_json(finding.place),
    }


def _shown(findings: Sequence[Finding]) -> list[RenderableType]:
    if not findings:
        return [Text("Every rule meets something, and every name is mapped.")]
    groups = {
        "Rules that don't do what they say": [one for one in findings if one.serious],
        "To know": [one for one in findings if not one.serious and one.code != "unmapped"],
        "Names that no rule maps": [
            one for one in findings if not one.serious and one.code == "unmapped"
        ],
    }
    return spaced(*(_group(head, some) for head, some in groups.items()))


def _group(head: str, findings: Sequence[Finding]) -> Iterable[RenderableType]:
    rows = []
    for one in findings[:_SHOWN]:
        words = f"{one.name}: {one.message}" if one.name else one.message
        text = printable(f"{words} ({one.hint})" if one.hint else words, one_line=True)
        rows.append((str(one.place) or one.concern, text))
    more = len(findings) - len(rows)
    return block(
        f"{head} ({count(len(findings), 'finding')})",
        rows,
        more=f"and {more} more: --json names all" if more else "",
    )

"""Opening what a command works on: the site, the archive, and the part of it that is meant."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from wp_sync.archive.base import Archive, SiteArchive, SiteState
from wp_sync.cli.secrets import VARIABLE, find_password
from wp_sync.cli.session import Session
from wp_sync.cli.text import printable
from wp_sync.config import Config, MediaChoice, check_url, is_address
from wp_sync.errors import GuardRefused, Place, UsageError
from wp_sync.model import Identity

if TYPE_CHECKING:
    from wp_sync.source.base import Source


def settings(
    session: Session,
    *,
    url: str = "",
    archive: str = "",
    user: str | None = None,
    password_command: str = "",
    media: str = "",
    only: Sequence[str] = (),
    max_connections: int | None = None,
    insecure_http: bool = False,
    pages: bool = False,
    follow_links: bool = False,
    mappings: Path | None = None,
) -> Config:
    """The configuration with this command's flags laid over it.

    The file's login belongs to the file's site: it is never used for another one.
    """
    config = session.config
    if url:
        url = check_url(url)
        if config.url and _host(url) != _host(config.url):
            config = dataclasses.replace(config, user="", password_command="", insecure_http=False)
        config = dataclasses.replace(config, url=url)
    if archive:
        config = dataclasses.replace(config, archive=archive)
    if user is not None:
        config = dataclasses.replace(config, user=user)
    if password_command:
        config = dataclasses.replace(config, password_command=password_command)
    if media:
        config = dataclasses.replace(config, media=cast(MediaChoice, media))
    if only:
        kinds = tuple(part for one in only for part in one.replace(",", " ").split())
        config = dataclasses.replace(config, only=kinds)
    if mappings is not None:
        config = dataclasses.replace(config, mappings=mappings)
    if max_connections is not None:
        config = dataclasses.replace(config, max_connections=max_connections)
    return dataclasses.replace(
        config,
        insecure_http=config.insecure_http or insecure_http,
        pages=config.pages or pages,
        follow_links=config.follow_links or follow_links,
    )


def _host(url: str) -> str:
    parts = urlsplit(check_url(url))
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def need_url(config: Config) -> str:
    """The site's address.

    Raises:
        UsageError: neither the command nor the configuration names one.
    """
    if not config.url:
        raise UsageError(
            "which site? There is no address.",
            hint="give it, such as https://blog.example.com, or write a configuration"
            " with `wp-sync init`",
        )
    return config.url


@contextmanager
def source_of(session: Session, config: Config, *, variable: str = VARIABLE) -> Iterator[Source]:
    """The site, opened with the login that the configuration names."""
    from wp_sync.source.wordpress import WordPressSource

    url = need_url(config)
    password = find_password(config.user, config.password_command, url, variable=variable)
    if password:
        session.redact.add(password, user=config.user)
    with WordPressSource(
        url,
        user=config.user,
        password=password,
        max_connections=config.max_connections,
        insecure_http=config.insecure_http,
    ) as source:
        yield source


@contextmanager
def archive_of(
    config: Config, *, create: bool = False, read_only: bool = False
) -> Iterator[Archive]:
    """The archive; an empty one is made only where the command is there to fill it.

    Raises:
        ArchiveError: it is not there, or can't be opened.
    """
    from wp_sync.archive import open_archive

    location: str | Path = config.archive
    if not is_address(config.archive):
        location = Path(config.archive)
        if not create and not location.exists():
            raise UsageError(
                "there is no archive here yet.",
                place=Place(file=config.archive),
                hint="`wp-sync pull URL --archive DIR` makes one; if yours is elsewhere,"
                " name it with --archive",
            )
    with open_archive(
        location, create=create, read_only=read_only, media=config.archive_media or None
    ) as archive:
        yield archive


def site_in(archive: Archive, config: Config, wanted: str = "") -> SiteArchive:
    """The part of an archive that a command means: named, configured, or the only one.

    Raises:
        UsageError: it holds nothing, not this one, or several and none was named.
    """
    sites = archive.sites()
    if not sites:
        raise UsageError(
            "this archive is empty.",
            place=Place(file=_shown(config)),
            hint="`wp-sync pull URL` fills it",
        )
    word = wanted or (config.url if len(sites) > 1 else "")
    if not word and len(sites) == 1:
        return archive.of(sites[0].key)
    matching = [site for site in sites if word and _means(word, site)]
    if len(matching) == 1:
        return archive.of(matching[0].key)
    raise UsageError(
        f"this archive holds no site “{word}”." if word else "this archive holds several sites.",
        place=Place(file=_shown(config)),
        hint="name one with --site: " + ", ".join(printable(site.key) for site in sites),
    )


def site_for(
    archive: Archive, config: Config, identity: Identity, *, add: bool = False
) -> SiteArchive:
    """The part of an archive that a site is pulled into.

    An archive that holds another site only gets a second one when a person says so: far more
    often, the address or the folder is the wrong one.

    Raises:
        GuardRefused: the archive holds several sites and this is none of them.
    """
    sites = archive.sites()
    if add or not sites or any(site.key == identity.key for site in sites):
        return archive.of(identity.key)
    if len(sites) == 1:
        return archive.of(sites[0].key)  # the pull's own guard compares and explains
    before = [site for site in sites if _means(config.url, site)]
    if len(before) == 1:
        return archive.of(before[0].key)
    raise GuardRefused(
        f"this archive holds {', '.join(site.key for site in sites)}, and not {identity.key}",
        place=Place(file=_shown(config)),
        hint="use another --archive, or --add-site to keep this site beside the others",
    )


def _means(word: str, site: SiteState) -> bool:
    def bare(text: str) -> str:
        return text.lower().partition("://")[2].rstrip("/") or text.lower().rstrip("/")

    return bare(word) in {bare(site.key), bare(site.home)}


def _shown(config: Config) -> str:
    if not is_address(config.archive):
        return config.archive
    parts = urlsplit(config.archive)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def mappings_of(config: Config) -> Path | None:
    """The folder of the owner's rules: named, or beside us; None for the rules' defaults."""
    if config.mappings is None:
        usual = Path("mappings")
        return usual if usual.is_dir() and config.file is None else None
    return config.mappings

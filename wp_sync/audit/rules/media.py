"""Pictures and files: unused, missing, heavy, doubled, borrowed, badly named."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from wp_sync.audit.base import (
    OWN,
    Certainty,
    Hit,
    Limits,
    Rule,
    Severity,
    Threshold,
    page_fact,
    page_rule,
    site_rule,
)
from wp_sync.audit.page import Element, Page, PostFacts
from wp_sync.audit.same import Kinds
from wp_sync.audit.site import Site

_CAMERA = re.compile(
    r"(?:img|dsc[nf]?|dscf|dcim|pict|p10\d|mvc|gopr|sam|hpim|pxl|vid|mov|image|photo|foto|bild|scan"
    r"|unbenannt|untitled|unnamed|screenshot|screen[ _-]shot|bildschirmfoto|capture)[ _-]?"
    r"(?:e?\d{3,}|\d{4}-\d\d-\d\d.*|[ _-].*\d{4}.*|\d+)?(?:[ _-](?:\d+|scaled|copy|e\d+|at.*))*"
    r"|(?:19|20)\d{6}[ _-]?\d{4,6}.*|whatsapp[ _-](?:image|video).*|fb_img_\d+.*"
    r"|\d{8,}(?:_[no\d]+)*"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}.*",
    re.IGNORECASE,
)
_PLAIN_WORDS = frozenset(("image", "photo", "foto", "bild", "scan", "capture", "sam", "mov", "vid"))
_IMAGE_HOSTS = re.compile(
    r"(?:i[0-3]\.wp\.com|s\d?\.w(?:p|\.org)|s\.w\.org|secure\.gravatar\.com|\d?\.gravatar\.com"
    r"|cdn\.jsdelivr\.net|.*\.cloudfront\.net|.*\.b-cdn\.net|.*\.imgix\.net|.*\.cloudinary\.com"
    r"|.*\.wpengine\.com|.*\.kinstacdn\.com|.*\.files\.wordpress\.com)"
)
_SIZED = re.compile(r"(?:^|;)\s*(?:aspect-ratio|height)\s*:\s*(?!auto)", re.IGNORECASE)
_WIDE = re.compile(r"(?:^|;)\s*(?:aspect-ratio|(?:max-)?width)\s*:", re.IGNORECASE)


def name_of(url: str) -> str:
    """A file's name in an address, decoded."""
    try:
        return unquote(urlsplit(url).path).rpartition("/")[2]
    except ValueError:
        return url.rpartition("/")[2]


def camera_name(url: str) -> bool:
    """Whether a file is called as a camera, a telephone or a screen calls it."""
    name = name_of(url).rpartition(".")[0]
    stem = re.sub(r"-(?:\d+x\d+|scaled)$", "", name)
    return stem.lower() not in _PLAIN_WORDS and _CAMERA.fullmatch(stem) is not None


# -- in the content


@page_rule(
    Rule(
        id="media/no-size",
        reason="Without width and height the text jumps when the picture arrives.",
        severity=Severity.NOTICE,
        fix="Put the picture in with the block editor, which writes both.",
        bad='<img src="/lamp.jpg" alt="A lamp">',
        good='<img src="/lamp.jpg" alt="A lamp" width="300" height="200">',
        sample=True,
    )
)
def no_size(page: Page, limits: Limits) -> Iterator[Hit]:
    for image in page.images:
        attributes = image.attributes
        if "width" in attributes and "height" in attributes:
            continue
        style = image.get("style")
        if style and _SIZED.search(style) and _WIDE.search(style):
            continue
        source = image.get("src")
        if not source or source.startswith("data:") or "wp-smiley" in image.get("class"):
            continue
        lacking = [name for name in ("width", "height") if name not in attributes]
        message = f"{name_of(source)[:80]} has no {' and no '.join(lacking)}"
        yield Hit(message, f"img {source}", (image.start, image.end))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _loaded(page: Page) -> Iterator[tuple[Element, str]]:
    for one in page.named("img", "audio", "video", "source"):
        source = one.get("src")
        if source.startswith(("http:", "https:", "//")):
            yield one, source


@page_rule(
    Rule(
        id="media/hotlinked",
        reason="A picture on somebody else's server can vanish, or change, or count who reads.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Ask for the right to use it, and upload it.",
        bad='<img src="https://photos.other-site.example/a.jpg" alt="Sheep" width="3" height="2">',
        good='<img src="/wp-content/uploads/a.jpg" alt="Sheep" width="3" height="2">',
        sample=True,
    )
)
def hotlinked(page: Page, limits: Limits) -> Iterator[Hit]:
    home = _host(page.setting.home)
    for one, source in _loaded(page):
        host = _host(source)
        if not host or host == home or host.endswith(f".{home}") or home.endswith(f".{host}"):
            continue
        if _IMAGE_HOSTS.fullmatch(host):
            continue
        if _is_ours(page, source):  # an old address of the site, by redirect or rule
            continue
        yield Hit(f"it is loaded from {host}", source, (one.start, one.end))


def _is_ours(page: Page, source: str) -> bool:
    return any(link.url == source and link.state not in ("outside", "other") for link in page.links)


@page_fact("cameras")
def cameras(page: Page) -> list[str] | None:
    """Pictures with a camera's name that are not in the site's own library."""
    found = [
        source for image in page.images if (source := image.get("src")) and camera_name(source)
    ]
    if found:
        library = {link.url for link in page.links if link.target_kind == "posts/attachment"}
        found = [source for source in found if source not in library]
    return list(dict.fromkeys(found))[:20] or None


@page_fact("featured")
def featured(page: Page) -> int | None:
    return page.post.featured_media or None


# -- in the library


def _library(site: Site, columns: str, where: str = "", **values: Any) -> Iterator[Any]:
    return site.pages(
        f"SELECT id, {columns} FROM media WHERE site = :site AND state = 'live'"  # noqa: S608
        f"{where} AND id > :after_id ORDER BY id LIMIT :most",
        "id",
        **values,
    )


@site_rule(
    Rule(
        id="media/camera-name",
        reason="A camera's file name tells neither search engines nor colleagues what it shows.",
        severity=Severity.NOTICE,
        fix="Name the file for what it shows before it is uploaded again.",
        bad="DSC_0042.jpg",
        good="nurse-with-lamp.jpg",
    )
)
class CameraName:
    def __init__(self, limits: Limits) -> None:
        self._found: list[tuple[str, int, str]] = []

    def add(self, post: PostFacts) -> None:
        for source in post.more.get("cameras", ()):
            self._found.append((post.kind, post.id, source))

    def hits(self, site: Site) -> Iterable[Hit]:
        for kind, id, source in self._found:
            yield _camera(source, kind, id)
        for row in _library(site, "url, mime"):
            if str(row["mime"]).startswith("image/") and camera_name(str(row["url"])):
                yield _camera(str(row["url"]), "posts/attachment", int(row["id"]))


def _camera(url: str, kind: str, id: int) -> Hit:
    name = name_of(url)
    return Hit(f"a camera or a telephone named it: {name}", f"file {name}", kind=kind, id=id)


def _used(site: Site) -> set[int]:
    """The attachments that a post shows, links to, or has for its featured picture."""
    shown = site.pages(
        "SELECT DISTINCT target FROM links WHERE site = :site AND target > :after_target"
        " AND target_kind = 'posts/attachment' ORDER BY target LIMIT :most",
        "target",
    )
    chosen = site.pages(
        "SELECT DISTINCT featured_media FROM posts WHERE site = :site"
        " AND featured_media > :after_featured_media ORDER BY featured_media LIMIT :most",
        "featured_media",
    )
    return {int(row["target"]) for row in shown} | {int(row["featured_media"]) for row in chosen}


@site_rule(
    Rule(
        id="media/unattached",
        reason="A file that no page shows costs space, and may not be meant to be public.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="See whether anybody needs it, else delete it.",
        bad="a picture that is attached to nothing, shown and linked nowhere",
        good="a picture in a post",
    )
)
def unattached(site: Site, limits: Limits) -> Iterator[Hit]:
    used: set[int] | None = None  # looked up only where a file is attached to nothing
    for row in _library(site, "url", " AND parent = 0"):
        used = _used(site) if used is None else used
        if int(row["id"]) not in used:
            url = str(row["url"])
            message = f"{name_of(url)} is attached to nothing, shown and linked nowhere"
            yield Hit(message, f"file {name_of(url)}", kind="posts/attachment", id=int(row["id"]))


def _files(site: Site, where: str, columns: str = "", **values: Any) -> Iterator[Any]:
    return site.pages(
        f"SELECT key, url, attachment, size, sha256{columns} FROM files"  # noqa: S608
        f" WHERE site = :site AND {where} AND key > :after_key ORDER BY key LIMIT :most",
        "key",
        after_key="",
        **values,
    )


@site_rule(
    Rule(
        id="media/missing-file",
        reason="The library lists a file that the server lacks: readers see a broken picture.",
        severity=Severity.ERROR,
        fix="Upload the file again, or take it out of the library and of what shows it.",
        bad="an attachment whose file answers 404",
        good="an attachment whose file is there",
    )
)
def missing_file(site: Site, limits: Limits) -> Iterator[Hit]:
    gone: dict[int, str] = {}
    for row in _files(site, "state = 'missing'"):
        gone[int(row["attachment"])] = str(row["url"])
    for id, url in sorted(gone.items()):
        message = f"{name_of(url)} is not there"
        yield Hit(message, f"file {name_of(url)}", kind="posts/attachment", id=id)
    ids = sorted(gone)
    for start in range(0, len(ids), 200):
        names = {f"id{number}": id for number, id in enumerate(ids[start : start + 200])}
        holders = ", ".join(f":{name}" for name in names)
        rows = site.query(
            "SELECT DISTINCT post, post_type, target FROM links WHERE site = :site"  # noqa: S608
            f" AND target_kind = 'posts/attachment' AND target IN ({holders})"
            " ORDER BY post, post_type, target",
            **names,
        )
        for row in rows:
            name = name_of(gone[int(row["target"])])
            kind = f"posts/{row['post_type']}"
            message = f"it shows or links {name}, which is not there"
            because = ("posts/attachment", int(row["target"]))
            yield Hit(message, f"file {name}", kind=kind, id=int(row["post"]), because=because)


@site_rule(
    Rule(
        id="media/heavy",
        reason="A heavy picture keeps readers waiting and costs them data.",
        severity=Severity.WARNING,
        fix="Save it smaller, and in a format such as WebP.",
        bad="a photograph of 2.4 MB",
        good="a photograph of 90 KB",
        thresholds=(
            Threshold("most", 200_000, "squirrelscan", "bytes of a picture"),
            Threshold("far_too_much", 1_000_000, "squirrelscan", "bytes from which it is an error"),
        ),
    )
)
def heavy(site: Site, limits: Limits) -> Iterator[Hit]:
    most, far = limits.whole("most"), limits.whole("far_too_much")
    where = "size > :least AND attachment > 0 AND mime LIKE 'image/%'"
    for row in _files(site, where, least=most):
        size = int(row["size"])
        name = name_of(str(row["url"]))
        said = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} KB"
        yield Hit(
            f"{name} has {said}", f"file {name}", kind="posts/attachment",
            id=int(row["attachment"]), severity=Severity.ERROR if size > far else None,
            data={"bytes": size},
        )  # fmt: skip


@site_rule(
    Rule(
        id="media/duplicate",
        reason="The same file was uploaded more than once, and each copy is kept up by nobody.",
        severity=Severity.NOTICE,
        fix="Use one of them everywhere, and delete the others.",
        bad="moon.jpg and moon-copy.jpg, byte for byte the same",
        good="one moon.jpg, used twice",
    )
)
def duplicate(site: Site, limits: Limits) -> Iterator[Hit]:
    rows = site.pages(
        "SELECT f.attachment AS attachment, f.url AS url, f.sha256 AS sha256, f.key AS key"
        " FROM files f JOIN media m ON m.site = f.site AND m.id = f.attachment"
        " AND m.state = 'live' AND m.url = f.url"
        " WHERE f.site = :site AND f.sha256 > '' AND f.sha256 IN (SELECT sha256 FROM files"
        " WHERE site = :site AND sha256 > '' GROUP BY sha256 HAVING COUNT(*) > 1)"
        " AND f.key > :after_key ORDER BY f.key LIMIT :most",
        "key",
        after_key="",
    )
    groups: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        groups.setdefault(str(row["sha256"]), []).append((int(row["attachment"]), str(row["url"])))
    for _, group in sorted(groups.items()):
        for id, url in sorted(group) if len({one for one, _ in group}) > 1 else ():
            others = [name_of(other) for number, other in sorted(group) if number != id]
            message = f"{name_of(url)} is byte for byte {', '.join(others[:3])}"
            yield Hit(message, f"file {name_of(url)}", kind="posts/attachment", id=id)


# -- featured pictures


@site_rule(
    Rule(
        id="media/featured-missing",
        reason="Where its siblings have a picture, in lists and when shared, this one has a gap.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Choose a featured picture.",
        bad="a treatment without a featured picture, where all others have one",
        good="a featured picture for each",
        thresholds=(
            Threshold("share", 0.8, OWN, "of a type's posts that have one, for others to lack it"),
            Threshold("least", 10, OWN, "posts of the type"),
        ),
    )
)
class FeaturedMissing:
    def __init__(self, limits: Limits) -> None:
        self._share = limits.number("share")
        self._least = limits.whole("least")
        self._posts: dict[str, int] = {}
        self._without: dict[str, list[int]] = {}

    def add(self, post: PostFacts) -> None:
        self._posts[post.kind] = self._posts.get(post.kind, 0) + 1
        if "featured" not in post.more:
            self._without.setdefault(post.kind, []).append(post.id)

    def hits(self, site: Site) -> Iterable[Hit]:
        for kind, without in self._without.items():
            posts = self._posts[kind]
            have = posts - len(without)
            if posts < self._least or have < posts * self._share:
                continue
            for id in without:
                message = f"{have} of {posts} have a featured picture, this one has none"
                yield Hit(message, "featured picture", kind=kind, id=id)


@site_rule(
    Rule(
        id="media/featured-broken",
        reason="The featured picture was deleted, so that lists and shares show a gap.",
        severity=Severity.WARNING,
        fix="Choose another featured picture.",
        bad="a featured picture that is no longer in the library",
        good="a featured picture that is there",
    )
)
class FeaturedBroken:
    def __init__(self, limits: Limits) -> None:
        self._kinds = Kinds()
        self._posts = array("q")
        self._chosen = array("q")

    def add(self, post: PostFacts) -> None:
        if chosen := post.more.get("featured"):
            self._posts.append(self._kinds.key(post.kind, post.id))
            self._chosen.append(chosen)

    def hits(self, site: Site) -> Iterable[Hit]:
        states = {
            int(row["id"]): str(row["state"])
            for row in site.pages(
                "SELECT id, state FROM records WHERE site = :site AND kind = 'posts/attachment'"
                " AND id > :after_id ORDER BY id LIMIT :most",
                "id",
            )
        }
        if not states:  # the library was not pulled
            return
        for key, chosen in zip(self._posts, self._chosen, strict=True):
            state = states.get(chosen)
            if state == "live":
                continue
            kind, id = self._kinds.post(key)
            # One that the archive never saw may be hidden from a reader without a login.
            sure = state in ("gone", "trashed")
            yield Hit(
                f"its featured picture, number {chosen}, is not in the library",
                f"featured {chosen}", kind=kind, id=id, because=("posts/attachment", chosen),
                certainty=None if sure else Certainty.REVIEW,
            )  # fmt: skip

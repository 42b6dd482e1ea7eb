"""What a site lets us list, under which words, and what it keeps from us; reads no content.

A collection is probed with one request that is also its first total, so that a run in which
nothing changed costs two requests for a post type and one or two for everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from wp_sync.errors import Place, Problem, RestClosed, SourceError
from wp_sync.http import answers
from wp_sync.http.api import CORE, Api
from wp_sync.http.failures import BadRequest, Denied, NotFound, Redirected, Trouble
from wp_sync.http.retry import STEADY
from wp_sync.model import MEDIA_KIND, Collection, Item, LeftOut, Login, Sighting
from wp_sync.source.pages import Page, Pager, sighting_maker

# Types of WordPress's own that are not content, or whose ids are not numbers.
NOT_CONTENT = {
    "wp_template": "theme templates have no numeric ids; they belong to the theme",
    "wp_template_part": "theme templates have no numeric ids; they belong to the theme",
    "wp_global_styles": "styles of the theme can't be listed",
    "wp_font_family": "installed fonts are not content",
    "wp_font_face": "installed fonts are not content",
}
POST_STAMP = (
    "modified_gmt", "date_gmt", "slug", "status", "author", "featured_media", "parent",
    "menu_order", "comment_status", "sticky", "template", "format", "link",
)  # fmt: skip
# A media file can be replaced, and its alternative text written, without `modified` moving.
MEDIA_STAMP = (
    "modified_gmt", "date_gmt", "slug", "status", "author", "post", "link", "source_url",
    "mime_type", "alt_text",
)  # fmt: skip
# Comments have no `modified`: only the words themselves tell that somebody edited them.
COMMENT_STAMP = (
    "date_gmt", "status", "parent", "post", "author", "author_name", "author_url", "content",
)  # fmt: skip
# Never asked for: WordPress's scratch paper, and the trash (what is in it is known by `fate`).
_HIDDEN_STATUSES = {"any", "trash", "auto-draft", "inherit"}
_USUAL_STATUSES = "publish,future,draft,pending,private"
_EVERYWHERE = frozenset({"include", "exclude", "offset", "order", "orderby", "per_page", "page"})
_FULL_ITEMS = "3"


@dataclass(frozen=True, slots=True)
class Route:
    """A listing's GET arguments as the index declares them; ``known`` is False without an index."""

    arguments: Mapping[str, Any] = field(default_factory=dict)
    by_id: bool = True
    known: bool = False


@dataclass(frozen=True, slots=True)
class Probed:
    """A collection as it answered. ``first`` is its first total with the newest sightings."""

    collection: Collection
    first: tuple[int | None, Sequence[Sighting]] | None = None
    problems: tuple[Problem, ...] = ()
    usable: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listing to probe: its ways of being asked (most telling first), and how it is watched."""

    kind: str
    route: str
    rungs: tuple[Mapping[str, str], ...]
    stamp_fields: tuple[str, ...] = ()
    filters: frozenset[str] = frozenset()
    taxonomies: Mapping[str, str] = field(default_factory=dict)


def routes_of(index: Item) -> Callable[[str], Route]:
    """A lookup from a route (``wp/v2/posts``) to what the index says of it."""
    routes = index.get("routes")
    if not isinstance(routes, dict):
        return lambda _route: Route()

    def look(route: str) -> Route:
        described = routes.get(f"/{route}")
        by_id = any(name.startswith(f"/{route}/(?P<id>") and r"\d" in name for name in routes)
        arguments: dict[str, Any] = {}
        endpoints = described.get("endpoints") if isinstance(described, dict) else None
        for endpoint in answers.listed(endpoints):
            if isinstance(endpoint, dict) and "GET" in answers.listed(endpoint.get("methods")):
                declared = endpoint.get("args")
                arguments.update(declared if isinstance(declared, dict) else {})
        return Route(arguments, by_id=by_id and isinstance(described, dict), known=True)

    return look


def candidates(
    types: Item, taxonomies: Item, look: Callable[[str], Route], login: Login
) -> Iterator[Candidate | Problem]:
    """Everything that the site declares, as listings to probe or with the reason why not."""
    bases = {name: str(taxonomy.get("rest_base") or name) for name, taxonomy in _named(taxonomies)}
    for name, described in _named(types):
        kind = f"posts/{name}"
        if name in NOT_CONTENT:
            yield LeftOut(f"not copied: {NOT_CONTENT[name]}", place=Place(kind=kind))
            continue
        route = look(_route(name, described))
        if route.known and not route.by_id:
            yield Problem("not copied: it has no listing by numeric id", place=Place(kind=kind))
            continue
        filed = {
            f"terms/{each}": bases[str(each)]
            for each in answers.listed(described.get("taxonomies"))
            if str(each) in bases
        }
        stamp = MEDIA_STAMP if kind == MEDIA_KIND else POST_STAMP
        yield Candidate(
            kind,
            _route(name, described),
            tuple(_post_rungs(described, route, login)),
            tuple(dict.fromkeys((*stamp, *filed.values()))),
            _filters(route),
            filed,
        )
    for name, described in _named(taxonomies):
        route = look(_route(name, described))
        kind = f"terms/{name}"
        if route.known and not route.by_id:
            yield Problem("not copied: it has no listing by numeric id", place=Place(kind=kind))
            continue
        yield Candidate(kind, _route(name, described), ({},), (), _filters(route))
    users: tuple[Mapping[str, str], ...] = ({},)
    if "list_users" in login.capabilities:
        users = ({"context": "edit"}, {})
    yield Candidate("users/user", f"{CORE}users", users, (), _filters(look(f"{CORE}users")))
    comments: tuple[Mapping[str, str], ...] = ({},)
    if "moderate_comments" in login.capabilities:
        edit = {"context": "edit", "status": "all"}
        comments = ({**edit, "type": "all"}, edit, {})
    yield Candidate(
        "comments/comment",
        f"{CORE}comments",
        comments,
        COMMENT_STAMP,
        _filters(look(f"{CORE}comments")),
    )


def _named(described: Item) -> Iterator[tuple[str, Item]]:
    for name, value in described.items():
        if isinstance(value, dict) and value.get("rest_base", name):
            yield name, value


def _route(name: str, described: Item) -> str:
    namespace = described.get("rest_namespace") or CORE
    return f"{str(namespace).strip('/')}/{str(described.get('rest_base') or name).strip('/')}"


def _filters(route: Route) -> frozenset[str]:
    return frozenset(route.arguments) if route.known else _EVERYWHERE


def _post_rungs(described: Item, route: Route, login: Login) -> Iterator[Mapping[str, str]]:
    """Ways to ask for a post type, from the most telling down to what visitors see."""
    capabilities = described.get("capabilities")
    # Stated only where this login may edit the type at all. Under `context=edit` items that it
    # may not edit are left out, so that an author would see fewer posts than a visitor.
    others = capabilities.get("edit_others_posts") if isinstance(capabilities, dict) else None
    if isinstance(others, str) and others in login.capabilities:
        declared = _statuses(route)
        for statuses in dict.fromkeys((declared, _USUAL_STATUSES)):
            if statuses:
                yield {"context": "edit", "status": statuses}
        yield {"context": "edit"}
    yield {}


def _statuses(route: Route) -> str:
    declared = route.arguments.get("status")
    if not isinstance(declared, dict):
        return ""
    items = declared.get("items")
    enum = (items if isinstance(items, dict) else declared).get("enum")
    if not isinstance(enum, list):
        return ""
    attached = declared.get("default") == "inherit"
    return ",".join(
        str(status)
        for status in enum
        if (status == "inherit" and attached)
        or (status not in _HIDDEN_STATUSES and not str(status).startswith("request-"))
    )


def probe(api: Api, candidate: Candidate, login: Login) -> Probed:
    """Ask for a listing down its rungs until one is answered."""
    refused: SourceError | None = None
    for number, rung in enumerate(candidate.rungs):
        collection = Collection(
            candidate.kind,
            candidate.route,
            stamp_fields=candidate.stamp_fields,
            filters=candidate.filters,
            query=dict(rung),
            taxonomies=candidate.taxonomies,
        )
        try:
            total, sightings, fields = first_look(api, collection)
        except (BadRequest, Denied) as error:
            refused = error
            continue
        except (NotFound, RestClosed, Redirected) as error:
            refused = error
            break
        except Trouble as trouble:
            # It may still be walked in small steps.
            problem = Problem(trouble.message, Place(kind=candidate.kind), trouble.hint)
            return Probed(collection, problems=(problem,))
        if total and not sightings and total <= 100 and candidate.stamp_fields:
            reason = f"the site counts {total} and shows none to {_whom(login)}"
            return Probed(
                collection,
                problems=(Problem(reason, Place(kind=candidate.kind), _LOG_IN),),
                usable=False,
            )
        problems: tuple[Problem, ...] = ()
        if not login.anonymous and not rung and candidate.kind.startswith("posts/"):
            problems = (
                Problem(
                    f"seen by {_whom(login)} as visitors see it: without drafts, private items"
                    " and raw content",
                    Place(kind=candidate.kind),
                    "a login that may edit others' items sees all of it",
                ),
            )
        elif number and refused is not None:
            problems = (
                Problem(
                    f"seen less than whole ({refused.message})",
                    Place(kind=candidate.kind),
                    "a login with more rights sees drafts, private items and raw content",
                ),
            )
        sized = replace(collection, fields=fields)
        return Probed(sized, (total, sightings if candidate.stamp_fields else ()), problems)
    message = refused.message if refused is not None else "no answer"
    problem = Problem(
        f"not visible to {_whom(login)}: {message}", Place(kind=candidate.kind), _LOG_IN
    )
    return Probed(Collection(candidate.kind, candidate.route), problems=(problem,), usable=False)


_LOG_IN = "log in as a user who may see this, or do without"


def _whom(login: Login) -> str:
    return "visitors" if login.anonymous else f"the user {login.name}"


def first_look(
    api: Api, collection: Collection
) -> tuple[int | None, Sequence[Sighting], tuple[str, ...]]:
    """One request: the total, the newest sightings, and (where whole items come) field names."""
    if collection.stamp_fields:
        page = newest(api, collection, "100")
        return page.total, page.entries, ()
    keys: dict[str, None] = {}
    pager: Pager[Sighting] = Pager(
        api, collection, fields=(), make=_collecting(collection, keys), order={}
    )
    page = pager.window(0, int(_FULL_ITEMS))
    return page.total, page.entries, tuple(keys)


def newest(api: Api, collection: Collection, count: str) -> Page[Sighting]:
    """The newest items' sightings by date, with the total."""
    pager = Pager(
        api,
        collection,
        fields=collection.stamp_fields or ("id",),
        make=sighting_maker(collection),
        order={"orderby": "date", "order": "desc"} if collection.stamp_fields else {},
    )
    return pager.window(0, int(count))


def _collecting(collection: Collection, keys: dict[str, None]) -> Callable[..., Sighting]:
    make = sighting_maker(collection)

    def collect(number: int, raw: bytes, data: Item, seen_at: Any) -> Sighting:
        keys.update(dict.fromkeys(name for name in data if not name.startswith("_")))
        return make(number, raw, data, seen_at)

    return collect


def learn_fields(api: Api, collection: Collection) -> tuple[str, ...]:
    """Every field name of a listing but ``_links``: the schema's, and those of whole items.

    `_fields` is an allow-list: what is not named is not sent, and plugins add fields that only
    items show or only the schema declares. Empty (everything is asked for) when neither answers.
    """
    keys: dict[str, None] = {}
    make = _collecting(collection, keys)
    pager: Pager[Sighting] = Pager(api, collection, fields=(), make=make, order={})
    try:
        pager.window(0, int(_FULL_ITEMS), patience=STEADY)
    except Trouble:
        # The newest item may be the one that breaks.
        try:
            pager.window(int(_FULL_ITEMS), 1, patience=STEADY)
        except Trouble:
            return ()
    if not keys:
        return ()
    keys.update(dict.fromkeys(_schema(api, collection.route)))
    return tuple(keys)


def _schema(api: Api, route: str) -> tuple[str, ...]:
    # WordPress takes the method from this parameter; some firewalls block OPTIONS itself.
    try:
        described = api.ask(
            route, {"_method": "OPTIONS", "_fields": "schema"}, parse=answers.json_object
        )
    except SourceError:
        return ()
    schema = described.get("schema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return tuple(properties) if isinstance(properties, dict) else ()


def survey(
    api: Api, login: Login, threads: ThreadPoolExecutor
) -> tuple[list[Probed], list[Problem]]:
    """Every collection of the site, and what can't be copied with the reason.

    Raises:
        SourceError: the site does not tell its types.
    """

    index = threads.submit(_index, api)
    taxonomies = threads.submit(api.ask, f"{CORE}taxonomies", parse=answers.json_object)
    types = dict(api.ask(f"{CORE}types", parse=answers.json_object))
    if not login.anonymous:
        with suppress(Denied, BadRequest):
            types.update(api.ask(f"{CORE}types", {"context": "edit"}, parse=answers.json_object))
    found = list(candidates(types, taxonomies.result(), routes_of(index.result()), login))
    problems = [each for each in found if isinstance(each, Problem)]
    probes = [
        threads.submit(probe, api, each, login) for each in found if isinstance(each, Candidate)
    ]
    probed = [each.result() for each in probes]
    for each in probed:
        problems += each.problems
    return [each for each in probed if each.usable], problems


def _index(api: Api) -> Item:
    try:
        return api.ask("", {"_fields": "routes"}, parse=answers.json_object)
    except (NotFound, BadRequest, Denied):
        return {}

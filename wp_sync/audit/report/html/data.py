"""All that the report shows, read from the archive once: findings in columns, and what is around.

Reads through the archive's port; decides nothing, escapes nothing (`page` does).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from wp_sync.archive.base import SiteArchive
from wp_sync.audit.base import Rule
from wp_sync.audit.report.html.graph import as_json, graph_of
from wp_sync.audit.report.report import Report
from wp_sync.findings import Audit, Finding
from wp_sync.redaction import without_login

HISTORY = 30  # audits in the chart over time
_PAGE = 500
_TERMS = """
    SELECT t.taxonomy, t.slug, t.name, t.path, t.parent, t.source_ids, t.is_default,
           (SELECT COUNT(*) FROM post_terms AS pt
            JOIN posts AS p ON p.site = pt.site AND p.id = pt.post AND p.type = pt.post_type
            WHERE pt.site = t.site AND pt.taxonomy = t.taxonomy AND pt.slug = t.slug
              AND p.state = 'live' AND p.status = 'publish') AS posts
    FROM terms AS t WHERE t.site = :site ORDER BY t.taxonomy, t.path, t.slug
"""
_AUTHORS = """
    SELECT p.id, p.modified_at, COALESCE(a.name, p.author) AS author FROM posts AS p
    LEFT JOIN authors AS a ON a.site = p.site AND a.slug = p.author
    WHERE p.site = :site AND p.type = :type AND p.id BETWEEN :first AND :last
"""
_CATEGORIES = """
    SELECT pt.post, t.name FROM post_terms AS pt
    JOIN terms AS t ON t.site = pt.site AND t.taxonomy = pt.taxonomy AND t.slug = pt.slug
    WHERE pt.site = :site AND pt.post_type = :type AND pt.taxonomy = 'category'
      AND pt.post BETWEEN :first AND :last ORDER BY pt.post, pt.position
"""
_GRAPHED = """
    SELECT id, title, link FROM posts WHERE site = :site AND state = 'live' AND status = 'publish'
      AND type IN (SELECT post_type FROM related_posts WHERE site = :site) ORDER BY id
"""
_EDGES = "SELECT post, target FROM related_graph WHERE site = :site ORDER BY post, target"


class _Names:
    """Texts that many findings share, each once."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self.known.setdefault(text, len(self.known))

    def all(self) -> list[str]:
        return list(self.known)


def report_data(report: Report) -> dict[str, Any]:
    """The document behind the page: plain JSON values."""
    archive, audit = report.archive, report.audit
    assert archive is not None, "a page shows what stands around findings"
    known = archive.audit_book().audits(last=1_000)
    history = [one for one in known if one.number <= audit.number and not one.as_of][:HISTORY]
    columns = _Columns()
    for finding in report.findings():
        columns.add(finding, report.new(finding))
    return {
        "site": {"name": report.name, "home": without_login(report.home)},
        "audit": {**_audit(audit), "first": report.previous is None},
        "history": [_audit(one) for one in reversed(history)] or [_audit(audit)],
        "rules": [_rule(report.rules, name) for name in columns.rules.all()],
        **_posts(archive, report.site, columns.items),
        "findings": columns.document(),
        "taxonomies": _taxonomies(archive, report.site, columns.of_terms),
        "graph": _graph(archive, report.site),
    }


def _audit(audit: Audit) -> dict[str, Any]:
    severity = audit.tallies.get("severity", {})
    return {
        "number": audit.number,
        "at": audit.at,
        "as_of": audit.as_of,
        "posts": audit.posts,
        "counted": audit.counted,
        "muted": audit.muted,
        "fresh": audit.fresh,
        "gone": audit.gone,
        **{name: int(severity.get(name, 0)) for name in ("error", "warning", "notice")},
    }


def _rule(rules: Mapping[str, Rule], name: str) -> dict[str, str]:
    rule = rules.get(name)
    return {
        "id": name,
        "family": name.partition("/")[0],
        "reason": rule.reason if rule else "",
        "fix": rule.fix if rule else "",
    }


class _Columns:
    """Findings as columns: 20,000 of them are a few megabytes and read at once."""

    def __init__(self) -> None:
        self.rules = _Names()
        self.items: dict[tuple[str, int], tuple[int, Finding]] = {}
        self.of_terms: dict[tuple[str, int], list[int]] = {}
        self._columns: dict[str, list[Any]] = {
            name: []
            for name in (
                "rule", "item", "severity", "certain", "message", "excerpt", "target", "since",
                "by", "muted", "fresh",
            )
        }  # fmt: skip

    def add(self, finding: Finding, fresh: bool) -> None:
        rule = self.rules.number(finding.rule)
        item, _ = self.items.setdefault((finding.kind, finding.id), (len(self.items), finding))
        family, _, name = finding.kind.partition("/")
        if family == "terms" and not finding.muted:
            self.of_terms.setdefault((name, finding.id), []).append(rule)
        excerpt = finding.excerpt
        target = finding.data.get("url", "")
        for column, value in (
            ("rule", rule),
            ("item", item),
            ("severity", finding.severity.rank),
            ("certain", int(finding.certainty == "certain")),
            ("message", finding.message),
            ("excerpt", [excerpt.text, excerpt.start, excerpt.end] if excerpt.text else 0),
            ("target", target if isinstance(target, str) else ""),
            ("since", finding.since[:10]),
            ("by", finding.by),
            ("muted", finding.muted or 0),
            ("fresh", int(fresh)),
        ):
            self._columns[column].append(value)

    def document(self) -> dict[str, list[Any]]:
        return self._columns


def _posts(
    archive: SiteArchive, key: str, items: Mapping[tuple[str, int], tuple[int, Finding]]
) -> dict[str, Any]:
    """The items with findings: title, addresses, author and categories by number."""
    authors, terms = _Names(), _Names()
    known: dict[tuple[str, int], tuple[int, list[int], str]] = {}
    by_type: dict[str, list[int]] = {}
    for kind, id in items:
        family, _, name = kind.partition("/")
        if family == "posts":
            by_type.setdefault(name, []).append(id)
    for name, ids in by_type.items():
        for some in _some(sorted(ids)):
            span = {"site": key, "type": name, "first": some[0], "last": some[-1]}
            wanted = set(some)
            for row in archive.query(_AUTHORS, **span):
                if (id := _int(row["id"])) in wanted:
                    author = authors.number(str(row["author"] or "nobody"))
                    known[f"posts/{name}", id] = (author, [], str(row["modified_at"])[:10])
            for row in archive.query(_CATEGORIES, **span):
                entry = known.get((f"posts/{name}", _int(row["post"])))
                if entry is not None:
                    entry[1].append(terms.number(str(row["name"])))
    rows = []
    for (kind, id), (_, finding) in items.items():
        author, filed, modified = known.get((kind, id), (-1, [], ""))
        rows.append(
            [kind, id, finding.title, finding.url, finding.edit_url, author, filed, modified]
        )
    return {"items": rows, "authors": authors.all(), "categories": terms.all()}


def _some(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _PAGE):
        yield ids[start : start + _PAGE]


def _taxonomies(
    archive: SiteArchive, key: str, troubles: Mapping[tuple[str, int], Sequence[int]]
) -> list[dict[str, Any]]:
    """Every taxonomy as a list in the order of its tree: name, depth, posts, rules that hit it."""
    found: dict[str, list[list[Any]]] = {}
    for row in archive.query(_TERMS, site=key):
        taxonomy, path = str(row["taxonomy"]), str(row["path"])
        hit: Counter[int] = Counter()
        for id in msgspec.json.decode(str(row["source_ids"])):
            hit.update(troubles.get((taxonomy, id), ()))
        found.setdefault(taxonomy, []).append(
            [
                str(row["name"]),
                path.count(" > "),
                _int(row["posts"]),
                sorted(hit),
                int(bool(row["is_default"])),
            ]
        )
    return [{"taxonomy": name, "terms": terms} for name, terms in sorted(found.items())]


def _graph(archive: SiteArchive, key: str) -> dict[str, Any]:
    rows = archive.query(_GRAPHED, site=key)
    named = {_int(row["id"]): (str(row["title"]), str(row["link"])) for row in rows}
    return as_json(graph_of(named, _pairs(archive.query(_EDGES, site=key))), named)


def _pairs(rows: Iterable[Mapping[str, object]]) -> Iterator[tuple[int, int]]:
    for row in rows:
        yield _int(row["post"]), _int(row["target"])


def _int(value: object) -> int:
    return int(str(value))

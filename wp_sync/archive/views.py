"""Views for people, once for SQLite and PostgreSQL; docs/archive.md shows them at work.

Some stand on others, in the order given. A change of this file needs a migration.
"""

from __future__ import annotations

VIEWS = {
    "published_posts": """
        SELECT site, id, type, slug, title, link, author, published_at, modified_at
        FROM posts WHERE state = 'live' AND status = 'publish'
    """,
    "post_categories": """
        SELECT p.site, p.id AS post, p.title, t.taxonomy, t.slug, t.name, t.path, pt.is_primary
        FROM posts AS p
        JOIN post_terms AS pt ON pt.site = p.site AND pt.post = p.id AND pt.post_type = p.type
        JOIN terms AS t ON t.site = pt.site AND t.taxonomy = pt.taxonomy AND t.slug = pt.slug
        WHERE p.state = 'live'
    """,
    "broken_links": """
        SELECT p.site, p.id AS post, p.title, p.link AS post_link, l.position, l.url, l.text,
               l.element
        FROM links AS l
        JOIN posts AS p ON p.site = l.site AND p.id = l.post AND p.type = l.post_type
        WHERE l.state = 'missing' AND p.state = 'live'
    """,
    "history": """
        SELECT c.site, c.run, r.started_at, c.kind, c.id, c.change, c.state, c.version
        FROM changes AS c JOIN runs AS r ON r.site = c.site AND r.number = c.run
    """,
    # Related posts as a graph, of what visitors can see. "One way": the other end does not list it
    # back. "Dead ends" list nobody. "Islands" can't be reached from the post with most neighbours,
    # whichever way the entries point.
    "related_graph": """
        SELECT r.site, r.post, p.type AS post_type, p.title, r.target, t.type AS target_type,
               t.title AS target_title, MIN(r.origin) AS origin, COUNT(*) AS entries
        FROM related_posts AS r
        JOIN posts AS p ON p.site = r.site AND p.id = r.post AND p.type = r.post_type
        JOIN posts AS t ON t.site = r.site AND t.id = r.target
        WHERE r.state IN ('resolved', 'moved') AND p.state = 'live' AND p.status = 'publish'
              AND t.type <> 'attachment'
        GROUP BY r.site, r.post, p.type, p.title, r.target, t.type, t.title
    """,
    "related_one_way": """
        SELECT g.site, g.post, g.post_type, g.title, g.target, g.target_type, g.target_title,
               g.origin
        FROM related_graph AS g
        WHERE NOT EXISTS (
            SELECT 1 FROM related_posts AS b
            WHERE b.site = g.site AND b.post = g.target AND b.target = g.post
                  AND b.state IN ('resolved', 'moved')
        )
    """,
    "related_dead_ends": """
        SELECT p.site, p.id AS post, p.type, p.title, p.link
        FROM published_posts AS p
        WHERE (p.site, p.type) IN (SELECT r.site, r.post_type FROM related_posts AS r)
          AND NOT EXISTS (
            SELECT 1 FROM related_posts AS r
            WHERE r.site = p.site AND r.post = p.id AND r.post_type = p.type
                  AND r.state IN ('resolved', 'moved')
          )
    """,
    "related_islands": """
        WITH RECURSIVE
        edges(site, a, b) AS (
            SELECT site, post, target FROM related_posts WHERE state IN ('resolved', 'moved')
            UNION ALL
            SELECT site, target, post FROM related_posts WHERE state IN ('resolved', 'moved')
        ),
        hubs(site, id, place) AS (
            SELECT site, a, ROW_NUMBER() OVER (PARTITION BY site ORDER BY COUNT(*) DESC, a)
            FROM edges GROUP BY site, a
        ),
        mainland(site, id) AS (
            SELECT site, id FROM hubs WHERE place = 1
            UNION
            SELECT e.site, e.b FROM mainland AS m JOIN edges AS e ON e.site = m.site AND e.a = m.id
        )
        SELECT p.site, p.id AS post, p.type, p.title, p.link
        FROM published_posts AS p LEFT JOIN mainland AS m ON m.site = p.site AND m.id = p.id
        WHERE m.id IS NULL
          AND (p.site, p.type) IN (SELECT r.site, r.post_type FROM related_posts AS r)
    """,
}

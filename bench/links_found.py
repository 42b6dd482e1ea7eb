"""Links found and links invented, against the tree that html5lib builds.

    python -m bench.links_found [FILE ...]

Over every distinct piece of HTML in the recorded site, over the labelled bodies of
``tests/labelled/related``, and over files named (HTML, or a WXR export, whose posts are taken one
by one). Prints how many links the tree has, how many of them the scanner missed, and how many it
found that the tree has not.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from bench.html5_links import links
from bench.related_found import PARTS
from bench.related_found import bodies as labelled
from tests.bodies import recorded_bodies
from wp_sync.normalize.links.addresses import find_addresses
from wp_sync.normalize.links.scan import scan

_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"


def bodies_of(path: Path) -> Iterator[str]:
    """The bodies in a file: the posts of an export, or the whole of it."""
    if path.suffix != ".xml":
        yield path.read_text(encoding="utf-8", errors="replace")
        return
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for element in etree.parse(path, parser).iter(_ENCODED):
        if element.text:
            yield element.text


def labelled_bodies() -> Iterator[str]:
    """Every labelled body that is markup, of both parts."""
    for part in PARTS:
        for body in labelled(part):
            if body.where != "rest":
                yield body.text


def compare(body: str) -> tuple[int, int, int]:
    """(links of the tree, missed, invented) of a body, in attributes and styles."""
    theirs = Counter(links(body))
    mine = Counter(
        (each.element, each.attribute, each.url)
        for each in find_addresses(scan(body))
        if set(each.layers) <= {"attribute", "srcset", "css"}
        and (each.attribute[:5] != "data-" or (each.element, each.attribute, each.url) in theirs)
    )
    return sum(theirs.values()), sum((theirs - mine).values()), sum((mine - theirs).values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    files = parser.parse_args().files
    corpora = [("recorded site", list(recorded_bodies()))]
    corpora += [("labelled bodies", list(labelled_bodies()))]
    corpora += [(path.name, list(bodies_of(path))) for path in files]
    for name, bodies in corpora:
        counts = [compare(body) for body in bodies]
        total, missed, invented = (sum(count[at] for count in counts) for at in range(3))
        print(f"{name}: {len(bodies)} bodies, {total} links, {missed} missed, {invented} invented")


if __name__ == "__main__":
    main()

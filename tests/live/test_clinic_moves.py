"""The clinic's blog moves: pulled, put in order by the guide's rules, pushed into an empty site.

From 5.7 into 7.1 always; from 7.1 back into 6.1 as well with ``WP_SYNC_FIRE``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import Lab
from tests.faults.proxy import Proxy
from tests.fire import FIRE
from tests.unit.test_clean_up import GUIDE, files
from wp_sync.archive import open_archive
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.progress import Silent, Stop
from wp_sync.publish.base import Settings
from wp_sync.publish.mirror import Mirror
from wp_sync.publish.parity.verify import Verifier
from wp_sync.publish.wordpress.publisher import WordPressPublisher
from wp_sync.pull.options import PullOptions
from wp_sync.run import follow_links, pull
from wp_sync.source.wordpress import WordPressSource

WAYS = [("5.7", "7.1"), ("7.1", "6.1")] if FIRE else [("5.7", "7.1")]


@pytest.mark.parametrize(("old", "new"), WAYS)
def test_the_blog_moves_whole_and_moves_once(lab: Lab, old: str, new: str, tmp_path: Path) -> None:
    assert {old, new} <= set(lab.versions), "this test wants all versions of the lab"
    source, target = lab[old], lab.variant(new, empty=True)
    for name, text in files(GUIDE).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    rules = load_rules(tmp_path / "mappings")
    login = source.logins["admin"]
    source.heal()
    try:
        with (
            open_archive(tmp_path / "archive") as archive,
            Proxy(target.address) as proxy,
        ):
            site = archive.of(source.url.removeprefix("http://"))
            with WordPressSource(source.url, user=login.user, password=login.password) as reader:
                pull(reader, site, PullOptions())
                normalize_site(site, rules)
                follow_links(reader, site)
            normalize_site(site, rules)
            settings = Settings("new", "wordpress", proxy.url, login.user, login.password)

            def opened() -> tuple[Mirror, WordPressPublisher]:
                publisher = WordPressPublisher(settings)
                return Mirror(site, rules, publisher, settings), publisher

            mirror, publisher = opened()
            plan = mirror.plan()
            # The old entrance's picture is gone at the source, and REST takes no pingback.
            left_out = [problem.message for problem in plan.problems if "left out" in str(problem)]
            _, pushed = mirror.push(plan)
            publisher.close()
            assert (pushed.left, pushed.over) == (0, None), pushed.problems
            assert any("Old entrance" in one for one in left_out)

            proxy.meet(())
            mirror, publisher = opened()
            again = mirror.push()[1]
            assert (again.writes, again.left) == (0, 0)
            assert {one.method for one in proxy.asked} == {"GET"}
            parity = Verifier(mirror, Silent(), Stop()).verify()
            publisher.close()
            told = {(one.state, one.key) for one in parity.differences if one.state != "extra"}
            # What the plan left out, links that led nowhere before, and nothing else.
            assert told == {
                ("refused", "comments/comment:11"),
                ("refused", "posts/attachment:26"),
                *(("explained", f"posts/post:{id}") for id in (114, 216)),
            }
            assert parity.clean
    finally:
        source.heal(broken=True)
        target.stop()

"""Other hosts that are this site under another name: told by the paths that both have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.normalize.rules import LinkRules
from wp_sync.normalize.suggest.hosts import Hosts

HOME = "https://clinic.example/news"
OWN = (
    f"{HOME}/2019/05/sore-back/", f"{HOME}/sleep-again/", f"{HOME}/about/",
    f"{HOME}/2020/01/%D1%81%D0%BE%D0%BD-%D0%B8-%D0%B1%D0%BE%D0%BB%D1%8C/",
    f"{HOME}/wp-content/uploads/2019/05/plan.jpg",
)  # fmt: skip


def proposed(*links: str, rules: LinkRules | None = None) -> dict[str, float]:
    hosts = Hosts(HOME, rules or LinkRules())
    for url in OWN:
        hosts.known(url)
    for link in links:
        hosts.look(f'<a href="{link}">x</a>')
    return {one.names[0]: one.confidence for _, one in hosts.proposals()}


@pytest.mark.parametrize(
    ("alias", "links"),
    [
        ("old.example", ["https://old.example/2019/05/sore-back/", "http://old.example/Sleep-Again"]),
        ("staging.clinic.example/news",
         ["//staging.clinic.example/news/2019/05/sore-back/?p=1",
          "//staging.clinic.example/news/sleep-again/#top",
          "//staging.clinic.example/news/2020/01/сон-и-боль/"]),
        ("cdn.example",
         ["https://cdn.example/wp-content/uploads/2019/05/plan-300x200.jpg",
          "https://cdn.example/sleep-again/"]),
        ("i0.wp.example/clinic.example",
         ["https://i0.wp.example/clinic.example/wp-content/uploads/2019/05/plan.jpg?w=300",
          "https://i0.wp.example/clinic.example/sleep-again/",
          "https://i0.wp.example/other.example/wp-content/uploads/x.jpg"]),
    ],
)  # fmt: skip
def test_a_host_with_the_sites_own_paths_is_proposed(alias: str, links: list[str]) -> None:
    found = proposed(*links)
    assert list(found) == [alias]
    assert found[alias] >= 0.9


@pytest.mark.parametrize(
    "links",
    [
        [f"{HOME}/2019/05/sore-back/", "https://www.clinic.example/news/sleep-again/"],
        ["https://other.example/2019/05/sore-back/"],
        ["https://other.example/about/", "https://other.example/news/"],
        ["https://other.example/sleep-again/", "https://other.example/2019/05/sore-back/"]
        + [f"https://other.example/their-own-text-{n}/" for n in range(3)],
        ["/2019/05/sore-back/", "mailto:a@old.example", "https://old.example/"],
    ],
)
def test_a_host_of_its_own_is_not(links: list[str]) -> None:
    assert proposed(*links) == {}


def test_what_is_an_alias_already_is_not_proposed() -> None:
    links = ["https://old.example/2019/05/sore-back/", "https://old.example/sleep-again/"]
    assert proposed(*links, rules=LinkRules(aliases=("old.example",))) == {}
    assert proposed(*links, rules=LinkRules(aliases=("www.old.example/blog",))) == {}


def test_how_many_posts_say_so_and_why() -> None:
    hosts = Hosts(HOME, LinkRules())
    for url in OWN:
        hosts.known(url)
    block = '<!-- wp:x {"url":"https:\\/\\/old.example\\/sleep-again\\/"} -->'
    for _ in range(3):
        assert hosts.look(block) == ["old.example"]
    assert hosts.look("<a href=//old.example/2019/05/sore-back>x</a>") == ["old.example"]
    ((host, one),) = hosts.proposals()
    assert (host, one.posts, one.file, one.rule) == ("old.example", 4, "links.toml", "")
    assert one.reason.startswith(
        "2 of 2 different addresses at “old.example” are addresses of this"
    )


def test_a_crowd_of_hosts_and_paths_is_not_all_remembered() -> None:
    hosts = Hosts(HOME, LinkRules())
    hosts.look(" ".join(f"https://h{n}.example/some-path-{n}/" for n in range(2_000)))
    hosts.look(" ".join(f"https://h1.example/some-path-{n}/" for n in range(2_000)))
    assert len(hosts._paths) == 500
    assert len(hosts._paths["h1.example"]) == 200


@given(st.text("htps:/.-%[]@\\é wx0\n", max_size=60))
def test_no_address_is_too_strange(url: str) -> None:
    hosts = Hosts(url, LinkRules(aliases=(url,)))
    hosts.known(url)
    hosts.look(f"<a href='{url}'>{url}</a>")
    list(hosts.proposals())

"""Plan, apply and what comes back, against a target in memory that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.errors import GuardRefused, LoginFailed, PlanStale, TargetRefused, UsageError
from wp_sync.model import Outcome, Record, State
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.publish.apply import Pushed
from wp_sync.publish.base import Atlas, Held, Item, Payload, Settings
from wp_sync.publish.memory import Killed, MemoryPublisher, MemoryTarget
from wp_sync.publish.mirror import Mirror
from wp_sync.publish.steps import Plan, plan_of

RULES = Rules()


def both(raw: str) -> dict[str, str]:
    return {"raw": raw, "rendered": raw}


def link(id: int, kind: str = "post") -> str:
    return f'<a href="https://{SITE}/{kind}-{id}/">there</a>'


RECORDS = [
    make_record("site/site", 0),
    make_record("terms/category", 1, name="Pain", slug="pain"),
    make_record("users/user", 1, name="Jane", slug="jane"),
    make_record("posts/post", 20, content=both(f"<p>One {link(21)}</p>"), categories=[1]),
    make_record("posts/post", 21, content=both(f"<p>Two {link(20)}</p>"), categories=[1]),
    make_record("posts/page", 30, parent=31, content=both("<p>Child</p>")),
    make_record("posts/page", 31, content=both("<p>Parent</p>")),
    make_record("comments/comment", 60, post=20, author_name="Ann"),
]


class Bench:
    """An archive, a target, and pushes from one to the other."""

    def __init__(self, site: SiteArchive) -> None:
        self.site = site
        self.target = MemoryTarget()
        self.settings = Settings("new", "memory", "")
        site.set_site(make_identity())
        self.pull(RECORDS)

    def pull(self, records: Sequence[Record]) -> None:
        run = self.site.begin_run("pull", "anonymous")
        self.site.save(run, records)
        self.site.finish_run(run, Outcome.DONE, {}, [], 1)
        normalize_site(self.site, RULES)

    def gone(self, *ids: int, kind: str = "posts/post") -> None:
        self.site.vanish(1, kind, dict.fromkeys(ids, State.GONE))
        normalize_site(self.site, RULES)

    def mirror(self) -> Mirror:
        return Mirror(self.site, RULES, MemoryPublisher(self.target), self.settings)

    def plan(self) -> Plan:
        return self.mirror().plan()

    def push(self, approved: Plan | None = None) -> Pushed:
        return self.mirror().push(approved)[1]

    def policy(self, **how: Any) -> None:
        self.settings = replace(self.settings, **how)

    def id_of(self, key: str) -> str:
        return self.mirror().ledger.of([key])[key].target_id

    def thing(self, key: str) -> dict[str, Any]:
        return self.target.things[self.id_of(key)].fields

    def quiet(self) -> None:
        """Nothing is left to do: a push writes nothing at all."""
        self.target.forbidden = True
        writes = self.push().writes
        self.target.forbidden = False
        assert writes == 0
        assert not self.plan().steps
        assert not self.mirror().ledger.intents()


@pytest.fixture
def bench() -> Iterator[Bench]:
    with tmp_archive() as archive:
        yield Bench(archive.of(SITE))


def steps(plan: Plan) -> list[tuple[str, str]]:
    return [(step.action, step.key) for step in plan.steps]


def slugs(target: MemoryTarget) -> list[str]:
    return sorted(thing.fields.get("slug", "") for thing in target.things.values())


def test_a_first_push_makes_each_thing_once_and_the_next_writes_nothing(bench: Bench) -> None:
    plan = bench.plan()
    assert [action for action, _ in steps(plan)] == ["create"] * 7
    pushed = bench.push()
    assert not pushed.problems
    assert len(bench.target.things) == 7
    assert bench.thing("posts/page:30")["parent"] == bench.id_of("posts/page:31")
    assert bench.thing("posts/post:20")["terms"] == {
        "category": [bench.id_of("terms/category:pain")]
    }
    bench.quiet()


def test_posts_that_link_in_circles_are_written_twice_at_most(bench: Bench) -> None:
    pushed = bench.push()
    assert pushed.second == 1
    assert bench.target.writes == 8
    for id in (20, 21):
        assert f"https://{SITE}" not in bench.thing(f"posts/post:{id}")["content"]
    bench.quiet()


def test_pages_that_are_their_own_ancestors_are_pushed_all_the_same(bench: Bench) -> None:
    bench.pull([make_record("posts/page", 31, parent=30, content=both("<p>Parent</p>"))])
    bench.push()
    assert bench.thing("posts/page:30")["parent"] == bench.id_of("posts/page:31")
    assert bench.thing("posts/page:31")["parent"] == bench.id_of("posts/page:30")
    bench.quiet()


def test_a_plan_changes_nothing_and_says_the_same_twice(bench: Bench) -> None:
    bench.target.forbidden = True
    first, second = bench.plan(), bench.plan()
    assert first.to_json() == second.to_json()
    assert not list(bench.mirror().ledger.receipts())


def test_only_the_fields_that_changed_are_sent(bench: Bench) -> None:
    bench.push()
    bench.pull([make_record("posts/page", 31, content=both("<p>Anew</p>"))])
    (step,) = bench.plan().steps
    assert (step.action, step.key, step.fields) == ("update", "posts/page:31", ("content",))
    bench.push()
    assert bench.thing("posts/page:31")["content"] == "<p>Anew</p>"
    bench.quiet()


def test_links_follow_what_gets_another_address_within_the_same_push(bench: Bench) -> None:
    bench.push()
    bench.pull(
        [
            make_record(
                "posts/post",
                21,
                slug="anew",
                content=both(f"<p>Two {link(20)}</p>"),
                categories=[1],
            )
        ]
    )
    bench.target.edit(bench.id_of("posts/page:31"), title="Theirs")  # is no business of ours
    pushed = bench.push()
    assert (pushed.writes, pushed.second) == (2, 1)
    assert "/post/anew/" in bench.thing("posts/post:20")["content"]
    bench.target.forbidden = True
    assert bench.push().writes == 0


# -- plans as files


def test_a_saved_plan_is_applied_exactly(bench: Bench) -> None:
    plan = plan_of(bench.plan().to_json(), "plan.json")
    assert plan.steps == bench.plan().steps
    assert bench.push(plan).writes == 8


@pytest.mark.parametrize("where", ["source", "target"])
def test_a_saved_plan_is_refused_once_the_world_changed(bench: Bench, where: str) -> None:
    bench.push()
    bench.pull([make_record("posts/page", 31, content=both("<p>Anew</p>"))])
    plan = bench.plan()
    if where == "source":
        bench.pull([make_record("posts/page", 31, content=both("<p>Once more</p>"))])
    else:
        bench.target.edit(bench.id_of("posts/page:31"), content="<p>Theirs</p>")
    bench.target.forbidden = True
    with pytest.raises(PlanStale, match="Page 31"):
        bench.push(plan)


def test_a_plan_changed_by_hand_is_refused(bench: Bench) -> None:
    data = bench.plan().to_json()
    with pytest.raises(UsageError, match="not as it was saved"):
        plan_of(data.replace(b'"create"', b'"delete"', 1), "plan.json")
    with pytest.raises(UsageError, match="no plan"):
        plan_of(b"{}", "plan.json")


# -- edits at the target


def test_an_edit_at_the_target_is_a_conflict_with_all_three_values(bench: Bench) -> None:
    bench.push()
    bench.target.edit(bench.id_of("posts/page:31"), title="Theirs")
    bench.pull([make_record("posts/page", 31, title=both("Ours"), content=both("<p>Parent</p>"))])
    (step,) = bench.plan().steps
    assert step.action == "conflict"
    (change,) = step.changes
    assert (change.field, change.base, change.ours, change.theirs) == (
        "title", "Page 31", "Ours", "Theirs",
    )  # fmt: skip
    bench.target.forbidden = True
    assert bench.push().writes == 0
    assert bench.thing("posts/page:31")["title"] == "Theirs"


def test_keep_theirs_keeps_the_field_and_updates_the_others(bench: Bench) -> None:
    bench.policy(on_conflict="theirs")
    bench.push()
    bench.target.edit(bench.id_of("posts/page:31"), title="Theirs")
    bench.pull([make_record("posts/page", 31, content=both("<p>Anew</p>"))])
    bench.push()
    assert bench.thing("posts/page:31")["title"] == "Theirs"
    assert bench.thing("posts/page:31")["content"] == "<p>Anew</p>"
    bench.quiet()
    bench.pull([make_record("posts/page", 31, title=both("Later"), content=both("<p>Anew</p>"))])
    bench.push()
    assert bench.thing("posts/page:31")["title"] == "Theirs"


def test_overwrite_saves_the_targets_version_first(bench: Bench) -> None:
    bench.policy(on_conflict="overwrite")
    bench.push()
    bench.target.edit(bench.id_of("posts/page:31"), title="Theirs")
    bench.push()
    assert bench.thing("posts/page:31")["title"] == "Page 31"
    (saved,) = bench.mirror().ledger.versions("posts/page:31")
    assert saved.fields["title"] == "Theirs"
    bench.quiet()


def test_an_edit_that_says_what_we_say_is_no_conflict(bench: Bench) -> None:
    bench.push()
    bench.target.edit(bench.id_of("posts/page:31"), title="Same")
    bench.pull([make_record("posts/page", 31, title=both("Same"), content=both("<p>Parent</p>"))])
    bench.target.forbidden = True
    bench.push()
    bench.quiet()


def test_what_was_deleted_at_the_target_is_a_persons_decision(bench: Bench) -> None:
    bench.push()
    bench.target.drop(bench.id_of("posts/page:30"))
    (step,) = bench.plan().steps
    assert (step.action, step.key) == ("conflict", "posts/page:30")
    bench.policy(put_back=True)
    bench.push()
    assert len(bench.target.of("posts/page")) == 2
    bench.quiet()


def test_a_target_restored_from_a_backup_gets_the_rest_again(bench: Bench) -> None:
    bench.push()
    backup = bench.target.save()
    bench.pull(
        [
            make_record("posts/page", 31, content=both("<p>Anew</p>")),
            make_record("posts/page", 32, content=both("<p>More</p>")),
        ]
    )
    bench.push()
    bench.target.restore(backup)
    plan = bench.plan()
    assert steps(plan) == [("update", "posts/page:31"), ("conflict", "posts/page:32")]
    bench.policy(put_back=True)
    bench.push()
    assert bench.thing("posts/page:31")["content"] == "<p>Anew</p>"
    assert slugs(bench.target).count("page-32") == 1
    bench.quiet()


def test_a_number_given_once_more_after_a_restore_is_not_taken_for_ours(bench: Bench) -> None:
    """A backup from before our pushes: the target gives our old numbers to other things."""
    backup = bench.target.save()
    bench.push()
    old = bench.id_of("posts/post:21")
    bench.target.restore(backup)
    while bench.target.last_id < int(old) - 1:
        bench.target.add("posts/wp_block", slug=f"x{bench.target.last_id}")
    stranger = bench.target.add("posts/post", slug="theirs", title="Theirs", status="publish")
    assert stranger == old
    bench.gone(21)
    bench.policy(on_conflict="overwrite", put_back=True)
    bench.push()
    bench.pull([make_record("posts/post", 21, content=both("<p>Back</p>"), categories=[1])])
    bench.push()
    assert bench.target.things[stranger].fields["title"] == "Theirs"
    assert bench.target.things[stranger].fields["status"] == "publish"
    assert bench.id_of("posts/post:21") != stranger


def test_what_refers_to_a_thing_made_again_is_written_anew(bench: Bench) -> None:
    bench.push()
    bench.target.drop(bench.id_of("users/user:jane"))
    bench.policy(put_back=True)
    bench.push()
    assert bench.thing("posts/post:20")["author"] == bench.id_of("users/user:jane")
    bench.quiet()


# -- what the source no longer has


def test_what_is_gone_at_the_source_is_unpublished(bench: Bench) -> None:
    bench.push()
    id = bench.id_of("posts/page:30")
    bench.gone(30, kind="posts/page")
    assert steps(bench.plan()) == [("delete", "posts/page:30")]
    bench.push()
    assert bench.target.things[id].fields["status"] == "draft"
    bench.quiet()
    bench.pull([make_record("posts/page", 30, parent=31, content=both("<p>Child</p>"))])
    bench.push()
    assert bench.target.things[id].fields["status"] == "publish"
    bench.quiet()


@pytest.mark.parametrize("how", ["leave", "trash"])
def test_other_policies_for_what_is_gone(bench: Bench, how: str) -> None:
    bench.policy(on_deleted=how)
    bench.push()
    id = bench.id_of("posts/page:30")
    bench.gone(30, kind="posts/page")
    bench.push()
    assert bench.target.things[id].trashed is (how == "trash")
    assert bench.target.things[id].fields["status"] == "publish"
    if how == "trash":
        bench.quiet()
        bench.pull([make_record("posts/page", 30, parent=31, content=both("<p>Child</p>"))])
        bench.push()
        assert not bench.target.things[id].trashed
        assert bench.target.things[id].fields["slug"] == "page-30"
        bench.quiet()


def test_too_many_deletions_need_a_persons_word(bench: Bench) -> None:
    ids = range(100, 120)
    bench.pull([make_record("posts/post", id) for id in ids])
    bench.push()
    bench.gone(*ids)
    assert bench.plan().refused
    bench.target.forbidden = True
    with pytest.raises(GuardRefused, match="20 of 27"):
        bench.push()


def test_what_is_withheld_is_not_gone(bench: Bench) -> None:
    bench.push()
    bench.site.vanish(1, "posts/page", {30: State.WITHHELD})
    normalize_site(bench.site, RULES)
    assert bench.plan().count("delete") == 0


def test_what_was_edited_there_is_not_taken_away(bench: Bench) -> None:
    bench.push()
    bench.target.edit(bench.id_of("posts/page:30"), title="Theirs")
    bench.gone(30, kind="posts/page")
    assert steps(bench.plan()) == [("conflict", "posts/page:30")]


# -- identity


def test_an_archive_lost_and_rebuilt_finds_its_work_again(bench: Bench) -> None:
    bench.push()
    with tmp_archive() as archive:
        other = Bench(archive.of(SITE))
        other.target = bench.target
        bench.target.forbidden = True
        plan = other.plan()
        assert {action for action, _ in steps(plan)} == {"adopt"}
        other.push()
        other.quiet()


def test_a_strangers_slug_is_never_taken_nor_numbered(bench: Bench) -> None:
    bench.target.add("posts/page", slug="page-31", title="A stranger's", date="2020-01-01")
    plan = bench.plan()
    assert ("conflict", "posts/page:31") in steps(plan)
    pushed = bench.push()
    assert "page-31-2" not in slugs(bench.target)
    assert any("needs is not at the target" in one.message for one in pushed.problems)


def test_terms_that_are_there_are_adopted(bench: Bench) -> None:
    id = bench.target.add("terms/category", slug="pain", name="Pain", taxonomy="category")
    bench.push()
    assert bench.id_of("terms/category:pain") == id
    bench.quiet()


# -- what goes wrong


@pytest.mark.parametrize("fault", ["lost", "error after", "lost before"])
@pytest.mark.parametrize("number", [1, 3, 5, 8])
def test_an_answer_that_is_lost_makes_nothing_twice(bench: Bench, fault: Any, number: int) -> None:
    bench.target.faults = {number: fault}
    pushed = bench.push()
    assert bench.target.fired == [fault]
    assert not pushed.problems
    assert len(bench.target.things) == 7
    bench.quiet()


@pytest.mark.parametrize("number", [1, 3, 5, 8])
def test_a_kill_after_any_write_makes_nothing_twice(bench: Bench, number: int) -> None:
    bench.target.faults = {number: "kill"}
    with pytest.raises(Killed):
        bench.push()
    assert len(bench.mirror().ledger.intents()) == 1
    assert "broken off" in bench.plan().notes[0]
    bench.push()
    assert len(bench.target.things) == 7
    assert not [slug for slug in slugs(bench.target) if slug.endswith("-2")]
    bench.quiet()


def test_a_kill_before_the_source_deletes_the_item_leaves_no_orphan(bench: Bench) -> None:
    bench.target.faults = {5: "kill"}
    with pytest.raises(Killed):
        bench.push()
    (intent,) = bench.mirror().ledger.intents()
    kind, _, id = intent.item.partition(":")
    bench.gone(int(id), kind=kind)
    bench.push()
    left = [thing for thing in bench.target.of(kind) if thing.fields["slug"].endswith(id)]
    assert [thing.fields["status"] for thing in left] == ["draft"]
    bench.quiet()


def test_a_login_revoked_midway_stops_at_once_and_a_rerun_goes_on(bench: Bench) -> None:
    bench.target.faults = {4: "login"}
    pushed = bench.push()
    assert isinstance(pushed.over, LoginFailed)
    assert bench.target.writes == 4
    bench.target.revoked = False
    bench.push()
    assert len(bench.target.things) == 7
    bench.quiet()


def test_one_thing_refused_keeps_no_other_back(bench: Bench) -> None:
    bench.target.faults = {6: "refused"}
    pushed = bench.push()
    assert pushed.left == 1
    assert "refuses" in pushed.problems[0].message
    assert bench.site.runs()[0].outcome is Outcome.PARTIAL
    bench.push()
    assert len(bench.target.things) == 7
    bench.quiet()


def test_an_edit_during_the_push_is_not_overwritten(bench: Bench) -> None:
    bench.push()
    bench.pull([make_record("posts/page", 31, content=both("<p>Anew</p>"))])
    mirror = bench.mirror()
    plan = mirror.plan()
    bench.target.edit(bench.id_of("posts/page:31"), title="Theirs")
    mirror.plan = lambda: plan  # type: ignore[method-assign]
    bench.target.forbidden = True
    _, pushed = mirror.push()
    assert "during the push" in pushed.problems[0].message


def test_losses_are_accepted_by_a_person_first(bench: Bench) -> None:
    from wp_sync.errors import Place, Problem

    publisher = MemoryPublisher(bench.target)
    losses = {
        "html": Problem("scripts would be taken out"),
        "page": Problem("no pages", Place(kind="posts/page")),
        "menu": Problem("no menus", Place(kind="terms/nav_menu")),  # and the archive has none
    }
    doctor = replace(publisher.doctor(), losses=losses)
    publisher.doctor = lambda: doctor  # type: ignore[method-assign]
    with pytest.raises(TargetRefused, match=r"scripts would be taken out; no pages$"):
        Mirror(bench.site, RULES, publisher, bench.settings).plan()
    with pytest.raises(TargetRefused) as told:
        Mirror(bench.site, RULES, publisher, bench.settings).plan()
    assert told.value.hint.endswith("accept what would be lost: --accept html --accept page")
    bench.policy(accept=frozenset(("html", "page")))
    assert Mirror(bench.site, RULES, publisher, bench.settings).plan().steps


def test_a_kind_that_the_target_takes_nothing_of_is_decided_on_first(bench: Bench) -> None:
    bench.target.kinds = ("terms/category", "posts/post", "posts/page")
    with pytest.raises(TargetRefused, match="takes no comment: 1 would be left out") as told:
        bench.push()
    assert told.value.hint.endswith("--accept comment"), "people are no things to lose"
    assert not bench.target.things
    bench.policy(accept=frozenset(("comment",)))
    plan, pushed = bench.mirror().push()
    assert not pushed.left
    assert [one.message for one in plan.problems] == [
        "the target takes no comments/comment: 1 are left out"
    ]


def test_a_plan_tells_what_a_new_thing_refers_to_and_will_not_have(bench: Bench) -> None:
    assert {step.reason for step in bench.plan().steps} == {"it is new"}
    publisher = MemoryPublisher(bench.target)
    render = publisher.render

    def refusing(item: Item, atlas: Atlas) -> Payload:
        if item.key == "posts/post:21":
            raise TargetRefused("no")
        return render(item, atlas)

    publisher.render = refusing  # type: ignore[method-assign]
    plan = Mirror(bench.site, RULES, publisher, bench.settings).plan()
    assert {step.key: step.reason for step in plan.steps if step.reason != "it is new"} == {
        "posts/post:20": "it is new; 1 thing it refers to will not be there"
    }


def test_what_the_target_made_of_a_write_is_told(bench: Bench) -> None:
    publisher = MemoryPublisher(bench.target)
    create = publisher.create

    def otherwise(payload: Payload) -> Held:
        held = create(payload)
        if payload.key != "posts/page:31":
            return held
        bench.target.edit(held.id, title="Theirs")
        return next(iter(publisher.read(payload.kind, [held.id])))

    publisher.create = otherwise  # type: ignore[method-assign]
    pushed = Mirror(bench.site, RULES, publisher, bench.settings).push()[1]
    assert [one.message for one in pushed.problems] == [
        "Page 31: the target did not take title as sent"
    ]
    assert not pushed.left
    bench.quiet()


def test_a_run_is_kept_of_each_push_that_did_something(bench: Bench) -> None:
    bench.push()
    bench.quiet()
    runs = [run for run in bench.site.runs() if run.command == "push"]
    assert [(run.outcome, run.tallies["posts/post"].new) for run in runs] == [(Outcome.DONE, 2)]

"""One archive and one target that is a live system: planned, pushed, verified.

Puts the parts together; decides nothing itself. The caller holds the archive's lock.
"""

from __future__ import annotations

from wp_sync.archive.base import SiteArchive
from wp_sync.errors import GuardRefused, Place, PlanStale, Problem, TargetRefused
from wp_sync.model import Outcome, Tally
from wp_sync.normalize.rules import Rules
from wp_sync.progress import Progress, Stop
from wp_sync.publish.apply import Applier, Pushed
from wp_sync.publish.base import Doctor, Elsewhere, Publisher, Settings, Sharing
from wp_sync.publish.desired import Desired
from wp_sync.publish.plan import Guard, Planner
from wp_sync.publish.steps import Plan

_MOST_PROBLEMS = 100  # of a run, kept in the archive


class Mirror:
    """A target, ready for the three commands."""

    def __init__(
        self,
        archive: SiteArchive,
        rules: Rules,
        publisher: Publisher,
        settings: Settings,
        *,
        guard: Guard | None = None,
        progress: Progress | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.archive = archive
        self.settings = settings
        self.publisher = publisher
        without = publisher.elsewhere if isinstance(publisher, Elsewhere) else ()
        shared = isinstance(publisher, Sharing) and publisher.shares_files
        self.desired = Desired(archive, rules, without=without, shared=shared)
        self.ledger = archive.ledger(settings.name)
        self._guard = guard
        self._progress = progress
        self._stop = stop

    def doctor(self) -> Doctor:
        """What we may do there.

        Raises:
            TargetRefused: something keeps us from starting, or a loss was not accepted.
        """
        doctor = self.publisher.doctor()
        losses = {
            name: loss
            for name, loss in {**self._untaken(doctor), **doctor.losses}.items()
            # Of a kind that the archive has nothing of, nothing would be lost.
            if name not in self.settings.accept
            and (not loss.place.kind or self.desired.count(loss.place.kind))
        }
        if problems := [*doctor.problems, *losses.values()]:
            hints = list(dict.fromkeys(problem.hint for problem in problems if problem.hint))
            if losses:
                accepting = " ".join(f"--accept {name}" for name in losses)
                hints.append(f"{'or ' if hints else ''}accept what would be lost: {accepting}")
            raise TargetRefused(
                "; ".join(problem.message for problem in problems),
                place=Place(site=self.settings.name),
                hint="; ".join(hints),
            )
        return doctor

    def _untaken(self, doctor: Doctor) -> dict[str, Problem]:
        """Losses by kind: what the archive has and the target takes nothing of."""
        found: dict[str, Problem] = {}
        for kind, count in self.desired.untaken(doctor.kinds).items():
            name = kind.partition("/")[2]
            found[name] = Problem(
                f"the target takes no {name}: {count:,} would be left out",
                Place(site=self.settings.name, kind=kind),
                "what makes them at the source (a plugin, a theme, a newer WordPress) is"
                " wanted there as well",
            )
        return found

    def plan(self) -> Plan:
        """What a push would do now; writes nothing."""
        doctor = self.doctor()
        planner = Planner(
            self.archive,
            self.desired,
            self.publisher,
            self.ledger,
            self.settings,
            guard=self._guard,
            progress=self._progress,
            stop=self._stop,
        )
        return planner.plan(doctor)

    def push(self, approved: Plan | None = None) -> tuple[Plan, Pushed]:
        """Plan and apply; with ``approved`` exactly that, or nothing.

        Raises:
            PlanStale: the world is not what it was when the plan was made.
            GuardRefused: more would be taken from visitors than goes without a person's word.
        """
        plan = self.plan()
        if approved is not None:
            _same(approved, plan)
        if plan.refused is not None:
            raise GuardRefused(
                plan.refused.message, place=plan.refused.place, hint=plan.refused.hint
            )
        if not plan.steps and not self.ledger.intents():
            return plan, Pushed()
        run = self.archive.begin_run("push", self.settings.name)
        pushed = Pushed()
        outcome = Outcome.INTERRUPTED
        try:
            applier = Applier(
                self.desired,
                self.publisher,
                self.ledger,
                run,
                progress=self._progress,
                stop=self._stop,
            )
            pushed = applier.apply(plan)
            outcome = Outcome.PARTIAL if pushed.left or plan.count("conflict") else Outcome.DONE
            if pushed.over:
                outcome = Outcome.FAILED
        finally:
            self.archive.finish_run(
                run, outcome, _tallies(pushed), pushed.problems[:_MOST_PROBLEMS], pushed.writes
            )
        return plan, pushed


def _same(approved: Plan, now: Plan) -> None:
    if (approved.target, approved.site) != (now.target, now.site):
        raise PlanStale(
            f"the plan is for {approved.target} and {approved.site}",
            hint=f"this is {now.target} and {now.site}",
        )
    if approved.digest == now.digest:
        return
    before = {step.key: step for step in approved.steps}
    after = {step.key: step for step in now.steps}
    differ = sorted(
        (after.get(key) or before[key]).title or key
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    )
    named = ", ".join(differ[:5]) + (f" and {len(differ) - 5} more" if len(differ) > 5 else "")
    raise PlanStale(
        f"the archive or the target changed since the plan was made: {named}",
        hint="look at a new plan: wp-sync plan TARGET --save FILE",
    )


def _tallies(pushed: Pushed) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for (kind, action), count in pushed.done.items():
        tally = Tally(
            new=count if action == "create" else 0,
            changed=count if action == "update" else 0,
            unchanged=count if action in ("skip", "adopt") else 0,
            vanished=count if action == "delete" else 0,
        )
        found[kind] = found.get(kind, Tally()) + tally
    return found

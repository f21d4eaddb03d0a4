"""The cases of a promise: each one kept, broken, still open, or not to be measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Promise
from onefunnel.business_time import WorkCalendar
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import TeamHours
from onefunnel.measures.steps.drifting import is_ours
from onefunnel.measures.steps.entries import entries
from onefunnel.measures.steps.handed import (
    ACCEPTED,
    EXPIRED,
    LAPSED,
    REJECTED,
    handed,
    timed,
)
from onefunnel.measures.steps.opening import hours_of
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.run import rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

STATES = ("kept", "broken", "open", "unmeasured")


class NotMeasured(LookupError):
    """The promise says too little, or the data hold nothing of it. The text says which."""


@dataclass(frozen=True)
class Asked:
    """What the cases of promises are looked up in: the data of one moment, and the clock."""

    facts: Facts
    agreement: Agreement
    as_of: datetime
    zone: str = "UTC"
    hours: TeamHours = ()

    def calendar(self, team: str) -> WorkCalendar:
        """When a team works."""
        return hours_of(team, self.agreement, self.hours, self.zone)

    @cached_property
    def path(self) -> Path:
        return Path(self.agreement)

    @cached_property
    def log(self) -> ir.Table:
        """Every entry into a stage, as `entries` gives them."""
        return entries(self.facts, self.path, self.as_of)

    @cached_property
    def _handed(self) -> ir.Table:
        return handed(self.facts, self.as_of)

    @cached_property
    def _teams(self) -> list[dict[str, str | None]]:
        return rows(self._handed.select("from_team", "to_team").distinct())

    def offers(self, giver: str, taker: str) -> ir.Table:
        """The offers that one team made another, whatever the data call the two."""
        if "handovers" not in self.facts:
            raise NotMeasured("the data hold no handovers")

        def called(column: str, team: str) -> list[str]:
            names = {name for row in self._teams if (name := row[column])}
            return sorted(name for name in names if is_ours(name, (team,)))

        offers = self._handed
        return offers.filter(
            offers["from_team"].isin(called("from_team", giver))
            & offers["to_team"].isin(called("to_team", taker))
        )


def cases(promise: Promise, asked: Asked) -> ir.Table:
    """The cases of any promise but one of volume.

    Returns:
        lead_id, entered_at (when the case began; NULL where that is not known), state (one of
        STATES), seconds of working time it took or is taking (NULL where no time is promised),
        is_done; and what else is known of the case, for its list.

    Raises:
        NotMeasured.
    """
    find = {"": _steps, "quality": _quality, "answer": _answers, "attempts": _attempts,
            "reply": _replies}[promise.kind]  # fmt: skip
    return find(promise, asked)


def _steps(promise: Promise, asked: Asked) -> ir.Table:
    """Each entry into the one stage, until the lead first comes to the other or further, or leaves.

    A lead that goes off the path, or back, before the time is over is not measured.
    """
    if promise.within_hours is None:
        raise NotMeasured("no time is promised")
    path = asked.path
    states = {name: state for state, name in path.names.items()}
    for stage in (promise.from_stage, promise.to_stage):
        if stage not in states:
            raise NotMeasured(f"there is no stage {stage}" if stage else "a stage is not named")
    start, goal = states[promise.from_stage], states[promise.to_stage]
    log = asked.log
    state = log["state"]
    is_goal = (state == goal) if goal >= path.length else state.between(goal, path.length - 1)
    is_exit = (state >= path.length) & (state != start)
    if start < path.length:
        is_exit = is_exit | (state < start)
    walk = log["walk"].fill_null("") if "walk" in log.columns else ibis.literal("")
    log = log.mutate(is_goal=is_goal, is_event=is_goal | is_exit, walk=walk)
    events = log.filter(log["is_event"]).select(
        _of="lead_id", _walk="walk", _ordinal="ordinal", ended_at="at", is_goal="is_goal"
    )
    begun = log.filter(log["state"] == start).select("lead_id", "walk", "ordinal", entered_at="at")
    is_of = (begun["lead_id"] == events["_of"]) & (begun["walk"] == events["_walk"])
    pairs = begun.asof_join(events, on=begun["ordinal"] < events["_ordinal"], predicates=is_of)
    found = pairs.mutate(due_at=ibis.null("timestamp"), has_ended=pairs["_ordinal"].notnull())
    found = timed(
        found,
        "entered_at",
        "ended_at",
        "due_at",
        promise.within_hours,
        asked.calendar(promise.by_team),
        asked.as_of,
    )
    is_unknown = (
        found["entered_at"].isnull()
        | (found["has_ended"] & found["ended_at"].isnull())
        | found["seconds"].isnull()
    )
    is_done = found["is_goal"].fill_null(False)
    return found.select(
        "lead_id", "entered_at", "ended_at", "seconds", is_done=is_done,
        state=ibis.cases(
            (is_unknown, "unmeasured"), (found["is_late"], "broken"), (is_done, "kept"),
            (found["has_ended"], "unmeasured"), else_="open",
        ),
    )  # fmt: skip


def _quality(promise: Promise, asked: Asked) -> ir.Table:
    """Each offer of the giver: accepted or sent back. Without an answer it is not measured."""
    offers = asked.offers(promise.by_team, promise.to_team)
    outcome = offers["outcome"]
    state = ibis.cases(
        (outcome == ACCEPTED, "kept"),
        (outcome.isin([EXPIRED, LAPSED]), "unmeasured"),
        (outcome.isnull() & offers["answered_at"].isnull(), "open"),
        (outcome.isnull(), "unmeasured"),
        else_="broken",
    )
    return _of_offers(offers.mutate(seconds=ibis.null("int64"), state=state))


def _answers(promise: Promise, asked: Asked) -> ir.Table:
    """Each offer to the promising team: answered in time, in whatever way."""
    offers = asked.offers(promise.to_team, promise.by_team)
    found = timed(offers, "offered_at", "answered_at", "due_at", promise.within_hours,
                  asked.calendar(promise.by_team), asked.as_of)  # fmt: skip
    outcome, late = found["outcome"], found["is_late"]
    is_done = outcome.notnull() & outcome.notin([EXPIRED, LAPSED]) | (
        outcome.isnull() & found["answered_at"].notnull()
    )
    is_unknown = found["offered_at"].isnull() | late.isnull()
    state = ibis.cases(
        ((outcome == LAPSED).fill_null(False), "unmeasured"),
        ((outcome == EXPIRED).fill_null(False), "broken"),
        (is_unknown | (outcome.notnull() & found["answered_at"].isnull()), "unmeasured"),
        (late, "broken"),
        (is_done, "kept"),
        else_="open",
    )
    return _of_offers(found.mutate(state=state, is_done=is_done.fill_null(False)))


def _replies(promise: Promise, asked: Asked) -> ir.Table:
    """Each rejection of a lead that the team gave: replied to in time."""
    offers = asked.offers(promise.by_team, promise.to_team)
    found = offers.filter(offers["outcome"] == REJECTED)
    is_known = found["reply_due_at"].notnull() | found["replied_at"].notnull()
    if not rows(found.agg(known=is_known.any()))[0]["known"]:
        raise NotMeasured("the data hold no replies to rejections")
    found = timed(found, "answered_at", "replied_at", "reply_due_at", promise.within_hours,
                  asked.calendar(promise.by_team), asked.as_of)  # fmt: skip
    is_done = found["replied_at"].notnull()
    state = ibis.cases(
        (found["answered_at"].isnull() | found["is_late"].isnull(), "unmeasured"),
        (found["is_late"], "broken"), (is_done, "kept"), else_="open",
    )  # fmt: skip
    return _of_offers(found.mutate(state=state, is_done=is_done, entered_at=found["answered_at"]))


def _attempts(promise: Promise, asked: Asked) -> ir.Table:
    """Each lead the team accepted: contacted so often, or further on, before its days are over."""
    if promise.attempts is None or promise.within_days is None:
        raise NotMeasured("no number of attempts, or no days, are promised")
    if "touches" not in asked.facts:
        raise NotMeasured("the data hold no contacts")
    offers = asked.offers(promise.to_team, promise.by_team)
    taken = offers.filter(offers["outcome"] == ACCEPTED)
    taken = taken.mutate(
        entered_at=taken["answered_at"],
        _until=taken["answered_at"] + ibis.interval(days=promise.within_days),
    )
    made = _in_window(taken, _contacts(promise, asked), "attempts")
    found = taken.left_join(made, "handover_id").drop("handover_id_right")
    found = found.mutate(attempts=found["attempts"].fill_null(0))
    is_kept = found["attempts"] >= promise.attempts
    if promise.to_stage:
        path = asked.path
        if promise.to_stage not in path.stages:
            raise NotMeasured(f"there is no stage {promise.to_stage} on the way")
        log = asked.log
        there = log["state"].between(path.is_at(promise.to_stage), path.length - 1)
        reached = _in_window(taken, log.filter(there).select("lead_id", "at"), "reached")
        found = found.left_join(reached, "handover_id").drop("handover_id_right")
        is_kept = is_kept | (found["reached"].fill_null(0) > 0)
    state = ibis.cases(
        (found["entered_at"].isnull(), "unmeasured"), (is_kept, "kept"),
        (found["_until"] > asked.as_of, "open"), else_="broken",
    )  # fmt: skip
    return _of_offers(found.mutate(state=state, seconds=ibis.null("int64")), "attempts")


def _in_window(taken: ir.Table, events: ir.Table, name: str) -> ir.Table:
    """How many of the events each offer's lead has after it was accepted, in its days."""
    events = events.select(_of="lead_id", _at="at")
    joined = taken.inner_join(
        events,
        [
            taken["lead_id"] == events["_of"],
            events["_at"] > taken["answered_at"],
            events["_at"] <= taken["_until"],
        ],
    )
    return joined.group_by("handover_id").agg(**{name: joined.count()})


def _contacts(promise: Promise, asked: Asked) -> ir.Table:
    """The contacts until now that count for the promise: of its kinds, by its team if that is
    known. lead_id and at."""
    touches = asked.facts["touches"]
    wanted = [one.casefold() for one in promise.counts]
    is_of = ibis.literal(False)
    for column in ("kind", "channel"):
        if column in touches.columns:
            is_of = is_of | touches[column].lower().isin(wanted).fill_null(False)
    if "team" in touches.columns:
        named = rows(touches.select("team").distinct())
        others = [row["team"] for row in named
                  if row["team"] and not is_ours(row["team"], (promise.by_team,))]  # fmt: skip
        is_of = is_of & (touches["team"].isnull() | touches["team"].notin(others))
    return touches.filter(is_of & (touches["at"] <= asked.as_of)).select("lead_id", "at")


def _of_offers(found: ir.Table, *more: str) -> ir.Table:
    if "is_done" not in found.columns:
        found = found.mutate(is_done=ibis.literal(False))
    return found.select(
        "lead_id", "handover_id", "entered_at", "offered_at", "due_at", "answered_at", "outcome",
        "reason", "clause", "seconds", "is_done", "state", *more,
    )  # fmt: skip

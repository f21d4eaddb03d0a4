"""What does an objective take: leads, months, people; and what becomes of what is open today?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from onefunnel.planner.by_month import Months, OutOfReach, leads_by_month
from onefunnel.planner.capacity import Load, People, load_by_month
from onefunnel.planner.history import DAYS_A_MONTH, History
from onefunnel.planner.in_flight import chances_in_flight
from onefunnel.planner.leads_needed import DRAWS, Inflow, Needed, leads_needed, usual_leads
from onefunnel.planner.levers import Levers, changed, mix_of, wins_by
from onefunnel.planner.seasons import seasons
from onefunnel.planner.worth import Worth

#: The chance that a plan is made for.
CONFIDENCE = 0.8
#: How much two months that follow may differ in the fewest leads, of an even month.
STEP = 0.25


@dataclass(frozen=True)
class Capacity:
    """Who works on leads from when a lead has reached `stage`, and how many they can.

    Attributes:
        people: In groups that began, or begin, together.
        hours, selling_share, hours_a_lead: see capacity.load_by_month.
        stage: The stage from which these people work on a lead.
    """

    people: tuple[People, ...]
    hours: float
    selling_share: float
    hours_a_lead: float
    stage: str

    def times(self, factor: float) -> Capacity:
        """So many times the people."""
        people = tuple(replace(one, count=one.count * factor) for one in self.people)
        return replace(self, people=people)


@dataclass(frozen=True)
class PlanMonth:
    """One month of the plan. Leads are those that have to enter, wins are won in that month.

    `wins` counts what is open today as well. `fewest`: the leads of the month where the whole is to
    be as few as possible; None where nothing says so. `load`: what reaches the people against what
    they can work; None where nobody said who works.
    """

    since: datetime
    until: datetime
    leads: float
    wins: float
    usual: float
    fewest: float | None
    load: Load | None


@dataclass(frozen=True)
class InStage:
    """Open leads in one stage, and how many of them are expected to be won by the day."""

    stage: str
    leads: int
    wins: float


@dataclass(frozen=True)
class Takes:
    """The whole answer; `needed` holds its chances.

    Attributes:
        leads: New leads of the plan: those needed with CONFIDENCE, else (no number is enough) as
            many as come anyway.
        too_late: Wins of these leads that come after the day and count to the next period.
        is_seasonal: Whether months differ as those of past years did; else they are even.
        held_back: Leads that come and that the people cannot work; 0 without a capacity.
    """

    needed: Needed
    leads: int
    months: tuple[PlanMonth, ...]
    in_flight: tuple[InStage, ...]
    too_late: float
    is_seasonal: bool
    held_back: int = 0
    reached: Mapping[str, float] = field(default_factory=dict)


def what_it_takes(
    past: History,
    goal: float | Worth,
    until: datetime,
    *,
    levers: Levers | None = None,
    capacity: Capacity | None = None,
) -> Takes:
    """What it takes as things go, or with levers moved.

    New leads come as in the last year (times the levers of inflow). Of those that are more than
    the people can work in a month, those too many bring nothing: nobody speaks to them.

    Source: methods.md 1 (a) to (g).
    """
    asked = _asked(past, until, levers or Levers(), capacity)
    needed = asked.needed(goal)
    planned = needed.at(CONFIDENCE)
    held_back = max(0, round(asked.comes) - needed.coming)
    return Takes(
        needed=needed,
        leads=needed.coming if planned is None else planned,
        months=_months(asked, needed, asked.comes if planned is None else planned),
        in_flight=_by_stage(asked.past, until),
        too_late=_too_late(asked, needed, asked.comes if planned is None else planned),
        is_seasonal=asked.weights is not None,
        held_back=held_back,
        reached=dict(zip(asked.past.stages, asked.past.reached, strict=True)),
    )


def needed_with(
    past: History,
    goal: float | Worth,
    until: datetime,
    *,
    levers: Levers | None = None,
    capacity: Capacity | None = None,
    draws: int = DRAWS,
) -> Needed:
    """The leads of `what_it_takes` and its chances, without the months."""
    return _asked(past, until, levers or Levers(), capacity).needed(goal, draws)


@dataclass(frozen=True)
class _Asked:
    """The past with its levers moved, and what can be worked of what comes.

    `comes`: new leads until then. `limits`: new leads of each month that the people can work.
    `open`: leads open today that get to the people, by the month that has room for them.
    """

    past: History
    until: datetime
    mix: list[float]
    weights: tuple[float, ...] | None
    comes: float
    capacity: Capacity | None
    limits: tuple[float, ...] | None
    open: tuple[float, ...]

    def needed(self, goal: float | Worth, draws: int = DRAWS) -> Needed:
        return leads_needed(
            self.past, goal, self.until, mix=self.mix, seasons=self.weights,
            coming=round(self.comes), limits=self.limits, draws=draws,
        )  # fmt: skip

    @property
    def reaches(self) -> float:
        """The share of new leads that get to the people."""
        if self.capacity is None:
            return 0.0
        return self.past.reached[self.past.stages.index(self.capacity.stage)]


def _asked(past: History, until: datetime, levers: Levers, capacity: Capacity | None) -> _Asked:
    then = changed(past, levers)
    mix, more = mix_of(past, levers)
    count = max(1, round((until - past.as_of).total_seconds() / 86_400 / DAYS_A_MONTH))
    weights = seasons(past, count)
    comes = usual_leads(past, until) * more
    asked = _Asked(then, until, mix, weights, comes, capacity, None, (0.0,) * count)
    if capacity is None:
        return asked
    workable = [load.workable for load in _loads([0.0] * count, capacity)]
    waiting, taken = _open_before(then, capacity.stage, until), []
    for room in workable:
        taken.append(min(room, waiting))
        waiting -= taken[-1]
    share = asked.reaches
    limits = tuple((room - some) / share if share > 0 else np.inf
                   for room, some in zip(workable, taken, strict=True))  # fmt: skip
    taken[-1] += waiting
    return replace(asked, limits=limits, open=tuple(taken))


def _open_before(past: History, stage: str, until: datetime) -> float:
    """Open leads that have not come to the people yet and are expected to, by their age: the chance
    to be won by then, over that of who is there."""
    place = past.stages.index(stage)
    onwards = past.reached[-1] / past.reached[place] if past.reached[place] > 0 else 0.0
    if onwards <= 0:
        return 0.0
    chances = chances_in_flight(past, until)
    return sum(
        leads * min(1.0, chance / onwards)
        for one, (leads, chance) in zip(past.waiting, chances, strict=True)
        if one.stage < place
    )


def _too_late(asked: _Asked, needed: Needed, leads: float) -> float:
    """Wins of so many leads, of these those that are worked, that come after the day."""
    worked, in_time = Inflow(needed.months, asked.limits).worked(leads)
    return worked * needed.rate * (1 - in_time)


def _loads(leads: Sequence[float], capacity: Capacity) -> tuple[Load, ...]:
    return load_by_month(
        leads, capacity.people, hours=capacity.hours, selling_share=capacity.selling_share,
        hours_a_lead=capacity.hours_a_lead,
    )  # fmt: skip


def _months(asked: _Asked, needed: Needed, leads: float) -> tuple[PlanMonth, ...]:
    past, limits = asked.past, asked.limits
    bounds = [one.until for one in needed.months]
    width = (bounds[0] - needed.months[0].since) / timedelta(days=1)
    share = np.array([one.leads_share for one in needed.months])
    each = leads * share
    worked = Inflow(needed.months, limits).by_month(leads)
    if needed.at(CONFIDENCE) is None:
        each = worked  # no number is enough: the plan is what can be worked of what comes
    lags = np.diff(wins_by(past, [(n + 0.5) * width for n in range(len(bounds))]), prepend=0.0)
    new = needed.rate * np.convolve(worked, lags)[: len(bounds)]
    old = np.diff([sum(n * p for n, p in chances_in_flight(past, at)) for at in bounds], prepend=0)
    fewest = _fewest(float(new.sum()), needed.rate, lags, float(worked.sum()), limits)
    loads: Sequence[Load | None] = [None] * len(bounds)
    if asked.capacity is not None:
        loads = _loads(list(each * asked.reaches + np.array(asked.open)), asked.capacity)
    return tuple(
        PlanMonth(
            since=month.since, until=month.until, leads=float(each[n]), wins=float(new[n] + old[n]),
            usual=float(asked.comes * share[n]), fewest=fewest.leads[n] if fewest else None,
            load=loads[n],
        )
        for n, month in enumerate(needed.months)
    )  # fmt: skip


def _fewest(
    wins: float, rate: float, lags: np.ndarray, leads: float, limits: Sequence[float] | None
) -> Months | None:
    """The fewest leads that win as much by the day, months differing by little."""
    count = len(lags)
    if leads == 0 or rate <= 0 or wins <= 0:
        return None
    even = leads / count
    rest = [*lags.tolist(), max(0.0, 1 - float(lags.sum()))]
    most = None if limits is None else np.where(np.isfinite(limits), limits, 1e12).tolist()
    try:
        return leads_by_month([0.0] * (count - 1) + [wins], rate, rest, most=most, step=STEP * even)
    except OutOfReach:
        return None


def _by_stage(past: History, until: datetime) -> tuple[InStage, ...]:
    found: dict[int, list[float]] = {}
    for one, (leads, chance) in zip(past.waiting, chances_in_flight(past, until), strict=True):
        held = found.setdefault(one.stage, [0, 0.0])
        held[0] += leads
        held[1] += leads * chance
    return tuple(
        InStage(past.stages[stage], int(n), wins) for stage, (n, wins) in sorted(found.items())
    )

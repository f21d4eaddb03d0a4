"""What does an objective take: leads, months, people; and what becomes of what is open today?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from onefunnel.planner.by_month import Months, OutOfReach, leads_by_month
from onefunnel.planner.capacity import Load, People, load_by_month
from onefunnel.planner.history import DAYS_A_MONTH, History
from onefunnel.planner.in_flight import chances_in_flight
from onefunnel.planner.leads_needed import Needed, leads_needed, usual_leads
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
    moved = levers or Levers()
    then = changed(past, moved)
    mix, more = mix_of(past, moved)
    count = max(1, round((until - past.as_of).total_seconds() / 86_400 / DAYS_A_MONTH))
    weights = seasons(past, count)
    share = np.asarray(weights if weights is not None else np.ones(count), dtype=np.float64)
    share = share / share.sum()
    comes = usual_leads(past, until) * more
    limits = _limits(then, capacity, count)
    worked = comes if limits is None else float(np.minimum(comes * share, limits).sum())
    needed = leads_needed(then, goal, until, mix=mix, seasons=weights, coming=round(worked))
    planned = needed.at(CONFIDENCE)
    leads = needed.coming if planned is None else planned
    months = _months(then, needed, leads, comes, limits, capacity, share)
    return Takes(
        needed=needed,
        leads=leads,
        months=months,
        in_flight=_by_stage(then, until),
        too_late=leads * needed.rate * needed.too_late_share,
        is_seasonal=weights is not None,
        held_back=max(0, round(comes) - round(worked)),
        reached=dict(zip(then.stages, then.reached, strict=True)),
    )


def _limits(past: History, capacity: Capacity | None, count: int) -> np.ndarray | None:
    """New leads of each month that the people can work, by the share that reaches them."""
    if capacity is None:
        return None
    share = past.reached[past.stages.index(capacity.stage)]
    loads = _loads([0.0] * count, capacity)
    return np.array([load.workable / share if share > 0 else np.inf for load in loads])


def _loads(leads: Sequence[float], capacity: Capacity) -> tuple[Load, ...]:
    return load_by_month(
        leads, capacity.people, hours=capacity.hours, selling_share=capacity.selling_share,
        hours_a_lead=capacity.hours_a_lead,
    )  # fmt: skip


def _months(
    past: History, needed: Needed, leads: int, comes: float, limits: np.ndarray | None,
    capacity: Capacity | None, share: np.ndarray,
) -> tuple[PlanMonth, ...]:  # fmt: skip
    bounds = [one.until for one in needed.months]
    width = (bounds[0] - needed.months[0].since) / timedelta(days=1)
    each = leads * share
    lags = np.diff(wins_by(past, [(n + 0.5) * width for n in range(len(bounds))]), prepend=0.0)
    new = needed.rate * np.convolve(each, lags)[: len(bounds)]
    old = np.diff([sum(n * p for n, p in chances_in_flight(past, at)) for at in bounds], prepend=0)
    fewest = _fewest(float(new.sum()), needed.rate, lags, leads, limits)
    reaches = past.reached[past.stages.index(capacity.stage)] if capacity else 0.0
    loads = _loads([one * reaches for one in each], capacity) if capacity else [None] * len(bounds)
    return tuple(
        PlanMonth(
            since=month.since, until=month.until, leads=float(each[n]), wins=float(new[n] + old[n]),
            usual=float(comes * share[n]), fewest=fewest.leads[n] if fewest else None,
            load=loads[n],
        )
        for n, month in enumerate(needed.months)
    )  # fmt: skip


def _fewest(
    wins: float, rate: float, lags: np.ndarray, leads: int, limits: np.ndarray | None
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

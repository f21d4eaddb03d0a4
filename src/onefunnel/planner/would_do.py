"""The goal is out of reach as things go: what, changed alone, would bring it into reach?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from onefunnel.planner.history import History
from onefunnel.planner.leads_needed import Needed
from onefunnel.planner.levers import Levers
from onefunnel.planner.what_it_takes import Capacity, needed_with
from onefunnel.planner.worth import Worth

Lever = Literal["inflow", "steps", "pace", "people", "worth", "date", "goal"]
#: The chance that counts as enough.
ENOUGH = 0.8
#: How far each lever is followed: nobody plans on more.
MOST, SHORTEST, LONGEST_DAYS = 20.0, 0.1, 5 * 365
_HALVINGS, _DRAWS = 11, 500


@dataclass(frozen=True)
class WouldDo:
    """One lever alone: how far it has to be moved.

    `factor` is of what is usual now: of the leads, of the share that goes on at each step, of the
    time that everything takes, of the people who work on leads, of what a win is worth, of the days
    that are left, of the goal.
    None: no move within reason is enough. `until`: the moment that the lever `date` comes to.
    """

    lever: Lever
    factor: float | None
    until: datetime | None = None


def would_do(
    past: History,
    goal: float | Worth,
    until: datetime,
    needed: Needed,
    *,
    capacity: Capacity | None = None,
) -> tuple[WouldDo, ...]:
    """Each lever alone, found by halving, so that the chance of the goal is ENOUGH.

    As many leads come as usual, where they are not the lever; a later day brings more of them.
    Seasons and what the people can work hold for each lever. `needed` is the answer for the goal
    as it is.
    """

    def is_enough(
        wanted: float | Worth = goal,
        *,
        by: datetime = until,
        levers: Levers | None = None,
        people: Capacity | None = capacity,
    ) -> bool:
        found = needed_with(past, wanted, by, levers=levers, capacity=people, draws=_DRAWS)
        return found.reached_chance >= ENOUGH

    days = (until - past.as_of).days
    most_steps = max([1 / one.on.final for one in past.steps.values() if one.on.final], default=1.0)
    steps = _least(
        lambda by: is_enough(levers=Levers(steps=dict.fromkeys(past.stages, by))), most_steps
    )
    faster = _least(lambda by: is_enough(levers=Levers(pace=1 / by)), 1 / SHORTEST)
    longer = _least(
        lambda by: is_enough(by=_later(past, days * by)), max(2.0, LONGEST_DAYS / max(days, 1))
    )
    found = [
        WouldDo("inflow", _leads(needed)),
        WouldDo("steps", steps),
        WouldDo("pace", None if faster is None else 1 / faster),
        WouldDo("date", longer, None if longer is None else _later(past, days * longer)),
        WouldDo("goal", _goal(needed)),
    ]
    if isinstance(goal, Worth):
        worth = goal
        dearer = _least(lambda by: is_enough(_dearer(worth, by)), MOST)
        found.insert(3, WouldDo("worth", dearer))
    if capacity is not None:
        more = _least(lambda by: is_enough(people=capacity.times(by)), MOST)
        found.insert(3, WouldDo("people", more))
    return tuple(found)


def _dearer(goal: Worth, factor: float) -> Worth:
    return replace(goal, mean=goal.mean * Decimal(factor), error=goal.error * factor)


def _later(past: History, days: float) -> datetime:
    return past.as_of + timedelta(days=round(days))


def _leads(needed: Needed) -> float | None:
    leads = needed.at(ENOUGH)
    factor = leads / needed.usual if leads is not None and needed.usual else None
    return factor if factor is not None and 1 < factor <= MOST else None


def _goal(needed: Needed) -> float | None:
    """The part of the goal that is reached with this chance."""
    part = needed.expected[1] / needed.wins if needed.wins else 0.0
    return part if 0 < part < 1 else None


def _least(is_enough: Callable[[float], bool], most: float) -> float | None:
    """The smallest factor above one that is enough; None where `most` is not."""
    low, high = 1.0, most
    if not is_enough(high):
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high

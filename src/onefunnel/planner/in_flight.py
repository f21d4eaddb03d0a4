"""What will the leads that are open now become by the day?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from onefunnel.planner.history import History, Step

Floats = NDArray[np.float64]
#: Chances closer than one part of so many are drawn in one.
_KINDS = 200


def chances_in_flight(past: History, until: datetime) -> list[tuple[int, float]]:
    """For each group of open leads: how many, and the chance of one to be won by `until`.

    A lead that has stood in a stage for a days goes on at some day t later than a, with the share
    f(t) / S(a) of those still there, and is then won in what is left of the time, stage after
    stage: sum over t of f(t) W(a + h - t) / S(a). That it is still there counts: who stays long
    goes on less often than who came with it. Where nobody ever stayed that long, the longest stay
    tells.

    Source: methods.md 1 (residual of an open lead), stage by stage.
    """
    horizon = max(0, int((until - past.as_of).total_seconds() / 86_400 / past.pace))
    won_within = _won_within(past, horizon)
    chances = {
        stage: _chances(step, won_within[stage + 1], horizon) for stage, step in past.steps.items()
    }
    return [(one.leads, _chance_of(chances, one.stage, one.days)) for one in past.waiting]


def _chance_of(chances: Mapping[int, Floats], stage: int, days: int) -> float:
    of_stage = chances.get(stage)
    if of_stage is None or not len(of_stage):
        return 0.0
    return float(of_stage[min(days, len(of_stage) - 1)])


def _chances(step: Step, won_within: Floats, horizon: int) -> Floats:
    """The chance of one that has stood there for 0, 1, ... days, up to the longest stay."""
    ages = np.arange(_longest_stay(step) + 1)
    if not horizon:
        return np.zeros(len(ages))
    later = np.concatenate([_by_day(step)[1:], np.zeros(len(ages) + horizon)])
    # day s after now leaves horizon - s days
    won = np.correlate(later, won_within[:horizon][::-1], "valid")[: len(ages)]
    place = np.searchsorted(step.stays.times, ages, side="right") - 1
    there = np.where(place >= 0, step.stays.share[place], 1.0)
    return np.clip(np.divide(won, there, out=np.zeros(len(ages)), where=there > 0), 0, 1)


def wins_in_flight(past: History, until: datetime, *, draws: int, seed: int) -> Floats:
    """Draws of how many of the open leads are won by `until`: (draws,).

    Each draw has its own level of the chances of a stage, for they rest on the same past and are
    wrong together: the final share of the stage varies by its standard error.
    """
    random = np.random.default_rng(seed)
    total = np.zeros(draws)
    levels = {
        stage: _levels(lag.won.final, lag.won.final_error, draws, random)
        for stage, lag in past.from_stage.items()
    }
    for (stage, _), (leads, chance) in sorted(_alike(past, until).items()):
        total += random.binomial(leads, np.clip(chance * levels[stage], 0, 1))
    return total


def _alike(past: History, until: datetime) -> dict[tuple[int, int], tuple[int, float]]:
    """How many leads of a stage have about the same chance, and its mean: days are many, and each
    group is a draw of its own."""
    found: dict[tuple[int, int], tuple[int, float]] = {}
    for one, (leads, chance) in zip(past.waiting, chances_in_flight(past, until), strict=True):
        if chance > 0:
            place = (one.stage, round(chance * _KINDS))
            many, before = found.get(place, (0, 0.0))
            both = many + leads
            found[place] = (both, (before * many + chance * leads) / both)
    return found


def _won_within(past: History, horizon: int) -> dict[int, Floats]:
    """For each stage: the share won within 0, 1, ... `horizon` days of reaching it."""
    won = len(past.stages) - 1
    found = {won: np.ones(horizon + 1)}
    for stage in range(won - 1, -1, -1):
        step = past.steps.get(stage)
        if step is None:
            found[stage] = np.zeros(horizon + 1)
            continue
        went_on = _by_day(step)[: horizon + 1]
        found[stage] = np.convolve(went_on, found[stage + 1])[: horizon + 1]
    return found


def _by_day(step: Step) -> Floats:
    """The share of all there that goes on at each day: 0, 1, ..."""
    times, share = step.on.times, step.on.share
    days = np.zeros(int(times[-1]) + 1)
    days[times.astype(np.intp)] = np.diff(share, prepend=0.0)
    return days


def _longest_stay(step: Step) -> int:
    """The last day at which anybody was still there."""
    there = step.stays.times[step.stays.share > 0]
    return int(there[-1]) if len(there) else 0


def _levels(share: float, error: float, draws: int, random: np.random.Generator) -> Floats:
    """Draws of a share, as multiples of it: Beta with this mean and standard error."""
    if error <= 0 or not 0 < share < 1:
        return np.ones(draws)
    weight = max(share * (1 - share) / error**2 - 1, 1.0)
    drawn = random.beta(share * weight, (1 - share) * weight, size=draws)
    return np.asarray(drawn / share, dtype=np.float64)

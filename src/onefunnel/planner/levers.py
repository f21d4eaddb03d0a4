"""What if more go on, and faster? A past with some of its numbers changed by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np

from onefunnel.planner.history import History, Lag, Step
from onefunnel.statistics.competing_risks import Incidence


@dataclass(frozen=True)
class Levers:
    """Factors of what was; 1 is as it was.

    Attributes:
        inflow: New leads, by name of the channel.
        steps: The share that goes on from a stage, by name of the stage.
        pace: The time that everything takes; 0.8 is a fifth faster.
    """

    inflow: Mapping[str, float] = field(default_factory=dict)
    steps: Mapping[str, float] = field(default_factory=dict)
    pace: float = 1.0


def changed(past: History, levers: Levers) -> History:
    """The past as if it had gone so: all that a plan reads of it follows, nothing else.

    More go on from a stage in place of ending otherwise; the share that goes on is at most one.
    How long it takes to go on changes by `pace` only, for open leads too: of what they have still
    to wait.
    """
    if levers.pace <= 0:
        raise ValueError("time goes on: the pace has to be above zero")
    won = len(past.stages) - 1
    factors = [_limited(past, stage, levers) for stage in range(won)]
    onwards = [prod(factors[stage:]) for stage in range(won)]
    return replace(
        past,
        reached=tuple(
            share * prod(factors[:stage]) for stage, share in enumerate(past.reached)
        ),
        lag=_times(past.lag, onwards[0]),
        from_stage={stage: _times(lag, onwards[stage]) for stage, lag in past.from_stage.items()},
        steps={
            stage: Step(_more(step.on, factors[stage]), step.stays)
            for stage, step in past.steps.items()
        },
        cells=tuple(replace(cell, factor=cell.factor * onwards[0]) for cell in past.cells),
        pace=past.pace * levers.pace,
    )  # fmt: skip


def mix_of(past: History, levers: Levers) -> tuple[list[float], float]:
    """Leads of each channel after the change, and how many times as many come in all."""
    before = [cell.entries for cell in past.cells]
    after = [cell.entries * levers.inflow.get(cell.name, 1.0) for cell in past.cells]
    if any(one < 0 for one in after):
        raise ValueError("no channel brings fewer than no leads")
    return (after, sum(after) / sum(before)) if sum(after) else ([float(n) for n in before], 0.0)


def wins_by(past: History, days: Sequence[float]) -> list[float]:
    """Of those who will be won: the share that is won after so many days."""
    return [past.lag.come(day / past.pace) for day in days]


def _limited(past: History, stage: int, levers: Levers) -> float:
    asked = levers.steps.get(past.stages[stage], 1.0)
    if asked < 0:
        raise ValueError("no fewer than none go on")
    step = past.steps.get(stage)
    goes_on = step.on.final if step else 0.0
    return min(asked, 1 / goes_on) if goes_on > 0 else asked


def _times(lag: Lag, factor: float) -> Lag:
    return Lag(_more(lag.won, factor), lag.waiting)


def _more(one: Incidence, factor: float) -> Incidence:
    return Incidence(one.times, np.minimum(one.share * factor, 1.0), one.error * factor)

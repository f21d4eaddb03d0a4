"""How many leads must come in, when and from where, so that the objective is reached?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from onefunnel.planner.history import DAYS_A_MONTH, History
from onefunnel.planner.in_flight import wins_in_flight
from onefunnel.planner.worth import Worth
from onefunnel.statistics.shrinkage import shrink

Floats = NDArray[np.float64]
CONFIDENCES = (0.5, 0.8, 0.9)
DRAWS = 2000
_SEED = 20260101
#: How far the search for a number of leads goes in one step.
_WIDER = 1.1


@dataclass(frozen=True)
class Channel:
    """One channel of the plan: its share of the leads, and of its leads the share that is won."""

    name: str
    mix_share: float
    rate: float
    low: float
    high: float
    entries: int
    won: int


@dataclass(frozen=True)
class Month:
    """One month of the plan: `counts_share` of its wins come in time, the rest later."""

    since: datetime
    until: datetime
    leads_share: float
    counts_share: float


@dataclass(frozen=True)
class Inflow:
    """New leads spread over the months, and how many of a month's the people can work."""

    months: tuple[Month, ...]
    limits: tuple[float, ...] | None = None

    def by_month(self, leads: float) -> Floats:
        """Of so many new leads those that are worked, by month; the others bring nothing."""
        each = leads * np.array([one.leads_share for one in self.months])
        return each if self.limits is None else np.minimum(each, self.limits)

    def worked(self, leads: float) -> tuple[int, float]:
        """How many are worked, and the share of what they win that comes in time."""
        each = self.by_month(leads)
        if not each.sum() > 0:
            each = np.array([one.leads_share for one in self.months])
            leads = 0
        in_time = np.average([one.counts_share for one in self.months], weights=each)
        return round(float(each.sum())) if leads else 0, float(in_time)


@dataclass(frozen=True)
class Needed:
    """What the objective takes.

    Attributes:
        wins: Won leads that it takes, at the mean worth; `wins_high` at the low end of it (P90).
        in_flight: Of these, expected of leads that are open now (P10, P50, P90).
        leads: New leads that are needed with each of CONFIDENCES; None: no number is enough.
        naive: What averages alone would say.
        by_stage: (stage, at least so many of the new leads must get there), for P80.
        channels, months: How the leads are split.
        too_late_share: Of what new leads win, the share that comes after the day.
        rate: Of new leads, the share that is ever won.
        usual: As many leads as the last months brought.
        coming: New leads that are thought to come, of these those that the people can work.
        reached_chance: The chance of reaching it with these.
        expected: What is won by the day with these, in flight and new (P10, P20, P50, P90).
    """

    wins: float
    wins_high: float
    in_flight: tuple[float, float, float]
    leads: tuple[int | None, ...]
    naive: int | None
    by_stage: tuple[tuple[str, int | None], ...]
    channels: tuple[Channel, ...]
    months: tuple[Month, ...]
    too_late_share: float
    rate: float
    usual: int
    coming: int
    reached_chance: float
    expected: tuple[float, float, float, float]

    def at(self, confidence: float) -> int | None:
        """The leads needed with one of CONFIDENCES."""
        return self.leads[CONFIDENCES.index(confidence)]


def leads_needed(
    past: History,
    goal: float | Worth,
    until: datetime,
    *,
    mix: Sequence[float] | None = None,
    seasons: Sequence[float] | None = None,
    most: int | None = None,
    coming: int | None = None,
    limits: Sequence[float] | None = None,
    draws: int = DRAWS,
    seed: int = _SEED,
) -> Needed:
    """How many leads must enter between `past.as_of` and `until`?

    The smallest N with P(won in flight + Binomial(N, p) >= wins) >= q, over draws of all that is
    uncertain: the rates of channels (learnt together), the level of what is in flight, the worth
    of a win. p is the mean over channels and months of rate x the share of wins that come in time.

    Args:
        goal: Won leads, or money with what a win is worth.
        mix: The share of leads of each of `past.cells`; as in the past where left out.
        seasons: The share of leads that comes in each month; evenly where left out.
        most: The most leads that can come in by then; more is "no number".
        coming: New leads thought to come; as many as in the last months where left out.
        limits: The most new leads of each month that the people can work; more bring nothing.

    Source: methods.md 1; the beta-binomial inverse of `trials_needed` with lags and in-flight.
    """
    months = months_until(past, until, seasons)
    inflow = Inflow(months, None if limits is None else tuple(limits))
    cells = past.cells
    shares = _shares(mix, [cell.entries for cell in cells])
    means, drawn = won_shares(past, draws, seed)
    ever_won = drawn @ shares
    flying = wins_in_flight(past, until, draws=draws, seed=seed + 1)
    wanted = _wins(goal, draws, seed + 2)
    lacking = np.maximum(np.ceil(wanted - flying - 1e-9), 0)
    limit = most if most is not None else 10_000_000
    asked = _Asked(lacking, ever_won, inflow)
    needed = tuple(asked.smallest(q, limit) for q in CONFIDENCES)
    usual = usual_leads(past, until)
    come = usual if coming is None else coming
    worked, in_time = inflow.worked(come)
    mean_wins = goal.wins if isinstance(goal, Worth) else float(goal)
    rate = float(means @ shares)
    new = np.random.default_rng(seed + 3).binomial(worked, np.clip(ever_won * in_time, 0, 1))
    low, high = np.quantile(drawn, [0.1, 0.9], axis=0)
    left = max(mean_wins - float(np.median(flying)), 0.0)
    return Needed(
        wins=mean_wins,
        wins_high=float(np.quantile(wanted, 0.9)),
        in_flight=tuple(np.quantile(flying, [0.1, 0.5, 0.9]).tolist()),
        leads=needed,
        naive=ceil(round(left / rate, 9)) if rate > 0 else None,
        by_stage=_by_stage(past, needed[1]),
        channels=tuple(
            Channel(cell.name, float(share), float(one), float(below), float(above),
                    cell.entries, cell.won)
            for cell, share, one, below, above in zip(
                cells, shares, means, low, high, strict=True
            )
        ),
        months=months,
        too_late_share=1 - in_time,
        rate=rate,
        usual=usual,
        coming=worked,
        reached_chance=asked.chance(come),
        expected=tuple(np.quantile(flying + new, [0.1, 0.2, 0.5, 0.9]).tolist()),
    )  # fmt: skip


def won_shares(past: History, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Of the leads of each of `past.cells` the share that is ever won: the mean (cells,), and draws
    (draws, cells); the channels are learnt together."""
    cells = past.cells
    rates = shrink([cell.won for cell in cells], [cell.exposure for cell in cells])
    factors = np.array([cell.factor for cell in cells])
    return np.clip(rates.rates * factors, 0, 1), np.clip(rates.draws(draws, seed) * factors, 0, 1)


def usual_leads(past: History, until: datetime) -> int:
    """As many leads as would come by the moment if each month brought what the last ones did."""
    a_month = float(np.mean(past.entries_a_month[-12:]))
    return round(a_month * (until - past.as_of).days / DAYS_A_MONTH)


def _wins(goal: float | Worth, draws: int, seed: int) -> Floats:
    if isinstance(goal, Worth):
        return goal.draws(draws, seed)
    return np.full(draws, float(goal))


def _shares(mix: Sequence[float] | None, entries: Sequence[int]) -> Floats:
    shares = np.asarray(mix if mix is not None else entries, dtype=np.float64)
    if len(shares) != len(entries) or (shares < 0).any() or not shares.sum() > 0:
        raise ValueError("the mix needs one share for each channel, none below zero")
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def months_until(
    past: History, until: datetime, seasons: Sequence[float] | None
) -> tuple[Month, ...]:
    """Months of equal length up to the day, each with the share of its wins that come in time."""
    whole = (until - past.as_of).total_seconds() / 86_400
    count = max(1, round(whole / DAYS_A_MONTH))
    weights = np.asarray(seasons if seasons is not None else np.ones(count), dtype=np.float64)
    if len(weights) != count or not weights.sum() > 0:
        raise ValueError(f"give a share for each of the {count} months")
    width = whole / count
    found = []
    for n, weight in enumerate((weights / weights.sum()).tolist()):
        days = [whole - (n + part) * width for part in (0.125, 0.375, 0.625, 0.875)]
        share = float(np.mean([past.lag.come(day / past.pace) for day in days]))
        since = past.as_of + timedelta(days=n * width)
        found.append(Month(since, since + timedelta(days=width), weight, share))
    return tuple(found)


@dataclass(frozen=True)
class _Asked:
    """Draws of the wins that lack and of the share of leads ever won, and when the leads come."""

    lacking: Floats
    ever_won: Floats
    inflow: Inflow

    def chance(self, leads: int) -> float:
        """The chance that so many new leads bring what lacks."""
        worked, in_time = self.inflow.worked(leads)
        lacking = self.lacking
        won = np.clip(self.ever_won * in_time, 0, 1)
        enough = bdtrc(np.maximum(lacking - 1, 0), max(worked, 1), won)
        reached = np.where(lacking > worked, 0.0, np.where(lacking > 0, enough, 1.0))
        return float(np.mean(reached))

    def smallest(self, confidence: float, most: int) -> int | None:
        """The fewest leads that are enough; None where `most` are not."""
        if self.chance(0) >= confidence:
            return 0
        if self.chance(most) < confidence:
            return None
        low, high = 0, self._guess(most)
        below, above = -confidence, self.chance(high) - confidence
        while above < 0:
            low, below = high, above
            high = min(int(high * _WIDER) + 1, most)
            above = self.chance(high) - confidence
        turn = 0
        while high - low > 1:
            # along the line between the two ends, every third time in the middle
            turn += 1
            part = 0.5 if turn % 3 == 0 or not low else -below / (above - below)
            between = min(max(low + round((high - low) * part), low + 1), high - 1)
            found = self.chance(between) - confidence
            if found >= 0:
                high, above = between, found
            else:
                low, below = between, found
        return high

    def _guess(self, most: int) -> int:
        """A number near the answer: so the search is short."""
        mean = float(self.ever_won.mean()) * self.inflow.worked(1)[1]
        return max(1, min(most, round(float(self.lacking.mean()) / mean))) if mean > 0 else most


def _by_stage(past: History, leads: int | None) -> tuple[tuple[str, int | None], ...]:
    return tuple(
        (name, None if leads is None else ceil(round(leads * share, 9)))
        for name, share in zip(past.stages, past.reached, strict=True)
    )

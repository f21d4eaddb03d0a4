"""How many leads will be won in the weeks to come, as things go; and how good was that before?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from onefunnel.planner.history import DAYS_A_MONTH, History
from onefunnel.planner.in_flight import chances_in_flight, wins_in_flight
from onefunnel.planner.leads_needed import Inflow, months_until, won_shares
from onefunnel.planner.seasons import seasons
from onefunnel.statistics.forecast_scores import is_coverage_off, pinball

Floats = NDArray[np.float64]
WEEKS = 13
HORIZON = timedelta(weeks=WEEKS)
#: The shares of the distribution that are kept: 5 %, 10 %, ... 95 %.
SHARES = tuple(n / 20 for n in range(1, 20))
DRAWS = 4000
_SEED = 20_260_103
_YEAR = 12
#: So many months, at least, tell a trend from chance, by a t beyond this.
_FEWEST_FOR_TREND, _T = 6, 2.5
_LEAST_WEIGHT = 0.05
_RANGE, _OFF = 0.8, 0.05


@dataclass(frozen=True)
class Forecast:
    """The wins between `as_of` and `until`.

    Attributes:
        quantiles: Of all wins, by SHARES.
        in_flight: Expected of the leads that are open at `as_of`.
        new: Expected of leads that come in later.
        simple: What a rule of thumb says: all that are open will be won as often as others were,
            and nobody new is. Kept to be beaten.
        widened: By how many wins the range is wider at both ends than the past itself says,
            because ranges before held too seldom; see `widening`.
    """

    as_of: datetime
    until: datetime
    quantiles: tuple[float, ...]
    in_flight: float
    new: float
    simple: float
    widened: float = 0.0

    def at(self, share: float) -> float:
        """One of the quantiles, by its share."""
        return self.quantiles[SHARES.index(share)]

    @property
    def range(self) -> tuple[float, float]:
        """Between which two numbers of wins what comes is thought to lie in 8 of 10 times."""
        return max(0.0, self.at(0.1) - self.widened), self.at(0.9) + self.widened


def forecast(past: History, *, horizon: timedelta = HORIZON, draws: int = DRAWS) -> Forecast:
    """How many leads are won within the horizon, open ones and new ones.

    Open leads by their stage and the days they have stood in it, each draw with its own level;
    new ones as the months before went on, at the shares that were won of the channels, of these
    what is won in time. Source: methods.md 11 and 1 (residual of an
    open lead).
    """
    until = past.as_of + horizon
    months = round(horizon / timedelta(days=DAYS_A_MONTH))
    weights = seasons(past, max(1, months))
    _, in_time = Inflow(months_until(past, until, weights)).worked(1)
    entries = np.array([cell.entries for cell in past.cells], dtype=np.float64)
    _, drawn = won_shares(past, draws, _SEED)
    chance = np.clip(drawn @ (entries / entries.sum()) * in_time, 0, 1)
    random = np.random.default_rng(_SEED + 1)
    come = _arrivals(past, horizon / timedelta(days=DAYS_A_MONTH), draws, random)
    new = random.binomial(come, chance)
    flying = wins_in_flight(past, until, draws=draws, seed=_SEED + 2)
    return Forecast(
        as_of=past.as_of,
        until=until,
        quantiles=tuple(np.quantile(flying + new, SHARES).tolist()),
        in_flight=sum(leads * one for leads, one in chances_in_flight(past, until)),
        new=float(new.mean()),
        simple=sum(one.leads for one in past.waiting) * past.lag.won.final,
    )


def _arrivals(
    past: History, count: float, draws: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Draws of how many leads come in within `count` months.

    The last months go on as they were: at their mean, or along their line where chance would
    hardly show such a trend; by season where the past tells one. Months are as different as they
    were around that, at least as counts are by chance (Poisson), and the mean or line is as
    uncertain as least squares say.
    """
    seen = np.asarray(past.entries_a_month[-_YEAR:], dtype=np.float64)
    n, ahead = len(seen), max(1, ceil(count))
    of_year = seasons(past, _YEAR)
    weights = np.asarray(of_year if of_year is not None else np.ones(_YEAR))
    level = seen / np.maximum(weights[:n], _LEAST_WEIGHT) if n == _YEAR else seen
    time = np.arange(n) - (n - 1) / 2
    slope, spread = 0.0, float(np.var(level, ddof=1)) if n > 1 else 0.0
    squares = float((time**2).sum())
    if n >= _FEWEST_FOR_TREND:
        tried = float((time * level).sum()) / squares
        rest = level - level.mean() - tried * time
        around = float((rest**2).sum()) / (n - 2)
        if abs(tried) > _T * sqrt(max(around, level.mean()) / squares):
            slope, spread = tried, around
    spread = max(spread, float(level.mean()))
    part = np.clip(count - np.arange(ahead), 0, 1) * weights[np.arange(ahead) % _YEAR]
    later = np.arange(1, ahead + 1) + (n - 1) / 2
    expected = float((part * np.maximum(level.mean() + slope * later, 0)).sum())
    unsure = float(part.sum()) ** 2 / n
    if slope:
        unsure += float((part * later).sum()) ** 2 / squares
    variance = spread * (float((part * weights[np.arange(ahead) % _YEAR]).sum()) + unsure)
    if expected <= 0:
        return np.zeros(draws, dtype=np.int64)
    kept = expected / max(variance, expected * (1 + 1e-6))  # mean and variance of the draws
    return random.negative_binomial(expected * kept / (1 - kept), kept, draws)


@dataclass(frozen=True)
class Past:
    """A forecast whose time is over, and what came."""

    forecast: Forecast
    came: int

    @property
    def is_inside(self) -> bool:
        """Whether what came lies in the range that is meant to hold in 8 of 10 times."""
        low, high = self.forecast.range
        return low <= self.came <= high

    @property
    def beyond(self) -> float:
        """How far what came lies outside of what the past itself says; below zero inside."""
        return max(self.forecast.at(0.1) - self.came, self.came - self.forecast.at(0.9))

    @property
    def loss(self) -> float:
        """The continuous ranked probability score in wins: twice the mean pinball loss over the
        quantiles (Gneiting and Raftery 2007); smaller is better."""
        losses = [
            pinball(one, self.came, share)
            for one, share in zip(self.forecast.quantiles, SHARES, strict=True)
        ]
        return 2 * float(np.mean(losses))


@dataclass(frozen=True)
class Backtest:
    """How good past forecasts were.

    Attributes:
        inside: Of `count`, how many had what came within the range of 8 of 10 times.
        p: How likely so many or so few inside are, were the ranges as good as they say.
        bias: Mean of the middle of the forecasts less what came, in wins.
        loss: Mean continuous ranked probability score, in wins.
        simple_loss: The same of the rule of thumb.
    """

    count: int
    inside: int
    p: float
    bias: float
    loss: float
    simple_loss: float


#: Fewer past forecasts say nothing of how good they are.
FEWEST = 8


def backtest(held: Sequence[Past]) -> Backtest | None:
    """What past forecasts were worth; None of fewer than FEWEST. Forecasts whose times overlap do
    not tell as much as their number says: give those that follow each other."""
    if len(held) < FEWEST:
        return None
    inside = sum(one.is_inside for one in held)
    return Backtest(
        count=len(held),
        inside=inside,
        p=is_coverage_off(inside, len(held)),
        bias=float(np.mean([one.forecast.at(0.5) - one.came for one in held])),
        loss=float(np.mean([one.loss for one in held])),
        simple_loss=float(np.mean([abs(one.forecast.simple - one.came) for one in held])),
    )


def widening(held: Sequence[Past]) -> float:
    """By how many wins the next range has to be wider at both ends, for what came before.

    0 where past ranges, unwidened, held as often as they say, as far as can be told. Else as far
    as 8 of 10 past ones would have needed (conformalised quantiles, Romano, Patterson and Candes
    2019). Source: methods.md 11 (conformal widening).
    """
    if len(held) < FEWEST:
        return 0.0
    beyond = np.sort([one.beyond for one in held])
    if is_coverage_off(int((beyond <= 0).sum()), len(held)) >= _OFF:
        return 0.0
    place = ceil(round((len(held) + 1) * _RANGE, 9))
    return max(0.0, float(beyond[min(place, len(held)) - 1]))

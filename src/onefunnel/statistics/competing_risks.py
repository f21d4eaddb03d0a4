"""How long until it happens, while some are still open and others ended differently.

All functions take grouped durations: the i-th entry says that `counts[i]` leads left (or were last
seen) after `times[i]` with `causes[i]`. Cause 0 means still open: censored. Durations are whole
units (hours, days); events that share a time are ties and use one risk set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
OPEN = 0


@dataclass(frozen=True)
class RiskTable:
    """One row per distinct time: who was at risk just before it, and what happened at it."""

    times: Floats
    at_risk: Floats
    any_event: Floats
    events: Floats


def risk_table(
    times: ArrayLike, causes: ArrayLike, counts: ArrayLike | None = None, cause: int | None = None
) -> RiskTable:
    """Who was at risk and what happened, per distinct time.

    `events` counts the one `cause`, or any cause but open when `cause` is None. Leads censored at
    a time are still at risk for the events at that same time (the usual convention).
    """
    when = np.asarray(times, dtype=np.float64)
    why = np.asarray(causes)
    many = np.ones(len(when)) if counts is None else np.asarray(counts, dtype=np.float64)
    wanted = why != OPEN if cause is None else why == cause
    distinct, place = np.unique(when, return_inverse=True)

    def per_time(weights: Floats) -> Floats:
        return np.bincount(place, weights=weights, minlength=len(distinct)).astype(np.float64)

    leaving = per_time(many)
    any_event, events = per_time(many * (why != OPEN)), per_time(many * wanted)
    at_risk = leaving[::-1].cumsum()[::-1]
    return RiskTable(distinct, at_risk, any_event, events)


@dataclass(frozen=True)
class Survival:
    """The share still waiting after each time, with its 95 % interval."""

    times: Floats
    share: Floats
    low: Floats
    high: Floats

    def at(self, time: float) -> float:
        """The share still waiting just after `time`."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        return 1.0 if place < 0 else float(self.share[place])

    def quantile(self, share: float) -> float | None:
        """The time by which `share` of all have left; None where too few have left to say."""
        return _first_time(self.times, self.share <= 1 - share + 1e-12)

    def median_interval(self) -> tuple[float | None, float | None]:
        """The 95 % interval of the median: where the bounds of the share cross one half
        (Brookmeyer and Crowley 1982); None where a bound never does."""
        half = 0.5 + 1e-12
        return _first_time(self.times, self.low <= half), _first_time(self.times, self.high <= half)


def kaplan_meier(
    times: ArrayLike,
    causes: ArrayLike,
    counts: ArrayLike | None = None,
    *,
    confidence: float = 0.95,
) -> Survival:
    """Which share is still waiting after each time, given that some are still open?

    S(t) = prod(1 - d/n), Greenwood variance, log-log interval (Kalbfleisch and Prentice). Any cause
    but open ends the wait. Right where there is one way to leave, or where the way does not
    matter; for one way among several use `aalen_johansen`.
    """
    table = risk_table(times, causes, counts)
    share: Floats = np.cumprod(1 - table.any_event / table.at_risk).astype(np.float64)
    staying = table.at_risk - table.any_event
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(
            np.where(staying > 0, table.any_event / (table.at_risk * staying), 0.0)
        )
        spread = ndtri(0.5 + confidence / 2) * np.sqrt(greenwood) / np.abs(np.log(share))
        low, high = share ** np.exp(spread), share ** np.exp(-spread)
    known = (share > 0) & (share < 1)
    return Survival(table.times, share, np.where(known, low, share), np.where(known, high, share))


@dataclass(frozen=True)
class Incidence:
    """The share to which one cause has happened by each time, and its standard error."""

    times: Floats
    share: Floats
    error: Floats

    @property
    def final(self) -> float:
        """The share by the longest follow-up in the data."""
        return float(self.share[-1]) if len(self.share) else 0.0

    @property
    def final_error(self) -> float:
        return float(self.error[-1]) if len(self.error) else 0.0

    def at(self, time: float) -> float:
        """The share by `time`."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        return 0.0 if place < 0 else float(self.share[place])

    def error_at(self, time: float) -> float:
        """The standard error of `at(time)`."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        return 0.0 if place < 0 else float(self.error[place])

    def quantile(self, share: float) -> float | None:
        """The time by which `share` of those to whom it happens have had it happen."""
        if self.final <= 0:
            return None
        return _first_time(self.times, self.share >= share * self.final - 1e-12)


def aalen_johansen(
    times: ArrayLike, causes: ArrayLike, counts: ArrayLike | None = None, *, cause: int = 1
) -> Incidence:
    """To which share has `cause` happened by each time, while other causes compete?

    F(t) = sum of S(t-) d/n. Open leads are censored, leads that ended otherwise are not: counting
    those as censored too is the common error (1 - KM), which shows too much. All events at one
    time share one S(t-). The variance is that of the delta method (Marubini and Valsecchi 1995,
    10.12), which without censoring is the binomial one.
    """
    table = risk_table(times, causes, counts, cause)
    if not len(table.times):
        return Incidence(table.times, np.zeros(0), np.zeros(0))
    n, any_event, d = table.at_risk, table.any_event, table.events
    before = np.concatenate(([1.0], np.cumprod(1 - any_event / n)[:-1]))
    share = np.cumsum(before * d / n)
    staying = n - any_event
    spread = np.divide(any_event, n * staying, out=np.zeros_like(n), where=staying > 0)
    cross = before * d / n**2
    variance = (
        share**2 * np.cumsum(spread)
        - 2 * share * np.cumsum(share * spread)
        + np.cumsum(share**2 * spread)
        + np.cumsum(before**2 * (n - d) * d / n**3)
        - 2 * (share * np.cumsum(cross) - np.cumsum(share * cross))
    )
    return Incidence(table.times, share, np.sqrt(np.maximum(variance, 0.0)))


def _first_time(times: Floats, reached: NDArray[np.bool_]) -> float | None:
    return float(times[int(np.argmax(reached))]) if reached.any() else None

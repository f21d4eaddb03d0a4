"""Chances from traits: penalised logistic regression, and whole points that say the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Coefficients are held a little towards zero, so that traits that part winners from losers
#: without exception have finite ones: the spread of a Gaussian belief about each.
SPREAD = 2.5
MOST_STEPS = 50
MOST_POINTS = 5


@dataclass(frozen=True)
class Logistic:
    """ln odds = intercept + traits @ weights. `loss` is minus the log likelihood, unpenalised."""

    intercept: float
    weights: Floats
    loss: float

    def chances(self, traits: ArrayLike) -> Floats:
        x = np.asarray(traits, dtype=np.float64)
        return np.asarray(expit(self.intercept + x @ self.weights), dtype=np.float64)


def fit_logistic(
    traits: ArrayLike, won: ArrayLike, n: ArrayLike | None = None, *, spread: float = SPREAD
) -> Logistic:
    """The weights under which the wins are likeliest, by Newton's method.

    Args:
        traits: A row per lead, or per kind of lead, and a column per trait.
        won: How many of each row were won.
        n: How many there are of each row; one where left out.
        spread: See SPREAD; the intercept is free.

    Raises:
        ValueError: nobody was won, or everybody.
    """
    x = np.asarray(traits, dtype=np.float64)
    y = np.asarray(won, dtype=np.float64)
    size = np.ones(len(y)) if n is None else np.asarray(n, dtype=np.float64)
    total, all_ = float(y.sum()), float(size.sum())
    if not 0 < total < all_:
        raise ValueError("needs some that were won and some that were not")
    x = np.column_stack([np.ones(len(x)), x])
    precision = np.r_[0.0, np.full(x.shape[1] - 1, 1 / spread**2)]
    begin = np.zeros(x.shape[1])
    begin[0] = np.log(total / (all_ - total))
    beta = highest_posterior(x, y, size, precision, begin)
    return Logistic(float(beta[0]), beta[1:], _loss(x @ beta, y, size))


def highest_posterior(
    columns: Floats, successes: Floats, trials: Floats, precision: Floats, begin: Floats
) -> Floats:
    """The coefficients of highest posterior, by Newton's method.

    Args:
        columns: A row per kind of case.
        successes, trials: By row.
        precision: Of the Gaussian belief about each coefficient, around zero: 1 / spread ** 2.
        begin: Where to begin.
    """
    beta, before = begin.copy(), np.inf
    ridge = np.diag(precision + 1e-10)
    now = _penalised(columns, successes, trials, precision, beta)
    for _ in range(MOST_STEPS):
        if before - now < 1e-9 * (1 + abs(now)):
            break
        before = now
        p = expit(columns @ beta)
        slope = columns.T @ (successes - trials * p) - precision * beta
        bend = (columns.T * (trials * p * (1 - p))) @ columns + ridge
        step = np.linalg.solve(bend, slope)
        now = _penalised(columns, successes, trials, precision, beta + step)
        # half a step where a whole one would overshoot
        while now > before and np.abs(step).max() > 1e-12:
            step = step / 2
            now = _penalised(columns, successes, trials, precision, beta + step)
        beta = beta + step
    return beta


@dataclass(frozen=True)
class Scorecard:
    """Whole points for each trait, and what their sum means: ln odds = intercept + slope * sum."""

    points: Ints
    intercept: float
    slope: float
    loss: float

    def chances(self, sums: ArrayLike) -> Floats:
        total = np.asarray(sums, dtype=np.float64)
        return np.asarray(expit(self.intercept + self.slope * total), dtype=np.float64)


def scorecard(
    traits: ArrayLike, won: ArrayLike, weights: ArrayLike, n: ArrayLike | None = None
) -> Scorecard:
    """The whole points, -5 to 5, that say best what the weights say.

    points = round(weight / s); of the units s that give the largest weight 1 to 5 points the one
    whose sums, calibrated anew, leave the smallest loss; of equal ones the smallest points. A
    trait that rounds to none keeps none. Source: methods.md 4 (line search, refit).
    """
    beta = np.asarray(weights, dtype=np.float64)
    x = np.asarray(traits, dtype=np.float64)
    largest = float(np.abs(beta).max(initial=0.0))
    if largest == 0:
        raise ValueError("needs a weight that is not nothing")
    best: Scorecard | None = None
    for most in np.arange(1, MOST_POINTS + 0.01, 0.25):
        points = np.rint(beta * most / largest).astype(np.int64)
        fitted = fit_logistic((x @ points)[:, None], won, n, spread=1e3)
        found = Scorecard(points, fitted.intercept, float(fitted.weights[0]), fitted.loss)
        if best is None or found.loss < best.loss - 1e-9:
            best = found
    assert best is not None
    return best


def _penalised(x: Floats, y: Floats, n: Floats, penalty: Floats, beta: Floats) -> float:
    return _loss(x @ beta, y, n) + float(penalty @ beta**2) / 2


def _loss(odds: Floats, y: Floats, n: Floats) -> float:
    return float(n @ np.logaddexp(0, odds) - y @ odds)

"""Rates of many cells, each with few trials, learnt together: the small lean on all the others.

A cell's rate is a draw from one Beta(mean * weight, (1 - mean) * weight): `weight` says how many
trials the others are worth. Neither is known; both are inferred from all cells, on a grid over
(logit of the mean, log of the weight), and every answer averages over that grid. So few or odd
cells do not throw the estimate: fitting the two numbers and clipping each separately is worse than
no shrinkage at all (methods.md 1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import betaln, expit, logit

Floats = NDArray[np.float64]
#: Beyond the larger one cells are alike; below the smaller one a cell's rate would be 0 or 1 and
#: hardly anything between, which no rate of a funnel is, and which cells without a success suggest.
_WEIGHTS = (2.0, 1e5)
_RAREST = 1e-7
_STEPS, _REACH = 61, 6.0


@dataclass(frozen=True)
class Shrunk:
    """What is known of each cell's rate.

    Attributes:
        rates: Posterior mean of each cell, in the order given.
        mean: Posterior mean of the cells' common mean.
        weight: Posterior mean of the weight, in trials.
        alpha, beta: Posterior means of the two parameters of the Beta.
    """

    rates: Floats
    mean: float
    weight: float
    alpha: float
    beta: float
    _grid: _Grid

    def draws(self, count: int, seed: int) -> Floats:
        """Draws of all cells' rates: (count, cells). Parameters are drawn once for each row, so
        what is uncertain of all cells together does not average away."""
        return self._grid.draws(count, seed)

    def new_cell(self, count: int, seed: int) -> Floats:
        """Draws of the rate of a cell nothing is known of."""
        return self._grid.unseen(count, seed)


@dataclass(frozen=True)
class _Grid:
    successes: Floats
    trials: Floats
    means: Floats
    weights: Floats
    share: Floats  # of each point of the grid; sums to one

    def draws(self, count: int, seed: int) -> Floats:
        random = np.random.default_rng(seed)
        at = random.choice(len(self.share), size=count, p=self.share)
        a = self.means[at, None] * self.weights[at, None] + self.successes
        b = (1 - self.means[at, None]) * self.weights[at, None] + self.trials - self.successes
        return random.beta(a, b)

    def unseen(self, count: int, seed: int) -> Floats:
        random = np.random.default_rng(seed)
        at = random.choice(len(self.share), size=count, p=self.share)
        return random.beta(
            self.means[at] * self.weights[at], (1 - self.means[at]) * self.weights[at]
        )


def shrink(successes: ArrayLike, trials: ArrayLike) -> Shrunk:
    """Infer the rates of cells from each other.

    Args:
        successes: Of each cell, between 0 and its trials.
        trials: Of each cell; at least one cell has some.

    Source: Gelman and others, Bayesian Data Analysis 3, section 5.3, with its prior
    (alpha + beta) ** -5/2.

    Raises:
        ValueError: there is no trial, or a cell has more successes than trials.
    """
    y = np.asarray(successes, dtype=np.float64)
    n = np.asarray(trials, dtype=np.float64)
    if y.shape != n.shape or not n.sum() > 0 or (y < 0).any() or (y > n).any():
        raise ValueError("each cell needs 0 <= successes <= trials, and one needs a trial")
    places, spread = _mode(y, n)
    least, most = np.log(_WEIGHTS)
    reach = _REACH * spread
    grid = np.meshgrid(
        np.linspace(places[0] - reach[0], places[0] + reach[0], _STEPS),
        np.linspace(max(least, places[1] - reach[1]), min(most, places[1] + reach[1]), _STEPS),
        indexing="ij",
    )
    means = np.clip(expit(grid[0].ravel()), _RAREST, 1 - _RAREST)
    weights = np.exp(grid[1].ravel())
    score = _log_posterior(means, weights, y, n)
    share = np.exp(score - score.max())
    share /= share.sum()
    rates = np.array([
        float(share @ ((one + means * weights) / (all_ + weights)))
        for one, all_ in zip(y, n, strict=True)
    ])  # fmt: skip
    return Shrunk(
        rates=rates,
        mean=float(share @ means),
        weight=float(share @ weights),
        alpha=float(share @ (means * weights)),
        beta=float(share @ ((1 - means) * weights)),
        _grid=_Grid(y, n, means, weights, share),
    )


def _mode(y: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Where the posterior is highest, and how wide it is there, for (logit mean, log weight)."""
    begin = float(np.clip((y.sum() + 0.5) / (n.sum() + 1), 1e-6, 1 - 1e-6))

    least, most = np.log(_WEIGHTS)

    def loss(at: Floats) -> float:
        mean = np.clip(expit(at[0]), _RAREST, 1 - _RAREST)
        weight = np.exp(np.clip(at[1], least, most))
        return -float(_log_posterior(np.array([mean]), np.array([weight]), y, n)[0])

    best = minimize(
        loss, [float(logit(begin)), np.log(20.0)], method="Nelder-Mead",
        options={"xatol": 1e-4, "fatol": 1e-6, "maxiter": 2000},
    ).x  # fmt: skip
    best = np.array([np.clip(best[0], -14, 14), np.clip(best[1], least, most)])
    return best, np.array([_width(loss, best, 0, 2.0), _width(loss, best, 1, 1.5)])


def _width(loss: Callable[[Floats], float], best: Floats, axis: int, most: float) -> float:
    """The standard deviation that the curvature at the mode tells, within reason."""
    step = np.zeros(2)
    step[axis] = 0.05
    bend = (loss(best + step) + loss(best - step) - 2 * loss(best)) / 0.05**2
    return float(np.clip(1 / np.sqrt(bend), 0.01, most)) if bend > 0 else most


def _log_posterior(means: Floats, weights: Floats, y: Floats, n: Floats) -> Floats:
    """For each (mean, weight): the likelihood of the cells, and the prior on the grid's scale."""
    a, b = means * weights, (1 - means) * weights
    score = -len(y) * betaln(a, b)
    for one, all_ in zip(y, n, strict=True):
        score = score + betaln(a + one, b + all_ - one)
    # (a + b) ** -5/2, and the Jacobian a * b of (log(a / b), log(a + b))
    return np.asarray(score - 2.5 * np.log(weights) + np.log(a) + np.log(b), dtype=np.float64)

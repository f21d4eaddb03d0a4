"""Are the probabilities that a score gives true, and does it tell winners from losers?"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Brier:
    """The mean squared error, and its parts over groups of one forecast (Murphy 1973).

    score = reliability - resolution + uncertainty, exactly so where groups share one forecast.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float


def brier(forecast: ArrayLike, happened: ArrayLike) -> Brier:
    """Score probabilities against what happened (0 or 1); rows of one forecast are one group."""
    p, y = _pair(forecast, happened)
    levels, place = np.unique(p, return_inverse=True)
    n = np.bincount(place)
    rate = np.bincount(place, weights=y) / n
    base = float(y.mean())
    return Brier(
        score=float(np.mean((p - y) ** 2)),
        reliability=float(n @ (levels - rate) ** 2 / len(y)),
        resolution=float(n @ (rate - base) ** 2 / len(y)),
        uncertainty=base * (1 - base),
    )


def calibration_error(forecast: ArrayLike, happened: ArrayLike, bins: int | None = None) -> float:
    """The mean distance between forecast and rate (ECE): by equal forecast, or in equal bins."""
    p, y = _pair(forecast, happened)
    if bins is None:
        _, place = np.unique(p, return_inverse=True)
    else:
        place = np.minimum((p * bins).astype(np.intp), bins - 1)
    gap = np.bincount(place, weights=p) - np.bincount(place, weights=y)
    return float(np.abs(gap).sum() / len(y))


def log_loss(forecast: ArrayLike, happened: ArrayLike) -> float:
    """The mean of -ln of what was forecast for what happened."""
    p, y = _pair(forecast, happened)
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -float(np.mean(y * np.log(p) + (1 - y) * np.log1p(-p)))


def auc(score: ArrayLike, happened: ArrayLike) -> float | None:
    """How often one to whom it happened scores above one to whom it did not; ties count half.

    None where all or none happened.
    """
    s, y = _pair(score, happened)
    yes = float(y.sum())
    no = len(y) - yes
    if not yes or not no:
        return None
    ranks = rankdata(s)
    return float((ranks[y > 0].sum() - yes * (yes + 1) / 2) / (yes * no))


def isotonic(values: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """The nearest sequence that never falls (pool adjacent violators), by least squares."""
    y = np.asarray(values, dtype=np.float64)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many
    for value, weight in zip(y.tolist(), w.tolist(), strict=True):
        mean, many, size = value, weight, 1
        while blocks and blocks[-1][0] > mean:
            before, heavy, length = blocks.pop()
            mean = (before * heavy + mean * many) / (heavy + many)
            many, size = many + heavy, size + length
        blocks.append((mean, many, size))
    return np.concatenate([np.full(size, mean) for mean, _, size in blocks] or [np.zeros(0)])


def stability_index(before: ArrayLike, now: ArrayLike) -> tuple[float, Floats]:
    """How far a distribution has moved: sum of (a - e) ln(a / e), and the part of each class (PSI).

    By convention below .1 is stable, to .25 to be watched, above it to be acted on. Shares of both
    sum to one; an empty class is counted as one ten-thousandth.
    """
    e, a = (np.maximum(np.asarray(one, dtype=np.float64), 1e-4) for one in (before, now))
    parts = (a - e) * np.log(a / e)
    return float(parts.sum()), np.asarray(parts, dtype=np.float64)


def evidence(good: ArrayLike, bad: ArrayLike) -> tuple[Floats, float]:
    """The weight of evidence of each class, ln of its share of the good over that of the bad, and
    the information value of all.

    A class without good or bad ones counts half a one of them.
    """
    g, b = (np.asarray(one, dtype=np.float64) for one in (good, bad))
    if (g == 0).any() or (b == 0).any():
        g, b = g + 0.5, b + 0.5
    shares_good, shares_bad = g / g.sum(), b / b.sum()
    weight = np.log(shares_good / shares_bad)
    return np.asarray(weight, dtype=np.float64), float((shares_good - shares_bad) @ weight)


@dataclass(frozen=True)
class Points:
    """A scale of points: `offset` + `factor` x ln(odds)."""

    factor: float
    offset: float

    def of_odds(self, odds: float) -> float:
        return self.offset + self.factor * log(odds)

    def of_chance(self, chance: float) -> float:
        return self.of_odds(chance / (1 - chance))


def points(anchor: float, odds: float, doubling: float) -> Points:
    """The scale on which `odds` are `anchor` points and twice the odds `doubling` points more."""
    factor = doubling / log(2)
    return Points(factor, anchor - factor * log(odds))


def corrected_intercept(intercept: float, true_share: float, sample_share: float) -> float:
    """The intercept of a logistic model for another share of winners than it learnt from.

    King and Zeng 2001.
    """
    odds = (1 - true_share) / true_share * sample_share / (1 - sample_share)
    return intercept - log(odds)


def _pair(forecast: ArrayLike, happened: ArrayLike) -> tuple[Floats, Floats]:
    p, y = (np.asarray(one, dtype=np.float64) for one in (forecast, happened))
    if p.shape != y.shape or not len(p) or not np.isin(y, (0, 1)).all():
        raise ValueError("needs one forecast for each that happened (1) or not (0)")
    return p, y

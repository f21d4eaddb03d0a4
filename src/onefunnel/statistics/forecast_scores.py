"""How good were the forecasts: errors of a whole distribution, of quantiles and of intervals."""

from __future__ import annotations

from math import ceil, pi, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr
from scipy.stats import binomtest


def crps_normal(mean: float, deviation: float, actual: float) -> float:
    """The continuous ranked probability score of a normal forecast, in the unit of the figure.

    Smaller is better; of a forecast without spread it is the absolute error (Gneiting and Raftery
    2007).
    """
    z = (actual - mean) / deviation
    density = np.exp(-(z**2) / 2) / sqrt(2 * pi)
    return float(deviation * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / sqrt(pi)))


def crps_draws(draws: ArrayLike, actual: float, *, is_fair: bool = False) -> float:
    """The same of draws: mean |x - actual| - half the mean |x - x'|.

    `is_fair` leaves pairs of a draw with itself out, as a small ensemble needs (Ferro 2014).
    """
    x = np.sort(np.asarray(draws, dtype=np.float64))
    n = len(x)
    apart = 2 * float(((2 * np.arange(1, n + 1) - n - 1) * x).sum())  # sum over all |x - x'|
    pairs = n * (n - 1) if is_fair else n * n
    return float(np.abs(x - actual).mean()) - (apart / (2 * pairs) if pairs else 0.0)


def pinball(quantile: float, actual: float, share: float) -> float:
    """The loss of a quantile forecast: what lies above costs `share`, what lies below the rest."""
    return (actual - quantile) * share if actual >= quantile else (quantile - actual) * (1 - share)


def interval_score(low: float, high: float, actual: float, share: float = 0.8) -> float:
    """The width of an interval, and 2 / (1 - share) for each unit the figure lies outside it."""
    outside = max(low - actual, 0.0) + max(actual - high, 0.0)
    return high - low + 2 / (1 - share) * outside


def is_coverage_off(inside: int, of: int, share: float = 0.8) -> float:
    """The p-value (two-sided, exact) of so many inside, were the intervals as good as they say."""
    return float(binomtest(inside, of, share).pvalue)


def conformal_width(residuals: ArrayLike, share: float = 0.9) -> float | None:
    """By how much to widen on both sides so that `share` of figures lie inside: from past errors.

    The ceil((n + 1) * share)-th smallest absolute residual (split conformal); None where the past
    is too short to say (fewer than share / (1 - share)).
    """
    errors = np.sort(np.abs(np.asarray(residuals, dtype=np.float64)))
    place = ceil(round((len(errors) + 1) * share, 9))
    return float(errors[place - 1]) if 0 < place <= len(errors) else None

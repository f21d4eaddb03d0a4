"""Did the rate move, or did the mix? Shares compared across segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2 as chi2_distribution

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MixChange:
    """A change of a total share, split exactly into `rate` and `mix`: total = rate + mix."""

    rate: float
    mix: float
    total: float

    @property
    def is_reversed(self) -> bool:
        """The total moved against the rates inside the segments (Simpson's paradox)."""
        return self.rate * self.total < 0


def kitagawa(
    shares: ArrayLike, weights: ArrayLike, later_shares: ArrayLike, later_weights: ArrayLike
) -> MixChange:
    """How much of a moved total comes from the segments' own shares, how much from their mix?

    rate = sum (p1 - p0)(w0 + w1)/2, mix = sum (w1 - w0)(p0 + p1)/2 (Kitagawa 1955), exact without
    residual. Weights are scaled to sum 1. A segment that is empty in one period has no share of
    its own there: pass the other period's share for it, so that all of it counts as mix.
    """
    p0, p1 = np.asarray(shares, float), np.asarray(later_shares, float)
    w0, w1 = np.asarray(weights, float), np.asarray(later_weights, float)
    w0, w1 = w0 / w0.sum(), w1 / w1.sum()
    rate = float(((p1 - p0) * (w0 + w1) / 2).sum())
    mix = float(((w1 - w0) * (p0 + p1) / 2).sum())
    return MixChange(rate, mix, float(p1 @ w1 - p0 @ w0))


@dataclass(frozen=True)
class Adjusted:
    """Two groups compared within strata: the common odds ratio and the test that it is 1."""

    odds_ratio: float
    chi2: float
    p: float
    chi2_corrected: float
    p_corrected: float
    heterogeneity: float
    p_heterogeneity: float


def mantel_haenszel(tables: Sequence[tuple[float, float, float, float]]) -> Adjusted:
    """Do two groups differ when like is compared with like?

    Each table is one stratum: (a, b, c, d) = first group yes, no, other group yes, no. Mantel and
    Haenszel (1959) odds ratio and chi-square without and with continuity correction, and the test
    of Breslow and Day (1980) that the odds ratio is the same in all strata.
    """
    a, b, c, d = np.asarray(tables, float).T
    n = a + b + c + d
    ratio = float((a * d / n).sum() / (b * c / n).sum())
    first, other, yes, no = a + b, c + d, a + c, b + d
    gap = abs(float((a - first * yes / n).sum()))
    variance = float((first * other * yes * no / (n**2 * (n - 1))).sum())
    plain, corrected = gap**2 / variance, max(gap - 0.5, 0.0) ** 2 / variance
    expected = _cells_at(ratio, first, yes, n)
    spread = 1 / (1 / expected + 1 / (first - expected) + 1 / (yes - expected)
                  + 1 / (other - yes + expected))  # fmt: skip
    uneven = float(((a - expected) ** 2 / spread).sum())
    return Adjusted(
        ratio,
        plain,
        float(chi2_distribution.sf(plain, 1)),
        corrected,
        float(chi2_distribution.sf(corrected, 1)),
        uneven,
        float(chi2_distribution.sf(uneven, len(a) - 1)),
    )


def _cells_at(ratio: float, first: Floats, yes: Floats, n: Floats) -> Floats:
    """The count `a` that each stratum would have, with its margins kept, at this odds ratio."""
    if abs(ratio - 1) < 1e-12:
        proportional: Floats = first * yes / n
        return proportional
    linear = n + (first + yes) * (ratio - 1)
    root = np.sqrt(linear**2 - 4 * ratio * (ratio - 1) * first * yes)
    result: Floats = (linear - root) / (2 * (ratio - 1))
    return result


@dataclass(frozen=True)
class Difference:
    """A difference of two shares within strata: the first group's less the other's."""

    value: float
    error: float
    compared: float

    def interval(self, z: float = 1.959964) -> tuple[float, float]:
        return self.value - z * self.error, self.value + z * self.error


def difference_in_mix(
    yes: ArrayLike, n: ArrayLike, other_yes: ArrayLike, other_n: ArrayLike
) -> Difference | None:
    """By how much does the share of one group differ from another's where like meets like?

    One place per stratum. The common risk difference of Mantel and Haenszel (Greenland and Robins
    1985) with the variance of Sato (1989), which holds for many small strata and few large ones
    alike. `compared` is how many of the first group have somebody of the other in their stratum;
    None where nobody has.
    """
    a, n1, b, n0 = (np.asarray(one, float) for one in (yes, n, other_yes, other_n))
    both = (n1 > 0) & (n0 > 0)
    a, n1, b, n0 = a[both], n1[both], b[both], n0[both]
    if not len(a):
        return None
    total = n1 + n0
    weight = float((n1 * n0 / total).sum())
    value = float(((a * n0 - b * n1) / total).sum()) / weight
    p = float(((n1**2 * b - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / total**2).sum())
    q = float(((a * (n0 - b) + b * (n1 - a)) / (2 * total)).sum())
    return Difference(value, float(np.sqrt(max(value * p + q, 0.0))) / weight, float(n1.sum()))

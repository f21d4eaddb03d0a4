"""Many gaps, most of them chance and a few real: how large is each one really?

Each true gap is zero, or a draw from a normal around zero: a share `real` of them is, with spread
`size`. Neither is known; both are inferred from all gaps on a grid, and every answer averages over
it. So one large gap among many small ones keeps its size, and what is chance goes to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
#: The grid: which share of the gaps is real, and how large they are beside the usual error.
_REAL = np.geomspace(0.005, 0.6, 15)
_SIZES = np.geomspace(0.5, 20.0, 24)


@dataclass(frozen=True)
class ShrunkGaps:
    """Posterior mean and standard deviation of each gap."""

    means: Floats
    deviations: Floats


def shrink_gaps(gaps: ArrayLike, errors: ArrayLike) -> ShrunkGaps:
    """What is left of gaps that were measured with these standard errors (above zero)?"""
    g, error = np.asarray(gaps, float), np.asarray(errors, float)
    if not len(g):
        return ShrunkGaps(g, error)
    real = np.repeat(_REAL, len(_SIZES))[:, None]
    size = np.tile(_SIZES, len(_REAL))[:, None] * np.median(error)
    v, s = error[None, :] ** 2, size**2
    chance = (1 - real) * _density(g, v)
    found = real * _density(g, v + s)
    score = np.log(chance + found).sum(1)
    weight = np.exp(score - score.max())
    weight /= weight.sum()
    is_real = found / (chance + found)
    mean = is_real * g * s / (s + v)
    square = is_real * ((g * s / (s + v)) ** 2 + s * v / (s + v))
    means = weight @ mean
    return ShrunkGaps(means, np.sqrt(np.maximum(weight @ square - means**2, 0.0)))


def _density(at: Floats, variance: Floats) -> Floats:
    result: Floats = np.exp(-(at**2) / (2 * variance)) / np.sqrt(variance)
    return np.maximum(result, 1e-300)

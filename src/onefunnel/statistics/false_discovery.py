"""Many tests at once: which findings stand?

Each function returns p values adjusted for the whole family, in the order given: reject where the
adjusted value is at or below the level.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Keep the expected share of false findings at the level (Benjamini and Hochberg 1995)."""
    return _step_up(np.asarray(p_values, float), 1.0)


def benjamini_yekutieli(p_values: ArrayLike) -> Floats:
    """As Benjamini-Hochberg, under any dependence between the tests (2001); stricter."""
    p = np.asarray(p_values, float)
    return _step_up(p, float((1 / np.arange(1, len(p) + 1)).sum()))


def holm(p_values: ArrayLike) -> Floats:
    """Keep the chance of even one false finding at the level (Holm 1979)."""
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _in_place(np.minimum(stepped, 1.0), order)


def bonferroni(p_values: ArrayLike) -> Floats:
    """Multiply by the number of tests: the plainest and strictest."""
    p = np.asarray(p_values, float)
    adjusted: Floats = np.minimum(p * len(p), 1.0)
    return adjusted


def _step_up(p: Floats, penalty: float) -> Floats:
    order = np.argsort(p, kind="stable")
    scaled = p[order] * penalty * len(p) / np.arange(1, len(p) + 1)
    smallest_from_here = np.minimum.accumulate(scaled[::-1])[::-1]
    return _in_place(np.minimum(smallest_from_here, 1.0), order)


def _in_place(values: Floats, order: NDArray[np.intp]) -> Floats:
    result = np.empty_like(values)
    result[order] = values
    return result

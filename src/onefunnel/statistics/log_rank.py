"""Do two groups wait differently long?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2 as chi2_distribution

from onefunnel.statistics.competing_risks import risk_table


@dataclass(frozen=True)
class Difference:
    """A chi-square statistic with one degree of freedom and its p value."""

    chi2: float
    p: float


def log_rank(
    times: ArrayLike, causes: ArrayLike, is_first: ArrayLike, counts: ArrayLike | None = None
) -> Difference:
    """Do the two groups leave at the same pace? Open leads (cause 0) are censored.

    Observed less expected leavers of the first group over all times, hypergeometric variance
    (Mantel 1966), no correction. `is_first` marks the entries of the first group.
    """
    when, why = np.asarray(times, float), np.asarray(causes)
    mine = np.asarray(is_first, bool)
    many = np.ones(len(when)) if counts is None else np.asarray(counts, float)
    both = risk_table(when, why, many)
    own = risk_table(when, np.where(mine, why, 0), many * mine)
    n, d, n1 = both.at_risk, both.any_event, own.at_risk
    expected = d * n1 / n
    variance = np.divide(
        d * n1 * (n - n1) * (n - d), n**2 * (n - 1), out=np.zeros_like(n), where=n > 1
    )
    if variance.sum() <= 0:
        return Difference(0.0, 1.0)
    statistic = float((own.any_event - expected).sum() ** 2 / variance.sum())
    return Difference(statistic, float(chi2_distribution.sf(statistic, 1)))

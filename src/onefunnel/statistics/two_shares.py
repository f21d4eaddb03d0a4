"""Do two shares differ by more than chance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2_contingency, fisher_exact


@dataclass(frozen=True)
class Comparison:
    """Two-sided tests of two shares: Fisher's exact p, and chi-square without correction."""

    fisher_p: float
    chi2: float
    chi2_p: float


def compare_shares(successes: int, n: int, other_successes: int, other_n: int) -> Comparison:
    """Could two groups with the same true share differ this much by chance?"""
    table = np.array(
        [[successes, n - successes], [other_successes, other_n - other_successes]], dtype=float
    )
    fisher_p = float(fisher_exact(table).pvalue)
    if (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any():
        return Comparison(fisher_p, 0.0, 1.0)
    statistic, p, *_ = chi2_contingency(table, correction=False)
    return Comparison(fisher_p, float(statistic), float(p))

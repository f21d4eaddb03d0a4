"""Do two groups wait differently long?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2 as chi2_distribution

from onefunnel.statistics.competing_risks import risk_table

Floats = NDArray[np.float64]


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


@dataclass(frozen=True)
class Paces:
    """Of each group: leavers less those expected at the others' pace, and its standard error."""

    ahead: Floats
    errors: Floats


def log_rank_of_each(
    times: ArrayLike, causes: ArrayLike, groups: ArrayLike, strata: ArrayLike, count: int
) -> Paces:
    """Which groups leave more slowly than the others, compared within strata?

    For each of `count` groups (numbered from 0) the log-rank statistic against all others, summed
    over the strata (numbered from 0). Open leads (cause 0) are censored. A group is slower where
    `ahead` is below zero; (ahead / error) ** 2 is the chi-square of `log_rank` in one stratum.
    """
    when, why = np.asarray(times, float), np.asarray(causes) != 0
    of, where = np.asarray(groups, np.int64), np.asarray(strata, np.int64)
    ahead, variance = np.zeros(count), np.zeros(count)
    order = np.argsort(where, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(where[order])) + 1):
        if not len(part):
            continue
        distinct, place = np.unique(when[part], return_inverse=True)
        cells = of[part] * len(distinct) + place
        leaving = np.bincount(cells, minlength=count * len(distinct)).reshape(count, -1)
        events = np.bincount(cells, why[part], count * len(distinct)).reshape(count, -1)
        at_risk = leaving[:, ::-1].cumsum(1)[:, ::-1].astype(np.float64)
        n, d = at_risk.sum(0), events.sum(0)
        ahead += (events - at_risk * d / n).sum(1)
        spread = np.divide(d * (n - d), n**2 * (n - 1), out=np.zeros_like(n), where=n > 1)
        variance += (at_risk * (n - at_risk) * spread).sum(1)
    return Paces(ahead, np.sqrt(variance))

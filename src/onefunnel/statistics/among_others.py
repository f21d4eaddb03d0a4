"""Many groups, each compared with all the others where like meets like: who does worse?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Compared:
    """Each group against the others, which do not hold it.

    Attributes:
        gaps: Share of the others less the group's own, as in the same mix of strata.
        errors: Standard errors of the gaps if there were none; infinite where nobody is alike.
        expected: How many of the group would have said yes at the others' shares.
        compared: Of each group, how many have somebody else in their stratum.
        p: One-sided: how likely a gap this large or larger is by chance.
    """

    gaps: Floats
    errors: Floats
    expected: Floats
    compared: Floats
    p: Floats


def each_against_the_others(yes: ArrayLike, trials: ArrayLike) -> Compared:
    """Which groups have a lower share than the others, when compared within strata?

    Args:
        yes: Successes, a row per group and a column per stratum.
        trials: As many trials.

    The gap weighs strata as Mantel and Haenszel do (1959), and its error is that of their test:
    (gap / error) ** 2 is their chi-square. `p` is corrected for continuity.
    """
    y, n = np.asarray(yes, float), np.asarray(trials, float)
    others, others_yes = n.sum(0) - n, y.sum(0) - y
    total = n.sum(0)
    both = (n > 0) & (others > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(both, n * others / total, 0.0)
        theirs = np.where(both, others_yes / others, 0.0)
        gap = np.where(both, theirs - y / n, 0.0)
        share = np.where(total > 0, y.sum(0) / total, 0.0)
        spread = np.where(total > 1, share * (1 - share) * total / (total - 1), 0.0)
        sums = weight.sum(1)
        gaps = np.where(sums > 0, (weight * gap).sum(1) / sums, 0.0)
        errors = np.where(sums > 0, np.sqrt((weight * spread).sum(1)) / sums, np.inf)
        more = gaps * sums  # how many more would have said yes at the others' shares
        corrected = more - 0.5 * np.sign(more) * (np.abs(more) > 0.5)
        z = np.where(errors * sums > 0, corrected / (errors * sums), 0.0)
    compared = (n * both).sum(1)
    return Compared(gaps, errors, (n * theirs).sum(1), compared, ndtr(-z))

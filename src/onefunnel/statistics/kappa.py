"""How far do two ways of sorting the same things agree, beyond what chance would give?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.special import ndtri


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa with its interval; `agreement_share` is the plain share sorted alike."""

    value: float
    low: float
    high: float
    standard_error: float
    agreement_share: float


def cohens_kappa(table: Sequence[Sequence[float]], confidence: float = 0.95) -> Kappa | None:
    """How far do two sortings agree? `table[i][j]` counts what the first puts in i, the other in j.

    1 is full agreement, 0 what chance gives with these totals, below 0 less than that (Cohen
    1960). The interval is the large-sample one of Fleiss, Cohen and Everitt (1969), cut to -1..1.
    None where there is nothing to sort, or where both put everything into one and the same class:
    chance alone would agree then.
    """
    n = float(sum(map(sum, table)))
    if n <= 0:
        return None
    classes = range(len(table))
    share = [[count / n for count in row] for row in table]
    first = [sum(row) for row in share]
    other = [sum(share[i][j] for i in classes) for j in classes]
    observed = sum(share[i][i] for i in classes)
    chance = sum(first[i] * other[i] for i in classes)
    if chance >= 1:
        return None
    kappa = (observed - chance) / (1 - chance)
    alike = sum(share[i][i] * (1 - (first[i] + other[i]) * (1 - kappa)) ** 2 for i in classes)
    apart = (1 - kappa) ** 2 * sum(
        share[i][j] * (other[i] + first[j]) ** 2 for i in classes for j in classes if i != j
    )
    spread = alike + apart - (kappa - chance * (1 - kappa)) ** 2
    error = sqrt(max(spread, 0.0) / n) / (1 - chance)
    reach = float(ndtri(0.5 + confidence / 2)) * error
    return Kappa(kappa, max(-1.0, kappa - reach), min(1.0, kappa + reach), error, observed)

"""How many leads in which month, so that enough are won by the end of each?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

Floats = NDArray[np.float64]


class OutOfReach(ValueError):
    """No number of leads within the limits reaches the targets in time."""


@dataclass(frozen=True)
class Months:
    """Leads by month, and the wins expected of them."""

    leads: tuple[float, ...]
    wins: tuple[float, ...]

    @property
    def total(self) -> float:
        return sum(self.leads)


def leads_by_month(
    targets: ArrayLike,
    rate: float,
    lags: ArrayLike,
    *,
    least: float = 0.0,
    most: float | Sequence[float] | None = None,
    step: float | None = None,
) -> Months:
    """The fewest leads of which as many are won as is asked, by the end of each month.

    Args:
        targets: Wins asked for in each month; what is won early counts later.
        rate: The share of leads that is ever won.
        lags: Of those won, the share won in the month of entry, the next, ...; sums to one.
        least, most: Limits of a month; `most` may be one for each.
        step: How much two months that follow may differ. Without it the answer jumps: nothing in
            one month, everything in another.

    Raises:
        OutOfReach: the limits, or the time that winning takes, forbid it.
    """
    wanted = np.cumsum(np.asarray(targets, dtype=np.float64))
    share = np.asarray(lags, dtype=np.float64)
    n = len(wanted)
    come = rate * np.cumsum(share)
    by_then = np.zeros((n, n))  # wins by the end of month m of a lead of month j
    for j in range(n):
        for m in range(j, n):
            by_then[m, j] = come[min(m - j, len(come) - 1)]
    rules, bounds = [-by_then], [-wanted]
    if step is not None and n > 1:
        apart = np.eye(n - 1, n, 1) - np.eye(n - 1, n)
        rules += [apart, -apart]
        bounds += [np.full(n - 1, step)] * 2
    each = [most] * n if most is None or isinstance(most, (int, float)) else list(most)
    found = linprog(
        np.ones(n), A_ub=np.vstack(rules), b_ub=np.concatenate(bounds),
        bounds=[(least, one) for one in each], method="highs",
    )  # fmt: skip
    if not found.success:
        raise OutOfReach("within these limits the leads come too late or are too few")
    leads = np.asarray(found.x, dtype=np.float64)
    wins = np.diff(np.concatenate(([0.0], by_then @ leads)))
    return Months(tuple(leads.tolist()), tuple(wins.tolist()))

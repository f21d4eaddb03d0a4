"""Do leads come evenly over the year?"""

from __future__ import annotations

import numpy as np

from onefunnel.planner.history import History

_YEAR = 12
#: One year alone cannot tell a season from a good month.
FEWEST_YEARS = 2


def seasons(past: History, count: int) -> tuple[float, ...] | None:
    """The weight of each of the coming months, as the same months of past years had it.

    Each whole year is measured by its own mean, so that growth is no season; the years count the
    same. None where the past has fewer than FEWEST_YEARS whole years, or nothing came in them.
    """
    months = past.entries_a_month
    years = len(months) // _YEAR
    if years < FEWEST_YEARS:
        return None
    latest = np.asarray(months[-years * _YEAR :], dtype=np.float64).reshape(years, _YEAR)
    means = latest.mean(axis=1, keepdims=True)
    if not (means > 0).all():
        return None
    weights = (latest / means).mean(axis=0)  # the first of them is the month that comes next
    return tuple(float(weights[month % _YEAR]) for month in range(count))

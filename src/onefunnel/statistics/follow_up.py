"""Has enough time passed to say how it ends?"""

from __future__ import annotations

#: Below this many median lags of follow-up the final share is not identified: a slow but certain
#: conversion and a rare one look the same (docs: methods, section 1, "Pitfalls").
MEDIAN_LAGS_NEEDED = 3.0


def is_too_early(follow_up: float, median_lag: float | None) -> bool:
    """Is the longest follow-up too short to tell the final share?

    Both in the same unit. True below three median lags; False where there is no lag to judge by.
    """
    return median_lag is not None and follow_up < MEDIAN_LAGS_NEEDED * median_lag

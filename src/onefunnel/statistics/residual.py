"""What may a lead that is still open yet become, now that it has reached its age?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onefunnel.statistics.competing_risks import Incidence, Survival

Floats = NDArray[np.float64]


def residual_by_period(rate: float, lags: ArrayLike) -> Floats:
    """Of leads that are open at the end of period 1, 2, ...: the share that will still be won.

    Args:
        rate: The share of all that is ever won.
        lags: Of the won, the share won in each period after coming in; sums to one.
    """
    come = rate * np.cumsum(np.asarray(lags, dtype=np.float64))
    return np.asarray((rate - come) / (1 - come), dtype=np.float64)


def residual(
    won: Incidence, waiting: Survival, age: float, horizon: float | None = None
) -> float | None:
    """Of leads still open at `age`: the share that will be won within `horizon`, or at all.

    (F(age + horizon) - F(age)) / S(age), F the share won while other ends compete, S the share
    still open, both of the same leads. None where nobody is left at that age to learn from.
    """
    open_share = waiting.at(age)
    if open_share <= 0:
        return None
    end = won.final if horizon is None else won.at(age + horizon)
    return min(1.0, (end - won.at(age)) / open_share)


def wins_by_period(entries: ArrayLike, rate: float, lags: ArrayLike) -> Floats:
    """Expected wins in each period of leads that come in by period: sum over j of n_j c lag(m-j).

    As many periods as entries are given; what is won later is left out.
    """
    came = np.asarray(entries, dtype=np.float64)
    share = np.asarray(lags, dtype=np.float64)
    return np.asarray(rate * np.convolve(came, share)[: len(came)], dtype=np.float64)

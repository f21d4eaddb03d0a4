"""The chance of an outcome by flags that are raised and the stratum a case is in.

A logistic model over aggregated cells: strata lean on each other (a normal prior on the scale of
logits), flags have a wide prior. Uncertainty comes from drawing whole units (accounts) again with
Dirichlet weights, which are draws from the posterior of the bootstrap (Rubin 1981); the model is
fitted anew for each draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from onefunnel.statistics.logistic import highest_posterior

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

#: Spread of the strata around their mean, and of the flags' effects, in logits.
_STRATA, _FLAGS, _MEAN = 1.0, 2.5, 10.0


@dataclass(frozen=True)
class Cells:
    """Cases counted by stratum and by which flags are raised.

    Attributes:
        stratum: Of each cell, numbered from 0.
        flags: A row per cell, a column per flag, 0 or 1.
        trials, successes: A row per unit (account, or pool of accounts), a column per cell.
    """

    stratum: Numbers
    flags: Floats
    trials: Floats
    successes: Floats


def design(cells: Cells, *, with_strata: bool = True) -> Floats:
    """A row per cell: one, the strata, the flags."""
    one = np.ones((len(cells.stratum), 1))
    if not with_strata:
        return np.hstack([one, cells.flags])
    strata = np.eye(int(cells.stratum.max()) + 1)[cells.stratum]
    return np.hstack([one, strata, cells.flags])


def fitted(
    columns: Floats, trials: Floats, successes: Floats, flags: int, begin: Floats | None = None
) -> Floats:
    """The coefficients of highest posterior under the beliefs about strata and flags.

    Args:
        columns: As `design` gives them; the last `flags` of them are flags.
        trials, successes: By cell.
        begin: Where to begin, for a fit that is close to another.
    """
    count = columns.shape[1]
    spread = np.full(count, _STRATA)
    spread[0], spread[count - flags :] = _MEAN, _FLAGS
    if begin is None:
        share = (successes.sum() + 0.5) / (trials.sum() + 1)
        begin = np.zeros(count)
        begin[0] = np.log(share / (1 - share))
    return highest_posterior(columns, successes, trials, 1 / spread**2, begin)


def gaps(
    columns: Floats, at: Floats, flags: int, removed: list[tuple[int, ...]], worth: Floats
) -> Floats:
    """What is gained by taking flags away from the cases that have them, and from no others.

    Args:
        removed: Sets of flags, by their numbers.
        worth: A row per cell, a column per currency: cases times what one success is worth.

    Returns:
        A row per set, a column per currency: sum of (p(without) - p(with)) x worth.
    """
    now = expit(columns @ at)
    first = columns.shape[1] - flags
    found = np.zeros((len(removed), worth.shape[1]))
    for place, some in enumerate(removed):
        if some:
            without = columns.copy()
            without[:, [first + flag for flag in some]] = 0
            found[place] = (expit(without @ at) - now) @ worth
    return found


def unit_weights(units: int, draws: int, seed: int) -> Floats:
    """How much each unit counts in each draw: Dirichlet weights of mean one."""
    held = np.random.default_rng(seed).standard_exponential((draws, units))
    weights: Floats = held / held.mean(axis=1, keepdims=True)
    return weights

"""How sure is a sum over accounts? By drawing the accounts again, with the same draws each time."""

from __future__ import annotations

import numpy as np

from onefunnel.statistics.credit_rules import Floats

DRAWS = 1000
SEED = 20_260_101
#: More accounts than this are pooled at random first: the spread of the sum stays what it is.
MOST_UNITS = 2000


def resampled_sums(
    values: Floats, *, seed: int = SEED, draws: int = DRAWS, most_units: int = MOST_UNITS
) -> Floats:
    """Sums of the columns of `values` (a row per account) over accounts drawn with replacement.

    Returns one row per draw. Accounts are put in the order of their values first, so that neither
    their names nor the order of rows decides the draws. Whole accounts are drawn because touches
    and deals of one account belong together.
    """
    rng = np.random.default_rng(seed)
    values = values[np.lexsort(values.T)] if values.size else values
    if len(values) > most_units:
        pool = rng.permutation(len(values)) % most_units
        order = np.argsort(pool, kind="stable")
        starts = np.searchsorted(pool[order], np.arange(most_units))
        values = np.add.reduceat(values[order], starts, axis=0)
    count = len(values)
    if not count:
        return np.zeros((draws, values.shape[1]))
    times = rng.multinomial(count, np.full(count, 1 / count), size=draws)
    result: Floats = times @ values
    return result


def middle_95(drawn: Floats) -> tuple[float, float]:
    """The interval that holds the middle 95 % of what was drawn."""
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)

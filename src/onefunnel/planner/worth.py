"""How many wins does a sum of money take, when wins are not worth the same?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Fewer priced wins than this say too little of what one is worth.
FEWEST = 5


@dataclass(frozen=True)
class Worth:
    """A sum to be reached, and what wins were worth: mean and standard error of the mean.

    `known` of `of` wins had that figure; it is never assumed for the others.
    """

    target: Decimal
    mean: Decimal
    error: float
    known: int
    of: int

    @property
    def wins(self) -> float:
        """The wins it takes at the mean."""
        return float(self.target / self.mean)

    def draws(self, count: int, seed: int) -> Floats:
        """Draws of the wins it takes, the mean as uncertain as it is."""
        random = np.random.default_rng(seed)
        mean = float(self.mean)
        worth = np.maximum(random.normal(mean, self.error, size=count), mean / 10)
        return np.asarray(float(self.target) / worth, dtype=np.float64)


class NoWorth(ValueError):
    """Too few wins have the figure. The text says how many."""


def worth_of(target: Decimal, values: Sequence[Decimal], of: int) -> Worth:
    """What wins are worth, from those whose figure is known.

    Args:
        values: Of each won deal that has it, in one currency.
        of: How many won deals there are.

    Raises:
        NoWorth: fewer than FEWEST have it, or their mean is not above zero.
    """
    if len(values) < FEWEST:
        raise NoWorth(
            f"too few to tell (n={len(values)}): what a win is worth is known of {len(values)} of "
            f"{of} won deals; bring in the figure, or plan by won leads"
        )
    mean = sum(values, Decimal(0)) / len(values)
    if mean <= 0:
        raise NoWorth("won deals are worth nothing on average: no number of them reaches a sum")
    spread = np.asarray([float(one) for one in values])
    return Worth(target, mean, float(spread.std(ddof=1) / np.sqrt(len(spread))), len(values), of)

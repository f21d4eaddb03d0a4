"""How many of these deals will be won, and how much, when each has its own chance?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def count_distribution(chances: ArrayLike) -> Floats:
    """P(0), P(1), ... P(n) of how many of n independent deals are won: exact (Poisson-binomial).

    Independent given their chances: where all may be wrong together, mix over draws of them.

    Raises:
        ValueError: a chance is no probability.
    """
    p = np.asarray(chances, dtype=np.float64)
    if ((p < 0) | (p > 1)).any():
        raise ValueError("each chance is between 0 and 1")
    parts = [np.array([1 - one, one]) for one in p] or [np.array([1.0])]
    while len(parts) > 1:  # pairs, pairs of pairs: as exact as one by one, and faster
        joined = [np.convolve(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)]
        parts = joined + parts[len(joined) * 2 :]
    return np.asarray(parts[0], dtype=np.float64)


def count_quantile(distribution: ArrayLike, q: float) -> int:
    """The smallest count with P(count or fewer) >= q."""
    reached = np.cumsum(np.asarray(distribution, dtype=np.float64)) >= q - 1e-12
    return int(np.argmax(reached)) if reached.any() else len(reached) - 1


def value_draws(chances: ArrayLike, amounts: ArrayLike, count: int, seed: int) -> Floats:
    """Draws of the sum of the amounts that are won.

    Args:
        chances: Of each deal: (deals,), or (draws, deals) where the chances themselves are drawn,
            one row for each answer.
        amounts: Of each deal.
        count: How many draws; as many as there are rows of chances, where they are drawn.
    """
    p = np.asarray(chances, dtype=np.float64)
    worth = np.asarray(amounts, dtype=np.float64)
    random = np.random.default_rng(seed)
    if p.ndim == 1:
        p = np.broadcast_to(p, (count, len(p)))
    return np.asarray((random.random(p.shape) < p) @ worth, dtype=np.float64)

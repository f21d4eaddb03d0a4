"""Several things went wrong at once: what did each of them cost?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations
from math import factorial, sqrt

#: 2 ** 8 sets are computed at once; more causes than that nobody tells apart.
MOST_CAUSES = 8


def share_of_each(
    causes: Sequence[str], gap: Callable[[frozenset[str]], Fraction | float]
) -> dict[str, Fraction]:
    """The part of each cause in the whole gap: its mean effect over all orders (Shapley).

    The parts sum exactly to the whole, whatever the order; one may be below zero. Removing causes
    one at a time says too little, removing all others says too much, where they overlap.

    Args:
        gap: What is gained when these causes are removed and the others stay; 0 for none.

    Raises:
        ValueError: more than MOST_CAUSES causes, or one twice.
    """
    if len(causes) > MOST_CAUSES or len(set(causes)) != len(causes):
        raise ValueError(f"needs at most {MOST_CAUSES} different causes")
    n = len(causes)
    worth = {
        some: Fraction(gap(some))
        for size in range(n + 1)
        for some in map(frozenset, combinations(causes, size))
    }
    found = dict.fromkeys(causes, Fraction(0))
    for some, base in worth.items():
        weight = Fraction(factorial(len(some)) * factorial(n - len(some) - 1), factorial(n)) if (
            len(some) < n
        ) else Fraction(0)  # fmt: skip
        for cause in causes:
            if cause not in some:
                found[cause] += weight * (worth[some | {cause}] - base)
    return found


def e_value(risk_ratio: float) -> float:
    """How strong something unseen would have to be, on both sides, to explain a risk ratio away.

    VanderWeele and Ding 2017; below 1 the ratio is turned round.

    Raises:
        ValueError: the ratio is not above zero.
    """
    if risk_ratio <= 0:
        raise ValueError("a risk ratio is above zero")
    ratio = max(risk_ratio, 1 / risk_ratio)
    return ratio + sqrt(ratio * (ratio - 1))

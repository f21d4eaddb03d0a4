"""What moved a product: its change split among its factors, without residual."""

from __future__ import annotations

from collections.abc import Mapping
from math import log, log1p


def log_mean(a: float, b: float) -> float:
    """The logarithmic mean of two positive numbers, exact also where they nearly meet."""
    change = (a - b) / b
    if change == 0:
        return a
    # log(a / b) loses its digits near equality, log1p keeps them there (and only there).
    return (a - b) / (log1p(change) if abs(change) < 0.1 else log(a / b))


def explain_product(
    before: Mapping[str, float], after: Mapping[str, float], divisors: frozenset[str] = frozenset()
) -> dict[str, float] | None:
    """How much of the change of a product comes from each of its factors?

    The product is that of all factors, those in `divisors` dividing. Additive LMDI-I (Ang 2005):
    effect = L(V1, V0) ln(x1/x0), which sums exactly to V1 - V0. None where a factor is zero or
    negative, for then no such split exists.
    """
    if any(value <= 0 for value in (*before.values(), *after.values())):
        return None

    def total(factors: Mapping[str, float]) -> float:
        result = 1.0
        for name, value in factors.items():
            result *= 1 / value if name in divisors else value
        return result

    weight = log_mean(total(after), total(before))
    return {
        name: weight * log(after[name] / before[name]) * (-1 if name in divisors else 1)
        for name in before
    }

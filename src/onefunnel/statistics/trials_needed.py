"""How many must go in so that enough come out, with the confidence asked for?"""

from __future__ import annotations

from math import ceil

from scipy.stats import betabinom


def trials_needed(wanted: int, a: float, b: float, confidence: float) -> int:
    """The smallest number of trials of which `wanted` succeed with this confidence.

    The rate is known as Beta(a, b): N = min n with P(BetaBinomial(n, a, b) >= wanted) >= q. The
    mean alone (`naive_trials`) is too few half of the time.

    Raises:
        ValueError: the confidence is no probability, or a or b is not above zero.
    """
    if not 0 < confidence < 1 or a <= 0 or b <= 0:
        raise ValueError("needs 0 < confidence < 1 and a Beta(a, b) with a, b > 0")
    if wanted <= 0:
        return 0

    def is_enough(n: int) -> bool:
        return bool(betabinom.sf(wanted - 1, n, a, b) >= confidence)

    high = max(wanted, 1)
    while not is_enough(high):
        high *= 2
        if high > 10**9:
            raise ValueError("no number of trials is enough at this rate")
    low = max(wanted - 1, high // 2 - 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def naive_trials(wanted: float, rate: float) -> int:
    """`wanted / rate`, rounded up: what a plan by averages says.

    Floats are rounded before the ceiling: 480 / .4 is 1200 and not 1201.

    Raises:
        ValueError: the rate is not above zero.
    """
    if rate <= 0:
        raise ValueError("nothing comes out at a rate of zero")
    return ceil(round(wanted / rate, 9))

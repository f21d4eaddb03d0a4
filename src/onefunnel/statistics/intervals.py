"""How sure is a share: intervals for one share, and for the difference of two."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from scipy.special import ndtri
from scipy.stats import beta


@dataclass(frozen=True)
class Interval:
    """The range that holds the true value with the confidence asked for."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


def wilson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Between which bounds lies the true share, given `successes` of `n`?

    Score interval of Wilson (1927), without continuity correction. `n` may be an effective
    number (not whole) where observations are censored. With n = 0 nothing is known: 0 to 1.
    """
    if n <= 0:
        return Interval(0.0, 1.0)
    z = float(ndtri(0.5 + confidence / 2))
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * sqrt(max(share * (1 - share), 0.0) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if successes <= 0 else max(0.0, centre - reach)
    high = 1.0 if successes >= n else min(1.0, centre + reach)
    return Interval(low, high)


def newcombe_difference(
    successes: float, n: float, other_successes: float, other_n: float, confidence: float = 0.95
) -> Interval:
    """Between which bounds lies the difference of two shares (first less other)?

    Newcombe (1998), method 10: the two Wilson intervals combined by squares.
    """
    first, other = wilson(successes, n, confidence), wilson(other_successes, other_n, confidence)
    share = successes / n if n else 0.5
    other_share = other_successes / other_n if other_n else 0.5
    difference = share - other_share
    return Interval(
        difference - sqrt((share - first.low) ** 2 + (other.high - other_share) ** 2),
        difference + sqrt((first.high - share) ** 2 + (other_share - other.low) ** 2),
    )


def jeffreys(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Between which bounds lies the true share, read as a belief that started from Beta(1/2, 1/2)?

    Equal tails; the bound is 0 when nothing succeeded and 1 when all did (Brown, Cai and
    DasGupta 2001). Meant for small counts.
    """
    tail = (1 - confidence) / 2
    a, b = successes + 0.5, n - successes + 0.5
    low = 0.0 if successes <= 0 else float(beta.ppf(tail, a, b))
    high = 1.0 if successes >= n else float(beta.ppf(1 - tail, a, b))
    return Interval(low, high)

"""How much one agreement tells: the weights of Fellegi and Sunter (1969), in bits."""

from __future__ import annotations

import math


def agreement_weight(m: float, u: float) -> float:
    """Bits gained when a field agrees: log2(m/u).

    `m` is the share of true pairs in which it agrees, `u` the share of all other pairs.
    """
    return math.log2(m / u)


def disagreement_weight(m: float, u: float) -> float:
    """Bits gained (mostly lost) when a field disagrees: log2((1-m)/(1-u))."""
    return math.log2((1 - m) / (1 - u))


def prior_weight(share: float) -> float:
    """Bits before anything is compared, from the share of pairs that are the same person."""
    return math.log2(share / (1 - share))


def match_probability(weight: float) -> float:
    """The probability that belongs to a sum of weights: 2^M / (1 + 2^M)."""
    return 1 / (1 + math.pow(2.0, -weight))

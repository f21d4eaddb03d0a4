"""What spend brings: advertising that lasts, returns that diminish, and the split that earns most.

Adstock is normalised (weights sum to one), so that a steady spend stays what it is; Hill is the
curve of Jin and others 2017, as in Meridian. The curve of a firm's own history without experiments
is confounded: who shows it says that it is an assumption.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

Floats = NDArray[np.float64]


def keep_of_half_life(periods: float) -> float:
    """The share of an effect kept from period to period, half of it after `periods`."""
    if periods <= 0:
        raise ValueError("a half-life is above zero")
    return float(0.5 ** (1 / periods))


def adstock(
    spend: ArrayLike, keep: float, length: int, *, peak: int = 0, is_normalised: bool = True
) -> Floats:
    """Spend as it works over time: each period's is spread over it and the next `length` - 1.

    Weights are keep ** s; with a `peak` later than 0, keep ** ((s - peak) ** 2) (Jin and others
    2017). The answer is as long as `spend`.
    """
    lag = np.arange(length, dtype=np.float64)
    weights = keep ** ((lag - peak) ** 2) if peak else keep**lag
    if is_normalised:
        weights = weights / weights.sum()
    x = np.asarray(spend, dtype=np.float64)
    return np.asarray(np.convolve(x, weights)[: len(x)], dtype=np.float64)


def hill(x: ArrayLike, half_at: float, slope: float = 1.0) -> Floats:
    """The share of the most there is: 1 / (1 + (x / half_at) ** -slope), half at `half_at`."""
    at = np.asarray(x, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return np.asarray(1 / (1 + (at / half_at) ** -slope), dtype=np.float64)


@dataclass(frozen=True)
class Curve:
    """What one channel brings: most * x / (x + half_at), in the unit of `most`."""

    most: float
    half_at: float

    def brings(self, spend: float) -> float:
        return self.most * spend / (spend + self.half_at) if spend > 0 else 0.0

    def margin_at(self, spend: float) -> float:
        """What the next unit of spend brings."""
        return self.most * self.half_at / (spend + self.half_at) ** 2

    def spend_at(self, margin: float) -> float:
        """The spend at which the next unit brings `margin`; 0 where even the first brings less."""
        return max(0.0, float(np.sqrt(self.most * self.half_at / margin)) - self.half_at)


@dataclass(frozen=True)
class Split:
    """A budget over channels: `spends` in their order, what all bring, and what one more brings."""

    spends: tuple[float, ...]
    brings: float
    next_unit: float


def split_budget(
    curves: Sequence[Curve],
    budget: float,
    limits: Sequence[tuple[float, float]] | None = None,
) -> Split:
    """The split of a budget that brings most: one more unit brings the same in every channel.

    Exact, for the curves are concave. With limits (least, most) of each channel, those at a limit
    bring more or less than the rest.

    Raises:
        ValueError: the limits cannot hold the budget.
    """
    bounds = list(limits) if limits is not None else [(0.0, budget)] * len(curves)
    least, most = sum(low for low, _ in bounds), sum(high for _, high in bounds)
    if not least <= budget + 1e-9 or not budget <= most + 1e-9:
        raise ValueError(f"the limits allow {least:g} to {most:g}; the budget is {budget:g}")
    steepest = max(curve.margin_at(0.0) for curve in curves)
    flattest = min(curve.margin_at(high) for curve, (_, high) in zip(curves, bounds, strict=True))
    spends = _at_margin(curves, bounds)
    if spends(flattest / 2).sum() <= budget:
        margin = flattest / 2
    elif spends(steepest).sum() >= budget:
        margin = steepest
    else:
        margin = float(
            brentq(lambda at: float(spends(at).sum()) - budget, flattest / 2, steepest, xtol=1e-15)
        )
    return _split(curves, spends(margin), margin)


def spend_until(
    curves: Sequence[Curve], margin: float, limits: Sequence[tuple[float, float]] | None = None
) -> Split:
    """Spend on every channel until its next unit brings `margin`."""
    bounds = list(limits) if limits is not None else [(0.0, float("inf"))] * len(curves)
    return _split(curves, _at_margin(curves, bounds)(margin), margin)


def _at_margin(
    curves: Sequence[Curve], bounds: Sequence[tuple[float, float]]
) -> Callable[[float], Floats]:
    def spends(margin: float) -> Floats:
        return np.array([
            min(max(curve.spend_at(margin), low), high)
            for curve, (low, high) in zip(curves, bounds, strict=True)
        ])  # fmt: skip

    return spends


def _split(curves: Sequence[Curve], spends: Floats, margin: float) -> Split:
    brings = sum(curve.brings(x) for curve, x in zip(curves, spends.tolist(), strict=True))
    return Split(tuple(spends.tolist()), brings, margin)

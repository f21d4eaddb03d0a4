"""Which few traits, with how many points each, tell winners best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from onefunnel.measures.ideal_lead.sample import Bools, Sample
from onefunnel.measures.ideal_lead.traits import Trait, matrix
from onefunnel.statistics.logistic import Logistic, Scorecard, fit_logistic, scorecard

MOST_LINES = 8
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Card:
    """The traits that were chosen, their points (-5 to 5, none of them 0), and what sums mean."""

    traits: tuple[Trait, ...]
    points: tuple[int, ...]
    scale: Scorecard

    def sums(self, sample: Sample) -> NDArray[np.int64]:
        """How many points each lead has."""
        masks = matrix(sample, self.traits)
        return np.asarray(masks @ np.array(self.points, dtype=np.float32), dtype=np.int64)

    def rule(self, least: int) -> str:
        """The definition of a lead that has at least so many points."""
        lines = " + ".join(
            f"points({trait.condition}, {points})"
            for trait, points in zip(self.traits, self.points, strict=True)
        )
        return f"{lines} >= {least}"


def choose(sample: Sample, traits: Sequence[Trait], most: int = MOST_LINES) -> Card | None:
    """The card of at most so many lines; None where no trait tells winners from losers.

    One trait after the other comes in: the one whose score test against those chosen is largest,
    while it is larger than chance would make the largest of so many (2 ln of their number, and
    ln of the number of leads as BIC asks). Then the weights are rounded to points.
    """
    x = matrix(sample, traits)
    chosen: list[int] = []
    needed = 2 * log(max(len(traits), 1)) + log(max(len(sample), 2))
    while len(chosen) < most:
        gains = _gains(x, sample.won, chosen)
        best = int(np.argmax(gains)) if len(gains) else -1
        if best < 0 or gains[best] < needed:
            break
        chosen.append(best)
    if not chosen:
        return None
    patterns, won, n = _patterns(x[:, chosen], sample.won)
    weights = fit_logistic(patterns, won, n).weights
    scale = scorecard(patterns, won, weights, n)
    kept = sorted(
        (place for place in range(len(chosen)) if scale.points[place]),
        key=lambda place: (-scale.points[place], place),
    )
    return Card(
        tuple(traits[chosen[place]] for place in kept),
        tuple(int(scale.points[place]) for place in kept),
        scale,
    )


def _gains(x: NDArray[np.float32], won: Bools, chosen: Sequence[int]) -> Floats:
    """The score statistic of each trait beside those chosen; 0 for one that adds nothing."""
    y = won.astype(np.float64)
    inside = x[:, list(chosen)].astype(np.float64)
    p = _fitted(inside, won).chances(inside) if chosen else np.full(len(y), y.mean())
    w = p * (1 - p)
    z = np.column_stack([np.ones(len(y)), inside])
    slope = x.T @ (y - p).astype(np.float32)
    own = x.T @ w.astype(np.float32)  # traits are 0 or 1: their squares are themselves
    shared = (z * w[:, None]).T @ x
    inner = np.linalg.solve((z * w[:, None]).T @ z + 1e-9 * np.eye(z.shape[1]), shared)
    left = own - (shared * inner).sum(axis=0)
    usable = left > 1e-3 * np.maximum(own, 1e-12)
    return np.where(usable, slope.astype(np.float64) ** 2 / np.where(usable, left, 1.0), 0.0)


def _fitted(inside: Floats, won: Bools) -> Logistic:
    patterns, wins, n = _patterns(inside, won)
    return fit_logistic(patterns, wins, n)


def _patterns(traits: NDArray[np.floating], won: Bools) -> tuple[Floats, Floats, Floats]:
    """Leads with the same traits as one row: the traits, how many were won, how many there are."""
    code = traits.astype(np.int64) @ (1 << np.arange(traits.shape[1]))
    kinds, first, place = np.unique(code, return_index=True, return_inverse=True)
    n = np.bincount(place, minlength=len(kinds)).astype(np.float64)
    wins = np.bincount(place, weights=won, minlength=len(kinds)).astype(np.float64)
    return traits[first].astype(np.float64), wins, n

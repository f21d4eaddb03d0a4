"""How good is a card on leads that came later, and is it better than the rule in force?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onefunnel.measures.ideal_lead.choosing import Card
from onefunnel.measures.ideal_lead.sample import Bools, Sample
from onefunnel.measures.steps.shares import MIN_LEADS
from onefunnel.statistics.bootstrap import middle_95, resampled_sums
from onefunnel.statistics.calibration import auc, brier, log_loss
from onefunnel.statistics.intervals import Interval, wilson
from onefunnel.statistics.logistic import fit_logistic

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RuleResult:
    """What a rule does with leads: how many of `n` it lets `through`, and how many of these, and
    of those it turns away, were won. `share` is the won share of those let through, None
    where they are too few to tell, `caught` the share of all wins that is among them; intervals of
    95 %."""

    n: int
    through: int
    won: int
    won_outside: int
    share: float | None
    interval: Interval
    caught: float | None
    caught_interval: Interval


@dataclass(frozen=True)
class Judged:
    """A card on leads it was not learnt from.

    `auc`: how often a won lead has more points than one that was not (ties half), with its 95 %
    interval over accounts. `slope` and `shift`: 1 and 0 where the chances are true. `learned` and
    `in_force` are the two rules on the same leads; `gain` the difference of their won shares,
    with its interval; None where a rule lets too few through to tell.
    """

    n: int
    wins: int
    auc: float | None
    auc_interval: Interval
    log_loss: float
    brier: float
    slope: float
    shift: float
    learned: RuleResult
    in_force: RuleResult
    gain: float | None
    gain_interval: Interval


def judge(card: Card, least: int, later: Sample) -> Judged:
    """The card, and its rule of at least so many points, on later leads.

    Intervals by drawing whole accounts again. Source: methods.md 4.

    Raises:
        ValueError: of the later leads none was won, or all were.
    """
    sums = card.sums(later)
    chances = card.scale.chances(sums)
    won = later.won
    odds = card.scale.intercept + card.scale.slope * sums
    fitted = fit_logistic(odds[:, None], won.astype(float), spread=1e3)
    learned, in_force = sums >= least, later.passed
    drawn = _drawn(sums, learned, in_force, later)
    area = auc(sums, won.astype(float))
    first, second = result_of(learned, won), result_of(in_force, won)
    gain = None
    if first.share is not None and second.share is not None:
        gain = first.share - second.share
    return Judged(
        n=len(later),
        wins=int(won.sum()),
        auc=area,
        auc_interval=_between(drawn.auc),
        log_loss=log_loss(chances, won.astype(float)),
        brier=brier(chances, won.astype(float)).score,
        slope=float(fitted.weights[0]),
        shift=fitted.intercept,
        learned=first,
        in_force=second,
        gain=gain,
        gain_interval=_between(drawn.gain),
    )


def result_of(through: Bools, won: Bools) -> RuleResult:
    """What a rule that lets these through does."""
    inside, wins, all_ = int(through.sum()), int((through & won).sum()), int(won.sum())
    return RuleResult(
        n=len(won),
        through=inside,
        won=wins,
        won_outside=all_ - wins,
        share=wins / inside if inside >= MIN_LEADS else None,
        interval=wilson(wins, inside),
        caught=wins / all_ if all_ else None,
        caught_interval=wilson(wins, all_),
    )


@dataclass(frozen=True)
class CutPoint:
    """The rule of at least so many points: what it does with the leads."""

    least: int
    result: RuleResult


def curve(card: Card, sample: Sample) -> tuple[CutPoint, ...]:
    """Volume against precision: each number of points that some lead has, from the lowest."""
    sums = card.sums(sample)
    return tuple(
        CutPoint(int(least), result_of(sums >= least, sample.won)) for least in np.unique(sums)
    )


def cut(points: Sequence[CutPoint], through: float | None) -> int:
    """Where the card is cut: at the volume nearest to the share let `through` now; without one
    where the share of wins caught and that of the others kept out are largest together."""

    def apart(point: CutPoint) -> float:
        result = point.result
        if through is not None:
            return -abs(result.through / result.n - through)
        losers = result.n - result.won - result.won_outside
        let_in = (result.through - result.won) / losers if losers else 0.0
        return (result.caught or 0.0) - let_in

    return max(points, key=lambda point: (apart(point), point.least)).least


@dataclass(frozen=True)
class _Drawn:
    auc: Floats
    gain: Floats


def _drawn(sums: NDArray[np.int64], learned: Bools, in_force: Bools, later: Sample) -> _Drawn:
    """AUC and gain over accounts drawn again: all that they need are counts by account."""
    levels, place = np.unique(sums, return_inverse=True)
    won = later.won.astype(np.float64)
    cells = [
        *((place == at) * (1 - won) for at in range(len(levels))),
        *((place == at) * won for at in range(len(levels))),
        *(part for rule in (learned, in_force) for part in (rule.astype(float), rule * won)),
    ]
    accounts, of = np.unique(later.account, return_inverse=True)
    counted = [np.bincount(of, cell, len(accounts)).astype(np.float64) for cell in cells]
    drawn = resampled_sums(np.column_stack(counted))
    lost, wins = drawn[:, : len(levels)], drawn[:, len(levels) : 2 * len(levels)]
    below = np.cumsum(lost, axis=1) - lost / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        areas = (wins * below).sum(axis=1) / (wins.sum(axis=1) * lost.sum(axis=1))
        in1, won1, in2, won2 = drawn[:, -4:].T
        gains = won1 / in1 - won2 / in2
    return _Drawn(areas, gains)


def _between(drawn: Floats) -> Interval:
    known = drawn[np.isfinite(drawn)]
    return Interval(*middle_95(known)) if len(known) else Interval(0.0, 1.0)

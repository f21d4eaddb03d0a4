"""How many wins, and how much margin, would the leads have brought that something went wrong with?

For the leads concerned only: what the outcome model expects of them without the causes less what it
expects of them with them, among leads of the same segment and channel. Overlapping causes share the
total by Shapley, whose parts sum to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations
from math import ceil

import numpy as np

from onefunnel.measures.steps.downstream import Downstream, Estimated
from onefunnel.measures.steps.followed import (
    DAY,
    NEVER,
    Attribute,
    Codes,
    Flags,
    Moments,
    attribute,
    moments,
    most_frequent,
)
from onefunnel.measures.steps.misaligned import FLAG, Offered
from onefunnel.measures.steps.shares import MIN_FOR_MEDIAN, MIN_LEADS
from onefunnel.statistics.causes import e_value, share_of_each
from onefunnel.statistics.competing_risks import aalen_johansen
from onefunnel.statistics.outcome_model import (
    Cells,
    Floats,
    design,
    fitted,
    gaps,
    unit_weights,
)

DRAWS, SEED = 300, 20_260_102
#: Accounts are pooled at random into so many units; the spread of the sums stays what it is.
_UNITS = 200
_MOST_STRATA = 25


@dataclass(frozen=True)
class Lost:
    """What one cause, or all together, cost: in wins (or one currency), with its 80 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class _Leads:
    """Offered leads, one place each in every array; `flags` has a column per cause."""

    offered: Moments
    won_at: Moments
    has_won: Flags
    is_open: Flags
    unit: Codes
    flags: Floats
    segment: Attribute
    stratum: Codes


@dataclass(frozen=True)
class LostMargin:
    """The leads of a question with their flags, and what these cost."""

    offered: Offered
    downstream: Downstream

    @cached_property
    def columns(self) -> tuple[str, str]:
        """Segment and channel."""
        names = self.offered.cohort.columns
        return names[0], names[-1]

    @cached_property
    def _held(self) -> _Leads:
        segment, channel = self.columns
        flags = [FLAG[cause] for cause in self.offered.causes]
        table = self.offered.held
        group, other = attribute(table[f"of_{segment}"]), attribute(table[f"of_{channel}"])
        return _Leads(
            offered=moments(table["offered_at"]),
            won_at=moments(table["won_at"]),
            has_won=np.asarray(table["has_won"].to_numpy(), np.bool_),
            is_open=np.asarray(table["outcome"].to_pylist()) == "open",
            unit=attribute(table["account"]).codes % _UNITS,
            flags=np.stack([np.asarray(table[flag].to_numpy(), float) for flag in flags], axis=1),
            segment=group,
            stratum=most_frequent(
                group.codes * max(1, len(other.names)) + other.codes, _MOST_STRATA
            ),
        )

    @cached_property
    def days(self) -> int | None:
        """The days after the first offer within which nineteen in twenty of the won are won."""
        held, as_of = self._held, self.offered.cohort.arrays.as_of
        won, begun, end = held.has_won, held.offered, held.won_at
        known = ~(won & (end == NEVER))
        if (won & known).sum() < MIN_FOR_MEDIAN:
            return None
        time = np.maximum(np.where(won, end, as_of) - begun, 0)[known] // DAY
        cause = np.where(won, 1, np.where(held.is_open, 0, 2))[known]
        # when the others left does not matter here: they stay in the risk set, which only makes
        # the time until a win longer
        found = aalen_johansen(np.where(cause == 2, time.max() + 1, time), cause).quantile(0.95)
        return None if found is None else max(1, ceil(found))

    @cached_property
    def old(self) -> Flags:
        """The leads offered long enough ago."""
        held = self._held
        if self.days is None:
            return np.zeros(len(held.offered), np.bool_)
        is_old = held.offered <= self.offered.cohort.arrays.as_of - self.days * DAY
        return np.asarray(is_old & ~(held.has_won & (held.won_at == NEVER)), np.bool_)

    @cached_property
    def is_told(self) -> bool:
        """Whether there are leads enough, with and without a cause, won and not."""
        flagged = self._flags[self.old].any(axis=1)
        won = int(self._won[self.old].sum())
        few = min(int(flagged.sum()), int((~flagged).sum()))
        return few >= MIN_LEADS and MIN_FOR_MEDIAN <= won <= int(self.old.sum()) - MIN_FOR_MEDIAN

    @property
    def _flags(self) -> Floats:
        return self._held.flags

    @cached_property
    def _won(self) -> Flags:
        held, days = self._held, self.days or 0
        end = held.won_at
        return np.asarray(
            held.has_won & (end != NEVER) & (end <= held.offered + days * DAY), np.bool_
        )

    def count(self, cause: str | None = None, *, is_young: bool = False) -> int:
        """The leads with a cause (or with any) that are told of, or those too young to tell."""
        part = self._flags[~self.old if is_young else self.old]
        flagged = part.any(axis=1) if cause is None else part[:, self.offered.causes.index(cause)]
        return int(flagged.sum())

    @cached_property
    def _cells(self) -> tuple[Cells, Codes]:
        """The cells, and the cell of each old lead."""
        held, old = self._held, self.old
        code = self._flags[old].astype(np.int64) @ (2 ** np.arange(self._flags.shape[1]))
        stratum = held.stratum[old]
        both = stratum * 2 ** self._flags.shape[1] + code
        _, first, cell = np.unique(both, return_index=True, return_inverse=True)
        unit = held.unit[old]
        flat = unit * len(first) + cell
        size = _UNITS * len(first)
        trials = np.bincount(flat, minlength=size).reshape(_UNITS, -1).astype(float)
        wins = np.bincount(flat, self._won[old], size).reshape(_UNITS, -1)
        _, named = np.unique(stratum[first], return_inverse=True)
        return Cells(named, self._flags[old][first], trials, wins.astype(float)), cell

    @cached_property
    def _worth(self) -> tuple[tuple[str, ...], Floats, Floats]:
        """Currencies; by cell: cases, then cases times the margin of a win in each currency; and
        the relative error of those margins."""
        cells, cell = self._cells
        currencies = tuple(self.downstream.all.margins)
        names, of = self._held.segment.names, self._held.segment.codes[self.old]
        margin = np.array(
            [[self.downstream.of(n).margins.get(c, _NONE).value for c in currencies] for n in names]
        ).reshape(len(names), len(currencies))
        count = len(cells.stratum)
        columns = [np.bincount(cell, minlength=count).astype(float)]
        columns += [np.bincount(cell, margin[of, place], count) for place in range(len(currencies))]
        every = self.downstream.all.margins
        error = np.array([0.0, *(every[c].error / every[c].value if every[c].value else 0.0
                                 for c in currencies)])  # fmt: skip
        return currencies, np.stack(columns, axis=1), error

    @cached_property
    def _sets(self) -> list[tuple[int, ...]]:
        count = len(self.offered.causes)
        return [some for size in range(count + 1) for some in combinations(range(count), size)]

    @cached_property
    def _shapley(self) -> Floats:
        """A row per cause: how it weighs what is gained by each set of causes."""
        names = [str(place) for place in range(len(self.offered.causes))]
        weights = np.zeros((len(names), len(self._sets)))
        for place, some in enumerate(self._sets):
            wanted = frozenset(str(one) for one in some)
            if wanted:
                found = share_of_each(names, partial(_is_set, wanted))
                weights[:, place] = [float(found[name]) for name in names]
        return weights

    @cached_property
    def _drawn(self) -> tuple[Floats, Floats]:
        """Gains by set and currency at the best fit, and the same for each draw."""
        cells, _ = self._cells
        _, worth, error = self._worth
        columns, flags = design(cells), cells.flags.shape[1]
        best = fitted(columns, cells.trials.sum(0), cells.successes.sum(0), flags)
        weights = unit_weights(_UNITS, DRAWS, SEED)
        trials, wins = weights @ cells.trials, weights @ cells.successes
        price = 1 + np.random.default_rng(SEED).standard_normal((DRAWS, 1)) * error[None, :]
        drawn = np.stack(
            [
                gaps(columns, fitted(columns, n, y, flags, best), flags, self._sets, worth * p)
                for n, y, p in zip(trials, wins, price, strict=True)
            ]
        )
        return gaps(columns, best, flags, self._sets, worth), drawn

    @cached_property
    def found(self) -> Mapping[str, tuple[Sequence[Lost], Lost]]:
        """By currency ("wins" for the number of wins): each cause's part, and the total."""
        point, drawn = self._drawn
        result = {}
        for place, name in enumerate(("wins", *self._worth[0])):
            parts = self._shapley @ point[:, place]
            many = drawn[:, :, place] @ self._shapley.T
            result[name] = (
                [_lost(value, many[:, at]) for at, value in enumerate(parts)],
                _lost(float(point[-1, place]), drawn[:, -1, place]),
            )
        return result

    @cached_property
    def crude(self) -> Mapping[str, float]:
        """The total if leads were all alike but for the causes: all association taken as cause."""
        cells, _ = self._cells
        columns, flags = design(cells, with_strata=False), cells.flags.shape[1]
        at = fitted(columns, cells.trials.sum(0), cells.successes.sum(0), flags)
        total = gaps(columns, at, flags, self._sets, self._worth[1])[-1]
        return dict(zip(("wins", *self._worth[0]), total.tolist(), strict=True))

    def e_value(self) -> float | None:
        """How strong something unseen must be to explain the total away, as a risk ratio."""
        cells, _ = self._cells
        flagged = cells.flags.any(axis=1)
        won = float(cells.successes.sum(0)[flagged].sum())
        without = won + self.found["wins"][1].value
        return e_value(without / won) if won > 0 and without > 0 else None


_NONE = Estimated(0.0, 0.0)


def _is_set(wanted: frozenset[str], some: frozenset[str]) -> float:
    return float(some == wanted)


def _lost(value: float, drawn: Floats) -> Lost:
    low, high = np.quantile(drawn, (0.1, 0.9))
    return Lost(float(value), float(low), float(high))

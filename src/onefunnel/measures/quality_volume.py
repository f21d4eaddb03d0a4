"""Volume beside quality: do more leads mean more wins to come?

Each lead counts with the chance to be won of its source and segment, learnt from leads that came in
before the months that are shown; so a month of many poor leads is told from one of few good ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from scipy.stats import kendalltau

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.followed import DAY, NEVER, Cohort, most_frequent
from onefunnel.measures.steps.groups import group_columns
from onefunnel.measures.steps.shares import MIN_FOR_MEDIAN, MIN_LEADS, too_few
from onefunnel.measures.words import percent
from onefunnel.statistics.competing_risks import aalen_johansen
from onefunnel.statistics.shrinkage import shrink

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = ("month", "n", "expected_wins", "expected_share", "note")
MONTH = "month"
#: Months shown at most, and the fewest that a trend can be told of.
MOST_MONTHS, FEWEST_MONTHS = 12, 6
#: They part where the quality of a lead has a trend that chance gives less often than this, and
#: moved by at least so much.
LEVEL, LEAST_CHANGE = 0.05, 0.05
#: What is rarer is learnt together.
_MOST_CELLS = 40


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per whole month: n leads that entered, and expected_wins of them.

    expected_wins: the sum over the leads of the chance to be won of their source and segment,
    shrunken (empirical Bayes), learnt from leads that entered before the first month shown and had
    as many days as nine in ten wins take; expected_share: per lead, of months with enough.
    Totals: the change of both from the first third of the months to the last, and p, how often
    chance gives such a trend of expected_share (Kendall).
    """
    seen = _Seen.of(facts, agreement, scope)
    if seen is None or not seen.months:
        return Figures(COLUMNS, (), "No lead entered in a whole month, so there is no volume.")
    made = tuple(seen.rows())
    totals = seen.totals(made)
    return Figures(COLUMNS, made, _sentence(made, totals), totals=totals, notes=_notes(seen))


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The leads that entered in a month, or in all months shown."""
    seen = _Seen.of(facts, agreement, scope)
    if figure != "n" or seen is None:
        raise UnknownFigure("quality_volume", figure, ("n",))
    return Records(seen.listed(row.get(MONTH)))


@dataclass(frozen=True)
class _Seen:
    """The leads of a question by month and by what they are."""

    cohort: Cohort
    kinds: tuple[str, ...]

    @classmethod
    def of(cls, facts: Facts, agreement: Agreement, scope: Scope) -> _Seen | None:
        if scope.as_of is None:
            return None
        known = group_columns(facts)
        kinds = tuple(name for name in ("source", "segment") if name in known)
        asked = replace(scope, since=None, until=None)  # what came before the months is learnt from
        return cls(Cohort(facts, agreement, asked, (MONTH, *kinds)), kinds)

    @cached_property
    def months(self) -> tuple[str, ...]:
        """The last whole months, at most half of those there are: the others are learnt from."""
        zone = ZoneInfo(self.cohort.scope.zone)
        as_of = self.cohort.as_of.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone)
        names = self.cohort.arrays.attributes[MONTH].names
        whole = [name for name in names if _is_month(name) and name < f"{as_of:%Y-%m}"]
        return tuple(whole[-min(MOST_MONTHS, (len(whole) + 1) // 2) :])

    @cached_property
    def _month(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Of each lead, the place of its month among those shown; -1: before, -2: none of them."""
        held = self.cohort.arrays.attributes[MONTH]
        place = {name: at for at, name in enumerate(self.months)}
        of = [
            place.get(name, -1 if _is_month(name) and name < self.months[0] else -2)
            for name in held.names
        ]
        return np.asarray(of, np.int64)[held.codes]

    @cached_property
    def _cell(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Of each lead, its source and segment as a number; rare ones together."""
        flat = np.zeros(len(self.cohort.arrays.furthest), np.int64)
        for name in self.kinds:
            held = self.cohort.arrays.attributes[name]
            flat = flat * len(held.names) + held.codes
        return most_frequent(flat, _MOST_CELLS)

    @cached_property
    def learnt(self) -> tuple[np.ndarray[Any, np.dtype[np.float64]], int] | None:
        """The chance to be won by cell, and from how many leads; None where there are too few."""
        leads, won = self.cohort.arrays, self.cohort.path.won
        begun, end = leads.reached[0], leads.reached[won]
        is_won = leads.furthest >= won
        known = (begun != NEVER) & ~(is_won & (end == NEVER))
        if (is_won & known).sum() < MIN_FOR_MEDIAN:
            return None
        last = np.where(is_won, end, np.where(leads.gone & (leads.ended != NEVER), leads.ended,
                                              leads.as_of))  # fmt: skip
        cause = np.where(is_won, 1, np.where(leads.gone, 2, 0))
        time = np.maximum(last - begun, 0)[known] // DAY
        days = aalen_johansen(time, cause[known]).quantile(0.9)
        if days is None:
            return None
        old = known & (self._month == -1) & (begun <= leads.as_of - int(days) * DAY)
        good = old & is_won & (end <= begun + int(days) * DAY)
        if old.sum() < MIN_LEADS or good.sum() < MIN_FOR_MEDIAN:
            return None
        size = int(self._cell.max()) + 1
        trials = np.bincount(self._cell[old], minlength=size)
        wins = np.bincount(self._cell[good], minlength=size)
        return shrink(wins, trials).rates, int(old.sum())

    def rows(self) -> list[dict[str, Any]]:
        """A row per month."""
        counts = np.bincount(self._month[self._month >= 0], minlength=len(self.months))
        made = []
        for at, name in enumerate(self.months):
            n = int(counts[at])
            row: dict[str, Any] = {MONTH: name, "n": n, "expected_wins": None,
                                   "expected_share": None, "note": ""}  # fmt: skip
            if self.learnt is None or 0 < n < MIN_LEADS:
                row["note"] = too_few(n)
            elif n:
                wins = float(self.learnt[0][self._cell[self._month == at]].sum())
                row |= {"expected_wins": wins, "expected_share": wins / n}
            made.append(row)
        return made

    def totals(self, made: Sequence[Mapping[str, Any]]) -> dict[str, object]:
        """How volume and quality moved, and how likely such a trend is by chance."""
        totals: dict[str, object] = {"n": sum(row["n"] for row in made)}
        told = [row for row in made if row["expected_share"] is not None]
        if len(told) < FEWEST_MONTHS:
            return totals
        third = max(1, len(told) // 3)
        first, last = told[:third], told[-third:]

        def change(of: str) -> float:
            before, after = (sum(row[of] for row in part) for part in (first, last))
            return float(after / before - 1)

        quality = (1 + change("expected_wins")) / (1 + change("n")) - 1
        found = kendalltau(range(len(told)), [row["expected_share"] for row in told])
        p = float(found.pvalue) if np.isfinite(found.pvalue) else 1.0
        return totals | {
            "volume_change_share": change("n"),
            "weighted_change_share": change("expected_wins"),
            "quality_change_share": quality,
            "p": p,
        }

    def listed(self, month: str | None) -> ir.Table:
        """The leads that entered in a month, or in all that are shown."""
        table = self.cohort.table
        named = table[f"of_{MONTH}"]
        return table.filter(named.isin([month] if month else list(self.months)))


def parts(totals: Mapping[str, object]) -> bool:
    """Whether volume and quality part: the quality of a lead has a trend beyond chance."""
    p, change = totals.get("p"), totals.get("quality_change_share")
    if not isinstance(p, float) or not isinstance(change, float):
        return False
    return p <= LEVEL and abs(change) >= LEAST_CHANGE


def _sentence(made: Sequence[Mapping[str, Any]], totals: Mapping[str, object]) -> str:
    if all(row["expected_share"] is None for row in made):
        return "Too few leads came in, or were won before, to weigh the volume by its quality."
    volume, weighted, quality = (
        totals.get(f"{name}_change_share") for name in ("volume", "weighted", "quality")
    )
    if not (isinstance(volume, float) and isinstance(weighted, float)):
        return "There are too few months to tell whether volume and quality go together."
    wins = f"the wins to be expected of them {_moved(weighted)}"
    if not parts(totals) or not isinstance(quality, float):
        return (
            f"Leads a month {_moved(volume)}, {wins}: volume and quality go together as far as "
            "can be told."
        )
    way = "less" if quality < 0 else "more"
    return (
        f"Volume and quality part: leads a month {_moved(volume)}, {wins}. A lead is worth "
        f"{percent(abs(quality), 1)} {way} than at first; chance alone would hardly show such a "
        "trend."
    )


def _moved(change: float) -> str:
    return f"{'rose' if change >= 0 else 'fell'} by {percent(abs(change), 1)}"


def _notes(seen: _Seen) -> tuple[str, ...]:
    kinds = " and ".join(seen.kinds) or "nothing, as leads say neither source nor segment"
    return (
        f"Each lead counts with the chance to be won of its {kinds}, learnt from leads that came "
        "in before the months shown. The change is from the first third of the months to the "
        "last; the month that is running is left out.",
    )


def _is_month(name: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}", name) is not None

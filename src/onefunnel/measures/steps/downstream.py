"""What is a lead worth that goes on: its chance to be won, and the margin of a win."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.deals import deals_of
from onefunnel.measures.steps.followed import DAY, NEVER, Cohort
from onefunnel.measures.steps.journeys import journeys
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import MIN_LEADS
from onefunnel.statistics.competing_risks import aalen_johansen

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Estimated:
    """A number and its standard error."""

    value: float
    error: float

    def times(self, other: Estimated) -> Estimated:
        """The product of two that do not hang on each other."""
        spread = (
            (self.value * other.error) ** 2
            + (other.value * self.error) ** 2
            + (self.error * other.error) ** 2
        )
        return Estimated(self.value * other.value, float(np.sqrt(spread)))


@dataclass(frozen=True)
class Worth:
    """The margin of a win by currency, from `known` wins of `of`; for one group or for all."""

    margins: Mapping[str, Estimated]
    known: int
    of: int


@dataclass(frozen=True)
class Downstream:
    """What goes on after a stage, for the leads of a question; `by` is the column of groups.

    A group with fewer than MIN_LEADS wins of known margin is worth what all are. What a win is
    worth is told by all wins up to the moment of looking, whenever they entered.
    """

    cohort: Cohort
    by: str

    @cached_property
    def all(self) -> Worth:
        """The worth of a win, whoever it is."""
        return _worth(self._units)

    @cached_property
    def groups(self) -> Mapping[str, Worth]:
        """The worth of a win of each group that has enough of them."""
        names = {str(row["group"]) for row in self._units}
        made = {
            name: _worth([row for row in self._units if row["group"] == name]) for name in names
        }
        return {name: worth for name, worth in made.items() if worth.known >= MIN_LEADS}

    def of(self, group: str) -> Worth:
        """What a win of the group is worth."""
        return self.groups.get(group, self.all)

    def chance(self, k: int) -> Estimated:
        """The share of those who reach stage k that are won in the end, open ones censored."""
        return self._chances[k]

    @cached_property
    def _chances(self) -> list[Estimated]:
        leads, won = self.cohort.arrays, self.cohort.path.won
        found = []
        for k in range(self.cohort.path.length):
            begun = leads.reached[k]
            is_won = leads.furthest >= won
            cause = np.where(is_won, 1, np.where(leads.gone, 2, 0))
            end = np.where(
                is_won, leads.reached[won], np.where(leads.gone, leads.ended, leads.as_of)
            )
            known = (begun != NEVER) & (end != NEVER)
            if k >= won or not known.any():
                found.append(Estimated(float(k >= won), 0.0))
                continue
            days = np.maximum(end - begun, 0)[known] // DAY
            share = aalen_johansen(days, cause[known])
            found.append(Estimated(share.final, share.final_error))
        return found

    @cached_property
    def _units(self) -> list[dict[str, object]]:
        """Won leads (or deals without a lead) by group, currency and margin, in sums."""
        if "deals" not in self.cohort.facts:
            return []
        deals = deals_of(self.cohort.facts, Scope(where=self.cohort.scope.where,
                                                  as_of=self.cohort.scope.as_of))  # fmt: skip
        return rows(_summed(self._grouped(deals.filter(deals["outcome"] == "won"))))

    def _grouped(self, deals: ir.Table) -> ir.Table:
        entered = journeys(self.cohort.facts, self.cohort.agreement, self.cohort.scope.as_of)
        entered = entered.select("lead_id", "entered_at")  # a period is that of the lead's entry
        joined = deals.left_join(entered, "lead_id").drop("lead_id_right")
        described = replace(self.cohort, columns=(self.by,)).described(joined)
        return described.mutate(unit=described["lead_id"].coalesce(described["deal_id"]))


def _summed(deals: ir.Table) -> ir.Table:
    """By group and currency: wins, those of known margin, their margin and its squares."""
    column = next(name for name in deals.columns if name.startswith("of_"))
    unit = deals.group_by("unit", "currency", group=deals[column]).agg(
        margin=lambda t: t["margin"].sum().cast("float64")
    )
    return unit.group_by("group", "currency").agg(
        wins=lambda t: t.count(),
        known=lambda t: t["margin"].count(),
        total=lambda t: t["margin"].sum().fill_null(0.0),
        squares=lambda t: (t["margin"] * t["margin"]).sum().fill_null(0.0),
    )


def _worth(found: list[dict[str, object]]) -> Worth:
    """Mean and error of the margin of a win in each currency, over the wins of known margin."""
    known = sum(int(str(row["known"])) for row in found)
    margins = {}
    for currency in sorted({str(row["currency"]) for row in found}):
        own = [row for row in found if row["currency"] == currency]
        if known < 2 or not sum(int(str(row["known"])) for row in own):
            continue
        mean = sum(float(str(row["total"])) for row in own) / known
        squares = sum(float(str(row["squares"])) for row in own) / known
        error = np.sqrt(max(squares - mean**2, 0.0) / (known - 1))
        margins[currency] = Estimated(mean, float(error))
    return Worth(margins, known, sum(int(str(row["wins"])) for row in found))

"""What is a lead worth that goes on: its chance to be won, and the margin of a win."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

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
        return _worth(*self._sums)

    @cached_property
    def groups(self) -> Mapping[str, Worth]:
        """The worth of a win of each group that has enough of them."""
        wins, amounts = self._sums
        made = {
            str(name): _worth(*([row for row in part if row["group"] == name]
                                for part in (wins, amounts)))
            for name in {row["group"] for row in wins}
        }  # fmt: skip
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
    def _sums(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Of won leads (and won deals without a lead): by group how many and of how many the whole
        margin is known; by group and currency the margin of those, and its squares."""
        if "deals" not in self.cohort.facts:
            return [], []
        deals = deals_of(self.cohort.facts, Scope(where=self.cohort.scope.where,
                                                  as_of=self.cohort.scope.as_of))  # fmt: skip
        return _summed(self._grouped(deals.filter(deals["outcome"] == "won")))

    def _grouped(self, deals: ir.Table) -> ir.Table:
        entered = journeys(self.cohort.facts, self.cohort.agreement, self.cohort.scope.as_of)
        entered = entered.select("lead_id", "entered_at")  # a period is that of the lead's entry
        joined = deals.left_join(entered, "lead_id").drop("lead_id_right")
        described = replace(self.cohort, columns=(self.by,)).described(joined)
        return described.mutate(unit=described["lead_id"].coalesce(described["deal_id"]))


def _summed(deals: ir.Table) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    column = next(name for name in deals.columns if name.startswith("of_"))
    unit = deals.group_by("unit", group=deals[column]).agg(is_known=deals["margin"].notnull().all())
    wins = unit.group_by("group").agg(
        wins=unit.count(), known=unit["unit"].count(where=unit["is_known"])
    )
    known = unit.filter(unit["is_known"]).select(_unit="unit")
    priced = deals.join(known, deals["unit"] == known["_unit"])
    each = priced.group_by("unit", "currency", group=priced[column]).agg(
        margin=priced["margin"].sum().cast("float64")
    )
    amounts = each.group_by("group", "currency").agg(
        total=each["margin"].sum(), squares=(each["margin"] * each["margin"]).sum()
    )
    return rows(wins), rows(amounts)


def _worth(wins: list[dict[str, Any]], amounts: list[dict[str, Any]]) -> Worth:
    """Mean and error of the margin of a win in each currency, over the wins of known margin."""
    known, of = (sum(row[name] for row in wins) for name in ("known", "wins"))
    margins = {}
    for currency in sorted({row["currency"] for row in amounts}) if known > 1 else ():
        own = [row for row in amounts if row["currency"] == currency]
        mean, squares = (sum(row[name] for row in own) / known for name in ("total", "squares"))
        error = np.sqrt(max(squares - mean**2, 0.0) / (known - 1))
        margins[currency] = Estimated(mean, float(error))
    return Worth(margins, known, of)

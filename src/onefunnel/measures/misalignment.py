"""Misalignment: what does it cost that marketing and sales do not work as one?

Two ledgers, never added: margin that was lost (a counterfactual, uncertain) and spend that was
wasted (accounting, near certain). Three figures: certain (wasted), likely (lost, adjusted) and the
upper bound (all association taken as cause).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow.compute as pc

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.misalignment_words import notes_of, sentence_of
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.downstream import Downstream
from onefunnel.measures.steps.followed import Cohort, attribute
from onefunnel.measures.steps.groups import group_columns
from onefunnel.measures.steps.lost_margin import LostMargin
from onefunnel.measures.steps.misaligned import (
    ALL,
    FLAG,
    IN_VAIN,
    LOST,
    WASTED,
    WASTES,
    YOUNG,
    Offered,
)
from onefunnel.measures.steps.shares import too_few
from onefunnel.measures.steps.spend import channel_column, spent_on
from onefunnel.measures.steps.worked_out import once
from onefunnel.statistics.split import round_to_total, split_money

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = (
    "ledger", "cause", "n", "lost_wins", "lost_wins_low", "lost_wins_high", "cost", "cost_low",
    "cost_high", "upper_cost", "e_value", "currency", "note",
)  # fmt: skip
CENT = Decimal("0.01")


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per ledger, cause and currency, and one for each ledger together.

    lost margin: n offered leads that the cause concerns, followed for as long as 19 in 20 wins
    take; lost_wins: wins they would have brought without it, beside leads of the same segment and
    channel; cost: the same at the margin of a win, with 80 % intervals; parts of overlapping causes
    by Shapley, so that they sum to the total, and one may be below zero; upper_cost: the total as
    if leads differed in nothing else; e_value: how strong something unseen must be to explain it.
    wasted spend: the leads of each cause at what a lead of their channel cost, each lead under one
    cause only: entered twice before outside the definition, never worked, late; exact. None that
    was won, and of those accepted none that is open.
    not decided yet: leads that a cause concerns and that are too young; they are not lost.
    """
    cost = cost_of(facts, agreement, scope)
    made = (*cost.lost_rows(), *cost.wasted_rows()) if cost else ()
    return Figures(
        columns=COLUMNS,
        rows=made,
        sentence=sentence_of(made),
        notes=notes_of(cost.lost.offered, cost.downstream.all, made) if cost else (),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The leads behind a line."""
    cost = cost_of(facts, agreement, scope)
    if cost is None or figure != "n" or row.get("ledger") not in (LOST, WASTED, YOUNG):
        raise UnknownFigure("misalignment", figure, ("n",))
    return Records(cost.listed(row["ledger"], row.get("cause", ALL)))


@dataclass(frozen=True)
class Cost:
    """Both ledgers of a question."""

    lost: LostMargin
    downstream: Downstream

    @property
    def cohort(self) -> Cohort:
        return self.lost.offered.cohort

    def lost_rows(self) -> Iterator[dict[str, Any]]:
        """Ledger A: what each cause cost in wins and margin, then all together."""
        lost, causes = self.lost, self.lost.offered.causes
        if not lost.count() and not lost.count(is_young=True):
            return
        if not lost.is_told:
            yield _row(LOST, ALL, lost.count()) | {"note": too_few(lost.count())}
        else:
            yield from self._told(causes)
        if young := lost.count(is_young=True):
            yield _row(YOUNG, ALL, young)

    def _told(self, causes: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        lost = self.lost
        wins, all_wins = lost.found["wins"]
        for currency in [name for name in lost.found if name != "wins"] or [""]:
            parts, total = lost.found.get(currency, ([], None))
            money = _in_whole_units([part.value for part in parts], total.value) if total else []
            for place, cause in enumerate(causes):
                if not lost.count(cause):
                    continue
                row = _row(LOST, cause, lost.count(cause)) | _wins(wins[place])
                if money:
                    row |= _priced(money[place], parts[place], currency)
                yield row
            row = _row(LOST, ALL, lost.count()) | _wins(all_wins) | {"e_value": lost.e_value()}
            if total:
                row |= _priced(sum(money, Decimal(0)), total, currency)
                row["upper_cost"] = max(_whole(lost.crude[currency]), row["cost"])
            yield row

    def wasted_rows(self) -> Iterator[dict[str, Any]]:
        """Ledger B: what the leads of each cause had cost, to the cent, then all together."""
        for currency in sorted({currency for _, currency in self._wasted}):
            own = {cause: self._wasted.get((cause, currency)) for cause in WASTES}
            for cause, amount in own.items():
                if n := self.wasted_leads[cause]:
                    yield _row(WASTED, cause, n) | {"cost": amount or Decimal(0),
                                                    "currency": currency}  # fmt: skip
            total = sum((amount for amount in own.values() if amount), Decimal(0))
            n = sum(self.wasted_leads.values())
            yield _row(WASTED, ALL, n) | {"cost": total, "currency": currency}

    @cached_property
    def _channels(self) -> list[dict[str, Any]]:
        """Leads by channel, and of those the ones under each cause."""
        held = self.lost.offered.counted
        before = np.zeros(len(held), np.bool_)
        counts = {}
        for cause in WASTES:
            is_wasted = pc.and_kleene(held[FLAG[cause]], held[IN_VAIN[cause]])
            flag = np.asarray(pc.fill_null(is_wasted, False).to_numpy(), np.bool_)
            counts[FLAG[cause]] = flag & ~before
            before |= flag
        channel = attribute(held[self.lost.offered.channel])
        size = len(channel.names)
        leads = np.bincount(channel.codes, minlength=size)
        sums = {
            name: np.bincount(channel.codes[own], minlength=size) for name, own in counts.items()
        }
        return [
            {"channel": name, "leads": int(leads[place])}
            | {flag: int(own[place]) for flag, own in sums.items()}
            for place, name in enumerate(channel.names)
        ]

    @cached_property
    def wasted_leads(self) -> dict[str, int]:
        """How many leads stand under each cause."""
        return {cause: sum(row[FLAG[cause]] for row in self._channels) for cause in WASTES}

    @cached_property
    def _wasted(self) -> dict[tuple[str, str], Decimal]:
        """By cause and currency, what its leads cost: of each channel's spend as many parts as it
        has such leads, the rest with the others, so that the parts sum to the spend."""
        scope, cohort = self.cohort.scope, self.cohort
        if scope.where or "spend" not in cohort.facts:
            return {}
        by = cohort.columns[-1]
        spent = spent_on(cohort.facts, scope, by, [row["channel"] for row in self._channels])
        found: dict[tuple[str, str], Decimal] = {}
        for row in self._channels:
            for (channel, currency), amount in (spent.amounts if spent else {}).items():
                if channel != row["channel"]:
                    continue
                counts = [row[FLAG[cause]] for cause in WASTES]
                parts = split_money(amount.quantize(CENT), [*counts, row["leads"] - sum(counts)])
                for cause, part in zip(WASTES, parts, strict=False):
                    key = cause, currency
                    found[key] = found.get(key, Decimal(0)) + part
        return found

    def listed(self, ledger: str, cause: str) -> ir.Table:
        """The leads of a line."""
        offered = self.lost.offered
        if ledger == WASTED:
            return offered.wasted(cause)
        table = offered.table
        chosen = offered.causes if cause == ALL else (cause,)
        table = table.filter(_any(table, chosen))
        return table.filter(self._is_old(table) if ledger == LOST else ~self._is_old(table))

    def _is_old(self, table: ir.Table) -> ir.BooleanValue:
        if self.lost.days is None:
            return ibis.literal(False)
        window = ibis.interval(days=self.lost.days)
        is_old = table["offered_at"] <= ibis.literal(self.cohort.as_of) - window
        return is_old & ~(table["has_won"] & table["won_at"].isnull())


def cost_of(facts: Facts, agreement: Agreement, scope: Scope) -> Cost | None:
    """Both ledgers of a question; None where the data hold no times."""
    facts["handovers"]  # raises MissingFacts, which says what to import
    if scope.as_of is None:
        return None
    known = group_columns(facts)
    channel = channel_column(facts)
    names = [name for name in ("segment", "country") if name in known and name != channel][:1]
    columns = (*names, channel) if channel in known else tuple(names)
    if not columns:
        columns = ("month",)

    def made() -> Cost:
        cohort = Cohort(facts, agreement, scope, columns)
        downstream = Downstream(cohort, columns[0])
        return Cost(LostMargin(Offered(cohort), downstream), downstream)

    return once(facts, ("misalignment", agreement.digest, scope, columns), made)


def _any(table: ir.Table, causes: tuple[str, ...]) -> ir.BooleanValue:
    found = table[FLAG[causes[0]]]
    for cause in causes[1:]:
        found = found | table[FLAG[cause]]
    return found


def _row(ledger: str, cause: str, n: int) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(COLUMNS)
    return blank | {"ledger": ledger, "cause": cause, "n": n, "note": ""}


def _wins(lost: Any) -> dict[str, float]:
    return {"lost_wins": lost.value, "lost_wins_low": lost.low, "lost_wins_high": lost.high}


def _priced(cost: Decimal, lost: Any, currency: str) -> dict[str, Any]:
    return {
        "cost": cost, "cost_low": _whole(lost.low), "cost_high": _whole(lost.high),
        "currency": currency,
    }  # fmt: skip


def _in_whole_units(parts: list[float], total: float) -> list[Decimal]:
    """The parts in whole units of money, which sum to the rounded total exactly."""
    return round_to_total(parts, Decimal(round(total)), 0)


def _whole(amount: float) -> Decimal:
    return Decimal(round(amount))

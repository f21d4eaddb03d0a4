"""Channels: which bring leads that go on, how fast, and at what cost?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures import stages
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import cohort
from onefunnel.measures.steps.groups import NONE, PERIODS
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.shares import estimate
from onefunnel.measures.steps.spend import Spent, channel_column, spend_records, spent_on
from onefunnel.measures.steps.tally import Tally
from onefunnel.measures.words import money, per, percent, period_of

COLUMNS = (
    "leads", "won", "lost", "open", "won_share", "low", "high", "median_days", "p80_days",
    "spend", "currency", "cost_per_lead", "cost_per_won", "n", "note",
)  # fmt: skip
STAGE_COLUMNS = ("stage", "reached", "spend", "currency", "cost", "note")
FIGURES = ("leads", "won", "lost", "open", "reached", "spend")


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per channel: the lead's source or first touch, whichever the spend is kept by (or the
    column asked for).

    leads, won, lost, open: as in stages; won_share: share of the leads that is won, open ones
    censored, with its 95 % interval; median_days, p80_days: days from entering to the win, of those
    won; spend: of the same period, exactly; cost_per_lead and cost_per_won: spend by leads and by
    wins so far. Spend on a channel without leads is a row of its own, and so is spend in a further
    currency, so that the rows sum to all that was spent.
    """
    path, by = Path(agreement), scope.by or channel_column(facts)
    leads = cohort(facts, agreement, replace(scope, by=by))
    tally = Tally(leads, path, scope.as_of, by=by)
    groups = [group for group in tally.in_order(by) if tally.reached(group, 0)]
    spent = _spent(facts, scope, by, groups)
    currencies = _currencies(spent)
    result = []
    for group in _with_spend(groups, currencies, by):
        row = _row(tally, path, group) if group in groups else _no_leads()
        first, *further = _of(currencies, group)
        result.append({by: group} | row | _cost(row, spent, group, first))
        for currency in further:
            result.append({by: group} | _further() | _cost(row, spent, group, currency))
    return Figures(
        columns=(by, *COLUMNS),
        rows=tuple(result),
        sentence=_sentence(result, by),
        totals=_totals(result, spent),
        notes=_notes(scope, by, spent),
    )


def compute_per_stage(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per channel and stage: leads that reached it at least, and spend by each of them.

    `spend` is that of the whole channel, the same on each of its rows; cost = spend / reached.
    """
    path, by = Path(agreement), scope.by or channel_column(facts)
    leads = cohort(facts, agreement, replace(scope, by=by))
    tally = Tally(leads, path, scope.as_of, by=by)
    groups = [group for group in tally.in_order(by) if tally.reached(group, 0)]
    spent = _spent(facts, scope, by, groups)
    currencies = _currencies(spent)
    result = []
    for group in _with_spend(groups, currencies, by):
        for currency in _of(currencies, group):
            amount = spent.amounts[group, currency] if spent and currency is not None else None
            for k, stage in enumerate(path.stages):
                reached = tally.reached(group, k) if group in groups else 0
                cost = None if amount is None else per(amount, reached)
                note = "nobody reached it" if amount is not None and not reached else ""
                result.append(
                    {by: group, "stage": stage, "reached": reached, "spend": amount}
                    | {"currency": currency, "cost": cost, "note": note}
                )
    return Figures(
        columns=(by, *STAGE_COLUMNS),
        rows=tuple(result),
        sentence=_cost_sentence(result, by, path),
        notes=_notes(scope, by, spent),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The leads behind a count, or the rows of spend that sum to the spend."""
    by = scope.by or channel_column(facts)
    split = replace(scope, by=by, reading="cohort")
    if figure != "spend":
        figure = "leads" if figure == "n" else figure
        return stages.records(facts, agreement, split, figure, row)
    tally = Tally(cohort(facts, agreement, split), Path(agreement), scope.as_of, by=by)
    groups = [group for group in tally.groups if tally.reached(group, 0)]
    spent = _spent(facts, scope, by, groups)
    if spent is None or by not in row:
        raise UnknownFigure("channels", figure, FIGURES)
    currency = row.get("currency") or ""
    return Records(spend_records(facts, scope, spent, row[by], currency), sum_column="amount")


def _spent(facts: Facts, scope: Scope, by: str, groups: list[str]) -> Spent | None:
    """Spend is not kept by lead, so it cannot follow a `where`: it is left out then."""
    return None if scope.where else spent_on(facts, scope, by, groups)


def _currencies(spent: Spent | None) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    if spent is not None:
        for group, currency in sorted(spent.amounts, key=lambda place: -spent.amounts[place]):
            found[group].append(currency)
    return found


def _with_spend(groups: list[str], currencies: Mapping[str, list[str]], by: str) -> list[str]:
    """The groups with leads and after them those with spend only; periods by time."""
    every = [*groups, *(group for group in currencies if group not in groups)]
    return sorted(every) if by in PERIODS else every


def _of(currencies: Mapping[str, list[str]], group: str) -> list[str | None]:
    """The currencies spent on a group, the largest amount first; [None] where nothing was."""
    return list(currencies.get(group, ())) or [None]


def _row(tally: Tally, path: Path, group: str) -> dict[str, Any]:
    stages_ = range(path.length)
    stands = {
        end: sum(tally.standing(group, k, end) for k in stages_) for end in ("won", "lost", "open")
    }
    won = estimate(tally.overall(group, path.won))
    return {
        "leads": tally.reached(group, 0),
        **stands,
        "won_share": won.share,
        "low": won.interval.low,
        "high": won.interval.high,
        "median_days": won.median_days,
        "p80_days": won.p80_days,
        "n": won.n,
        "note": won.note,
    }


def _no_leads() -> dict[str, Any]:
    empty = dict.fromkeys(("won_share", "low", "high", "median_days", "p80_days"))
    return {"leads": 0, "won": 0, "lost": 0, "open": 0, **empty, "n": 0, "note": "no leads"}


def _further() -> dict[str, Any]:
    """A row of spend in a further currency: its leads are on the channel's first row."""
    return dict.fromkeys(COLUMNS) | {"note": "further currency; the leads are in the row above"}


def _cost(
    row: Mapping[str, Any], spent: Spent | None, group: str, currency: str | None
) -> dict[str, Any]:
    if spent is None or currency is None:
        return dict.fromkeys(("spend", "currency", "cost_per_lead", "cost_per_won"))
    amount = spent.amounts[group, currency]
    return {
        "spend": amount,
        "currency": currency,
        "cost_per_lead": per(amount, row["leads"]),
        "cost_per_won": per(amount, row["won"]),
    }


def _totals(result: list[dict[str, Any]], spent: Spent | None) -> dict[str, object]:
    totals: dict[str, object] = {
        name: sum(row[name] or 0 for row in result) for name in ("leads", "won", "lost", "open")
    }
    if spent is not None:
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for (_, currency), amount in spent.amounts.items():
            sums[currency] += amount
        totals["spend"] = dict(sums)
    return totals


def _sentence(result: list[dict[str, Any]], by: str) -> str:
    """The channel that is won most often, where its whole interval lies above all the others'."""
    named = [row for row in result if row["won_share"] is not None and row[by] != NONE]
    if not named:
        return f"No {_plain(by)} has enough leads to tell which share of them is won."
    best = max(named, key=lambda row: row["won_share"])
    others = [row["high"] for row in named if row is not best]
    share = (
        f"{percent(best['won_share'], 1)} of {best['leads']:,} leads (95% interval "
        f"{percent(best['low'], 1)} to {percent(best['high'], 1)})"
    )
    if not others:
        return f"{best[by]} is the only {_plain(by)} with enough leads to tell: {share} are won."
    if best["low"] > max(others):
        return f"{best[by]} brings leads that are won most often: {share}."
    return (
        f"No {_plain(by)} stands out: the 95% intervals of their shares won overlap, there are too "
        "few leads to tell which is best."
    )


def _plain(by: str) -> str:
    return by.removeprefix("accounts.").replace("_", " ")


def _cost_sentence(result: list[dict[str, Any]], by: str, path: Path) -> str:
    won = path.stages[path.won]
    known = [
        row for row in result if row["stage"] == won and row["cost"] is not None and row[by] != NONE
    ]
    if not known:
        return "There is no spend to divide by what it brought."
    if len({row["currency"] for row in known}) > 1:
        return "Spend is in different currencies: no cost is called the lowest, the table has all."
    best = min(known, key=lambda row: row["cost"])
    cost = money(best["currency"], best["cost"])
    return f"{best[by]} brings a lead to {won} at the lowest cost: {cost} each."


def _notes(scope: Scope, by: str, spent: Spent | None) -> tuple[str, ...]:
    notes = [f"Leads that entered the funnel{period_of(scope)}, by {by}."]
    if scope.where:
        notes.append("Spend is not kept by lead, so it is left out while leads are filtered.")
    elif spent is None:
        notes.append(f"The facts have no spend by {by}.")
    else:
        notes.append(
            f"Spend of the same period, by {spent.column}. Cost per win so far falls as open leads "
            "are still won."
        )
    return tuple(notes)

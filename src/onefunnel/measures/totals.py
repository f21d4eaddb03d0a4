"""The figures of the whole cohort: how many, how they ended, what was won, how long it took."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from onefunnel.facts.store import Facts
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.standing import NOWHERE, OUTCOME_CODES
from onefunnel.measures.steps.tally import Tally
from onefunnel.statistics.intervals import wilson

if TYPE_CHECKING:
    import ibis.expr.types as ir

SECONDS_A_DAY = 86_400


def totals_of(
    facts: Facts, leads: ir.Table, tally: Tally, path: Path, ends: tuple[str, ...]
) -> dict[str, object]:
    """leads, won, lost, open (and further ends); win_rate_of_closed = won / (won + lost) with its
    95 % interval; won_value by currency; mean_days_to_won and mean_days_to_lost, of the leads that
    have both times."""
    stages = range(path.length)
    totals: dict[str, object] = {
        "leads": sum(tally.count("standing", group, k) for group in tally.groups for k in stages)
    }
    for end in ("won", *ends, "open"):
        totals[end] = _ended(tally, path, end)
    won, lost = _ended(tally, path, "won"), _ended(tally, path, "lost")
    if won + lost:
        interval = wilson(won, won + lost)
        totals["win_rate_of_closed"] = won / (won + lost)
        totals["win_rate_low"], totals["win_rate_high"] = interval.low, interval.high
    if "deals" in facts:
        totals["won_value"] = won_value(facts, leads)
    for end in ("won", "lost"):
        timed = [tally.durations("days", group, 0) for group in tally.groups]
        seconds = sum(float(rows.hours[rows.cause == OUTCOME_CODES[end]].sum()) for rows in timed)
        count = sum(rows.count(OUTCOME_CODES[end]) for rows in timed)
        totals[f"mean_days_to_{end}"] = seconds / count / SECONDS_A_DAY if count else None
    totals["never_in_a_stage"] = sum(
        tally.count("standing", group, NOWHERE) for group in tally.groups
    )
    return totals


def won_value(facts: Facts, leads: ir.Table) -> dict[str, Decimal]:
    """The amount of the won deals of these leads, exactly, by currency ("" where none is said)."""
    deals = facts["deals"]
    if not {"lead_id", "outcome", "amount"} <= set(deals.columns):
        return {}
    won = deals.filter((deals["outcome"] == "won") & deals["amount"].notnull())
    won = won.semi_join(leads, "lead_id")
    currency = won["currency"].fill_null("") if "currency" in won.columns else ""
    summed = won.group_by(currency_=currency).agg(amount=won["amount"].sum())
    found = summed.to_pyarrow().to_pylist()
    return {row["currency_"]: row["amount"] for row in sorted(found, key=lambda r: -r["amount"])}


def _ended(tally: Tally, path: Path, end: str) -> int:
    return sum(
        tally.count("standing", group, k, OUTCOME_CODES[end])
        for group in tally.groups
        for k in range(path.length)
    )

"""The figures of the whole cohort: how many, how they ended, what was won, how long it took."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis

from onefunnel.facts.store import Facts
from onefunnel.measures.awareness import readings, shares_of
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.deals import deals_of
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import rate
from onefunnel.measures.steps.tally import Tally

if TYPE_CHECKING:
    import ibis.expr.types as ir


def totals_of(
    facts: Facts, scope: Scope, leads: ir.Table, tally: Tally, ends: tuple[str, ...]
) -> dict[str, object]:
    """leads, won, lost, open (and further ends); closed = won + lost, and win_rate_of_closed, the
    share won of them with its 95 % interval: None where they are too few to tell; won_value by
    currency; mean_days_to_won and mean_days_to_lost, of the leads that have both times;
    never_in_a_stage, which are in none of the other figures; aware, the readings of awareness in
    the period."""
    totals: dict[str, object] = {"leads": tally.leads}
    totals |= {end: tally.ended(end) for end in ("won", *ends, "open")}
    won, closed = tally.ended("won"), tally.ended("won") + tally.ended("lost")
    if closed:
        found = rate(won, closed)
        totals["closed"], totals["win_rate_of_closed"] = closed, found.share
        totals["win_rate_low"], totals["win_rate_high"] = found.interval.low, found.interval.high
    if "deals" in facts:
        totals["won_value"] = won_value(facts, leads, scope)
    totals |= {f"mean_days_to_{end}": tally.mean_days(end) for end in ("won", "lost")}
    totals["never_in_a_stage"] = tally.never_in_a_stage
    return totals | {"aware": aware(facts, scope)}


def aware(facts: Facts, scope: Scope) -> dict[str, float]:
    """What comes before the first stage: the readings of awareness in the period, summed by kind
    (kinds that are shares are left out). Not a cohort: none of these became one of the leads."""
    if "awareness" not in facts:
        return {}
    table = readings(facts, replace(scope, by=None))
    is_share = shares_of(facts)
    found = rows(table.group_by("kind").agg(value=table["value"].sum()).order_by("kind"))
    return {row["kind"]: row["value"] for row in found if not is_share[row["kind"]]}


def won_value(facts: Facts, leads: ir.Table, scope: Scope) -> dict[str, Decimal]:
    """The amount of the won deals of these leads, exactly, by currency ("" where none is said)."""
    won = won_deals(facts, leads, scope)
    if won is None:
        return {}
    summed = won.group_by("currency").agg(amount=won["amount"].sum())
    found = rows(summed)
    return {row["currency"]: row["amount"] for row in sorted(found, key=lambda r: -r["amount"])}


def won_deals(facts: Facts, leads: ir.Table, scope: Scope) -> ir.Table | None:
    """The deals of these leads that were won at the moment of looking and have an amount; None
    where the facts have no such deals. With a conversion window: closed within it. Deals of leads
    that never were in a stage, or are out of the window, are left out as they are."""
    deals = facts.tables.get("deals")
    if deals is None or not {"lead_id", "outcome", "amount"} <= set(deals.columns):
        return None
    known = deals_of(facts, Scope(as_of=scope.as_of))
    won = known.filter((known["outcome"] == "won") & known["amount"].notnull())
    counted = leads.filter(leads["furthest"].notnull() & (leads["outcome"] != "late"))
    if scope.within_days is None:
        return won.semi_join(counted, "lead_id")
    end = counted["entered_at"] + ibis.interval(days=scope.within_days)
    ends = counted.select(_of="lead_id", _end=end)
    joined = won.inner_join(ends, won["lead_id"] == ends["_of"])
    return joined.filter(joined["closed_at"] <= joined["_end"]).drop("_of", "_end")

"""Won deals beside won leads: where the two counts differ, and by which records."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import in_period
from onefunnel.measures.steps.opportunities import ended_leads, won_opportunities

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: What makes the counts differ: one such record in words, and several.
PARTS = {
    "further_deals": (
        "won deal is a further one of a lead", "won deals are further ones of a lead",
    ),
    "deals_without_lead": ("won deal names no lead", "won deals name no lead"),
    "deals_of_other_leads": (
        "won deal is of a lead that the funnel does not count as won",
        "won deals are of leads that the funnel does not count as won",
    ),
    "deals_of_other_periods": (
        "won deal is of a lead won in another period",
        "won deals are of leads won in another period",
    ),
    "leads_without_deal": ("won lead has no won deal", "won leads have no won deal"),
    "leads_of_other_periods": (
        "won lead has its deal in another period", "won leads have their deals in another period",
    ),
}  # fmt: skip
FIGURES = ("won_leads", *PARTS)


def differ(facts: Facts) -> bool:
    """Whether deals and leads are two counts here: there are deals, and a funnel beside them."""
    return "deals" in facts and ("moves" in facts or facts.journeys is not None)


def wins(facts: Facts, agreement: Agreement, scope: Scope) -> dict[str, ir.Table]:
    """The won leads and, by the names of PARTS, the records by which won deals differ from them.

    Both are of the scope, by the day of the win; which lead a deal is of is looked up in all of
    time. Won deals are the won leads, and the first four parts, less the last two.
    """
    ever = replace(scope, since=None, until=None)
    all_deals = won_opportunities(facts, agreement, ever)
    won = ended_leads(facts, agreement, ever)
    won = won.filter(won["is_won"]).select("lead_id", "ended_at")
    of_leads = all_deals.filter(all_deals["lead_id"].notnull())
    order = ibis.window(
        group_by=of_leads["lead_id"], order_by=[of_leads["ended_at"], of_leads["deal_id"]]
    )
    numbered = of_leads.mutate(_nth=ibis.row_number().over(order))
    first = numbered.filter(numbered["_nth"] == 0).drop("_nth")
    leads, deals = in_period(won, scope, "ended_at"), in_period(first, scope, "ended_at")
    return {
        "won_leads": leads,
        "further_deals": in_period(numbered.filter(numbered["_nth"] > 0), scope, "ended_at").drop(
            "_nth"
        ),
        "deals_without_lead": in_period(
            all_deals.filter(all_deals["lead_id"].isnull()), scope, "ended_at"
        ),
        "deals_of_other_leads": deals.anti_join(won, "lead_id"),
        "deals_of_other_periods": deals.semi_join(won, "lead_id").anti_join(leads, "lead_id"),
        "leads_without_deal": leads.anti_join(of_leads, "lead_id"),
        "leads_of_other_periods": leads.semi_join(of_leads, "lead_id").anti_join(deals, "lead_id"),
    }


def explained(won: int, counts: dict[str, int]) -> str:
    """What is counted, beside what the funnel counts, and why they differ."""
    leads = counts["won_leads"]
    said = f"Counted here are won deals ({won:,}); the funnel counts won leads ({leads:,})"
    why = [f"{n:,} {PARTS[part][n != 1]}" for part, n in counts.items() if part in PARTS and n]
    return f"{said}: {', '.join(why)}." if why else f"{said}, one for each."

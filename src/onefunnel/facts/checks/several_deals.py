"""Leads with several deals: how they stand must be told deal by deal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onefunnel.facts.checks.context import Context, Tables, one_row
from onefunnel.facts.checks.wording import counted, have
from onefunnel.facts.findings import Finding, Weight

if TYPE_CHECKING:
    import ibis.expr.types as ir


def several_deals(tables: Tables, context: Context) -> list[Finding]:
    """One finding for leads whose stages are told deal by deal, one for those where they are not.

    Where the stage history names no deal, a lead that was won and lost another deal afterwards
    stands where its last move left it.
    """
    if "deals" not in tables or "moves" not in tables:
        return []
    deals, moves = tables["deals"], tables["moves"]
    known = deals.filter(deals["lead_id"].notnull())
    per_lead = known.group_by("lead_id").agg(n=known.count())
    several = per_lead.filter(per_lead["n"] > 1).select("lead_id")
    named = moves.filter(moves["deal_id"].notnull()) if "deal_id" in moves.columns else None
    told = several if named is None else several.semi_join(named, "lead_id")
    untold = several if named is None else several.anti_join(named, "lead_id")
    found: list[tuple[ir.Table, Weight, str, str]] = []
    if named is not None:
        found.append((told, "note", _TOLD, "nothing needs doing"))
    found.append((untold, "warning", _UNTOLD, _NAME_THEM))
    findings = []
    for leads, weight, what, fix in found:
        got = one_row(leads.agg(n=leads.count(), example=leads["lead_id"].min()))
        if n := int(got["n"]):
            findings.append(
                Finding(
                    "several-deals", "deals", "lead_id", n,
                    f"{counted(n, 'leads')} {have(n)} several deals: {what}",
                    f"lead {got['example']}", fix, weight,
                )
            )  # fmt: skip
    return findings


_TOLD = "such a lead is won once one of them is won, and else open while one of them is open"
_UNTOLD = (
    "the stage history does not name the deal that moved, so such a lead stands where its last "
    "move left it, even where an earlier deal was won"
)
_NAME_THEM = "map the column of the stage history that names the deal to deal_id"

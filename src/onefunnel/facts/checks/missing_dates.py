"""Leads without a date of entry, and closed deals without a date of closing."""

from __future__ import annotations

from onefunnel.facts.checks.context import Context, Tables, one_row
from onefunnel.facts.findings import Finding


def missing_dates(tables: Tables, context: Context) -> list[Finding]:
    """How many rows cannot stand in any period."""
    found = []
    if "leads" in tables:
        leads = tables["leads"]
        got = one_row(
            leads.agg(
                n=leads.count(where=leads.created_at.isnull()), all=leads.count(),
                example=leads.lead_id.min(where=leads.created_at.isnull()),
            )
        )  # fmt: skip
        if got["n"]:
            found.append(
                Finding(
                    "missing-date", "leads", "created_at", int(got["n"]),
                    f"{int(got['n']):,} of {int(got['all']):,} leads have no date of entry; they "
                    "count in the totals but in no period and no duration",
                    f"lead_id {got['example']}",
                    "fill the date in at the source, or map created_at to a column that is filled",
                )
            )  # fmt: skip
    if "deals" in tables:
        deals = tables["deals"]
        closed = deals.outcome.isin(["won", "lost"]) & deals.closed_at.isnull()
        got = one_row(
            deals.agg(n=deals.count(where=closed), example=deals.deal_id.min(where=closed))
        )
        if got["n"]:
            found.append(
                Finding(
                    "missing-date", "deals", "closed_at", int(got["n"]),
                    f"{int(got['n']):,} deals are won or lost but have no date of closing",
                    f"deal_id {got['example']}",
                    "fill the date in at the source, or map closed_at to a column that is filled",
                )
            )  # fmt: skip
    return found

"""Leads without a date of entry, and closed deals without a date of closing."""

from __future__ import annotations

from onefunnel.facts.checks.context import Context, Tables, one_row
from onefunnel.facts.checks.wording import counted, have
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
                    f"{int(got['n']):,} of {counted(int(got['all']), 'leads')} "
                    f"{have(int(got['n']))} no date of entry: counted in the totals, but "
                    "in no period and no duration.",
                    f"lead {got['example']}",
                    "Fill the date in at the source, or choose a column that is filled for it in "
                    "the mapping.",
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
                    f"{counted(int(got['n']), 'deals')}, won or lost, {have(int(got['n']))} no "
                    "closing date.",
                    f"deal {got['example']}",
                    "Fill the date in at the source, or choose a column that is filled for it in "
                    "the mapping.",
                )
            )  # fmt: skip
    return [*found, *_history_without_times(tables)]


def _history_without_times(tables: Tables) -> list[Finding]:
    """All moves undated although leads have several: the history names no time at all."""
    if "moves" not in tables:
        return []
    moves = tables["moves"]
    got = one_row(
        moves.agg(n=moves.count(), dated=moves["at"].count(), leads=moves.lead_id.nunique())
    )
    if not got["n"] or got["dated"] or got["n"] <= got["leads"]:
        return []
    return [
        Finding(
            "missing-date", "moves", "at", int(got["n"]),
            f"The stage history has no times: none of {counted(int(got['n']), 'moves')} says when "
            "it was. Stages are counted, but speed and periods cannot be.", "",
            "Export the column that says when each stage was entered, or name it in the mapping.",
        )
    ]  # fmt: skip

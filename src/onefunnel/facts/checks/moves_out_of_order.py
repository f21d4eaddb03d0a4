"""Moves whose times contradict the order that the source gives them."""

from __future__ import annotations

import ibis

from onefunnel.facts.checks.before import before
from onefunnel.facts.checks.context import Context, Tables, one_row
from onefunnel.facts.checks.wording import counted
from onefunnel.facts.findings import Finding


def moves_out_of_order(tables: Tables, context: Context) -> list[Finding]:
    """Moves dated before the move they follow, and moves before their lead was created."""
    if "moves" not in tables:
        return []
    moves = tables["moves"]
    found = []
    if "seq" in moves.columns:
        dated = moves.filter(moves["at"].notnull() & moves.seq.notnull())
        window = ibis.window(group_by="lead_id", order_by="seq")
        behind = dated.mutate(before=dated["at"].lag().over(window))
        wrong = before(behind["at"], behind.before, context.days)
        found += _finding(
            behind, wrong, "are dated before the move they follow",
            "correct the dates at the source; durations between these moves are not counted",
        )  # fmt: skip
    if "leads" in tables:
        leads = tables["leads"].select("lead_id", "created_at")
        joined = moves.join(leads, "lead_id")
        wrong = before(joined["at"], joined.created_at, context.days)
        found += _finding(
            joined, wrong, "are dated before their lead was created",
            "correct the dates, or choose the column of the first contact as date of entry",
        )  # fmt: skip
    return found


def _finding(table: ibis.Table, wrong: ibis.Value, what: str, fix: str) -> list[Finding]:
    got = one_row(table.agg(n=table.count(where=wrong), example=table.lead_id.min(where=wrong)))
    if not got["n"]:
        return []
    if got["n"] == 1:
        what = what.replace("are", "is", 1).replace("they follow", "it follows")
    return [
        Finding(
            "moves-out-of-order", "moves", "at", int(got["n"]),
            f"{counted(int(got['n']), 'moves')} {what}.", f"lead {got['example']}", fix,
        )
    ]  # fmt: skip

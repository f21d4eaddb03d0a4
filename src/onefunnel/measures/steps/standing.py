"""How do the leads of a cohort stand? Counts per stage, in two small tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onefunnel.measures.steps.path import Path

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Every way a lead can stand; "late": out of the conversion window.
OUTCOMES = ("open", "won", "lost", "disqualified", "recycled", "late")


def standing(leads: ir.Table) -> ir.Table:
    """Leads by the furthest stage they reached and how they stand.

    Returns:
        group, furthest (NULL: never in a stage of the agreement), outcome, leads; and for those
        with both times known: timed (how many) and seconds (sum, from entering to outcome).
    """
    timed = leads["entered_at"].notnull() & leads["outcome_at"].notnull()
    seconds = leads["outcome_at"].delta(leads["entered_at"], unit="second")
    return leads.group_by("group", "furthest", "outcome").agg(
        leads=leads.count(), timed=leads.count(where=timed), seconds=seconds.sum()
    )


def entries_per_stage(leads: ir.Table, path: Path) -> ir.Table:
    """Per group: entered_k, leads with an entry of their own into stage k; back_k, leads that went
    back from stage k to an earlier one at least once."""
    return leads.group_by("group").agg(
        **{f"entered_{k}": leads.count(where=leads[f"n_{k}"] > 0) for k in range(path.length)},
        **{f"back_{k}": leads.count(where=leads[f"back_{k}"] > 0) for k in range(path.length)},
    )

"""How do the leads of a cohort stand? Counts per stage, one small table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from onefunnel.measures.steps.path import Path

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Outcomes as the `cause` of a counted row.
OUTCOME_CODES = {"open": 0, "won": 1, "lost": 2, "disqualified": 3, "recycled": 4, "late": 5}

#: Leads that never were in a stage of the agreement are counted at this stage.
NOWHERE = -1


def standing(leads: ir.Table, path: Path) -> ir.Table:
    """Leads by the furthest stage they reached and how they stand, and entries per stage.

    Returns:
        part, group, stage, hours, cause, leads, in the shape of `step_durations`, with parts
        "standing": leads whose furthest is `stage` and whose outcome has the code `cause`;
        "entered": leads with an entry of their own into `stage`;
        "went back": leads that went back from `stage` to an earlier one at least once;
        "days": `leads` that ended as `cause` with both times known, `hours` = their seconds.
    """
    by_end = leads.mutate(
        stage=leads["furthest"].fill_null(NOWHERE).cast("int64"), cause=_code(leads["outcome"])
    )
    stand = by_end.group_by("group", "stage", "cause").agg(leads=by_end.count())
    wide = leads.group_by("group").agg(
        **{f"entered_{k}": leads.count(where=leads[f"n_{k}"] > 0) for k in range(path.length)},
        **{f"back_{k}": leads.count(where=leads[f"back_{k}"] > 0) for k in range(path.length)},
    )
    return ibis.union(
        _counted(stand, "standing", stand["stage"], stand["leads"], cause=stand["cause"]),
        *(_counted(wide, "entered", k, wide[f"entered_{k}"]) for k in range(path.length)),
        *(_counted(wide, "went back", k, wide[f"back_{k}"]) for k in range(path.length)),
        _days(leads),
    )


def _days(leads: ir.Table) -> ir.Table:
    """Seconds from entering to the end, summed over the leads of each outcome."""
    timed = leads.filter(leads["entered_at"].notnull() & leads["outcome_at"].notnull())
    seconds = timed["outcome_at"].delta(timed["entered_at"], unit="second")
    timed = timed.select("group", seconds=seconds, cause=_code(timed["outcome"]))
    summed = timed.group_by("group", "cause").agg(
        leads=timed.count(), seconds=timed["seconds"].sum()
    )
    return _counted(
        summed, "days", 0, summed["leads"], hours=summed["seconds"], cause=summed["cause"]
    )


def _code(outcome: ir.StringValue) -> ir.Value:
    return ibis.cases(*((outcome == name, code) for name, code in OUTCOME_CODES.items()))


def _counted(
    table: ir.Table,
    part: str,
    stage: int | ir.Value,
    leads: ir.Value,
    hours: ir.Value | None = None,
    cause: ir.Value | None = None,
) -> ir.Table:
    nothing = ibis.null("int64")
    return table.select(
        part=ibis.literal(part),
        group="group",
        stage=ibis.literal(stage, "int64") if isinstance(stage, int) else stage.cast("int64"),
        hours=nothing if hours is None else hours.cast("int64"),
        cause=nothing if cause is None else cause.cast("int64"),
        leads=leads.cast("int64"),
    )

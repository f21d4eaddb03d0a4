"""How long did each step take, or is taking? Grouped, so that a million leads are a few rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from onefunnel.measures.steps.path import Path

if TYPE_CHECKING:
    import ibis.expr.types as ir

OPEN, ADVANCED, LEFT, SKIPPED = 0, 1, 2, 3
#: The causes that mean the lead reached the stage.
WENT_ON = (ADVANCED, SKIPPED)
HOURS_A_DAY = 24


def durations(leads: ir.Table, path: Path, as_of: datetime | None) -> ir.Table:
    """For each stage k >= 1: how long did leads take to reach it, or what else came?

    Twice: from reaching the stage before (`overall` 0; leads that reached k-1 at least), and from
    entering the funnel (`overall` 1; all leads). cause 1: reached it; 3: reached it without ever
    being in the stage before, so that no time passed there; 2: left the success path (lost,
    disqualified, recycled, out of time); 0: still under way at `as_of`, or won and at rest.
    `hours` are whole hours, NULL where a time is missing. One pass over the leads and one grouping
    serve all stages and groups.

    Returns:
        overall, group, stage, hours, cause, leads: one row per distinct combination.
    """
    steps = path.length - 1
    there = leads.filter(leads["furthest"] >= 0)
    rows = there.select(
        "group", "furthest", "outcome", "outcome_at", "entered_at",
        *(f"reached_{k}" for k in range(path.length)), *(f"n_{k}" for k in range(steps)),
        row=ibis.range(0, 2 * steps).unnest(),
    )  # fmt: skip
    overall = rows["row"] // steps
    rows = rows.mutate(overall=overall, stage=rows["row"] - overall * steps + 1)
    rows = rows.filter((rows["overall"] == 1) | (rows["furthest"] >= rows["stage"] - 1))
    stage, went_on = rows["stage"], rows["furthest"] >= rows["stage"]
    has_left = rows["outcome"].notin(["open", "won"])
    reached = ibis.cases(*((stage == k, rows[f"reached_{k}"]) for k in range(1, path.length)))
    before = ibis.cases(
        (rows["overall"] == 1, rows["entered_at"]),
        *((stage == k, rows[f"reached_{k - 1}"]) for k in range(1, path.length)),
    )
    now = ibis.literal(as_of, "timestamp") if as_of else ibis.null("timestamp")
    end = ibis.cases((went_on, reached), (has_left, rows["outcome_at"]), else_=now)
    entries_before = ibis.cases(*((stage == k, rows[f"n_{k - 1}"]) for k in range(1, path.length)))
    skipped = (rows["overall"] == 0) & (entries_before == 0) & (before == reached).fill_null(False)
    counted = rows.group_by(
        overall=rows["overall"],
        group=rows["group"],
        stage=stage,
        hours=hours_between(before, end),
        cause=ibis.cases(
            (went_on & skipped, SKIPPED), (went_on, ADVANCED), (has_left, LEFT), else_=OPEN
        ),
    )
    return counted.agg(leads=lambda counted_rows: counted_rows.count())


def hours_between(start: ir.Value, end: ir.Value) -> ir.IntegerValue:
    """Whole hours from start to end, 0 where they stand the wrong way round."""
    hours = end.delta(start, unit="second") // 3600
    return ibis.greatest(hours, 0 * hours)  # greatest ignores NULL: 0 * NULL keeps it unknown

"""How long did each step take, or is taking? Grouped, so that a million leads are a few rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from onefunnel.measures.steps.path import Path

if TYPE_CHECKING:
    import ibis.expr.types as ir

OPEN, ADVANCED, LEFT = 0, 1, 2
HOURS_A_DAY = 24


def step_durations(leads: ir.Table, path: Path, as_of: datetime | None) -> ir.Table:
    """For each stage k >= 1: how long from reaching stage k-1 to reaching k, or what else came.

    Counts every lead that reached k-1 at least. cause 1: went on; 2: left the success path (lost,
    disqualified, recycled); 0: still there at `as_of`, or won and at rest. `hours` are whole
    hours, NULL where a time is missing. One pass over the leads per stage, one row per distinct
    (group, stage, hours, cause).

    Returns:
        part ("step"), group, stage, hours, cause, leads.
    """
    parts = [_durations(leads, k, f"reached_{k - 1}", as_of, "step", k - 1) for k in _later(path)]
    return ibis.union(*parts) if parts else _nothing(leads)


def overall_durations(leads: ir.Table, path: Path, as_of: datetime | None) -> ir.Table:
    """The same for each stage k >= 1 from entering the funnel to reaching k; part "overall"."""
    parts = [_durations(leads, k, "entered_at", as_of, "overall", 0) for k in _later(path)]
    return ibis.union(*parts) if parts else _nothing(leads)


def hours_between(start: ir.Value, end: ir.Value) -> ir.IntegerValue:
    """Whole hours from start to end, 0 where they stand the wrong way round."""
    hours = end.delta(start, unit="second") // 3600
    return ibis.ifelse(hours < 0, 0, hours).cast("int64")


def _later(path: Path) -> range:
    return range(1, path.length)


def _durations(
    leads: ir.Table, k: int, start: str, as_of: datetime | None, part: str, at_risk: int
) -> ir.Table:
    there = leads.filter(leads["furthest"] >= at_risk)
    went_on = there["furthest"] >= k
    has_left = ~there["outcome"].isin(["open", "won"])
    end = ibis.cases(
        (went_on, there[f"reached_{k}"]),
        (has_left, there["outcome_at"]),
        else_=ibis.literal(as_of, "timestamp"),
    )
    rows = there.select(
        group=there["group"],
        hours=hours_between(there[start], end),
        cause=ibis.cases((went_on, ADVANCED), (has_left, LEFT), else_=OPEN),
    )
    counted = rows.group_by("group", "hours", "cause").agg(leads=rows.count())
    return counted.select(
        part=ibis.literal(part),
        group="group",
        stage=ibis.literal(k, "int64"),
        hours=counted["hours"].cast("int64"),
        cause=counted["cause"].cast("int64"),
        leads=counted["leads"].cast("int64"),
    )


def _nothing(leads: ir.Table) -> ir.Table:
    none = leads.limit(0)
    return none.select(
        part=ibis.literal("step"),
        group="group",
        stage=ibis.literal(0, "int64"),
        hours=ibis.literal(0, "int64"),
        cause=ibis.literal(0, "int64"),
        leads=ibis.literal(0, "int64"),
    )

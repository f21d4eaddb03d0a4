"""Leads that are put aside until a day: who is asleep, until when, found in the data."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

from onefunnel.measures.steps.journeys import journeys
from onefunnel.server.run.basis import Basis
from onefunnel.server.run.tracker.book import WAKE_ON

if TYPE_CHECKING:
    import ibis.expr.types as ir


def asleep(basis: Basis) -> ir.Table | None:
    """The leads that stand in a recycled stage: lead_id, wake_on (NULL where none is said), since.

    None where the data cannot hold any. What was put aside a moment ago follows in a second.
    """
    if basis.is_empty or "leads" not in basis.facts or "moves" not in basis.facts:
        return None
    if not any(stage.kind == "recycled" for stage in basis.agreement.stages):
        return None
    state = journeys(basis.facts, basis.agreement)
    state = state.filter(state["outcome"] == "recycled").select("lead_id", since="outcome_at")
    leads = basis.facts["leads"]
    day = _day(leads).name("wake_on")
    named = leads.select("lead_id", day)
    found = state.left_join(named, "lead_id")
    return found.select("lead_id", "since", "wake_on")


def due_on(basis: Basis, day: date, *, most: int) -> list[tuple[str, date]]:
    """The leads whose day has come, the earliest first, with their day."""
    found = asleep(basis)
    if found is None:
        return []
    due = found.filter(found["wake_on"] <= ibis.literal(day)).order_by("wake_on", "lead_id")
    rows = due.limit(most).to_pyarrow().to_pylist()
    return [(str(row["lead_id"]), row["wake_on"]) for row in rows]


def _day(leads: ir.Table) -> ir.DateValue:
    """The day that a lead says; imports may have it as a time or as text."""
    if WAKE_ON not in leads.columns:
        return ibis.null("date")
    column = leads[WAKE_ON]
    if column.type().is_string():
        return column.try_cast("date")
    return column.cast("date")

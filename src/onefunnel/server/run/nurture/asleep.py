"""Leads that are put aside until a day: who is asleep, until when, found in the data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import ibis

from onefunnel.measures.steps.journeys import journeys
from onefunnel.server.agree.basis import Basis
from onefunnel.server.run.tracker.book import WAKE_ON

if TYPE_CHECKING:
    import ibis.expr.types as ir


#: A day as text, a time behind it or not: read by the data and by `day_of` with this one rule.
_DAY = r"^\s*([12]\d{3}-\d{2}-\d{2})(?:\D|$)"
_NEVER = date(1970, 1, 1)


class Due(NamedTuple):
    """A lead whose day has come; the day that it was put aside where what it says is no day."""

    lead_id: str
    day: date
    is_read: bool = True


def asleep(basis: Basis) -> ir.Table | None:
    """The leads that stand in a recycled stage: lead_id, since, wake_on (NULL where no day is
    said), is_read (false where something is said that is no day).

    None where the data cannot hold any. What was put aside a moment ago follows in a second.
    """
    if basis.is_empty or "leads" not in basis.facts or "moves" not in basis.facts:
        return None
    if not any(stage.kind == "recycled" for stage in basis.agreement.stages):
        return None
    state = journeys(basis.facts, basis.agreement)
    state = state.filter(state["outcome"] == "recycled").select("lead_id", since="outcome_at")
    leads = basis.facts["leads"]
    day, text = _said(leads)
    is_read = day.notnull() | (text.strip() == "") | text.isnull()
    named = leads.select("lead_id", wake_on=day, is_read=is_read)
    found = state.left_join(named, "lead_id")
    return found.select("lead_id", "since", "wake_on", "is_read")


def due_on(basis: Basis, day: date) -> Iterator[list[Due]]:
    """The leads whose day has come, the earliest first, then those whose day cannot be read; a few
    thousand at a time."""
    found = asleep(basis)
    if found is None:
        return
    due = found.filter((found["wake_on"] <= ibis.literal(day)) | ~found["is_read"])
    table = due.order_by(due["wake_on"].asc(), due["lead_id"]).to_pyarrow()
    for batch in table.to_batches(max_chunksize=2000):
        yield [_due(row) for row in batch.to_pylist()]


def _due(row: dict[str, Any]) -> Due:
    since = row["since"].date() if row["since"] else _NEVER
    return Due(str(row["lead_id"]), row["wake_on"] or since, row["wake_on"] is not None)


def day_of(said: object) -> date | None:
    """The day that a lead's row says; None where it says none, or nothing that is a day."""
    if isinstance(said, datetime):
        return said.date()
    if isinstance(said, date):
        return said
    found = re.match(_DAY, str(said or ""))
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:  # the 30th of February
        return None


def _said(leads: ir.Table) -> tuple[ir.DateValue, ir.StringValue]:
    """The day that a lead says, and its words; imports may have it as a time or as text."""
    if WAKE_ON not in leads.columns:
        return ibis.null("date"), ibis.null("string")
    column = leads[WAKE_ON]
    text = column.cast("string")
    if column.type().is_temporal():
        return column.cast("date"), text
    return text.re_extract(_DAY, 1).nullif("").try_cast("date"), text

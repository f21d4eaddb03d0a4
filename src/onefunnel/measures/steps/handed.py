"""Handovers between two teams as they were known at a moment, each with how it was answered."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from onefunnel.business_time import WorkCalendar
from onefunnel.facts.store import Facts
from onefunnel.measures.steps.working import with_seconds

if TYPE_CHECKING:
    import ibis.expr.types as ir

_TEXTS = ("from_team", "to_team", "outcome", "reason", "clause")
_TIMES = ("offered_at", "due_at", "answered_at", "reply_due_at", "replied_at")
#: What nobody gives as an answer: the time ran out, or the offer was taken back.
EXPIRED, LAPSED = "expired", "lapsed"
ACCEPTED, REJECTED = "accepted", "rejected"
#: How an offer is read in one look; every offer is in exactly one of them.
ANSWERS = ("in_time", "late", "sent_back", "no_answer", "open", "taken_back", "unmeasured")


def handed(facts: Facts, as_of: datetime) -> ir.Table:
    """Every offer made until `as_of`, as it stood then: what came later is not known yet.

    Returns:
        handover_id, lead_id, from_team, to_team, offered_at (NULL where undated), due_at,
        answered_at, outcome (lower case; NULL while open), reason, clause, reply_due_at,
        replied_at; columns that the facts lack are NULL. `entered_at` is `offered_at`.
    """
    table = facts["handovers"]
    missing = {name: ibis.null("string") for name in _TEXTS if name not in table.columns}
    missing |= {name: ibis.null("timestamp") for name in _TIMES if name not in table.columns}
    found = table.mutate(**missing)
    found = found.filter(found["offered_at"].isnull() | (found["offered_at"] <= as_of))
    found = found.mutate(outcome=found["outcome"].lower().strip().nullif(""))
    is_later = (found["answered_at"] > as_of).fill_null(False)
    known = {
        name: ibis.ifelse(is_later, None, found[name])
        for name in ("answered_at", "outcome", "reason", "clause", "reply_due_at")
    }
    replied = ibis.ifelse(found["replied_at"] > as_of, None, found["replied_at"])
    return found.select(
        "handover_id", "lead_id", "from_team", "to_team", "offered_at", "due_at",
        **known, replied_at=replied, entered_at=found["offered_at"],
    )  # fmt: skip


def timed(
    cases: ir.Table,
    begun: str,
    ended: str,
    due: str,
    hours: float | None,
    calendar: WorkCalendar,
    as_of: datetime,
    *,
    has_seconds: bool = True,
) -> ir.Table:
    """The cases with `seconds` of working time they took (open ones until `as_of`), and `is_late`.

    Without `has_seconds` that column may be missing.

    A case is late where it ended after its recorded due time, or is open past it; where none is
    recorded, where it took more than `hours`. NULL where neither is known.
    """
    cases = cases.mutate(stopped_at=cases[ended].fill_null(as_of))
    if hours is None and not has_seconds:  # nothing hangs on the business hours
        return cases.mutate(is_late=cases["stopped_at"] > cases[due])
    cases = with_seconds(cases, begun, "stopped_at", calendar, as_of)
    limit = ibis.null("float64") if hours is None else ibis.literal(hours * 3600.0)
    is_late = ibis.ifelse(
        cases[due].notnull(), cases["stopped_at"] > cases[due], cases["seconds"] > limit
    )
    return cases.mutate(is_late=is_late)


def answered(
    offers: ir.Table, hours: float | None, calendar: WorkCalendar, as_of: datetime
) -> ir.Table:
    """The offers with `is_late` and `answer` (one of ANSWERS).

    Accepted offers are in time, or late; rejected, returned and recycled ones were sent back,
    whenever that was; expired ones and open ones past their time have no answer.
    """
    found = timed(
        offers, "offered_at", "answered_at", "due_at", hours, calendar, as_of, has_seconds=False
    )
    outcome, late = found["outcome"], found["is_late"]
    is_open = outcome.isnull() & found["answered_at"].isnull()
    is_undated = found["offered_at"].isnull() | found["answered_at"].isnull() | late.isnull()
    answer = ibis.cases(
        ((outcome == LAPSED).fill_null(False), "taken_back"),
        ((outcome == EXPIRED).fill_null(False), "no_answer"),
        (is_open & late.fill_null(False), "no_answer"),
        (is_open & found["offered_at"].isnull(), "unmeasured"),
        (is_open, "open"),
        ((outcome != ACCEPTED).fill_null(False), "sent_back"),
        (is_undated | outcome.isnull(), "unmeasured"),
        (late, "late"),
        else_="in_time",
    )
    return found.mutate(answer=answer)

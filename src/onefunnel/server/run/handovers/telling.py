"""What every deed on a handover ends with: its fact, its event, and who else is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.dispatch import Signal

from onefunnel.facts.utc import in_utc
from onefunnel.server.people.models import Person
from onefunnel.server.record.commands import append
from onefunnel.server.run.handovers.models import Handover, Status, team_name
from onefunnel.server.run.handovers.reasons import reason_in_words
from onefunnel.server.warehouse import commands as warehouse

happened = Signal()

#: What the facts say of a rejection that no clause explains.
GAP = "gap in the rule"


@dataclass(frozen=True)
class HandoverEvent:
    """Something that happened to a handover: told inside the transaction of the deed."""

    kind: str
    handover: Handover
    at: datetime
    by: Person | None


def tell(
    kind: str, handover: Handover, *, at: datetime, by: Person | None, **payload: object
) -> None:
    """Record what happened and tell who listens, in the caller's transaction.

    The log holds no key of a lead, since a key may be an e-mail address.
    """
    content = {"card": _quiet(handover.card), "to": handover.to_team, **payload}
    append(kind=kind, at=at, by=by, subject=f"handover:{handover.public_id}", payload=content)
    happened.send(sender=HandoverEvent, event=HandoverEvent(kind, handover, at, by))


def write_fact(handover: Handover, *, at: datetime, by: Person | None) -> None:
    """Write the handover as the measures read it, in the caller's transaction."""
    if handover.status != Status.WAITING:
        warehouse.record_rows(rows={"handovers": [fact_of(handover)]}, by=by, at=at)


def fact_of(handover: Handover) -> dict[str, object]:
    """The handover as a row of the standard facts: teams as agreements call them, times UTC."""
    is_open = handover.status == Status.OFFERED
    words = reason_in_words(handover.reason) if handover.reason else None
    return {
        "handover_id": str(handover.public_id),
        "lead_id": handover.lead_id,
        "from_team": team_name(handover.from_team).lower(),
        "to_team": team_name(handover.to_team).lower(),
        "offered_at": _naive(handover.offered_at),
        "due_at": _naive(handover.due_at),
        "answered_at": _naive(handover.answered_at),
        "outcome": None if is_open else handover.status,
        "reason": words,
        "clause": GAP if handover.is_gap else handover.clause or None,
        "reply_due_at": _naive(handover.reply_due_at),
        "replied_at": _naive(handover.replied_at),
    }


def _naive(moment: datetime | None) -> datetime | None:
    return in_utc(moment) if moment else None


def _quiet(card: str) -> str:
    """A card's name without what could look like an address, which the log refuses."""
    return card.replace("@", " at ")[:120]

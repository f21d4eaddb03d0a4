"""Where a lead stands and whether somebody works it: may it be offered under a card at all?"""

from __future__ import annotations

from datetime import datetime

from onefunnel.agreement.duties import Handover as Card
from onefunnel.facts.utc import in_utc
from onefunnel.server.run.handovers.lead_data import Known
from onefunnel.server.run.handovers.models import Handover, Status
from onefunnel.server.run.tracker.book import current_book
from onefunnel.server.run.tracker.history import own_columns

_OUT = ("lost", "disqualified", "recycled")


def stage_of(known: Known, *, at: datetime) -> str:
    """The stage the lead stands in under the agreement in force; empty for none."""
    stage, _ = current_book(at=at).rules.current(own_columns(known.lead), known.moves)
    return stage.name if stage else ""


def is_at(card: Card, known: Known, *, at: datetime) -> bool:
    """Whether the lead stands where the card hands leads over; a card without a stage: always."""
    return not card.at_stage or stage_of(known, at=at) == card.at_stage


def is_held(last: Handover | None, known: Known, *, at: datetime) -> bool:
    """Whether somebody took the lead at its last handover under a card, and works it still.

    Nobody does any more once it was lost, disqualified or recycled since, has no owner, or who
    took it is not here any more.
    """
    if last is None or last.status != Status.ACCEPTED or last.answered_at is None:
        return False
    if not last.answered_by or not last.answered_by.is_active or not known.lead.get("owner"):
        return False
    rules, lead = current_book(at=at).rules, own_columns(known.lead)
    since = in_utc(last.answered_at)
    for move in known.moves:
        when = move.get("at")
        if isinstance(when, datetime) and when > since:
            stage = rules.stage_of({**lead, **move})
            if stage is not None and stage.kind in _OUT:
                return False
    return True

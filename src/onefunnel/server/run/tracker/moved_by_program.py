"""A move that nobody makes by hand: what both teams arranged happens on its day."""

from __future__ import annotations

from datetime import datetime

from onefunnel.server.record.commands import append
from onefunnel.server.run.tracker import events
from onefunnel.server.run.tracker.book import current_book
from onefunnel.server.run.tracker.entering import record_changes, tell
from onefunnel.server.run.tracker.history import BY_AGREEMENT, NoSuchLead, move_of, own_columns
from onefunnel.server.warehouse.queries import living_lead, moves_of


def move_by_program(*, lead_id: str, stage: str, reason: str, at: datetime) -> None:
    """Move a lead into a stage, in the caller's transaction, behind the door.

    Raises NoSuchLead, MoveRefused: as `move_lead` does.
    """
    found = living_lead(lead_id)
    if found is None:
        raise NoSuchLead(f"There is no lead {lead_id}.")
    book, moves, lead = current_book(at=at), moves_of(lead_id), own_columns(found)
    change = move_of(book, lead, moves, stage, at=at, by=BY_AGREEMENT, reason=reason)
    left, _ = book.rules.current(lead, moves)
    record_changes([change], None, at)
    tell(events.LEAD_MOVED, [change], None, at)
    append(
        kind=events.LEAD_MOVED,
        at=at,
        subject=events.subject_of(lead_id),
        payload={"from": events.name_of(left.name if left else ""), "to": events.name_of(stage)},
    )

"""What is known of a lead is changed: only what somebody has seen as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import append
from onefunnel.server.run.tracker import events
from onefunnel.server.run.tracker.book import current_book
from onefunnel.server.run.tracker.entering import DEED, record_changes, tell
from onefunnel.server.run.tracker.fields import read_fields
from onefunnel.server.run.tracker.history import NoSuchLead, Row, own_columns, requalified
from onefunnel.server.warehouse.commands import hold_the_door
from onefunnel.server.warehouse.queries import (
    REVISION,
    living_lead,
    moves_of,
    rows_of_leads,
    said_of_all,
)


class ChangedMeanwhile(Exception):
    """Somebody changed the lead since it was read. `lead` is what it says now."""

    def __init__(self, lead: Row) -> None:
        self.lead = lead
        super().__init__(
            "Somebody changed this lead since you opened it. Nothing was written; look at what it "
            "says now, and save again."
        )


@dataclass(frozen=True)
class Changed:
    """A lead after its change: where it stands, its revision, and whether anything differs."""

    lead_id: str
    stage: str
    revision: int
    is_changed: bool


def change_lead(
    *,
    lead_id: str,
    fields: Mapping[str, object],
    by: Person,
    at: datetime,
    revision: int | None = None,
) -> Changed:
    """Change what is known of a lead; it is qualified anew by the agreement in force.

    Args:
        fields: Only what changes; an empty value takes away what was known.
        revision: That of the lead as its editor saw it; None where it does not matter.

    Raises:
        NoSuchLead, BadField, ChangedMeanwhile.
    """
    require(by, DEED)
    with transaction.atomic():
        hold_the_door()
        found = living_lead(lead_id)
        if found is None:
            raise NoSuchLead(f"There is no lead {lead_id}.")
        if revision is not None and found[REVISION] != revision:
            raise ChangedMeanwhile(found)
        book = current_book(at=at)
        lead = own_columns(found)
        read = read_fields(fields, book.fields)
        after = {**lead, **read}
        change = requalified(book, lead, after, moves_of(lead_id), at=at)
        is_changed = own_columns(after) != lead
        if is_changed:
            rows = rows_of_leads([lead_id])[lead_id]
            change.rows = said_of_all(lead_id, rows, read)
            record_changes([change], by, at)
            tell(events.LEAD_CHANGED, [change], by, at)
            changed = sorted(n for n in after if after.get(n) != lead.get(n))
            append(
                kind=events.LEAD_CHANGED,
                at=at,
                by=by,
                subject=events.subject_of(lead_id),
                payload={
                    "fields": [events.name_of(one) for one in changed],
                    "stage": events.name_of(change.stage),
                    "moved": bool(change.moves),
                    "rows": [_own(lead_id, rows), _own(lead_id, rows_of_leads([lead_id])[lead_id])],
                },
            )
            found = living_lead(lead_id)
            assert found is not None
    return Changed(lead_id, change.stage, int(str(found[REVISION])), is_changed)


def _own(lead_id: str, rows: Sequence[Row]) -> int:
    """The number of the lead's own row; 0 where it lives by those merged into it alone."""
    return next((int(str(row[REVISION])) for row in rows if row["lead_id"] == lead_id), 0)

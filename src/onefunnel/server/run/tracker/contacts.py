"""A contact with a lead is noted: the attempts that a team promised are counted from these."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from onefunnel.facts.utc import in_utc
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import append
from onefunnel.server.run.tracker import events
from onefunnel.server.run.tracker.entering import DEED
from onefunnel.server.run.tracker.fields import BadField
from onefunnel.server.run.tracker.history import NoSuchLead
from onefunnel.server.warehouse.commands import hold_the_door, record_rows
from onefunnel.server.warehouse.queries import living_lead

#: How a lead can be contacted: the `kind` and the `channel` of the touch.
KINDS: Mapping[str, str] = {
    "called": "call",
    "wrote": "e-mail",
    "met": "meeting",
    "messaged": "message",
    "visited": "visit",
    "demonstrated": "demonstration",
}
_OURS = uuid.UUID("5b6f2b0e-6f0d-4c27-9a3c-0d6c3f1f7f5e")


def note_contact(*, lead_id: str, kind: str, by: Person, at: datetime) -> str:
    """Note that somebody contacted a lead just now, whether or not the lead answered.

    The same contact of the same person noted again within the minute is the same one.

    Returns:
        the touch's key.

    Raises:
        NoSuchLead; BadField: a kind that is not in KINDS.
    """
    require(by, DEED)
    minute = f"{in_utc(at):%Y-%m-%dT%H:%M}"
    touch_id = str(uuid.uuid5(_OURS, "\n".join((lead_id, kind, str(by.public_id), minute))))
    with transaction.atomic():
        hold_the_door()
        lead = living_lead(lead_id)
        if lead is None:
            raise NoSuchLead(f"There is no lead {lead_id}.")
        if kind not in KINDS:
            raise BadField("kind", f"“{kind}” is no kind of contact", f"Choose {', '.join(KINDS)}")
        touch = {
            "touch_id": touch_id,
            "lead_id": lead_id,
            "account_id": lead.get("account_id"),
            "at": in_utc(at),
            "channel": KINDS[kind],
            "kind": kind,
            "team": by.team_name.lower(),
        }
        recorded = record_rows(rows={"touches": [touch]}, by=by, at=at)
        if recorded.created.get("touches"):
            append(
                kind=events.LEAD_CONTACTED,
                at=at,
                by=by,
                subject=events.subject_of(lead_id),
                payload={"kind": kind},
            )
    return touch_id

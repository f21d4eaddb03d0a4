"""What can happen to leads here, as the record keeps it, and whom it is told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.dispatch import Signal

from onefunnel.agreement.document import Agreement
from onefunnel.server.people.models import Person

LEAD_ENTERED = "run.lead-entered"
LEADS_ENTERED = "run.leads-entered"
LEAD_CHANGED = "run.lead-changed"
LEAD_MOVED = "run.lead-moved"
LEADS_MOVED = "run.leads-moved"
LEAD_CONTACTED = "run.lead-contacted"
CONTACT_TAKEN_BACK = "run.contact-taken-back"
BULK_MOVE_UNDONE = "run.bulk-move-undone"
DEAL_NOTED = "run.deal-noted"
DEAL_TAKEN_BACK = "run.deal-taken-back"
DEAL_FOLLOWED = "run.deal-followed-its-lead"
FORM_CHANGED = "run.form-changed"

#: What each means, for who chooses what a webhook tells.
MEANINGS = {
    LEAD_ENTERED: "A lead came in",
    LEADS_ENTERED: "Many leads came in at once",
    LEAD_CHANGED: "What is known of a lead was changed",
    LEAD_CONTACTED: "A contact with a lead was noted",
    CONTACT_TAKEN_BACK: "A noted contact with a lead was taken back: there was none",
    LEAD_MOVED: "A lead moved to another stage",
    LEADS_MOVED: "Many leads were moved at once",
    BULK_MOVE_UNDONE: "A move of a lead, or of many at once, was taken back",
    DEAL_NOTED: "What was won with a lead was said, or corrected",
    DEAL_TAKEN_BACK: "What was said to be won with a lead was taken back",
    DEAL_FOLLOWED: "A deal won here is open again, lost, or won again, as its lead is",
    FORM_CHANGED: "A form of a website was changed",
}

_LONGEST_SUBJECT = 110


@dataclass(frozen=True)
class LeadEvent:
    """What happened to leads: `stages` says, by lead, the stage each stands in now.

    `agreement` is the one that says so, where the deed has it at hand: who listens need not ask.
    `is_new`: none of the leads was there before.
    """

    kind: str
    at: datetime
    by: Person | None
    stages: Mapping[str, str]
    agreement: Agreement | None = None
    is_new: bool = False


#: Sent inside the transaction of the deed, with `event`: what follows is kept or lost with it.
happened = Signal()


def name_of(stage: str) -> str:
    """A stage or a field as the record names it: one called like an address, by its digest."""
    return stage if "@" not in stage else f"sha256-{_digest(stage)}"


def subject_of(lead_id: str) -> str:
    """A lead as the record names it: a key that is long or an address is told by its digest."""
    if len(lead_id) <= _LONGEST_SUBJECT and "@" not in lead_id:
        return f"lead:{lead_id}"
    return f"lead:sha256-{_digest(lead_id)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]

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
from onefunnel.server.run.tracker.moving import UNDO_OTHERS
from onefunnel.server.warehouse.commands import hold_the_door, record_rows
from onefunnel.server.warehouse.queries import (
    REVISION,
    is_made_here,
    living_lead,
    touches_of_leads,
)

#: How a lead can be contacted: the `kind` and the `channel` of the touch.
KINDS: Mapping[str, str] = {
    "called": "call",
    "wrote": "e-mail",
    "met": "meeting",
    "messaged": "message",
    "visited": "visit",
    "demonstrated": "demonstration",
}
#: What the kind of a contact that was taken back ends with.
TAKEN_BACK = ", taken back"
_OURS = uuid.UUID("5b6f2b0e-6f0d-4c27-9a3c-0d6c3f1f7f5e")


class NoSuchContact(LookupError):
    """No such contact of the lead was noted here."""


def note_contact(*, lead_id: str, kind: str, by: Person, at: datetime) -> str:
    """Note that somebody contacted a lead just now, whether or not the lead answered.

    The same contact of the same person noted again within the minute is the same one.

    Returns:
        the touch's key.

    Raises:
        NoSuchLead; BadField: a kind that is not in KINDS.
    """
    require(by, DEED)
    touch_id = _key(lead_id, kind, by, in_utc(at))
    with transaction.atomic():
        hold_the_door()
        lead = living_lead(lead_id)
        if lead is None:
            raise NoSuchLead(f"There is no lead {lead_id}.")
        if kind not in KINDS:
            raise BadField("kind", f"“{kind}” is no kind of contact", f"Choose {', '.join(KINDS)}")
        noted = touches_of_leads([lead_id]).get(lead_id, ())
        if any(one["touch_id"] == touch_id and one["kind"] == kind for one in noted):
            return touch_id
        touch = {
            "touch_id": touch_id,
            "lead_id": lead_id,
            "account_id": lead.get("account_id"),
            "at": in_utc(at),
            "channel": KINDS[kind],
            "kind": kind,
            "team": by.team_name.lower(),
        }
        record_rows(rows={"touches": [touch]}, by=by, at=at)
        append(
            kind=events.LEAD_CONTACTED,
            at=at,
            by=by,
            subject=events.subject_of(lead_id),
            payload={"kind": kind},
        )
    return touch_id


def take_back_contact(*, lead_id: str, touch_id: str, by: Person, at: datetime) -> str:
    """Take back a contact that was noted here: it did not happen.

    The touch stays, says that it was taken back, and has no time and no channel any more: no
    measure counts it. What it said before is in the log of its row. A second time does nothing.

    Returns:
        the kind of contact it was.

    Raises:
        NoSuchContact: no such contact was noted here of this lead. PermissionDenied: somebody
            else noted it, and the person heads no team.
    """
    require(by, DEED)
    with transaction.atomic():
        hold_the_door()
        there = touches_of_leads([lead_id]).get(lead_id, ())
        touch = next((one for one in there if one["touch_id"] == touch_id), None)
        kind = str(touch["kind"] or "") if touch else ""
        is_ours = touch is not None and is_made_here("touches", touch_id)
        if touch is None or not is_ours or kind.removesuffix(TAKEN_BACK) not in KINDS:
            raise NoSuchContact("There is no such contact of this lead.")
        if kind.endswith(TAKEN_BACK):
            return kind.removesuffix(TAKEN_BACK)
        if not _is_of(touch, by):
            require(by, UNDO_OTHERS)
        own = {name: value for name, value in touch.items() if name != REVISION}
        gone = {"kind": f"{kind}{TAKEN_BACK}", "at": None, "channel": None}
        record_rows(rows={"touches": [{**own, **gone}]}, by=by, at=at)
        append(
            kind=events.CONTACT_TAKEN_BACK, at=at, by=by, subject=events.subject_of(lead_id),
            payload={"kind": kind, "touch": touch_id},
        )  # fmt: skip
    return kind


def _is_of(touch: Mapping[str, object], by: Person) -> bool:
    """Whether the person noted it; their id is in the touch's key, and nowhere else."""
    lead_id, kind, when = str(touch["lead_id"]), str(touch["kind"]), touch["at"]
    return isinstance(when, datetime) and touch["touch_id"] == _key(lead_id, kind, by, when)


def _key(lead_id: str, kind: str, by: Person, at: datetime) -> str:
    """The same of the same contact of the same person noted within the minute."""
    minute = f"{at:%Y-%m-%dT%H:%M}"
    return str(uuid.uuid5(_OURS, "\n".join((lead_id, kind, str(by.public_id), minute))))

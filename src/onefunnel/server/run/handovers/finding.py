"""Finding a handover for a deed, and the refusals that all deeds share."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers.models import Handover, Status
from onefunnel.server.run.handovers.teams import may_see
from onefunnel.server.run.handovers.words import ago


class NoSuchHandover(LookupError):
    """There is no handover of that id, or it is none of the person's business."""


class HandoverRefused(Exception):
    """The deed cannot be done to this handover as it stands. The text says why and what to do."""


class AlreadyAnswered(HandoverRefused):
    """Somebody was faster. `handover` is as it stands now."""

    def __init__(self, handover: Handover, *, at: datetime) -> None:
        self.handover = handover
        super().__init__(what_happened(handover, at=at))


class BadAnswer(HandoverRefused):
    """The answer lacks something, or says something that is not in the list."""


def handover_for(person: Person, handover_id: object) -> Handover:
    """The handover with that public id, if it exists for the person. Raises NoSuchHandover."""
    try:
        key = handover_id if isinstance(handover_id, UUID) else UUID(str(handover_id))
    except ValueError as wrong:
        raise NoSuchHandover("there is no such handover") from wrong
    people = ("answered_by", "assigned_to", "offered_by", "replied_by")
    found = Handover.objects.select_related(*people).filter(public_id=key).first()
    if found is None or not may_see(person, found):
        raise NoSuchHandover("there is no such handover")
    return found


def what_happened(handover: Handover, *, at: datetime) -> str:
    """Why a handover cannot be answered any more: “Ana took it 2 s ago”."""
    if handover.status == Status.WAITING:
        why = "it does not meet the test" if handover.failing else "data is missing"
        return f"It is not offered yet: {why}. The giving team completes it first."
    if handover.status == Status.OFFERED or handover.answered_at is None:
        return "It stands as it did: somebody changed it at the same moment. Try again."
    if handover.status == Status.LAPSED:
        when = ago(handover.answered_at, at=at)
        return f"It was taken back {when}: the lead left the stage of the card."
    who = handover.answered_by.short_name if handover.answered_by else "Nobody"
    did = {
        Status.ACCEPTED: "took it",
        Status.REJECTED: "rejected it",
        Status.RETURNED: "sent it back for more",
        Status.RECYCLED: "recycled it",
        Status.EXPIRED: "answered in time: it expired",
    }[Status(handover.status)]
    return f"{who} {did} {ago(handover.answered_at, at=at)}."

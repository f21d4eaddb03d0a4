"""What an answer does to the lead itself, in the transaction of the answer."""

from __future__ import annotations

from datetime import date, datetime

from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers.finding import BadAnswer
from onefunnel.server.run.handovers.lead_data import NoSuchLead, lead_of
from onefunnel.server.run.handovers.models import Handover
from onefunnel.server.run.handovers.standing import stage_of
from onefunnel.server.run.tracker.book import current_book
from onefunnel.server.run.tracker.commands import MoveRefused, change_lead, move_lead
from onefunnel.server.run.tracker.history import name_of
from onefunnel.server.warehouse.duplicates.queries import standing_lead


def give_lead_to(handover: Handover, *, by: Person, at: datetime) -> None:
    """Make who accepted the lead its owner. A lead that is gone has none: nothing happens."""
    lead_id = standing_lead(handover.lead_id)
    try:
        lead_of(lead_id)
    except NoSuchLead:
        return
    change_lead(lead_id=lead_id, fields={"owner": name_of(by, "")}, by=by, at=at)


def put_lead_aside(handover: Handover, *, wake_on: date, by: Person, at: datetime) -> None:
    """Move the lead into the agreement's first recycled stage that lets it in, with its day.

    An agreement without such a stage leaves it where it stands.

    Raises:
        BadAnswer: there are such stages and none lets the lead in; the text says why.
    """
    lead_id = standing_lead(handover.lead_id)
    stages = [one.name for one in current_book(at=at).agreement.stages if one.kind == "recycled"]
    try:
        known = lead_of(lead_id)
    except NoSuchLead:
        return
    if not stages or stage_of(known, at=at) in stages:
        return
    refused = []
    for stage in stages:
        try:
            move_lead(lead_id=lead_id, stage=stage, wake_on=wake_on, by=by, at=at)
        except MoveRefused as why:
            refused.append(str(why))
        else:
            return
    raise BadAnswer(" ".join(refused))

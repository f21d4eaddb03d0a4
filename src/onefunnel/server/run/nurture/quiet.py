"""The collision check: may marketing write to this lead now, or is sales with it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

from onefunnel.business_time import NeverOpenError, due_at
from onefunnel.measures.steps.contacted import is_sales_contact, team_of_contact
from onefunnel.server.people.models import Team
from onefunnel.server.run.handovers.calendars import calendar_called
from onefunnel.server.run.handovers.models import team_name
from onefunnel.server.run.nurture.models import Todo
from onefunnel.server.run.nurture.one_person import merged_with, open_offer, same_mailbox
from onefunnel.server.run.nurture.rules import rules_now
from onefunnel.server.warehouse import queries as warehouse

#: Asked again after so long where nobody knows when it will be over.
_AGAIN = timedelta(days=1)


@dataclass(frozen=True)
class Wait:
    """Why no marketing mail goes out to a lead now, and when it is asked again."""

    why: str
    until: datetime


def why_wait(lead_id: str, *, at: datetime) -> Wait | None:
    """Why marketing may not write to the lead at this moment; None where it may.

    It waits while a handover is open, while sales has something to do with the lead that is due,
    and for the quiet time after a sales contact; also where that concerns a lead that was merged
    into this one, or another lead with the same e-mail address.
    """
    own, all_ids = merged_with(lead_id), same_mailbox(lead_id)
    if handover := open_offer(*all_ids):
        who = "it" if handover.lead_id in own else "a lead with its e-mail address"
        why = f"{who} is offered to {handover.to_name}, who has not answered yet"
        return Wait(why, at + _AGAIN)
    todo = (
        Todo.objects.filter(lead_id__in=all_ids, ended_at=None, due_at__lte=at)
        .exclude(team=Team.MARKETING)
        .first()
    )
    if todo is not None:
        return Wait(f"{team_name(todo.team)} has to {todo.deed} first", at + _AGAIN)
    return _after_contact(all_ids, at=at)


def _after_contact(lead_ids: Sequence[str], *, at: datetime) -> Wait | None:
    """The quiet time after the last sales contact, while it lasts: of each team that made one, in
    its working hours, the longest."""
    found = warehouse.touches_of_leads(lead_ids).values()
    last: dict[str, datetime] = {}
    for touch in chain.from_iterable(found):
        if isinstance(when := touch["at"], datetime) and is_sales_contact(touch):
            moment, team = when.replace(tzinfo=UTC), team_of_contact(touch)
            if moment <= at:
                last[team] = max(moment, last.get(team, moment))
    hours = rules_now().quiet_hours
    until = max((_quiet_until(team, when, hours, at=at) for team, when in last.items()), default=at)
    if until <= at:
        return None
    return Wait(f"sales was in contact {hours} working hours ago or less", until)


def _quiet_until(team: str, contact: datetime, hours: int, *, at: datetime) -> datetime:
    """When the quiet time after a contact of a team, as the data call it, is over."""
    try:
        return due_at(calendar_called(team, at=at), contact, timedelta(hours=hours))
    except NeverOpenError:
        return contact

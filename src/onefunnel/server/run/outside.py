"""What this room knows and what goes out asks for: leads and handovers as webhooks tell them, and
on which days somebody works, for the daily mail."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError

from onefunnel.server.agree.basis import personal_columns_now
from onefunnel.server.notify.commands import provide_working_days
from onefunnel.server.notify.hooks.commands import Subject, provide_subject
from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers.calendars import calendar_of
from onefunnel.server.run.handovers.models import Absence, Handover
from onefunnel.server.run.handovers.telling import fact_of
from onefunnel.server.warehouse import queries as warehouse


def works_on(person: Person, day: date) -> bool:
    """Whether the person's team is open on that day, and the person has not said to be away."""
    calendar = calendar_of(person.team)
    if not calendar.week[day.weekday()] or day in calendar.holidays:
        return False
    return not Absence.objects.filter(person=person, from_on__lte=day, until_on__gte=day).exists()


def lead_as_known(lead_id: str) -> Subject | None:
    """A lead as it is now; None where it is gone."""
    row = warehouse.living_lead(lead_id)
    return None if row is None else Subject("leads", row, personal_columns_now())


def lead_keys_are_personal() -> bool:
    """Whether leads are named by something personal, such as a telephone number."""
    return "leads.lead_id" in personal_columns_now()


def handover_as_known(handover_id: str) -> Subject | None:
    """A handover as it is now; None where it was withdrawn."""
    try:
        found = Handover.objects.filter(public_id=handover_id).first()
    except ValidationError:  # no id at all
        return None
    if found is None:
        return None
    return Subject("handovers", {**fact_of(found), "card": found.card}, personal_columns_now())


def provide() -> None:
    """Called once, when the room is ready."""
    provide_working_days(works_on)
    provide_subject("lead", lead_as_known, has_personal_key=lead_keys_are_personal)
    provide_subject("handover", handover_as_known)

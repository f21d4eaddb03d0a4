"""The working time that waits and quiet times run in: as the agreement says."""

from __future__ import annotations

from datetime import datetime, timedelta

from onefunnel.agreement.working_time import BadWorkingTime, calendar_of
from onefunnel.business_time import WorkCalendar, due_at, openings
from onefunnel.server.people.queries import workspace
from onefunnel.server.run.handovers.calendars import made
from onefunnel.server.run.handovers.models import TeamDesk
from onefunnel.server.run.nurture.plan import HOURS, Step
from onefunnel.server.run.tracker.book import current_book

_FAR = timedelta(days=60)


def calendar_now(*, at: datetime) -> WorkCalendar:
    """The agreement's working time; without one that can be read, the office's."""
    try:
        return calendar_of(current_book(at=at).agreement, workspace().time_zone)
    except BadWorkingTime:
        return made(TeamDesk())


def step_due(step: Step, *, since: datetime, calendar: WorkCalendar) -> datetime:
    """When a step is due whose wait begins at that moment: always in working time."""
    if step.unit == HOURS:
        return next_open(due_at(calendar, since, timedelta(hours=step.wait)), calendar)
    local = since.astimezone(calendar.zone).replace(tzinfo=None) + timedelta(days=step.wait)
    return next_open(local.replace(tzinfo=calendar.zone), calendar)


def next_open(moment: datetime, calendar: WorkCalendar) -> datetime:
    """The moment itself in working time, else when the next working time begins; the moment where
    none comes soon."""
    return next((opens for opens, _ in openings(calendar, moment, moment + _FAR)), moment)

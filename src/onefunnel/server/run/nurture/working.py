"""The working time that waits and quiet times run in: of the team whose step or contact it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from onefunnel.business_time import WorkCalendar, due_at, openings
from onefunnel.server.run.handovers.calendars import calendar_of
from onefunnel.server.run.nurture.plan import HOURS, Step

_FAR = timedelta(days=60)


def step_due(step: Step, *, since: datetime) -> datetime:
    """When a step is due whose wait begins at that moment: always in its team's working time."""
    calendar = calendar_of(step.team, at=since)
    if step.unit == HOURS:
        return next_open(due_at(calendar, since, timedelta(hours=step.wait)), calendar)
    local = since.astimezone(calendar.zone).replace(tzinfo=None) + timedelta(days=step.wait)
    return next_open(local.replace(tzinfo=calendar.zone), calendar)


def next_open(moment: datetime, calendar: WorkCalendar) -> datetime:
    """The moment itself in working time, else when the next working time begins; the moment where
    none comes soon."""
    return next((opens for opens, _ in openings(calendar, moment, moment + _FAR)), moment)

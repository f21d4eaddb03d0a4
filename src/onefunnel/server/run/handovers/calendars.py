"""When a team works: what it has said, else Monday to Friday from nine to five."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from onefunnel.business_time import Hours, WorkCalendar, due_at, elapsed
from onefunnel.server.people.queries import workspace
from onefunnel.server.run.handovers.models import TeamDesk

OFFICE: list[list[list[str]]] = [[["09:00", "17:00"]]] * 5 + [[], []]


def calendar_of(team: str) -> WorkCalendar:
    """The working hours of a team."""
    return made(TeamDesk.objects.filter(team=team).first() or TeamDesk(team=team))


def made(desk: TeamDesk) -> WorkCalendar:
    """The working hours a desk holds."""
    week = tuple(
        tuple(Hours(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in day)
        for day in desk.week or OFFICE
    )
    holidays = frozenset(date.fromisoformat(day) for day in desk.holidays)
    return WorkCalendar(ZoneInfo(desk.zone or workspace().time_zone), week, holidays)


def due(team: str, hours: float | None, *, at: datetime) -> datetime | None:
    """When a team has to have done what it has so many working hours for; None without a promise.

    Raises:
        NeverOpenError: the team has no working time within two years.
    """
    return None if hours is None else due_at(calendar_of(team), at, timedelta(hours=hours))


def due_after_pause(
    team: str, due_before: datetime, *, paused_at: datetime, resumed_at: datetime
) -> datetime:
    """The new moment: what working time was left when the clock stopped is left when it goes on.

    What was overdue already stays due when it was.
    """
    calendar = calendar_of(team)
    left = elapsed(calendar, paused_at, due_before)
    return due_before if due_before <= paused_at else due_at(calendar, resumed_at, left)


def today(team: str, *, at: datetime) -> date:
    """The day it is where the team works."""
    return at.astimezone(calendar_of(team).zone).date()

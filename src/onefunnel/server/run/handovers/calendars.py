"""When a team works: as it has said itself, else as the agreement says, else Monday to Friday from
nine to five. The measures go by the same hours (`measures.steps.opening`)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from onefunnel.agreement.working_time import BadWorkingTime
from onefunnel.agreement.working_time import calendar_of as agreed_calendar
from onefunnel.business_time import Hours, WorkCalendar, due_at, elapsed
from onefunnel.measures.steps.drifting import is_ours
from onefunnel.server.agree import queries as agree
from onefunnel.server.agree.signatures import team_of
from onefunnel.server.people.models import Team
from onefunnel.server.people.queries import workspace
from onefunnel.server.run.handovers.models import TeamDesk

OFFICE: list[list[list[str]]] = [[["09:00", "17:00"]]] * 5 + [[], []]


def calendar_of(team: str, *, at: datetime | None = None) -> WorkCalendar:
    """The working hours of a team; `at`: by the agreement in force then, else now."""
    desk = TeamDesk.objects.filter(team=team).first()
    if desk is not None and has_own_hours(desk):
        return made(desk)
    found = agree.version_in_use(at=at or timezone.now())
    if found is not None:
        with suppress(BadWorkingTime):
            return agreed_calendar(agree.agreement_of_version(found), workspace().time_zone)
    return made(desk or TeamDesk(team=team))


def calendar_called(name: str, *, at: datetime) -> WorkCalendar:
    """The working hours of a team by the name that data give it: those the measures find too."""
    known = (one for one in sorted(Team.labels) if is_ours(name, (one,)))
    return calendar_of(team_of(next(known, name)), at=at)


def has_own_hours(desk: TeamDesk) -> bool:
    """Whether a team has said when it works."""
    return bool(desk.week or desk.zone or desk.holidays)


def own_hours(teams: Iterable[str]) -> tuple[tuple[str, WorkCalendar], ...]:
    """The working hours of those of the teams, as the agreement calls them, that set their own."""
    desks = {one.team: one for one in TeamDesk.objects.all() if has_own_hours(one)}
    named = {name: desks.get(team_of(name)) for name in sorted(set(teams))}
    return tuple((name, made(desk)) for name, desk in named.items() if desk is not None)


def made(desk: TeamDesk) -> WorkCalendar:
    """The working hours a desk holds."""
    week = tuple(
        tuple(Hours(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in day)
        for day in desk.week or OFFICE
    )
    holidays = frozenset(date.fromisoformat(day) for day in desk.holidays)
    return WorkCalendar(ZoneInfo(desk.zone or workspace().time_zone), week, holidays)


def in_words(calendar: WorkCalendar) -> list[list[list[str]]]:
    """A week as desks hold it."""
    return [[[f"{one.opens:%H:%M}", f"{one.closes:%H:%M}"] for one in day] for day in calendar.week]


def due(team: str, hours: float | None, *, at: datetime) -> datetime | None:
    """When a team has to have done what it has so many working hours for; None without a promise.

    Raises:
        NeverOpenError: the team has no working time within two years.
    """
    return None if hours is None else due_at(calendar_of(team, at=at), at, timedelta(hours=hours))


def due_after_pause(
    team: str, due_before: datetime, *, paused_at: datetime, resumed_at: datetime
) -> datetime:
    """The new moment: what working time was left when the clock stopped is left when it goes on.

    What was overdue already stays due when it was.
    """
    calendar = calendar_of(team, at=resumed_at)
    left = elapsed(calendar, paused_at, due_before)
    return due_before if due_before <= paused_at else due_at(calendar, resumed_at, left)


def today(team: str, *, at: datetime) -> date:
    """The day it is where the team works."""
    return at.astimezone(calendar_of(team, at=at).zone).date()

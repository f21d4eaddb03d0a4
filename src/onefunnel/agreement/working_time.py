"""The agreement's business hours as a calendar."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import WorkingTime
from onefunnel.business_time import Hours, WorkCalendar

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class BadWorkingTime(ValueError):
    """Business hours that no clock shows; `fix` says what to write."""

    def __init__(self, what: str, fix: str) -> None:
        self.fix = fix
        super().__init__(what)


def calendar_of(agreement: Agreement, zone: str = "UTC") -> WorkCalendar:
    """When the teams work: as the agreement says, else Monday to Friday from 9 to 17 in `zone`.

    Raises:
        BadWorkingTime: a zone, a day or a time of the agreement that cannot be read.
    """
    said = agreement.working_time or WorkingTime()
    try:
        where = ZoneInfo(said.zone or zone)
    except (KeyError, ValueError, OSError):
        raise BadWorkingTime(
            f"there is no time zone {said.zone}", "write zone: such as Europe/Berlin"
        ) from None
    days = tuple(day.casefold() for day in said.days) or DAYS[:5]
    for day in days:
        if day not in DAYS:
            raise BadWorkingTime(f"there is no day {day}", f"write days: of {', '.join(DAYS)}")
    day_hours = (Hours(_time(said.opens, 9), _time(said.closes, 17)),)
    week = tuple(day_hours if day in days else () for day in DAYS)
    return WorkCalendar(where, week, frozenset(said.holidays))


def _time(text: str, otherwise: int) -> time:
    if not text:
        return time(otherwise)
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise BadWorkingTime(
            f"{text} is no time of the clock", "write opens and closes: as 09:00"
        ) from None

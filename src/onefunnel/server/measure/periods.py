"""The periods people pick from, as exact bounds in UTC. Time is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from onefunnel.facts.utc import in_utc

#: What the period menu offers, by the key that stands in the address.
PERIODS = {
    "all": "All time",
    "last-12-months": "Last 12 months",
    "this-year": "This fiscal year",
    "this-quarter": "This quarter",
    "last-quarter": "Last quarter",
    "last-90-days": "Last 90 days",
}


@dataclass(frozen=True)
class Calendar:
    """What decides where a day and a quarter begin: the workspace's zone and fiscal year."""

    zone: ZoneInfo
    fiscal_year_starts: int = 1

    def start_of(self, day: date) -> datetime:
        """The first moment of a day in the zone, as UTC without a zone."""
        local = datetime.combine(day, time(), tzinfo=self.zone)
        return in_utc(local)

    def day_of(self, moment: datetime) -> date:
        """The day in the zone on which a moment (UTC without a zone) falls."""
        return moment.replace(tzinfo=UTC).astimezone(self.zone).date()


def bounds(
    period: str, calendar: Calendar, looking_at: datetime
) -> tuple[datetime | None, datetime | None]:
    """Since (inclusive) and until (exclusive) of a period of the menu, seen from a moment.

    "Last" periods of days and months end with the day of `looking_at`; quarters and years are
    those of the fiscal year. None is open. Raises KeyError for a period that is not offered.
    """
    today = calendar.day_of(looking_at)
    first = _quarter(today, calendar.fiscal_year_starts)
    days: dict[str, tuple[date | None, date | None]] = {
        "all": (None, None),
        "last-12-months": (_months_on(today, -12) + timedelta(days=1), today + timedelta(days=1)),
        "this-year": _year(today, calendar.fiscal_year_starts),
        "this-quarter": (first, _months_on(first, 3)),
        "last-quarter": (_months_on(first, -3), first),
        "last-90-days": (today - timedelta(days=89), today + timedelta(days=1)),
    }
    since, until = days[period]
    return (
        calendar.start_of(since) if since else None,
        calendar.start_of(until) if until else None,
    )


def _year(day: date, starts: int) -> tuple[date, date]:
    year = day.year if day.month >= starts else day.year - 1
    return date(year, starts, 1), date(year + 1, starts, 1)


def _quarter(day: date, year_starts: int) -> date:
    """The first day of the fiscal quarter a day lies in."""
    into = (day.month - year_starts) % 3
    return _months_on(day.replace(day=1), -into)


def _months_on(day: date, months: int) -> date:
    """The same day some months on, or the last of that month where it is shorter."""
    place = day.year * 12 + day.month - 1 + months
    year, month = divmod(place, 12)
    after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), after - timedelta(days=1))

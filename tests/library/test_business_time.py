"""T8: working time against an oracle that looks at every minute, wherever clocks change."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from onefunnel.business_time import Hours, NeverOpenError, WorkCalendar, due_at, elapsed

INTERVALS = 5_000
#: Zones and when they are looked at: clocks that change by an hour or half, or skip a day.
ZONES = {
    "Europe/London": datetime(2025, 9, 1, tzinfo=UTC),
    "America/New_York": datetime(2025, 9, 1, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2025, 9, 1, tzinfo=UTC),
    "Asia/Kathmandu": datetime(2023, 12, 1, tzinfo=UTC),  # with a leap day
    "Pacific/Apia": datetime(2011, 9, 1, tzinfo=UTC),  # without 30 December
    "America/St_Johns": datetime(2026, 2, 1, tzinfo=UTC),
    "Africa/Casablanca": datetime(2026, 1, 1, tzinfo=UTC),  # clocks change for Ramadan
    "UTC": datetime(2026, 1, 1, tzinfo=UTC),
}
DAYS = 150
DAY, NIGHT = Hours(time(9), time(17, 30)), Hours(time(22), time(6))
SPLIT = (Hours(time(8), time(12)), Hours(time(13, 30), time(18)))
WEEKS = {
    "office": ((DAY,),) * 5 + ((),) * 2,
    "nights and a split Saturday": ((NIGHT,),) * 5 + (SPLIT, ()),
    "round the clock": ((Hours(time(0), time(0)),),) * 7,
}


@cache
def minutes_open(zone: str, week: str) -> np.ndarray:
    """For each minute since the start of the zone's time: how many were open before it."""
    start, tz, calendar = ZONES[zone], ZoneInfo(zone), calendar_of(zone, week)
    is_open = np.zeros(DAYS * 1440, dtype=bool)
    for minute in range(len(is_open)):
        wall = (start + timedelta(minutes=minute)).astimezone(tz)
        is_open[minute] = any(
            works(calendar, day, wall) for day in (wall.date(), wall.date() - timedelta(days=1))
        )
    return np.concatenate([[0], np.cumsum(is_open)])


def works(calendar: WorkCalendar, day: date, wall: datetime) -> bool:
    if day in calendar.holidays:
        return False
    now = wall.replace(tzinfo=None)
    for hours in calendar.week[day.weekday()]:
        last = day if hours.closes > hours.opens else day + timedelta(days=1)
        if datetime.combine(day, hours.opens) <= now < datetime.combine(last, hours.closes):
            return True
    return False


def calendar_of(zone: str, week: str) -> WorkCalendar:
    first = ZONES[zone].date()
    holidays = frozenset(first + timedelta(days=n) for n in (3, 40, 41, 120))
    return WorkCalendar(ZoneInfo(zone), WEEKS[week], holidays)


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
def test_every_interval_is_as_long_as_its_minutes(zone: str) -> None:
    chance = random.Random(zone)
    start = ZONES[zone]
    for number in range(INTERVALS):
        week = list(WEEKS)[number % len(WEEKS)]
        a = chance.randrange(DAYS * 1440)
        b = min(DAYS * 1440, a + chance.choice((30, 600, 3_000, 20_000)))
        counted = minutes_open(zone, week)
        calendar = calendar_of(zone, week)
        begun = start + timedelta(minutes=a)
        found = elapsed(calendar, begun, start + timedelta(minutes=b))
        truth = timedelta(minutes=int(counted[b] - counted[a]))
        assert found == truth, (zone, week, begun, b - a)
        if truth:
            due = due_at(calendar, begun, truth)
            assert elapsed(calendar, begun, due) == truth
            assert due <= start + timedelta(minutes=b)


def test_a_promise_of_a_working_day_over_a_weekend() -> None:
    friday = datetime(2026, 11, 20, 15, tzinfo=UTC)
    due = due_at(WorkCalendar.office(), friday, timedelta(hours=9))
    assert due == datetime(2026, 11, 23, 16, tzinfo=UTC)


def test_pauses_are_left_out_and_may_overlap() -> None:
    day = datetime(2026, 11, 19, tzinfo=UTC)

    def at(hour: int) -> datetime:
        return day + timedelta(hours=hour)

    office = WorkCalendar.office()
    pauses = [(at(10), at(12)), (at(11), at(13)), (at(16), at(40))]
    assert elapsed(office, at(9), at(17), pauses) == timedelta(hours=4)
    assert due_at(office, at(9), timedelta(hours=2), pauses) == at(14)


def test_holidays_and_the_wrong_way_round() -> None:
    office = WorkCalendar.office("Europe/London", holidays=[date(2026, 12, 25)])
    christmas = datetime(2026, 12, 25, 10, tzinfo=UTC)
    assert elapsed(office, christmas, christmas + timedelta(hours=5)) == timedelta()
    assert elapsed(office, christmas, christmas - timedelta(days=9)) == timedelta()
    assert due_at(office, christmas, timedelta()) == christmas


def test_a_calendar_that_never_opens_says_so() -> None:
    never = WorkCalendar(ZoneInfo("UTC"), ((),) * 7)
    with pytest.raises(NeverOpenError, match="no working time"):
        due_at(never, datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=1))
    with pytest.raises(ValueError, match="time zone"):
        elapsed(never, datetime(2026, 1, 1), datetime(2026, 1, 2))

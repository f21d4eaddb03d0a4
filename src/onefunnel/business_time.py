"""Working time: how much of it lies between two moments, and when is a promise due?

Opening hours are wall-clock times of a zone; every interval is turned into moments of UTC first and
then only added and cut, so that a change of the clocks inside a shift makes it as long as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]
_DAY = timedelta(days=1)
#: A promise that is not due within so many days is given under a calendar that never opens.
_FURTHEST = 800


class NeverOpenError(ValueError):
    """The calendar has too little working time for the promise ever to be due."""

    def __init__(self) -> None:
        super().__init__(
            "this calendar has no working time within two years; give it opening hours, or take "
            "holidays out"
        )


@dataclass(frozen=True)
class Hours:
    """One opening of a weekday: from, until. Until at or before from is on the next day, so that
    22:00 to 06:00 is a night shift and 00:00 to 00:00 the whole day."""

    opens: time
    closes: time


@dataclass(frozen=True)
class WorkCalendar:
    """When a team works: hours by weekday (0 is Monday) in `zone`, without its `holidays`.

    A shift belongs to the day it opens on: a night shift that opens before a holiday is worked.
    """

    zone: ZoneInfo
    week: tuple[tuple[Hours, ...], ...]
    holidays: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError(f"a week has 7 days, not {len(self.week)}: give hours for each")

    @classmethod
    def office(
        cls,
        zone: str = "UTC",
        opens: time = time(9),
        closes: time = time(17),
        holidays: Iterable[date] = (),
    ) -> WorkCalendar:
        """Monday to Friday, from `opens` to `closes`."""
        day = (Hours(opens, closes),)
        return cls(ZoneInfo(zone), (day,) * 5 + ((),) * 2, frozenset(holidays))


def elapsed(
    calendar: WorkCalendar, start: datetime, end: datetime, pauses: Iterable[Span] = ()
) -> timedelta:
    """How much working time lies between two moments, pauses left out; nothing where end comes
    first. Moments are aware; pauses may overlap."""
    start, end = _utc(start), _utc(end)
    return sum((b - a for a, b in _open(calendar, start, end, pauses)), timedelta())


def due_at(
    calendar: WorkCalendar, start: datetime, promised: timedelta, pauses: Iterable[Span] = ()
) -> datetime:
    """The moment (UTC) at which `promised` working time has passed since `start`.

    Nothing promised is due at once, also outside the hours. Raises NeverOpenError.
    """
    start, left = _utc(start), promised
    if left <= timedelta():
        return start
    for a, b in _open(calendar, start, start + _FURTHEST * _DAY, pauses):
        if b - a >= left:
            return a + left
        left -= b - a
    raise NeverOpenError


def openings(calendar: WorkCalendar, start: datetime, end: datetime) -> Iterator[Span]:
    """The open intervals (UTC) that lie within two moments, in order."""
    return _open(calendar, _utc(start), _utc(end), ())


def _open(
    calendar: WorkCalendar, start: datetime, end: datetime, pauses: Iterable[Span]
) -> Iterator[Span]:
    """The open intervals within start and end, in order, without the pauses."""
    cuts = sorted((_utc(a), _utc(b)) for a, b in pauses)
    last = start
    day = start.astimezone(calendar.zone).date() - _DAY
    until = end.astimezone(calendar.zone).date() if end > start else day - _DAY
    while day <= until:
        for opened, closed in _spans(calendar, day):
            a, b = max(opened, last), min(closed, end)  # shifts that overlap count once
            if a < b:
                yield from _without(a, b, cuts)
                last = b
        day += _DAY


def _without(a: datetime, b: datetime, cuts: list[Span]) -> Iterator[Span]:
    for c, d in cuts:
        if c >= b:
            break
        if d > a:
            if c > a:
                yield a, c
            a = max(a, d)
            if a >= b:
                return
    yield a, b


@lru_cache(maxsize=4096)
def _spans(calendar: WorkCalendar, day: date) -> tuple[Span, ...]:
    """The shifts that open on a day, as moments."""
    if day in calendar.holidays:
        return ()
    spans = []
    for hours in calendar.week[day.weekday()]:
        ends_on = day if hours.closes > hours.opens else day + _DAY
        a = _moment(datetime.combine(day, hours.opens), calendar.zone)
        b = _moment(datetime.combine(ends_on, hours.closes), calendar.zone)
        if a < b:
            spans.append((a, b))
    return tuple(sorted(spans))


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment a wall clock first shows a time; where clocks skip it, the moment they do."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    after = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):  # halve the gap to the second at which clocks change
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle <= low:
            break
        if middle.astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone: facts hold UTC, so add tzinfo=UTC")
    return moment.astimezone(UTC)

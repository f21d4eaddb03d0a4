"""Days and times as people write them, as the moments a scope holds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from onefunnel.facts.utc import in_utc

When = str | date | datetime | None
#: Which moment a day without a time stands for: its first, its last, or the first after it.
Edge = Literal["first", "last", "after"]


def moment(when: When, zone: ZoneInfo, *, edge: Edge = "first") -> datetime | None:
    """UTC without a zone, as in the facts, of a date, a time or their ISO text.

    A time without an offset is of `zone`, where days begin too. Raises ValueError for a text that
    is no date.
    """
    if when is None:
        return None
    if isinstance(when, str):
        text = when.strip()
        is_day = len(text) <= len("2026-03-31")
        when = date.fromisoformat(text) if is_day else datetime.fromisoformat(text)
    if isinstance(when, datetime):
        return in_utc(when if when.tzinfo else when.replace(tzinfo=zone))
    try:
        day = when if edge == "first" else when + timedelta(days=1)
        found = in_utc(datetime(day.year, day.month, day.day, tzinfo=zone))
    except OverflowError:
        raise ValueError(f"{when} is beyond the days that can be told") from None
    return found - timedelta(microseconds=1) if edge == "last" else found

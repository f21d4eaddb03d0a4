"""Days and times as people write them, as the moments a scope holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

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
        return _utc(when if when.tzinfo else when.replace(tzinfo=zone))
    day = when if edge == "first" else when + timedelta(days=1)
    found = _utc(datetime(day.year, day.month, day.day, tzinfo=zone))
    return found - timedelta(microseconds=1) if edge == "last" else found


def _utc(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(tzinfo=None)

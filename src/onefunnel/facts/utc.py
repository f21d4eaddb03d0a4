"""Times as facts hold them: UTC, without a zone."""

from __future__ import annotations

from datetime import UTC, datetime


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC without a zone; one that has no zone is UTC already.

    >>> from datetime import timedelta, timezone
    >>> in_utc(datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=2)))).isoformat()
    '2026-03-01T07:00:00'
    """
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)

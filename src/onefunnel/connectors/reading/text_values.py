"""Values of typed files as exact text: what a person would have typed into a CSV."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal


def as_text(value: object) -> str | None:
    """The value as text: ISO times, whole numbers without `.0`, lists and objects as JSON.

    None, NaN and empty text are None: an empty cell.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return value.replace("\0", "") or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8").replace("\0", "") or None
        except UnicodeDecodeError:
            return value.hex()
    return json.dumps(value, ensure_ascii=False, default=as_text)


def number_text(value: float) -> str | None:
    """A number without a trailing `.0` and without an exponent where that is exact."""
    if value != value:
        return None
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = repr(value)
    if "e" in text and value not in (float("inf"), float("-inf")):
        text = format(Decimal(text), "f")
    return text


def duration_text(value: timedelta) -> str:
    """Hours, minutes and seconds: `26:05:00`."""
    seconds = value.total_seconds()
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    hours, rest = divmod(int(seconds), 3600)
    minutes, whole = divmod(rest, 60)
    return f"{sign}{hours:02d}:{minutes:02d}:{whole:02d}"

"""Constants in a predicate: from their text to a value of the type they are compared with."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

#: Largest whole number a definition may name: what every engine's 64-bit integer holds.
LARGEST = 2**63 - 1
_NUMBER = re.compile(r"\d{1,19}(\.\d{0,6})?|\.\d{1,6}")
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?",
)


def number(text: str) -> int | Decimal | None:
    """A number as written: whole numbers as int, others exact; None where it is not allowed.

    At most 19 digits before and 6 after the point (14 before it where there are digits after),
    no exponent: every engine holds such a number exactly.
    """
    if not _NUMBER.fullmatch(text):
        return None
    if "." not in text:
        whole = int(text)
        return whole if whole <= LARGEST else None
    return Decimal(text) if len(text.split(".")[0]) <= 14 else None


def time(text: str) -> datetime | date | None:
    """A day (2024-05-31) or a time in UTC (2024-05-31 09:30[:15[.250]]); None for other text."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction = found.groups()
    try:
        on = date(int(year), int(month), int(day))
        if hour is None:
            return on
        micro = int((fraction or "0").ljust(6, "0"))
        return datetime(  # noqa: DTZ001  (times in facts are UTC without a zone)
            on.year, on.month, on.day, int(hour), int(minute), int(second or 0), micro
        )
    except ValueError:
        return None

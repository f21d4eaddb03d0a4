"""What people type into the forms of handovers, read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from onefunnel.server.run.handovers.finding import BadAnswer

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*(?:-|–|to)\s*(\d{1,2}):(\d{2})")
_FAR = 9999


def day(text: str, what: str) -> date:
    """A day as a date field gives it. Raises BadAnswer."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as wrong:
        raise BadAnswer(f"{what}: choose a day.") from wrong


def days(text: str) -> list[date]:
    """Days, one a line or parted by commas, as 2026-12-25. Raises BadAnswer."""
    found = []
    for one in re.split(r"[\s,;]+", text.strip()):
        if one:
            try:
                found.append(date.fromisoformat(one))
            except ValueError as wrong:
                raise BadAnswer(f"“{one}” is not a day: write it as 2026-12-25.") from wrong
    return found


def week(lines: Iterable[str]) -> list[list[list[str]]]:
    """The hours of seven days, each as “09:00-12:30, 13:30-17:00” or empty. Raises BadAnswer."""
    return [_hours(name, line) for name, line in zip(DAYS, lines, strict=True)]


def hours_in_words(hours: Iterable[Iterable[str]]) -> str:
    """A day's hours as they are typed."""
    return ", ".join("-".join(pair) for pair in hours)


def number(text: str, what: str) -> int | None:
    """A whole number, or none. Raises BadAnswer."""
    if not text.strip():
        return None
    if not text.strip().isdecimal() or int(text) > _FAR:
        raise BadAnswer(f"{what}: give a whole number up to {_FAR}, or leave it empty.")
    return int(text)


def revision(text: str) -> int:
    """Which state the form was read from; one that fits nothing where it is not said."""
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _hours(name: str, line: str) -> list[list[str]]:
    found = []
    for part in (part.strip() for part in line.split(",")):
        if not part:
            continue
        fits = _SPAN.fullmatch(part)
        times = [int(one) for one in fits.groups()] if fits else []
        if not times or times[0] > 23 or times[2] > 24 or times[1] > 59 or times[3] > 59:
            raise BadAnswer(f"{name}: write hours as 09:00-17:00, several with a comma between.")
        closes = f"{times[2] % 24:02}:{times[3]:02}"
        found.append([f"{times[0]:02}:{times[1]:02}", closes])
    return found

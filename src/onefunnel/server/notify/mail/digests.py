"""The daily digest: what waits for somebody, in one mail, on the mornings they work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from onefunnel.server.notify.models import Notice
from onefunnel.server.notify.outbox.models import Channel
from onefunnel.server.notify.outbox.writing import put_mail
from onefunnel.server.people.models import Person
from onefunnel.server.people.queries import people, workspace

#: When the morning is, where the person is.
MORNING = time(8)
#: What a digest holds at most; the rest is in the inbox.
MOST_PARTS = 40

_WEEKEND = (5, 6)
WorksOn = Callable[[Person, date], bool]


def _usual_week(person: Person, day: date) -> bool:
    return day.weekday() not in _WEEKEND


_calendars: list[WorksOn] = [_usual_week]


def provide_working_days(works_on: WorksOn) -> None:
    """Register who knows on which days somebody works; without one: Monday to Friday."""
    _calendars[:] = [works_on]


def write_digests(*, at: datetime) -> int:
    """Write the digests of those whose morning has come; how many.

    What came before this morning and is unread is in it; each person gets at most one a day,
    however many workers ask.
    """
    waiting = Notice.objects.filter(waits_for_digest=True, at__lt=at).order_by()
    ids = list(waiting.values_list("person", flat=True).distinct())
    found = people().filter(pk__in=ids, is_active=True) if ids else ()
    return sum(_write(person, at=at) for person in found)


def _write(person: Person, *, at: datetime) -> bool:
    zone = _zone_of(person)
    day = at.astimezone(zone).date()
    morning = datetime.combine(day, MORNING, zone).astimezone(UTC)
    if at < morning or not _calendars[0](person, day):
        return False
    waiting = Notice.objects.filter(person=person, waits_for_digest=True, at__lt=morning)
    with transaction.atomic():
        unread = list(waiting.filter(read_at=None).order_by("-at", "-pk"))
        is_new = False
        if unread:
            _, is_new = put_mail(
                channel=Channel.MAIL, key=f"digest:{person.pk}:{day}", about="Daily mail",
                content={"subject": _subject(len(unread)), "is_digest": True,
                         "parts": [part_of(one) for one in unread[:MOST_PARTS]]},
                at=at, person=person,
            )  # fmt: skip
        if is_new or not unread:
            waiting.update(waits_for_digest=False)
    return is_new


def part_of(notice: Notice) -> dict[str, str]:
    """A notice as mails show it."""
    return {"title": notice.title, "text": notice.text, "url": notice.url}


def _subject(count: int) -> str:
    return "One thing is new for you" if count == 1 else f"{count} things are new for you"


def _zone_of(person: Person) -> ZoneInfo:
    try:
        return ZoneInfo(person.time_zone or workspace().time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")

"""Reading the log: recent changes, the history of one thing, and whether the chain is whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from onefunnel.server.record.models import Event, Head
from onefunnel.server.record.seals import seal


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold: the event's id and what is wrong with it."""

    public_id: str
    why: str


def recent_changes(
    *, room: str = "", before: datetime | None = None, kinds: Iterable[str] = ()
) -> QuerySet[Event]:
    """The newest events first, of one room or of all; slice it for a page."""
    events = Event.objects.select_related("by")
    if room:
        events = events.filter(kind__startswith=f"{room}.")
    if before is not None:
        events = events.filter(at__lt=before)
    if wanted := list(kinds):
        events = events.filter(kind__in=wanted)
    return events


def history_of(*subjects: str) -> QuerySet[Event]:
    """Everything that happened to one thing, or to any of several, oldest first."""
    return Event.objects.select_related("by").filter(subject__in=subjects).order_by("pk")


def check_chain() -> Break | None:
    """Walk the whole log and return the first event that was altered, or None if all hold.

    Finds changed rows, removed rows in the middle and rows put in by hand. Rows cut off the end
    are found by comparing with the head kept apart.
    """
    from_before = ""
    for event in Event.objects.order_by("pk").iterator(chunk_size=2000):
        if event.previous != from_before:
            return Break(str(event.public_id), "an event before this one is missing or was added")
        if event.hash != seal(event):
            return Break(str(event.public_id), "this event was changed after it was written")
        from_before = event.hash
    head = Head.objects.filter(pk=1).first()
    if (head.hash if head else "") != from_before:
        return Break("", "the last events are missing")
    return None

"""What Today shows, put together from the rooms below."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from onefunnel.server.notify.queries import unread_count
from onefunnel.server.people.models import Person


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for somebody: a number in words, and where to deal with it."""

    title: str
    count: int
    text: str
    url: str


@dataclass(frozen=True)
class Today:
    """The page's contract. `funnel` is None before there is any data."""

    funnel: Any | None
    waiting: tuple[Waiting, ...] = field(default_factory=tuple)


def today_of(person: Person) -> Today:
    """Gather what the person needs to see first."""
    return Today(funnel=None, waiting=_waiting(person))


def _waiting(person: Person) -> tuple[Waiting, ...]:
    unread = unread_count(person)
    if not unread:
        return ()
    return (Waiting("In your inbox", unread, "unread", "/inbox/"),)

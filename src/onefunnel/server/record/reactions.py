"""The room below cannot write here, so the record listens to it."""

from __future__ import annotations

from typing import Any

from onefunnel.server.people.events import PeopleEvent, happened
from onefunnel.server.record.commands import append


def _append_people_event(*, event: PeopleEvent, **_: Any) -> None:
    append(kind=event.kind, at=event.at, by=event.by, subject=event.subject, payload=event.payload)


def listen() -> None:
    """Called once, when the room is ready."""
    happened.connect(_append_people_event, dispatch_uid="record.people-events")

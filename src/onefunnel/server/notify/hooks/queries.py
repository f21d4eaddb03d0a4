"""Endpoints as their pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from onefunnel.server.notify.hooks.kinds import kinds
from onefunnel.server.notify.hooks.models import Endpoint
from onefunnel.server.notify.outbox.models import Outgoing

_SHOWN = 50


@dataclass(frozen=True)
class KindsOfRoom:
    """The kinds of events of one room: name, what it means, whether it is chosen."""

    room: str
    kinds: tuple[tuple[str, str, bool], ...]


def endpoints() -> QuerySet[Endpoint]:
    """Every endpoint, by its label."""
    return Endpoint.objects.all()


def endpoint_of(endpoint_id: object) -> Endpoint | None:
    """One endpoint; None where there is none."""
    try:
        return Endpoint.objects.filter(public_id=endpoint_id).first()
    except ValidationError:
        return None


def sent_to(endpoint: Endpoint) -> list[Outgoing]:
    """The last messages to an endpoint, the newest first, with their tries."""
    rows = Outgoing.objects.filter(endpoint=endpoint).prefetch_related("tries")
    return list(rows[:_SHOWN])


def kinds_by_room(chosen: list[str]) -> list[KindsOfRoom]:
    """All kinds of events, by the room they happen in."""
    rooms: dict[str, list[tuple[str, str, bool]]] = {}
    for name, meaning in kinds().items():
        rooms.setdefault(name.partition(".")[0], []).append((name, meaning, name in chosen))
    return [KindsOfRoom(room, tuple(found)) for room, found in rooms.items()]


def both_sign(endpoint: Endpoint, *, at: datetime) -> bool:
    """Whether the secret before the last one still signs."""
    return bool(endpoint.before_until and at < endpoint.before_until)

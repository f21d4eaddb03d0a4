"""Events in words for the change feed. A kind is named so that it reads as words by itself."""

from __future__ import annotations

from django import template

from onefunnel.server.record.models import Event

register = template.Library()

ROOM_NAMES = {
    "people": "people and settings",
    "warehouse": "data",
    "agree": "the agreement",
    "run": "leads",
    "measure": "numbers",
    "notify": "what goes out",
}


@register.filter
def room_name(room: str) -> str:
    """What a room is called on screen."""
    return ROOM_NAMES.get(room, room)


@register.filter
def in_words(event: Event) -> str:
    """`warehouse.import-finished` reads: import finished."""
    return event.kind.split(".", 1)[-1].replace("-", " ")


@register.filter
def details(event: Event) -> str:
    """The counts and codes of an event, without ids: `rows in 8,800, refused 12`."""
    parts = []
    for name, value in event.payload.items():
        if isinstance(value, bool) or name.endswith("_id") or name == "id":
            continue
        if isinstance(value, int):
            parts.append(f"{name.replace('_', ' ')} {value:,}")
        elif isinstance(value, str) and len(value) <= 40:
            parts.append(f"{name.replace('_', ' ')} {value}")
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            parts.append(f"{name.replace('_', ' ')}: {', '.join(value[:6])}".replace("_", " "))
    return ", ".join(parts)

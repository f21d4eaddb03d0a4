"""What this room tells the others. `record` lies above and listens (record/reactions.py)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.dispatch import Signal

if TYPE_CHECKING:
    from onefunnel.server.people.models import Person

happened = Signal()

#: What happens in this room, and what it means, for who chooses what a webhook tells.
MEANINGS = {
    "people.person-invited": "Somebody was invited",
    "people.invitation-withdrawn": "An invitation was withdrawn",
    "people.person-joined": "Somebody came in",
    "people.person-changed": "Somebody's team, role or access was changed",
    "people.profile-changed": "Somebody changed their own name or time zone",
    "people.workspace-changed": "The settings of the workspace were changed",
    "people.key-made": "An API key was made",
    "people.key-revoked": "An API key was ended",
}


@dataclass(frozen=True)
class PeopleEvent:
    """Something about people or the workspace: `kind` as the record names it, ids only."""

    kind: str
    at: datetime
    by: Person | None
    subject: str
    payload: dict[str, Any] = field(default_factory=dict)


def tell(event: PeopleEvent) -> None:
    """Tell whoever listens, inside the caller's transaction."""
    happened.send(sender=PeopleEvent, event=event)

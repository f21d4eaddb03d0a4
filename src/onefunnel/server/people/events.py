"""What this room tells the others. `record` lies above and listens (record/reactions.py)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.dispatch import Signal

if TYPE_CHECKING:
    from onefunnel.server.people.models import Person

happened = Signal()


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

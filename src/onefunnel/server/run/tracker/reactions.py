"""What follows from what happens to leads, in the transaction of the deed."""

from __future__ import annotations

from typing import Any

from onefunnel.server.run.tracker.deals_following import follow_leads
from onefunnel.server.run.tracker.events import LeadEvent, happened


def _deals_follow(*, event: LeadEvent, **_: Any) -> None:
    """A deal that was won here follows its lead; one that just came in has none."""
    if not event.is_new:
        follow_leads(event.stages, by=event.by, at=event.at)


def listen() -> None:
    """Called once, when the room is ready."""
    happened.connect(_deals_follow, dispatch_uid="run.deals-follow-their-leads")

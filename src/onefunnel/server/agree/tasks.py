"""What the clock does for the agreement: once a day it is held against the data."""

from __future__ import annotations

from datetime import datetime

from django_tasks import task

from onefunnel.server.agree.disputes.drifting import is_due, look, take_turn


@task()
def look_for_drift(at: str) -> None:
    """Hold the agreement in force against the data; takes seconds on much data."""
    look(at=datetime.fromisoformat(at))


def tick(*, at: datetime) -> bool:
    """Have the agreement looked at, once a day and text, however many workers ask."""
    if not is_due(at=at) or not take_turn(at=at):
        return False
    look_for_drift.enqueue(at.isoformat())
    return True

"""What waits to go out, went, or did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from onefunnel.server.notify.outbox.models import Outgoing, State

#: A message that is due for longer is late: no worker runs.
LATE = timedelta(minutes=10)


@dataclass(frozen=True)
class Standing:
    """How the outbox stands: counts by state, how many failed of late, whether some failed and
    are tried again, and whether it does not move at all."""

    counts: dict[str, int]
    failed_lately: int
    is_retrying: bool
    is_stuck: bool


def standing(*, at: datetime) -> Standing:
    """How many messages are in each state; whether some wait far longer than they should."""
    rows = Outgoing.objects.order_by().values_list("state").annotate(n=Count("pk"))
    failed = Outgoing.objects.filter(state=State.FAILED, ended_at__gt=at - timedelta(days=1))
    waiting = Outgoing.objects.filter(state=State.WAITING)
    return Standing(
        counts={**dict.fromkeys(State.values, 0), **dict(rows)},
        failed_lately=failed.count(),
        is_retrying=waiting.exclude(reason="").exists(),
        is_stuck=waiting.filter(due_at__lt=at - LATE).exists(),
    )


def outgoing(*, state: str = "") -> QuerySet[Outgoing]:
    """Messages, the newest first, of one state or of all; slice it for a page."""
    rows = Outgoing.objects.select_related("person", "endpoint").prefetch_related("tries")
    return rows.filter(state=state) if state in State.values else rows

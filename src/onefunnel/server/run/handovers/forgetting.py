"""Handovers of the simulated company: they go with it."""

from __future__ import annotations

from django.db import transaction

from onefunnel.server.run.handovers.models import ClockPause, Handover
from onefunnel.server.warehouse.commands import hold_the_door
from onefunnel.server.warehouse.queries import simulated_leads

_AT_ONCE = 500


def forget_simulated() -> int:
    """Remove the handovers of leads that only the simulated company brought; how many.

    Called before the leads themselves go: afterwards nobody could tell them from leads that were
    merged or whose import was undone, and those handovers happened.
    """
    count = 0
    ids = list(Handover.objects.order_by().values_list("lead_id", flat=True).distinct())
    for begin in range(0, len(ids), _AT_ONCE):
        some = simulated_leads(ids[begin : begin + _AT_ONCE])
        if not some:
            continue
        with transaction.atomic():
            hold_the_door()
            rows = Handover.objects.filter(lead_id__in=some)
            ClockPause.objects.filter(handover__in=rows).delete()
            rows.update(previous=None)
            count += rows.delete()[0]
    return count

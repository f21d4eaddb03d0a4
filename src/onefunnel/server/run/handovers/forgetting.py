"""Handovers of leads that are no more: they go with the simulated company."""

from __future__ import annotations

from django.db import transaction

from onefunnel.server.run.handovers.models import ClockPause, Handover
from onefunnel.server.warehouse.queries import living_leads

_AT_ONCE = 500


def forget_gone() -> int:
    """Remove the handovers of leads that are not there any more; how many.

    Only for what was never real: the record keeps what happened to them.
    """
    count = 0
    ids = list(Handover.objects.order_by().values_list("lead_id", flat=True).distinct())
    for begin in range(0, len(ids), _AT_ONCE):
        some = ids[begin : begin + _AT_ONCE]
        gone = set(some) - living_leads(some).keys()
        if not gone:
            continue
        with transaction.atomic():
            rows = Handover.objects.filter(lead_id__in=gone)
            ClockPause.objects.filter(handover__in=rows).delete()
            rows.update(previous=None)
            count += rows.delete()[0]
    return count

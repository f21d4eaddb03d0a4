"""Nurture of the simulated company goes with it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from onefunnel.server.notify.to_leads.commands import forget_bases, forget_mail
from onefunnel.server.run.nurture.models import Enrolment, Sequence, SequenceMail, Todo, Waking
from onefunnel.server.warehouse.commands import hold_the_door
from onefunnel.server.warehouse.queries import simulated_leads

#: Where people of the simulated company are said to have agreed to be written to.
SIMULATED = "simulated"
_AT_ONCE = 500


def forget_simulated_nurture() -> int:
    """Remove what concerns leads that only the simulated company brought, and the sequences that
    its people made, whatever of the outbox is to those leads, and the consent that was made up
    for them; how many rows.

    Called before the leads themselves go.
    """
    count = 0
    for model in (Todo, Enrolment, Waking):
        ids = list(model.objects.order_by().values_list("lead_id", flat=True).distinct())
        for begin in range(0, len(ids), _AT_ONCE):
            some = simulated_leads(ids[begin : begin + _AT_ONCE])
            if some:
                with transaction.atomic():
                    hold_the_door()
                    if model is Enrolment:
                        forget_mail(keys=_keys_of(some))
                    count += model.objects.filter(lead_id__in=some).delete()[0]
    count += forget_bases(source=SIMULATED)
    return count + Sequence.objects.filter(by__is_simulated=True).delete()[0]


def _keys_of(lead_ids: Iterable[str]) -> list[str]:
    mails = SequenceMail.objects.filter(enrolment__lead_id__in=lead_ids)
    return list(mails.values_list("key", flat=True))

"""A lead that leaves the stage of a card is not handed over under it any more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers import events
from onefunnel.server.run.handovers.cards import NoAgreementInForce, terms_in_force
from onefunnel.server.run.handovers.clocks import end_pause
from onefunnel.server.run.handovers.models import OPEN, Handover, Status
from onefunnel.server.run.handovers.telling import tell, write_fact

_AT_ONCE = 500


def take_back_left(stages: Mapping[str, str], *, by: Person | None, at: datetime) -> int:
    """Take back what waits for data and what the program offered of leads that left; how many.

    What was never offered goes; an offer stays as one that lapsed, nobody's fault. An offer that a
    person made stays open: they asked, and the team answers. In the caller's transaction, behind
    the door.

    Args:
        stages: By lead, the stage it stands in now; empty for none.
    """
    try:
        cards = terms_in_force(at=at).agreement.handovers
    except NoAgreementInForce:
        return 0
    place = {card.name: card.at_stage for card in cards if card.at_stage}
    ids, count = list(stages), 0
    for begin in range(0, len(ids), _AT_ONCE):
        found = Handover.objects.select_related("assigned_to").filter(
            lead_id__in=ids[begin : begin + _AT_ONCE],
            status__in=OPEN, offered_by=None, card__in=place,
        )  # fmt: skip
        for one in found:
            if stages[one.lead_id] != place[one.card]:
                count += _take_back(one, by=by, at=at)
    return count


def _take_back(one: Handover, *, by: Person | None, at: datetime) -> int:
    if one.status == Status.WAITING:
        changed, _ = Handover.objects.filter(pk=one.pk, status=Status.WAITING).delete()
    else:
        changed = Handover.objects.filter(pk=one.pk, status=Status.OFFERED).update(
            status=Status.LAPSED, answered_at=at, paused_at=None
        )
        if changed:
            one.refresh_from_db()
            end_pause(one, by=by, at=at)
            write_fact(one, at=at, by=by)
    if changed:
        tell(events.WITHDRAWN, one, at=at, by=by, why="the lead left the stage")
    return changed

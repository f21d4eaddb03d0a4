"""Which leads are one person: those that were merged and, for mail, those with one address."""

from __future__ import annotations

from onefunnel.server.run.handovers.models import Handover, Status
from onefunnel.server.warehouse.duplicates.queries import group_of
from onefunnel.server.warehouse.queries import leads_with_address, living_lead


def merged_with(lead_id: str) -> tuple[str, ...]:
    """The lead that stands for this one now, then all that were merged into that one.

    What was offered, given to do or entered before a merge is kept under the id it had then.
    """
    return group_of([lead_id])[lead_id]


def open_offer(*lead_ids: str) -> Handover | None:
    """The oldest offer of these leads that nobody has answered yet."""
    offers = Handover.objects.filter(lead_id__in=lead_ids, status=Status.OFFERED)
    return offers.order_by("offered_at").first()


def same_mailbox(lead_id: str) -> tuple[str, ...]:
    """The lead and all merged with it, then the leads to whose e-mail address its mails go too,
    with all merged with them: what goes to one of them is read by the same person."""
    own = merged_with(lead_id)
    lead = living_lead(own[0])
    address = str(lead.get("email") or "").strip() if lead else ""
    if not address:
        return own
    groups = group_of(leads_with_address(address))
    others = (one for group in groups.values() for one in group)
    return tuple(dict.fromkeys([*own, *others]))

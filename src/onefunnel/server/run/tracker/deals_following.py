"""Deals won here follow their leads: out of what is won, and back where that is undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from onefunnel.facts.utc import in_utc
from onefunnel.server.people.models import Person
from onefunnel.server.run.tracker import events
from onefunnel.server.run.tracker.book import current_book
from onefunnel.server.run.tracker.deals import (
    DealChange,
    is_won,
    number_of,
    numbers_said,
    write_deals,
)
from onefunnel.server.run.tracker.history import own_columns
from onefunnel.server.warehouse.queries import deals_as_they_were, deals_of_leads

#: After which events a deal that says it is won was said to be won by people here.
_SAID = (events.DEAL_NOTED, events.DEAL_TAKEN_BACK, events.DEAL_FOLLOWED)


def follow_leads(stages: Mapping[str, str], *, by: Person | None, at: datetime) -> None:
    """Deals that were won here follow leads that are not won any more; in the deed's transaction.

    Args:
        stages: By lead, the stage it stands in now; empty for none.
    """
    book = current_book(at=at)
    left = {one: stage for one, name in stages.items()
            if not is_won(book.agreement, stage := book.stage(name))}  # fmt: skip
    won = {
        lead_id: [deal for deal in deals if deal["outcome"] == "won"]
        for lead_id, deals in deals_of_leads(list(left)).items()
    }
    leads = [lead_id for lead_id, deals in won.items() if deals]
    if not leads:
        return
    said_here = numbers_said(leads, _SAID)
    changes: list[DealChange] = []
    for lead_id in leads:
        kind = stage.kind if (stage := left[lead_id]) else "open"
        is_lost = kind in ("lost", "disqualified")
        ended = {"outcome": "lost" if is_lost else "open",
                 "closed_at": in_utc(at) if is_lost else None}  # fmt: skip
        changes += [
            DealChange(lead_id, own_columns({**deal, **ended}), deal)
            for deal in won[lead_id]
            if number_of(deal) in said_here
        ]
    if changes:
        write_deals(changes, by=by, at=at, kind=events.DEAL_FOLLOWED)


def bring_back(
    stages: Mapping[str, str], *, moved_at: datetime, by: Person | None, at: datetime
) -> None:
    """Deals that followed a move say again what they said before it; in the transaction of its
    undoing. One that says something else by now stays.

    Args:
        stages: By lead, the stage it stands in again.
        moved_at: When the move was made.
    """
    book = current_book(at=at)
    back = [one for one, name in stages.items() if is_won(book.agreement, book.stage(name))]
    deals = {
        number_of(deal): (lead_id, deal)
        for lead_id, deals in deals_of_leads(back).items()
        for deal in deals
    }
    if not deals:
        return
    followed = numbers_said(back, [events.DEAL_FOLLOWED], at=moved_at)
    rows = {now: before for now, before in followed.items() if now in deals}
    earlier = deals_as_they_were(rows.values())
    changes = [
        DealChange(deals[now][0], own_columns(earlier[before]), deals[now][1])
        for now, before in rows.items()
        if before in earlier
    ]
    if changes:
        write_deals(changes, by=by, at=at, kind=events.DEAL_FOLLOWED)

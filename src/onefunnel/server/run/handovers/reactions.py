"""What follows: leads that enter a card's stage are offered, and people are told, in the app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from onefunnel.facts.utc import in_utc
from onefunnel.server.notify.commands import Mailing, Topic, declare, send
from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers import events, tasks
from onefunnel.server.run.handovers.commands import cards_due, look_again, offer_on_entry
from onefunnel.server.run.handovers.models import Status
from onefunnel.server.run.handovers.reasons import reason_in_words
from onefunnel.server.run.handovers.taking_back import take_back_left
from onefunnel.server.run.handovers.teams import heads
from onefunnel.server.run.handovers.telling import HandoverEvent, happened
from onefunnel.server.run.tracker.events import LEAD_CHANGED, LeadEvent
from onefunnel.server.run.tracker.events import happened as entered
from onefunnel.server.warehouse.queries import moves_of_leads

HANDOVERS = Topic("handovers", "Leads that are handed over", Mailing.AT_ONCE)
PROMISES = Topic("promises", "Promises that were not kept", Mailing.AT_ONCE)
#: More leads than this that enter at once are offered in the background.
MOST_AT_ONCE = 20
WAITING, REPLIES, COMPLETE = (
    "/run/handovers/",
    "/run/handovers/rejections/",
    "/run/handovers/given/",
)


def _tell_people(*, event: HandoverEvent, **_: Any) -> None:
    one = event.handover
    match event.kind:
        case events.LEAD_OFFERED if one.assigned_to is None:
            _send(event, heads(one.to_team), f"Nobody in {one.to_name} is free for a lead", WAITING,
                  "It waits in the team's queue. Give it to somebody, or answer it.")  # fmt: skip
        case events.LEAD_OFFERED | events.HANDOVER_REASSIGNED if one.assigned_to:
            _send(event, [one.assigned_to], f"A lead waits for your answer: {one.card}", WAITING)
        case events.DATA_MISSING if one.failing:
            _send(
                event,
                heads(one.from_team),
                f"A lead does not meet the test: {one.card}",
                COMPLETE,
                f"It is not offered before it does: {'; '.join(one.failing)}.",
            )
        case events.DATA_MISSING:
            _send(event, heads(one.from_team), f"A lead lacks data: {one.card}", COMPLETE,
                  "It cannot be offered before what the card asks for is there.")  # fmt: skip
        case events.WITHDRAWN if one.status == Status.LAPSED and one.assigned_to:
            _send(event, [one.assigned_to], f"An offer was taken back: {one.card}", WAITING,
                  "The lead left the stage; no answer is needed.")  # fmt: skip
        case events.LEAD_REJECTED:
            _send(event, _givers(event), f"{one.to_name} rejected a lead: {one.card}", REPLIES,
                  f"{reason_in_words(one.reason)}. Your team owes a reply.")  # fmt: skip
        case events.LEAD_RETURNED:
            _send(event, _givers(event), f"{one.to_name} sent a lead back: {one.card}", COMPLETE,
                  f"{reason_in_words(one.reason)}. Complete it, then offer it again.")  # fmt: skip
        case events.REJECTION_ANSWERED if one.answered_by:
            _send(event, [one.answered_by], f"{one.from_name} replied to your rejection", WAITING)
        case events.CLOCK_PAUSED:
            _send(event, _givers(event), f"{one.to_name} stopped a clock: {one.card}", COMPLETE)
        case events.PROMISE_BROKEN if one.status == Status.EXPIRED:
            late = [*heads(one.to_team), *([one.assigned_to] if one.assigned_to else [])]
            agreed = f" Agreed for this case: {one.fallback}" if one.fallback else ""
            _send(event, late, f"{one.to_name} did not answer in time: {one.card}", WAITING,
                  f"The offer has expired.{agreed}")  # fmt: skip
            givers = [*heads(one.from_team), *([one.offered_by] if one.offered_by else [])]
            _send(event, givers, f"{one.to_name} did not answer in time: {one.card}",
                  COMPLETE, f"The offer has expired; you can make it again.{agreed}")  # fmt: skip
        case events.PROMISE_BROKEN:
            _send(event, heads(one.from_team), f"A rejection is still without a reply: {one.card}",
                  REPLIES)  # fmt: skip


def _givers(event: HandoverEvent) -> list[Person]:
    """Who hears of an answer: who offered the lead, else the heads of the giving team."""
    offered_by = event.handover.offered_by
    return [offered_by] if offered_by else heads(event.handover.from_team)


def _send(event: HandoverEvent, to: Iterable[Person], title: str, url: str, text: str = "") -> None:
    """One notice each, once for each event; nobody is told of what they did themselves."""
    key = f"{event.kind}:{event.handover.public_id}:{event.at.timestamp():.6f}"
    others = {one.pk: one for one in to if event.by is None or one.pk != event.by.pk}
    about = PROMISES if event.kind == events.PROMISE_BROKEN else HANDOVERS
    send(
        to=others.values(), title=title[:200], at=event.at, key=key, about=about, text=text, url=url
    )


def _offer_who_entered(*, event: LeadEvent, **_: Any) -> None:
    """A lead that entered the stage of a card is offered; one that left it is taken back.

    What waited for data is looked at again when the lead changes.

    In the transaction of the deed. Many leads at once are offered in the background, so that
    whoever sends them does not wait.
    """
    if not event.is_new:  # a lead that is new left nothing, and was moved just now
        take_back_left(event.stages, by=event.by, at=event.at)
    asked = {stage: _has_card(stage, event) for stage in set(event.stages.values())}
    due = {lead_id: stage for lead_id, stage in event.stages.items() if asked[stage]}
    arrived = due if event.is_new else _moved_now(due, event.at)
    if len(arrived) > MOST_AT_ONCE:
        tasks.offer_entered.enqueue(arrived, event.at.isoformat())
    else:
        for lead_id, stage in arrived.items():
            offer_on_entry(lead_id=lead_id, stage=stage, at=event.at)
    if event.kind == LEAD_CHANGED:
        for lead_id in event.stages:
            look_again(lead_id=lead_id, at=event.at)


def _has_card(stage: str, event: LeadEvent) -> bool:
    if event.agreement is not None:
        return bool(stage) and any(c.at_stage == stage for c in event.agreement.handovers)
    return bool(stage and cards_due(stage, at=event.at))


def _moved_now(stages: Mapping[str, str], at: datetime) -> dict[str, str]:
    """Those of the leads that this deed moved: a change of details alone offers nothing anew."""
    now = in_utc(at)
    moves = moves_of_leads(list(stages)) if stages else {}
    return {
        lead_id: stage
        for lead_id, stage in stages.items()
        if any(move["at"] == now for move in moves.get(lead_id, ()))
    }


def listen() -> None:
    """Called once, when the room is ready."""
    declare(HANDOVERS, PROMISES)
    entered.connect(_offer_who_entered, dispatch_uid="run.handovers-offer-who-entered")
    happened.connect(_tell_people, dispatch_uid="run.handovers-tell-people")

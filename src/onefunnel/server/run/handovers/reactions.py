"""What follows from what happens to handovers: people are told, in the app."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from onefunnel.server.notify.commands import send
from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers import events
from onefunnel.server.run.handovers.models import Status
from onefunnel.server.run.handovers.reasons import reason_in_words
from onefunnel.server.run.handovers.teams import heads
from onefunnel.server.run.handovers.telling import HandoverEvent, happened

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
        case events.DATA_MISSING:
            _send(event, heads(one.from_team), f"A lead lacks data: {one.card}", COMPLETE,
                  "It cannot be offered before what the card asks for is there.")  # fmt: skip
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
            _send(event, _givers(event), f"{one.to_name} did not answer in time: {one.card}",
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
    send(to=others.values(), title=title[:200], at=event.at, key=key, text=text, url=url)


def listen() -> None:
    """Called once, when the room is ready."""
    happened.connect(_tell_people, dispatch_uid="run.handovers-tell-people")

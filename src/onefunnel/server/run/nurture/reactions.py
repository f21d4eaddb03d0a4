"""What follows: a handover stops the sequences of its lead, and people are told, in the app."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from onefunnel.server.notify.commands import Mailing, Topic, declare, send
from onefunnel.server.notify.to_leads.commands import provide_last_look
from onefunnel.server.people.models import Person, Team
from onefunnel.server.record.events import appended
from onefunnel.server.run.handovers import events as handovers
from onefunnel.server.run.handovers.models import team_name
from onefunnel.server.run.handovers.teams import heads
from onefunnel.server.run.handovers.telling import HandoverEvent
from onefunnel.server.run.handovers.telling import happened as handed
from onefunnel.server.run.nurture import events, models
from onefunnel.server.run.nurture.leaving import handover_ended, pause_for_handover
from onefunnel.server.run.nurture.mails import last_look
from onefunnel.server.run.nurture.models import Revision
from onefunnel.server.run.nurture.plan import read_plan
from onefunnel.server.run.nurture.rules import rules_now
from onefunnel.server.run.nurture.telling import NurtureEvent, happened
from onefunnel.server.run.nurture.todos import open_again
from onefunnel.server.run.tracker.events import CONTACT_TAKEN_BACK

if TYPE_CHECKING:
    from onefunnel.server.record.models import Event

NURTURE = Topic("nurture", "What you have to do with leads, and changed sequences", Mailing.AT_ONCE)
_ENDS = frozenset({
    handovers.LEAD_ACCEPTED, handovers.LEAD_REJECTED, handovers.LEAD_RETURNED,
    handovers.LEAD_RECYCLED, handovers.HANDOVER_EXPIRED, handovers.WITHDRAWN,
})  # fmt: skip
_TO_DO = (events.TODO_MADE, events.TODO_GIVEN, events.TODO_OPENED_AGAIN)


def _stop_for_handovers(*, event: HandoverEvent, **_: Any) -> None:
    """In the transaction of the deed: from the offer on marketing writes nothing."""
    if event.kind == handovers.LEAD_OFFERED:
        pause_for_handover(event.handover, at=event.at)
    elif event.kind in _ENDS:
        handover_ended(event.handover, at=event.at)


def _open_what_was_not_done(*, events: Sequence[Event], **_: Any) -> None:
    """In the transaction that takes a contact back: what was done by it is to be done."""
    for one in events:
        if one.kind == CONTACT_TAKEN_BACK:
            open_again(str(one.payload["touch"]), by=one.by, at=one.at)


def _tell_people(*, event: NurtureEvent, **_: Any) -> None:
    todo, sequence = event.todo, event.sequence
    if todo is not None and event.kind in _TO_DO:
        to = [todo.assigned_to] if todo.assigned_to else heads(todo.team)
        who = "You have" if todo.assigned_to else f"Nobody of {team_name(todo.team)} is free"
        _send(event, to, f"{who} to {todo.deed} a lead", f"{todo.public_id}", todo.words)
    elif sequence is not None and event.kind in (
        events.SEQUENCE_CHANGED, events.SEQUENCE_SWITCHED_ON, events.SEQUENCE_SWITCHED_OFF,
    ):  # fmt: skip
        said = {
            events.SEQUENCE_CHANGED: "was changed",
            events.SEQUENCE_SWITCHED_ON: "was switched on",
            events.SEQUENCE_SWITCHED_OFF: "was switched off",
        }[event.kind]
        _send(event, _sides(sequence), f"The sequence “{sequence.name}” {said}",
              f"{sequence.public_id}", "Your team has a part in it.",
              f"/run/nurture/{sequence.public_id}/")  # fmt: skip
    elif event.kind == events.RULES_CHANGED:
        teams = dict.fromkeys((Team.MARKETING, Team.SALES, rules_now().wake_team))
        to = [head for team in teams for head in heads(team)]
        _send(event, to, "The quiet time, or what leads wake into, was changed", "rules",
              "It holds at once for every sequence.", "/run/nurture/rules/")  # fmt: skip


def _sides(sequence: models.Sequence) -> list[Person]:
    """The heads of every team that has a part in it: both departments see what changes."""
    revision = Revision.objects.get(sequence=sequence, number=sequence.current)
    return [head for team in read_plan(revision.plan).teams for head in heads(team)]


def _send(
    event: NurtureEvent, to: Iterable[Person], title: str, about: str, text: str,
    url: str = "/run/todo/",
) -> None:  # fmt: skip
    others = {one.pk: one for one in to if event.by is None or one.pk != event.by.pk}
    key = f"{event.kind}:{about}:{event.at.timestamp():.6f}"
    send(to=others.values(), title=title[:200], at=event.at, key=key, about=NURTURE, text=text,
         url=url)  # fmt: skip


def listen() -> None:
    """Called once, when the room is ready."""
    declare(NURTURE)
    provide_last_look(last_look)
    appended.connect(_open_what_was_not_done, dispatch_uid="run.nurture-contact-taken-back")
    handed.connect(_stop_for_handovers, dispatch_uid="run.nurture-stop-for-handovers")
    happened.connect(_tell_people, dispatch_uid="run.nurture-tell-people")

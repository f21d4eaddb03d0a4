"""What every deed of nurture ends with: its event, and who else is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.dispatch import Signal

from onefunnel.server.people.models import Person
from onefunnel.server.record.commands import append
from onefunnel.server.run.nurture import events
from onefunnel.server.run.nurture.models import Enrolment, Sequence, Todo
from onefunnel.server.run.tracker.events import subject_of

happened = Signal()


@dataclass(frozen=True)
class NurtureEvent:
    """Something that happened to one of the three, or to the rules of all sequences: told inside
    the transaction of the deed."""

    kind: str
    at: datetime
    by: Person | None
    sequence: Sequence | None = None
    enrolment: Enrolment | None = None
    todo: Todo | None = None


def tell_sequence(
    kind: str, one: Sequence, *, at: datetime, by: Person | None, **more: object
) -> None:
    """Record what happened to a sequence."""
    append(kind=kind, at=at, by=by, subject=f"sequence:{one.public_id}", payload=more)
    happened.send(sender=NurtureEvent, event=NurtureEvent(kind, at, by, sequence=one))


def tell_rules(*, at: datetime, by: Person, **said: object) -> None:
    """Record that what holds for all sequences was changed."""
    append(kind=events.RULES_CHANGED, at=at, by=by, payload=said)
    happened.send(sender=NurtureEvent, event=NurtureEvent(events.RULES_CHANGED, at, by))


def tell_enrolment(
    kind: str, one: Enrolment, *, at: datetime, by: Person | None, **more: object
) -> None:
    """Record what happened to a lead in a sequence."""
    append(
        kind=kind, at=at, by=by, subject=subject_of(one.lead_id),
        payload={"sequence": str(one.sequence.public_id), **more},
    )  # fmt: skip
    happened.send(sender=NurtureEvent, event=NurtureEvent(kind, at, by, enrolment=one))


def tell_todo(kind: str, one: Todo, *, at: datetime, by: Person | None) -> None:
    """Record what happened to something that is to be done."""
    append(
        kind=kind, at=at, by=by, subject=subject_of(one.lead_id),
        payload={"todo": str(one.public_id), "team": one.team, "deed": one.deed, "why": one.why},
    )  # fmt: skip
    happened.send(sender=NurtureEvent, event=NurtureEvent(kind, at, by, todo=one))

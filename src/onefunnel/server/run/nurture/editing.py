"""Sequences are made, changed as a new revision, switched on and off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import IntegrityError, transaction

from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.run.nurture import events
from onefunnel.server.run.nurture.finding import ChangedMeanwhile, NurtureRefused, sequence_for
from onefunnel.server.run.nurture.models import IN_IT, Enrolment, Revision, Sequence, Todo
from onefunnel.server.run.nurture.plan import BadPlan, Plan, check_plan, kept_plan, read_plan
from onefunnel.server.run.nurture.rules import ARRANGE, SWITCH
from onefunnel.server.run.nurture.telling import tell_sequence
from onefunnel.server.run.nurture.working import step_due
from onefunnel.server.run.tracker.arrivals import UNFIT, is_unfit
from onefunnel.server.warehouse.commands import hold_the_door
from onefunnel.server.warehouse.queries import last_number


@dataclass(frozen=True)
class Saved:
    """A sequence after it was saved: whether it is another, and how many leads go on by it."""

    sequence: Sequence
    is_changed: bool
    moved: int = 0
    stayed: int = 0


def make_sequence(*, name: str, plan: Plan, by: Person, at: datetime) -> Sequence:
    """Make a sequence; it is switched off. Raises BadPlan."""
    require(by, ARRANGE)
    check_plan(plan, at=at)
    try:
        with transaction.atomic():
            made = Sequence.objects.create(name=_name(name), made_at=at, by=by)
            _write(made, 1, plan, by=by, at=at)
            tell_sequence(events.SEQUENCE_CHANGED, made, at=at, by=by, number=1)
    except IntegrityError as taken:
        raise _taken(name) from taken
    return made


def change_sequence(
    *,
    sequence_id: object,
    name: str,
    plan: Plan,
    seen: int,
    running: Literal["stay", "move"],
    by: Person,
    at: datetime,
) -> Saved:
    """Change a sequence: a new revision; leads in it stay on theirs, or go on by the new one.

    While it is on, leads are written to by what it says: then it takes the right to switch it.

    Args:
        seen: The number of the revision that whoever changes it saw.
        running: What becomes of the leads in it. A lead that is moved goes on at the step it was
            at, by its key; where that step is gone, at the same place.

    Raises:
        NoSuch, ChangedMeanwhile, BadPlan.
    """
    require(by, needed_to_change(sequence_for(sequence_id)))
    check_plan(plan, at=at)
    try:
        with transaction.atomic():
            hold_the_door()
            one = sequence_for(sequence_id)
            require(by, needed_to_change(one))  # it may have been switched on meanwhile
            last = Revision.objects.get(sequence=one, number=one.current)
            if one.current != seen:
                raise ChangedMeanwhile
            tidy = _name(name)
            is_new_plan = kept_plan(read_plan(last.plan)) != kept_plan(plan)
            if not is_new_plan and tidy == one.name:
                return Saved(one, is_changed=False)
            number = one.current + (1 if is_new_plan else 0)
            changed = Sequence.objects.filter(pk=one.pk, current=seen).update(
                name=tidy, current=number
            )
            if not changed:
                raise ChangedMeanwhile
            one.refresh_from_db()
            moved = 0
            inside = Enrolment.objects.filter(sequence=one, status__in=IN_IT)
            if is_new_plan:
                _write(one, number, plan, by=by, at=at)
                moved = _move_over(one, plan, at=at) if running == "move" else 0
            tell_sequence(events.SEQUENCE_CHANGED, one, at=at, by=by, number=number, moved=moved)
            return Saved(one, True, moved, inside.count() - moved)
    except IntegrityError as taken:
        raise _taken(name) from taken


def needed_to_change(one: Sequence) -> str:
    """The deed that changing the sequence is: what is on was let on by somebody who may switch."""
    return SWITCH if one.is_on else ARRANGE


def switch_sequence(
    *, sequence_id: object, is_on: bool, with_present: bool = False, by: Person, at: datetime
) -> Sequence:
    """Switch a sequence on or off. While it is off nobody enters and nothing goes out.

    `with_present`: leads that meet its rule already enter too, not only those that come to.
    Raises NoSuch; NurtureRefused where it is so already.
    """
    require(by, SWITCH)
    with transaction.atomic():
        hold_the_door()
        one = sequence_for(sequence_id)
        change: dict[str, object] = {"is_on": is_on}
        if is_on:
            change["looked_at"] = 0 if with_present else last_number()
        if not Sequence.objects.filter(pk=one.pk, is_on=not is_on).update(**change):
            raise NurtureRefused(f"It is switched {'on' if is_on else 'off'} already.")
        one.refresh_from_db()
        kind = events.SEQUENCE_SWITCHED_ON if is_on else events.SEQUENCE_SWITCHED_OFF
        tell_sequence(kind, one, at=at, by=by, number=one.current)
    return one


def _move_over(one: Sequence, plan: Plan, *, at: datetime) -> int:
    """Leads in the sequence go on by the new revision, at their step. Who is at a step that is on
    its way (a mail going out, something to do) is at that step still, if it is there."""
    revision = Revision.objects.get(sequence=one, number=one.current)
    due_of = [step_due(step, since=at) for step in plan.steps]
    moved = 0
    inside = Enrolment.objects.select_related("revision").filter(sequence=one, status__in=IN_IT)
    for lead in inside:
        before = read_plan(lead.revision.plan)
        key = before.steps[lead.position].key if lead.position < len(before.steps) else ""
        place = plan.place_of(key, lead.position)
        due = lead.due_at
        if place >= len(plan.steps):
            due = at  # the next look finds it at the end
        elif plan.steps[place].key != key:
            due = due_of[place]
        if place >= len(plan.steps) or plan.steps[place].key != key:
            Todo.objects.filter(enrolment=lead, ended_at=None).update(
                ended_at=at, reason="the sequence was changed"
            )
        Enrolment.objects.filter(pk=lead.pk).update(revision=revision, position=place, due_at=due)
        moved += 1
    return moved


def _write(one: Sequence, number: int, plan: Plan, *, by: Person, at: datetime) -> None:
    Revision.objects.create(sequence=one, number=number, plan=kept_plan(plan), made_at=at, by=by)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > 80:
        raise BadPlan("A sequence needs a name of up to 80 characters.")
    if is_unfit(name):
        raise BadPlan(f"This name cannot be kept: {UNFIT}. Type it anew.")
    return name


def _taken(name: str) -> BadPlan:
    return BadPlan(f"There is a sequence “{name.strip()[:80]}” already. Choose another name.")

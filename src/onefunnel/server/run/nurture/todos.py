"""What people have to do with leads: given in turn, done (a contact is noted), called off."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.run.handovers.calendars import calendar_of
from onefunnel.server.run.handovers.lead_data import NoSuchLead, lead_of
from onefunnel.server.run.handovers.models import team_name
from onefunnel.server.run.handovers.routing import give_in_turn
from onefunnel.server.run.handovers.teams import may_arrange, receivers
from onefunnel.server.run.nurture import events
from onefunnel.server.run.nurture.entering import go_on_after, wait_again_for
from onefunnel.server.run.nurture.finding import NurtureRefused, as_uuid, todo_for
from onefunnel.server.run.nurture.leaving import WORK
from onefunnel.server.run.nurture.models import Enrolment, Status, Todo, Why
from onefunnel.server.run.nurture.one_person import same_mailbox
from onefunnel.server.run.nurture.plan import DEEDS, Step
from onefunnel.server.run.nurture.telling import tell_todo
from onefunnel.server.run.nurture.whose import may_do
from onefunnel.server.run.nurture.working import next_open
from onefunnel.server.run.tracker.commands import note_contact
from onefunnel.server.run.tracker.contacts import KINDS
from onefunnel.server.warehouse.commands import hold_the_door


class TodoEnded(NurtureRefused):
    """It was done or called off already."""

    def __init__(self, todo: Todo) -> None:
        who = todo.ended_by.short_name if todo.ended_by else "The sequence"
        did = "did it" if todo.is_done else "called it off"
        super().__init__(f"{who} {did} already.")


def make_todo(
    *,
    lead_id: str,
    team: str,
    deed: str,
    words: str,
    why: Why,
    at: datetime,
    enrolment: Enrolment | None = None,
    step: str = "",
) -> Todo:
    """Give somebody of a team something to do with a lead, in the caller's transaction.

    The lead's owner gets it where they are of the team, else who is in turn, else the team's queue.
    """
    todo = Todo.objects.create(
        lead_id=lead_id, team=team, deed=deed, words=words.strip(), why=why, enrolment=enrolment,
        step=step, assigned_to=_for_whom(lead_id, team, at=at), made_at=at,
        due_at=next_open(at, calendar_of(team, at=at)),
    )  # fmt: skip
    tell_todo(events.TODO_MADE, todo, at=at, by=None)
    return todo


def todo_of_step(enrolment: Enrolment, step: Step, *, at: datetime) -> Todo:
    """The step's thing to do; the sequence waits until it is done or called off."""
    Enrolment.objects.filter(pk=enrolment.pk).update(due_at=None, held="")
    return make_todo(
        lead_id=enrolment.lead_id, team=step.team, deed=step.deed, words=step.text, why=Why.STEP,
        at=at, enrolment=enrolment, step=step.key,
    )  # fmt: skip


def do_todo(*, todo_id: object, kind: str = "", by: Person, at: datetime) -> Todo:
    """It is done: a contact of that kind is noted, and the sequence goes on.

    Args:
        kind: How the lead was contacted (`contacts.KINDS`); empty: as it was asked.

    Raises:
        NoSuch, TodoEnded; NurtureRefused where the lead is gone or the kind is none.
    """
    with transaction.atomic():
        hold_the_door()
        todo = _mine(todo_id, by)
        kind = kind or DEEDS[todo.deed]
        if kind not in KINDS:
            raise NurtureRefused(f"Say how you contacted them: {', '.join(KINDS)}.")
        try:
            touch = note_contact(lead_id=todo.lead_id, kind=kind, by=by, at=at)
        except NoSuchLead as gone:
            raise NurtureRefused("There is no such lead any more. Call it off.") from gone
        return _end(todo, events.TODO_DONE, by=by, at=at, is_done=True, touch_id=touch)


def call_off(*, todo_id: object, reason: str, by: Person, at: datetime) -> Todo:
    """It is not done, and why; the sequence goes on. Raises NoSuch, TodoEnded, NurtureRefused."""
    if not reason.strip():
        raise NurtureRefused("Say why it is not done: both teams will read it.")
    with transaction.atomic():
        hold_the_door()
        todo = _mine(todo_id, by)
        return _end(todo, events.TODO_CALLED_OFF, by=by, at=at, reason=reason.strip()[:2000])


def give_todo(*, todo_id: object, to: object, by: Person, at: datetime) -> Todo:
    """Give it to somebody of the team; everybody may take one. Raises NoSuch, NurtureRefused."""
    with transaction.atomic():
        hold_the_door()
        todo = _mine(todo_id, by)
        key = as_uuid(to)
        person = next((one for one in receivers(todo.team) if one.public_id == key), None)
        if person is None:
            raise NurtureRefused(f"Nobody of {team_name(todo.team)} who may do it has this id.")
        if person.pk != by.pk and not may_arrange(by, todo.team):
            raise NurtureRefused(f"Only a head of {team_name(todo.team)} gives it to others.")
        if not Todo.objects.filter(pk=todo.pk, ended_at=None).update(assigned_to=person):
            raise TodoEnded(todo)
        todo.refresh_from_db()
        tell_todo(events.TODO_GIVEN, todo, at=at, by=by)
    return todo


def end_by_program(todo: Todo, reason: str, *, at: datetime) -> bool:
    """Call off what lost its reason, in the caller's transaction; whether it was open."""
    changed = Todo.objects.filter(pk=todo.pk, ended_at=None).update(ended_at=at, reason=reason)
    if changed:
        todo.refresh_from_db()
        tell_todo(events.TODO_CALLED_OFF, todo, at=at, by=None)
        _ask_held(todo.lead_id, at=at)
    return bool(changed)


def open_again(touch_id: str, *, by: Person | None, at: datetime) -> None:
    """The contact by which something was done is taken back: it is to be done, as before.

    In the caller's transaction. A sequence that did nothing since waits for it again. Where the
    lead left the sequence that asked for it, it stays ended, as not done.
    """
    done = Todo.objects.select_related("enrolment__sequence", "enrolment__revision")
    for todo in done.filter(touch_id=touch_id, is_done=True):
        one = todo.enrolment
        if todo.why == Why.STEP and one and one.status in (Status.STOPPED, Status.HUMAN):
            todo.is_done, todo.touch_id = False, ""
            todo.reason = "the contact was taken back: it did not happen"
            todo.save(update_fields=["is_done", "touch_id", "reason"])
            continue
        todo.is_done, todo.touch_id, todo.ended_at, todo.ended_by = False, "", None, None
        todo.save(update_fields=["is_done", "touch_id", "ended_at", "ended_by"])
        if todo.why == Why.STEP and one:
            wait_again_for(one, todo.step)
        tell_todo(events.TODO_OPENED_AGAIN, todo, at=at, by=by)


def _mine(todo_id: object, by: Person) -> Todo:
    require(by, WORK)
    todo = todo_for(todo_id)
    if not may_do(by, todo.team):
        raise PermissionDenied(f"do what {team_name(todo.team)} has to do")
    if todo.ended_at is not None:
        raise TodoEnded(todo)
    return todo


def _end(todo: Todo, kind: str, *, by: Person, at: datetime, **said: object) -> Todo:
    changed = Todo.objects.filter(pk=todo.pk, ended_at=None).update(
        ended_at=at, ended_by=by, **said
    )
    todo.refresh_from_db()
    if not changed:
        raise TodoEnded(todo)
    tell_todo(kind, todo, at=at, by=by)
    _ask_held(todo.lead_id, at=at)
    if todo.why == Why.STEP and todo.enrolment_id:
        one = Enrolment.objects.select_related("sequence", "revision").get(pk=todo.enrolment_id)
        go_on_after(one, todo.step, at=at)
    return todo


def _ask_held(lead_id: str, *, at: datetime) -> None:
    """Mails that waited for what is ended are asked about anew."""
    ids = same_mailbox(lead_id)
    held = Enrolment.objects.filter(lead_id__in=ids, status=Status.RUNNING).exclude(held="")
    held.update(due_at=at)


def _for_whom(lead_id: str, team: str, *, at: datetime) -> Person | None:
    try:
        known = lead_of(lead_id)
    except NoSuchLead:
        return None
    owner = str(known.lead.get("owner") or "")
    of_team = [one for one in receivers(team) if owner and owner in (one.name, one.email)]
    return of_team[0] if len(of_team) == 1 else give_in_turn(team, known.as_moved, at=at)

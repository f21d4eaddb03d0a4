"""Leads enter a sequence: by its rule, by hand, many at once; and are taken out again as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from onefunnel.server.people.ids import uuid7
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import may, require
from onefunnel.server.run.handovers.cards import holds
from onefunnel.server.run.handovers.lead_data import Known
from onefunnel.server.run.nurture import events, models
from onefunnel.server.run.nurture.finding import NoSuch, NurtureRefused, as_uuid, sequence_for
from onefunnel.server.run.nurture.leads_at_once import Leads, leads_at_once
from onefunnel.server.run.nurture.leaving import WORK, leave, why_leave
from onefunnel.server.run.nurture.models import IN_IT, Enrolment, Revision, Status
from onefunnel.server.run.nurture.plan import Plan, read_plan
from onefunnel.server.run.nurture.telling import tell_sequence
from onefunnel.server.run.nurture.working import step_due
from onefunnel.server.run.tracker.book import current_book
from onefunnel.server.run.tracker.events import subject_of
from onefunnel.server.run.tracker.history import own_columns
from onefunnel.server.run.tracker.moving import MOST_AT_ONCE, UNDO_OTHERS
from onefunnel.server.warehouse.commands import hold_the_door
from onefunnel.server.warehouse.queries import living_leads, moves_of_leads

#: So many enter in one transaction: nobody else writes meanwhile.
AT_ONCE = 100


@dataclass(frozen=True)
class Entered:
    """What became of leads that were to enter: those that did, and why each other did not.

    `batch_id` takes them out again.
    """

    entered: tuple[str, ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    batch_id: str = ""


def enter_leads(
    *, sequence_id: object, lead_ids: Sequence[str], by: Person, at: datetime
) -> Entered:
    """Have up to MOST_AT_ONCE leads enter a sequence; those that cannot stay out, and are named.

    Whoever else writes gets a turn after each AT_ONCE of them.

    Raises NoSuch; NurtureRefused where the sequence is switched off or there are too many leads.
    """
    require(by, WORK)
    wanted = list(dict.fromkeys(lead_ids))
    if len(wanted) > MOST_AT_ONCE:
        raise NurtureRefused(f"{len(wanted):,} leads are too many at once: choose {MOST_AT_ONCE}.")
    batch, entered, refused = uuid7(), list[str](), dict[str, str]()
    for begin in range(0, max(len(wanted), 1), AT_ONCE):
        with transaction.atomic():
            hold_the_door()
            sequence = sequence_for(sequence_id)
            if sequence.is_on:
                part = wanted[begin : begin + AT_ONCE]
                done = enter_now(sequence, part, by=by, at=at, batch=batch)
                entered += done.entered
                refused |= done.refused
            elif entered:
                refused |= dict.fromkeys(wanted[begin:], "the sequence was switched off meanwhile")
                break
            else:
                raise NurtureRefused(
                    f"“{sequence.name}” is switched off, so nobody enters. Switch it on first."
                )
    return Entered(tuple(entered), refused, str(batch) if entered else "")


def enter_now(
    sequence: models.Sequence,
    lead_ids: Sequence[str],
    *,
    by: Person | None,
    at: datetime,
    batch: UUID | None = None,
) -> Entered:
    """Have leads enter, in the caller's transaction, behind the door.

    Those of one `batch` are taken out as one.
    """
    revision = Revision.objects.get(sequence=sequence, number=sequence.current)
    plan = read_plan(revision.plan)
    due = step_due(plan.steps[0], since=at)
    batch, entered, refused = batch or uuid7(), list[str](), dict[str, str]()
    leads = leads_at_once(lead_ids)
    inside = set(
        Enrolment.objects.filter(sequence=sequence, lead_id__in=lead_ids, status__in=IN_IT)
        .values_list("lead_id", flat=True)
    )  # fmt: skip
    for lead_id in lead_ids:
        why = "it is in this sequence already" if lead_id in inside else why_not_enter(
            lead_id, plan, leads, at=at
        )  # fmt: skip
        if why:
            refused[lead_id] = why
            continue
        entered.append(lead_id)
    Enrolment.objects.bulk_create(
        Enrolment(
            sequence=sequence, revision=revision, lead_id=lead_id, entered_at=at, due_at=due,
            by=by, batch=batch,
        )
        for lead_id in entered
    )  # fmt: skip
    if entered:
        tell_sequence(
            events.LEADS_ENROLLED, sequence, at=at, by=by, batch=str(batch),
            leads=[subject_of(one) for one in entered],
        )  # fmt: skip
    return Entered(tuple(entered), refused, str(batch) if entered else "")


def why_not_enter(lead_id: str, plan: Plan, leads: Leads, *, at: datetime) -> str:
    """Why one of the leads cannot enter; empty where it can."""
    offered = leads.open_offer(lead_id)
    if offered is not None:
        return f"it is offered to {offered.to_name}, who has not answered yet"
    return why_leave(lead_id, plan, at=at, read=leads)


def meets_rule(plan: Plan, lead_ids: Sequence[str], *, at: datetime) -> list[str]:
    """Those of the leads that stand where the rule says and meet its condition."""
    leads, moves = living_leads(lead_ids), moves_of_leads(lead_ids)
    book = current_book(at=at)
    found = []
    for lead_id, lead in leads.items():
        known = Known(lead, moves.get(lead_id, ()))
        if plan.stages:
            stage, _ = book.rules.current(own_columns(lead), known.moves)
            if stage is None or stage.name not in plan.stages:
                continue
        if holds(plan.when, known.as_moved, at=at):
            found.append(lead_id)
    return found


def undo_entering(*, batch_id: object, by: Person, at: datetime) -> Entered:
    """Take out again what entered together; who got a mail or is somebody's to do stays.

    Raises NoSuch where nothing is left to take back; PermissionDenied for all but who did it and
    heads.
    """
    require(by, WORK)
    with transaction.atomic():
        hold_the_door()
        found = entered_together(batch_id)
        if not found:
            raise NoSuch("There is nothing to take back: the leads are out already.")
        if any(one.by_id != by.pk for one in found) and not may(by, UNDO_OTHERS):
            require(by, UNDO_OTHERS)
        out, refused = [], {}
        for one in found:
            if one.mails.exists() or one.todos.exists():
                refused[one.lead_id] = "its first step is done or on its way"
            elif leave(one, status=Status.STOPPED, reason=f"taken back by {by}", at=at, by=by):
                Enrolment.objects.filter(pk=one.pk).update(is_undone=True)
                out.append(one.lead_id)
        if out:
            tell_sequence(
                events.ENROLMENTS_UNDONE, found[0].sequence, at=at, by=by, batch=str(batch_id),
                back=len(out), kept=len(refused),
            )  # fmt: skip
    return Entered(tuple(out), refused, str(batch_id))


def entered_together(batch_id: object) -> list[Enrolment]:
    """Who entered together and is in the sequence still."""
    key: UUID | None = as_uuid(batch_id)
    if key is None:
        return []
    rows = Enrolment.objects.select_related("sequence").filter(batch=key, status__in=IN_IT)
    return list(rows.order_by("pk"))


def advance(enrolment: Enrolment, *, at: datetime) -> None:
    """Go on to the step after the one that is done, or to the end; in the caller's transaction."""
    plan = read_plan(enrolment.revision.plan)
    place = enrolment.position + 1
    if place >= len(plan.steps):
        leave(enrolment, status=Status.FINISHED, reason="it came to the end", at=at)
        return
    Enrolment.objects.filter(pk=enrolment.pk, status__in=IN_IT).update(
        position=place, held="",
        due_at=step_due(plan.steps[place], since=at),
    )  # fmt: skip
    enrolment.refresh_from_db()


def waits_for(enrolment: Enrolment, step: str) -> bool:
    """Whether the lead waits for this very step: its mail goes out, or it is somebody's to do."""
    if enrolment.status not in IN_IT or enrolment.due_at is not None:
        return False
    steps = read_plan(enrolment.revision.plan).steps
    return enrolment.position < len(steps) and steps[enrolment.position].key == step


def wait_again_for(enrolment: Enrolment, step: str) -> None:
    """Go back to a step that turned out not to be done, while nothing came of the one after it; in
    the caller's transaction."""
    steps = read_plan(enrolment.revision.plan).steps
    now = enrolment.position
    if enrolment.status not in IN_IT or not 0 < now < len(steps) or steps[now - 1].key != step:
        return
    key = steps[now].key
    if enrolment.mails.filter(step=key).exists() or enrolment.todos.filter(step=key).exists():
        return
    Enrolment.objects.filter(pk=enrolment.pk, status__in=IN_IT).update(
        position=now - 1, due_at=None, held=""
    )


def go_on_after(enrolment: Enrolment, step: str, *, at: datetime) -> None:
    """Go on where the lead waited for this step; in the caller's transaction."""
    if waits_for(enrolment, step):
        advance(enrolment, at=at)

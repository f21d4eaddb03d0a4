"""Leads leave a sequence: by themselves, by a person, at its end; or it stands still for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.run.handovers.lead_data import Known
from onefunnel.server.run.handovers.models import Handover
from onefunnel.server.run.handovers.models import Status as Handed
from onefunnel.server.run.handovers.standing import is_held
from onefunnel.server.run.nurture import events
from onefunnel.server.run.nurture.finding import NurtureRefused, enrolment_for
from onefunnel.server.run.nurture.leads_at_once import Leads, leads_at_once
from onefunnel.server.run.nurture.models import IN_IT, Enrolment, Status, Todo
from onefunnel.server.run.nurture.one_person import merged_with, open_offer
from onefunnel.server.run.nurture.plan import Plan
from onefunnel.server.run.nurture.telling import tell_enrolment
from onefunnel.server.run.tracker.book import current_book
from onefunnel.server.run.tracker.history import own_columns
from onefunnel.server.warehouse.commands import hold_the_door

WORK = "work leads"
MERGED, GONE = "it was merged into another lead", "there is no such lead any more"
_OUT = {"won": "it was won", "lost": "it was lost", "disqualified": "it was disqualified"}


def why_leave(lead_id: str, plan: Plan, *, at: datetime, read: Leads | None = None) -> str:
    """Why a lead does not belong into a sequence any more; empty where it does.

    `read`: what was read of it together with others, in this transaction.
    """
    leads = read or leads_at_once([lead_id])
    if leads.groups[lead_id][0] != lead_id:
        return MERGED
    known = leads.known.get(lead_id)
    if known is None:
        return GONE
    return why_not_in(known, may_sleep=plan.is_for_asleep, at=at) or _taken(
        leads.handovers(lead_id), known, at=at
    )


def why_not_in(known: Known, *, may_sleep: bool, at: datetime) -> str:
    """Why nothing is to be done with a lead where it stands; empty where something may be.

    `may_sleep`: it may be put aside, as in a sequence for leads asleep.
    """
    stage, _ = current_book(at=at).rules.current(own_columns(known.lead), known.moves)
    if stage is None:
        return ""
    if stage.kind == "recycled" and not may_sleep:
        return "it is put aside until a day"
    return _OUT.get(stage.kind, "")


def _taken(handovers: Sequence[Handover], known: Known, *, at: datetime) -> str:
    """Whether somebody accepted the lead and works it."""
    last = {one.card: one for one in handovers}
    for one in last.values():
        if one.status == Handed.ACCEPTED and is_held(one, known, at=at):
            who = one.answered_by.short_name if one.answered_by else one.to_name
            return f"it was handed over: {who} of {one.to_name} has it"
    return ""


def leave(
    enrolment: Enrolment, *, status: str, reason: str, at: datetime, by: Person | None = None
) -> bool:
    """End it, in the caller's transaction; whether it was in the sequence still.

    What somebody had to do for a step is called off with it.
    """
    changed = Enrolment.objects.filter(pk=enrolment.pk, status__in=IN_IT).update(
        status=status, ended_at=at, due_at=None, paused_at=None, is_paused_by_person=False,
        held="", reason=reason[:200],
    )  # fmt: skip
    if changed:
        enrolment.refresh_from_db()
        if status != Status.FINISHED:
            Todo.objects.filter(enrolment=enrolment, ended_at=None).update(
                ended_at=at, reason=reason
            )
        kind = events.HUMAN_NEEDED if status == Status.HUMAN else events.LEAD_LEFT
        tell_enrolment(kind, enrolment, at=at, by=by, how=str(status))
    return bool(changed)


def stop_lead(*, enrolment_id: object, by: Person, at: datetime) -> Enrolment:
    """Take a lead out of a sequence. Raises NoSuchEnrolment, NurtureRefused."""
    require(by, WORK)
    with transaction.atomic():
        hold_the_door()
        found = enrolment_for(enrolment_id)
        if not leave(found, status=Status.STOPPED, reason=f"taken out by {by}", at=at, by=by):
            raise NurtureRefused("The lead is not in this sequence any more.")
    return found


def pause_lead(*, enrolment_id: object, by: Person, at: datetime) -> Enrolment:
    """Let a sequence stand still for a lead. Raises NoSuchEnrolment, NurtureRefused."""
    require(by, WORK)
    with transaction.atomic():
        hold_the_door()
        found = enrolment_for(enrolment_id)
        changed = Enrolment.objects.filter(pk=found.pk, status__in=IN_IT).update(
            status=Status.PAUSED, paused_at=at, is_paused_by_person=True, reason=f"paused by {by}"
        )
        if not changed:
            raise NurtureRefused("The lead is not in this sequence any more.")
        found.refresh_from_db()
        tell_enrolment(events.LEAD_PAUSED, found, at=at, by=by)
    return found


def resume_lead(*, enrolment_id: object, by: Person, at: datetime) -> Enrolment:
    """Let a sequence go on for a lead. Raises NoSuchEnrolment, NurtureRefused."""
    require(by, WORK)
    with transaction.atomic():
        hold_the_door()
        found = enrolment_for(enrolment_id)
        if open_offer(*merged_with(found.lead_id)):
            raise NurtureRefused(
                "The lead is offered to another team. The sequence goes on when they answered."
            )
        if not _go_on(Enrolment.objects.filter(pk=found.pk), at=at, by=by):
            raise NurtureRefused("The sequence does not stand still for this lead.")
        found.refresh_from_db()
    return found


def pause_for_handover(handover: Handover, *, at: datetime) -> None:
    """A handover begins: nothing of any sequence goes out. In the caller's transaction."""
    ids = merged_with(handover.lead_id)
    for one in Enrolment.objects.filter(lead_id__in=ids, status=Status.RUNNING):
        Enrolment.objects.filter(pk=one.pk, status=Status.RUNNING).update(
            status=Status.PAUSED, paused_at=at, held="",
            reason=f"offered to {handover.to_name}, who has not answered yet",
        )  # fmt: skip
        one.refresh_from_db()
        tell_enrolment(events.LEAD_PAUSED, one, at=at, by=None)


def handover_ended(handover: Handover, *, at: datetime) -> None:
    """An answer came: who was accepted leaves, else what stood still for it goes on."""
    ids = merged_with(handover.lead_id)
    mine = Enrolment.objects.filter(lead_id__in=ids)
    if handover.status == Handed.ACCEPTED:
        who = handover.answered_by.short_name if handover.answered_by else handover.to_name
        for one in mine.filter(status__in=IN_IT):
            reason = f"it was handed over: {who} of {handover.to_name} has it"
            leave(one, status=Status.STOPPED, reason=reason, at=at)
        return
    if open_offer(*ids):
        return
    _go_on(mine.filter(is_paused_by_person=False), at=at, by=None)


def _go_on(found: QuerySet[Enrolment], *, at: datetime, by: Person | None) -> int:
    """What is due while it stood still is due now: the checks come before each step anyway."""
    count = 0
    for one in found.filter(status=Status.PAUSED):
        changed = Enrolment.objects.filter(pk=one.pk, status=Status.PAUSED).update(
            status=Status.RUNNING, paused_at=None, is_paused_by_person=False, reason=""
        )
        if changed:
            one.refresh_from_db()
            tell_enrolment(events.LEAD_RESUMED, one, at=at, by=by)
        count += changed
    return count

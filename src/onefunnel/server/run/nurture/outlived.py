"""What is to be done with a lead, and its place in sequences, end when the lead is done or merged.

Whatever brought that (a person, a program, an import, a merge), it is found here: what stays open
without a reason would hold marketing's mail for good.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import chain

from django.db import transaction

from onefunnel.server.run.handovers.lead_data import Known
from onefunnel.server.run.nurture.leaving import GONE, MERGED, leave, why_not_in
from onefunnel.server.run.nurture.models import IN_IT, Enrolment, NurtureRules, Status, Todo, Why
from onefunnel.server.run.nurture.plan import read_plan
from onefunnel.server.run.nurture.todos import end_by_program
from onefunnel.server.run.nurture.turns import WHOLE, Turn
from onefunnel.server.warehouse.commands import hold_the_door
from onefunnel.server.warehouse.duplicates.queries import merges, standing_lead
from onefunnel.server.warehouse.queries import last_number, living_leads, moves_of_leads

_AT_ONCE = 500
_log = logging.getLogger("onefunnel.nurture")


def end_outlived(*, at: datetime, turn: Turn = WHOLE) -> int:
    """End what has lost its reason; how many to-dos and places in sequences were ended or given on.

    Merges are asked for each time, where leads stand only when data came since the last time.
    """
    number = last_number()
    rules = NurtureRules.objects.first() or NurtureRules.objects.create()
    deeds = _after_merges(at=at)
    if number != rules.looked_at:
        deeds = chain(deeds, _after_data(at=at))
    count = 0
    for deed in deeds:
        try:
            count += deed()
        except Exception:  # whatever is wrong with one lead, what is to do with others ends
            _log.exception("What lost its reason could not be ended; it is tried again.")
        if turn.is_over:  # what was ended is not found again: the next turn comes further
            return count
    NurtureRules.objects.filter(pk=rules.pk).update(looked_at=number)
    return count


def _after_merges(*, at: datetime) -> Iterator[Callable[[], int]]:
    """The merged lead leaves its sequences, with what their steps asked for; what else a person has
    to do goes on with the lead that stands for it."""
    merged = merges().order_by().values("merged_lead")
    inside = Enrolment.objects.filter(status__in=IN_IT, lead_id__in=merged)
    for pk in list(inside.values_list("pk", flat=True)):
        yield partial(_leave, pk, MERGED, at=at)
    for todo in list(Todo.objects.filter(ended_at=None, lead_id__in=merged)):
        yield partial(_give_on, todo)


def _after_data(*, at: datetime) -> Iterator[Callable[[], int]]:
    """To-dos whose lead is gone, or stands where nothing is to be done any more."""
    open_now = Todo.objects.filter(ended_at=None).order_by("pk")
    found = list(open_now.select_related("enrolment__sequence", "enrolment__revision"))
    for begin in range(0, len(found), _AT_ONCE):
        some = found[begin : begin + _AT_ONCE]
        ids = [todo.lead_id for todo in some]
        leads, moves = living_leads(ids), moves_of_leads(ids)
        for todo in some:
            lead = leads.get(todo.lead_id)
            known = Known(lead, moves.get(todo.lead_id, ())) if lead else None
            if reason := _why_done(todo, known, at):
                yield partial(_end, todo, reason, at=at)


def _why_done(todo: Todo, known: Known | None, at: datetime) -> str:
    """Who woke up stands where it slept, so to be put aside ends only what a sequence asked for."""
    if known is None:
        return GONE
    plan = read_plan(todo.enrolment.revision.plan) if todo.enrolment else None
    return why_not_in(known, may_sleep=plan is None or plan.is_for_asleep, at=at)


def _give_on(todo: Todo) -> int:
    still = Todo.objects.filter(pk=todo.pk, ended_at=None)
    return still.update(lead_id=standing_lead(todo.lead_id))


def _end(todo: Todo, reason: str, *, at: datetime) -> int:
    one = todo.enrolment
    if todo.why == Why.STEP and one is not None and one.status in IN_IT:
        return _leave(one.pk, reason, at=at)
    with transaction.atomic():
        hold_the_door()
        return int(end_by_program(todo, reason, at=at))


def _leave(pk: int, reason: str, *, at: datetime) -> int:
    with transaction.atomic():
        hold_the_door()
        inside = Enrolment.objects.select_related("sequence", "revision")
        one = inside.filter(pk=pk, status__in=IN_IT).first()
        return int(one is not None and leave(one, status=Status.STOPPED, reason=reason, at=at))

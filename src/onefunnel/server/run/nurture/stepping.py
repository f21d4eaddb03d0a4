"""Steps whose time has come are taken: each lead in a transaction of its own."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from onefunnel.server.run.nurture.human import need_human, why_human
from onefunnel.server.run.nurture.leaving import leave, why_leave
from onefunnel.server.run.nurture.mails import write_mail
from onefunnel.server.run.nurture.models import Enrolment, Status
from onefunnel.server.run.nurture.plan import read_plan
from onefunnel.server.run.nurture.todos import todo_of_step
from onefunnel.server.run.nurture.turns import WHOLE, Turn
from onefunnel.server.warehouse.commands import hold_the_door
from onefunnel.server.warehouse.queries import read_once

#: So many at a time; what is left comes with the next tick.
MOST = 500
_AGAIN = timedelta(hours=1)
_log = logging.getLogger("onefunnel.nurture")


def take_steps(*, at: datetime, most: int = MOST, turn: Turn = WHOLE) -> int:
    """Take the steps that are due, the longest due first; how many leads were looked at.

    Safe with several workers: each row is taken behind the door and only as it was found. One that
    fails is put off, so that it keeps nobody waiting.
    """
    due = Enrolment.objects.filter(status=Status.RUNNING, due_at__lte=at, sequence__is_on=True)
    found = list(due.order_by("due_at", "pk").values_list("pk", "due_at")[:most])
    for count, (pk, due_at) in enumerate(found, 1):
        try:
            _take(pk, due_at, at=at)
        except Exception:  # whatever is wrong with one lead, the others go on
            _log.exception("A step could not be taken; it is tried again in an hour.")
            Enrolment.objects.filter(pk=pk, status=Status.RUNNING, due_at=due_at).update(
                due_at=at + _AGAIN
            )
        if turn.is_over:
            return count
    return len(found)


def _take(pk: int, due_at: datetime, *, at: datetime) -> None:
    with transaction.atomic(), read_once():
        hold_the_door()
        one = (
            Enrolment.objects.select_related("sequence", "revision")
            .filter(pk=pk, status=Status.RUNNING, due_at=due_at, sequence__is_on=True)
            .first()
        )
        if one is None or look_at(one, at=at):
            return
        plan = read_plan(one.revision.plan)
        if one.position >= len(plan.steps):
            leave(one, status=Status.FINISHED, reason="it came to the end", at=at)
            return
        step = plan.steps[one.position]
        if step.is_mail:
            write_mail(one, step, at=at)
        else:
            todo_of_step(one, step, at=at)


def look_at(one: Enrolment, *, at: datetime) -> bool:
    """See whether the lead leaves, or a human is needed, and do it; in the caller's transaction."""
    plan = read_plan(one.revision.plan)
    if reason := why_leave(one.lead_id, plan, at=at):
        return leave(one, status=Status.STOPPED, reason=reason, at=at)
    if why := why_human(one, plan, at=at):
        return need_human(one, plan, why, at=at)
    return False

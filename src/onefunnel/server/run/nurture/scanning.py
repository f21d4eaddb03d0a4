"""Leads that came in, moved, changed or were touched are looked at: who enters, who needs a human.

Whatever brought the change (a person, a program, an import), it is found here by its number, so
nothing has to remember to say so.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from onefunnel.server.run.nurture.entering import enter_now, meets_rule
from onefunnel.server.run.nurture.models import IN_IT, Enrolment, Revision, Sequence
from onefunnel.server.run.nurture.plan import read_plan
from onefunnel.server.run.nurture.stepping import look_at
from onefunnel.server.run.nurture.turns import WHOLE, Turn
from onefunnel.server.warehouse.commands import hold_the_door
from onefunnel.server.warehouse.queries import last_number, leads_changed_after, read_once

#: So many rows of each table are looked at in one transaction, and so often in one tick.
MOST, ROUNDS = 100, 20
_log = logging.getLogger("onefunnel.nurture")


def look_at_changes(*, at: datetime, turn: Turn = WHOLE) -> int:
    """Look at what changed since each sequence that is on looked last; how many leads entered.

    The one that looked longest ago looks first; one that fails is tried again with the next tick.
    """
    number = last_number()
    behind = Sequence.objects.filter(is_on=True, looked_at__lt=number).order_by("looked_at", "pk")
    entered = 0
    for pk in list(behind.values_list("pk", flat=True)):
        try:
            entered += _catch_up(pk, at=at, turn=turn)
        except Exception:  # whatever is wrong with one sequence, the others look
            _log.exception("A sequence could not look at what changed; it is tried again.")
        if turn.is_over:
            break
    return entered


def _catch_up(pk: int, *, at: datetime, turn: Turn) -> int:
    entered = 0
    for _ in range(ROUNDS):
        done = _look(pk, at=at)
        if done is None:
            break
        entered += done
        if turn.is_over:
            break
    return entered


def _look(pk: int, *, at: datetime) -> int | None:
    """One round of one sequence: how many leads entered; None where there is nothing to see."""
    with transaction.atomic():
        hold_the_door()
        one = Sequence.objects.filter(pk=pk, is_on=True).first()
        if one is None:
            return None
        leads, end = leads_changed_after(one.looked_at, most=MOST)
        if end <= one.looked_at:
            Sequence.objects.filter(pk=pk).update(looked_at=last_number())
            return None
        inside = Enrolment.objects.select_related("sequence", "revision").filter(
            sequence=one, lead_id__in=leads, status__in=IN_IT
        )
        for enrolment in inside:
            with read_once():
                look_at(enrolment, at=at)
        entered = _enter(one, sorted(leads), at=at)
        Sequence.objects.filter(pk=pk, looked_at=one.looked_at).update(looked_at=end)
    return entered


def _enter(one: Sequence, leads: list[str], *, at: datetime) -> int:
    """Those that meet the rule enter, once: who was in it is asked by nobody but a person.

    A person's entry that was taken back is as if it had not been.
    """
    plan = read_plan(Revision.objects.get(sequence=one, number=one.current).plan)
    if not plan.has_rule:
        return 0
    entries = Enrolment.objects.filter(sequence=one, lead_id__in=leads)
    were = set(entries.exclude(is_undone=True, by__isnull=False).values_list("lead_id", flat=True))
    fits = meets_rule(plan, [lead for lead in leads if lead not in were], at=at)
    return len(enter_now(one, fits, by=None, at=at).entered) if fits else 0

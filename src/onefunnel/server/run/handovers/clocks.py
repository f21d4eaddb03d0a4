"""The clock of a handover: stopped and started by people, and what happens when it has run out."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from onefunnel.business_time import NeverOpenError
from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers import events
from onefunnel.server.run.handovers.calendars import due_after_pause
from onefunnel.server.run.handovers.finding import (
    AlreadyAnswered,
    BadAnswer,
    HandoverRefused,
    handover_for,
)
from onefunnel.server.run.handovers.models import ClockPause, Handover, Status
from onefunnel.server.run.handovers.teams import require_giver, require_receiver
from onefunnel.server.run.handovers.telling import tell, write_fact
from onefunnel.server.warehouse.commands import hold_the_door

#: So many are dealt with at a time; what is left comes with the next tick.
MOST = 500


def pause_clock(*, handover_id: object, why: str, by: Person, at: datetime) -> Handover:
    """Stop the clock of an open handover; who stopped it and why is kept and shown.

    Raises:
        NoSuchHandover, AlreadyAnswered: see the classes.
        HandoverRefused: the clock stands still already, or has run out.
        BadAnswer: it is not said why.
    """
    handover = handover_for(by, handover_id)
    require_receiver(by, handover.to_team)
    if not why.strip():
        raise BadAnswer("Say why the clock has to stand still: both teams will read it.")
    with transaction.atomic():
        hold_the_door()
        changed = Handover.objects.filter(
            pk=handover.pk, status=Status.OFFERED, paused_at=None, due_at__gt=at
        ).update(paused_at=at)
        handover.refresh_from_db()
        if not changed:
            raise _why_not(handover, at=at)
        ClockPause.objects.create(
            handover=handover, from_at=at, by=by, why=why.strip()[:2000],
            due_before=handover.due_at,
        )  # fmt: skip
        tell(events.CLOCK_PAUSED, handover, at=at, by=by)
    return handover


def resume_clock(*, handover_id: object, by: Person, at: datetime) -> Handover:
    """Let the clock go on: the working time that was left is left now.

    Raises:
        NoSuchHandover, AlreadyAnswered: see the classes.
        HandoverRefused: the clock is running.
    """
    handover = handover_for(by, handover_id)
    require_receiver(by, handover.to_team)
    if handover.status != Status.OFFERED:
        raise AlreadyAnswered(handover, at=at)
    paused_at, due_at = handover.paused_at, handover.due_at
    if paused_at is None or due_at is None:
        raise HandoverRefused("The clock of this handover is running.")
    due = due_after_pause(handover.to_team, due_at, paused_at=paused_at, resumed_at=at)
    with transaction.atomic():
        hold_the_door()
        changed = Handover.objects.filter(
            pk=handover.pk, status=Status.OFFERED, paused_at=paused_at
        ).update(paused_at=None, due_at=due)
        handover.refresh_from_db()
        if not changed:
            raise AlreadyAnswered(handover, at=at)
        end_pause(handover, by=by, at=at)
        write_fact(handover, at=at, by=by)
        tell(events.CLOCK_RESUMED, handover, at=at, by=by, due=due.isoformat(timespec="seconds"))
    return handover


def due_if_answered(pk: int, *, at: datetime) -> datetime | None:
    """When a handover whose clock stands still is due if it is answered now; else None.

    The pause ends with the answer, as `resume_clock` would end it. Asked behind the door.
    """
    one = Handover.objects.filter(pk=pk, paused_at__isnull=False).first()
    if one is None or one.paused_at is None or one.due_at is None:
        return None
    try:
        return due_after_pause(one.to_team, one.due_at, paused_at=one.paused_at, resumed_at=at)
    except NeverOpenError:  # the team has no hours any more: it cannot be late
        return max(one.due_at, at)


def end_pause(handover: Handover, *, by: Person | None, at: datetime) -> None:
    """Close the handover's open pause, if it has one."""
    ClockPause.objects.filter(handover=handover, until_at=None).update(
        until_at=at, resumed_by=by, due_after=handover.due_at
    )


def keep_promises(*, at: datetime, most: int = MOST) -> int:
    """Find what is overdue at that moment, the earliest first; how many promises were broken.

    Safe with several workers: each row is changed on the condition that it is still as it was
    found, in a transaction of its own, so one that two find is told once.
    """
    overdue = Handover.objects.filter(status=Status.OFFERED, paused_at=None, due_at__lte=at)
    broken = sum(_expire(pk, at=at) for pk in _first(overdue.order_by("due_at", "pk"), most))
    replies = Handover.objects.filter(
        status=Status.REJECTED, replied_at=None, reply_late_at=None, reply_due_at__lte=at
    )
    return broken + sum(
        _reply_late(pk, at=at) for pk in _first(replies.order_by("reply_due_at", "pk"), most)
    )


def withdraw(*, handover_id: object, by: Person, at: datetime) -> None:
    """Take back a handover that waits for data: it was never offered.

    Raises:
        NoSuchHandover: see the class.
        HandoverRefused: it was offered.
    """
    handover = handover_for(by, handover_id)
    require_giver(by, handover.from_team)
    with transaction.atomic():
        hold_the_door()
        gone, _ = Handover.objects.filter(pk=handover.pk, status=Status.WAITING).delete()
        if not gone:
            raise HandoverRefused("It was offered already; an offer is answered, not taken back.")
        tell(events.WITHDRAWN, handover, at=at, by=by)


def _expire(pk: int, *, at: datetime) -> int:
    with transaction.atomic():
        hold_the_door()
        changed = Handover.objects.filter(
            pk=pk, status=Status.OFFERED, paused_at=None, due_at__lte=at
        ).update(status=Status.EXPIRED, answered_at=at)
        if changed:
            handover = Handover.objects.select_related("assigned_to").get(pk=pk)
            write_fact(handover, at=at, by=None)
            tell(events.PROMISE_BROKEN, handover, at=at, by=None, promise="answer")
            tell(events.HANDOVER_EXPIRED, handover, at=at, by=None)
    return changed


def _reply_late(pk: int, *, at: datetime) -> int:
    with transaction.atomic():
        hold_the_door()
        changed = Handover.objects.filter(pk=pk, replied_at=None, reply_late_at=None).update(
            reply_late_at=at
        )
        if changed:
            tell(
                events.PROMISE_BROKEN, Handover.objects.get(pk=pk), at=at, by=None, promise="reply"
            )
    return changed


def _first(rows: object, most: int) -> list[int]:
    return list(rows.values_list("pk", flat=True)[:most])  # type: ignore[attr-defined]


def _why_not(handover: Handover, *, at: datetime) -> HandoverRefused:
    if handover.status != Status.OFFERED:
        return AlreadyAnswered(handover, at=at)
    if handover.paused_at is not None:
        return HandoverRefused("The clock of this handover stands still already.")
    if handover.due_at is None:
        return HandoverRefused("No time is agreed for this handover, so it has no clock.")
    return HandoverRefused("The time is over: there is nothing left to stop.")

"""Answering an offer: each is one conditional change, so that exactly one person answers."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers import events
from onefunnel.server.run.handovers.afterwards import give_lead_to, put_lead_aside
from onefunnel.server.run.handovers.calendars import due, today
from onefunnel.server.run.handovers.cards import clauses, terms_of
from onefunnel.server.run.handovers.clocks import due_if_answered, end_pause
from onefunnel.server.run.handovers.finding import (
    AlreadyAnswered,
    BadAnswer,
    HandoverRefused,
    handover_for,
)
from onefunnel.server.run.handovers.models import Handover, Status
from onefunnel.server.run.handovers.reasons import REJECTIONS, RETURNS
from onefunnel.server.run.handovers.teams import require_giver, require_receiver
from onefunnel.server.run.handovers.telling import tell, write_fact
from onefunnel.server.warehouse.commands import hold_the_door

#: Working hours within which a rejection is replied to where the card says nothing.
REPLY_HOURS = 8.0
_LONGEST = 4000


def accept_handover(*, handover_id: object, by: Person, at: datetime) -> Handover:
    """Take the lead: it is the person's from now on, who becomes its owner.

    Raises:
        NoSuchHandover: see the class.
        AlreadyAnswered: somebody was faster.
    """
    handover = _to_answer(handover_id, by=by, at=at)
    with transaction.atomic():
        taken = _answer(
            handover, Status.ACCEPTED, events.LEAD_ACCEPTED, by=by, at=at, assigned_to=by
        )
        give_lead_to(taken, by=by, at=at)
    return taken


def reject_handover(
    *,
    handover_id: object,
    reason: str,
    clause: str = "",
    is_gap: bool = False,
    better: str = "",
    by: Person,
    at: datetime,
) -> Handover:
    """Say no, why, and which clause of the agreement says so; or that no clause does.

    The giving team then owes a reply within as many of its working hours as the card gives for
    the answer. The lead stays in its stage: where it goes is for the giving team to say.

    Args:
        reason: A code of `reasons.REJECTIONS`.
        clause: One of `clauses_of(handover)`, word for word; empty where `is_gap`.
        is_gap: No clause says it: the rule has a gap.
        better: What would have made it good.

    Raises:
        NoSuchHandover, AlreadyAnswered: see the classes.
        BadAnswer: the reason or the clause is not in its list, or both or neither is said.
    """
    handover = _to_answer(handover_id, by=by, at=at)
    if reason not in REJECTIONS:
        raise BadAnswer(f"Say why, with one of: {', '.join(REJECTIONS)}.")
    if bool(clause) == is_gap:
        raise BadAnswer(
            "Name the clause of the agreement that the lead does not meet, or say that the rule "
            "has a gap; one of the two."
        )
    if clause and clause not in (known := clauses_of(handover, at=at)):
        said = "; ".join(f"“{one}”" for one in known) or "none: say that the rule has a gap"
        raise BadAnswer(f"The agreement has no such clause for this card. It has: {said}.")
    terms = terms_of(handover.agreement_digest)
    hours = terms.card(handover.card).answer_within_hours if terms else None
    return _answer(
        handover,
        Status.REJECTED,
        events.LEAD_REJECTED,
        by=by,
        at=at,
        said={"reason": reason, "is_gap": is_gap},
        reason=reason,
        clause=clause,
        is_gap=is_gap,
        better=_tidy(better),
        reply_due_at=due(handover.from_team, hours or REPLY_HOURS, at=at),
    )


def return_handover(
    *, handover_id: object, reason: str, better: str, by: Person, at: datetime
) -> Handover:
    """Send the lead back for more; the giving team completes it and offers it again.

    Raises:
        NoSuchHandover, AlreadyAnswered: see the classes.
        BadAnswer: the reason is not in its list, or it is not said what is wanted.
    """
    handover = _to_answer(handover_id, by=by, at=at)
    if reason not in RETURNS:
        raise BadAnswer(f"Say why, with one of: {', '.join(RETURNS)}.")
    if not _tidy(better):
        raise BadAnswer("Say what is wanted, so that the giving team can bring it.")
    return _answer(
        handover,
        Status.RETURNED,
        events.LEAD_RETURNED,
        by=by,
        at=at,
        said={"reason": reason},
        reason=reason,
        better=_tidy(better),
    )


def recycle_handover(
    *, handover_id: object, wake_on: date, better: str = "", by: Person, at: datetime
) -> Handover:
    """Put the lead aside until a day on which it is looked at again.

    It moves into the agreement's recycled stage, if there is one.

    Raises:
        NoSuchHandover, AlreadyAnswered: see the classes.
        BadAnswer: the day is not in the future, or no recycled stage lets the lead in.
    """
    handover = _to_answer(handover_id, by=by, at=at)
    if wake_on <= today(handover.to_team, at=at):
        raise BadAnswer("Say on which day the lead is looked at again: one after today.")
    with transaction.atomic():
        aside = _answer(
            handover,
            Status.RECYCLED,
            events.LEAD_RECYCLED,
            by=by,
            at=at,
            said={"wake_on": wake_on.isoformat()},
            wake_on=wake_on,
            better=_tidy(better),
        )
        put_lead_aside(aside, wake_on=wake_on, by=by, at=at)
    return aside


def reply_to_rejection(*, handover_id: object, text: str, by: Person, at: datetime) -> Handover:
    """Answer a rejection, for the giving team: once, and it stands.

    Raises:
        NoSuchHandover: see the class.
        HandoverRefused: it was not rejected, or is replied to already.
        BadAnswer: nothing is said.
    """
    handover = handover_for(by, handover_id)
    require_giver(by, handover.from_team)
    if not _tidy(text):
        raise BadAnswer("Say something: what the giving team makes of the rejection.")
    with transaction.atomic():
        hold_the_door()
        changed = Handover.objects.filter(
            pk=handover.pk, status=Status.REJECTED, replied_at=None
        ).update(reply=_tidy(text), replied_at=at, replied_by=by)
        handover.refresh_from_db()
        if not changed:
            raise HandoverRefused(_why_no_reply(handover))
        write_fact(handover, at=at, by=by)
        tell(events.REJECTION_ANSWERED, handover, at=at, by=by)
    return handover


def clauses_of(handover: Handover, *, at: datetime) -> tuple[str, ...]:
    """What a rejection of this handover can point at, in the words of its own agreement."""
    terms = terms_of(handover.agreement_digest)
    return clauses(terms, terms.card(handover.card), at=at) if terms else ()


def _to_answer(handover_id: object, *, by: Person, at: datetime) -> Handover:
    """The handover, if the person may answer it and nobody has; who comes late writes nothing."""
    handover = handover_for(by, handover_id)
    require_receiver(by, handover.to_team)
    if handover.status != Status.OFFERED:
        raise AlreadyAnswered(handover, at=at)
    return handover


def _answer(
    handover: Handover,
    status: Status,
    kind: str,
    *,
    by: Person,
    at: datetime,
    said: dict[str, object] | None = None,
    **values: object,
) -> Handover:
    with transaction.atomic():
        hold_the_door()
        if (due_at := due_if_answered(handover.pk, at=at)) is not None:
            values["due_at"] = due_at
        changed = Handover.objects.filter(pk=handover.pk, status=Status.OFFERED).update(
            status=status, answered_at=at, answered_by=by, paused_at=None, **values
        )
        if changed:
            handover.refresh_from_db()
            end_pause(handover, by=by, at=at)
            write_fact(handover, at=at, by=by)
            tell(kind, handover, at=at, by=by, **(said or {}))
    if not changed:
        handover.refresh_from_db()
        raise AlreadyAnswered(handover, at=at)
    return handover


def _why_no_reply(handover: Handover) -> str:
    if handover.replied_at is not None:
        who = handover.replied_by.short_name if handover.replied_by else "Somebody"
        return f"{who} has replied to this rejection already."
    return "Only a rejection is replied to, and this handover was not rejected."


def _tidy(text: str) -> str:
    return text.strip()[:_LONGEST]

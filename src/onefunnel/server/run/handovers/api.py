"""Handovers for programs: list, offer, answer, reply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from onefunnel.business_time import NeverOpenError
from onefunnel.server.people.access import who_may
from onefunnel.server.run.handovers import commands, queries
from onefunnel.server.run.handovers.finding import handover_for
from onefunnel.server.run.handovers.lead_data import hiding_for
from onefunnel.server.run.handovers.models import Handover

router = Router()
_LONGEST = 4000


class Strict(Schema):
    """What a program may send: the fields named, and no other."""

    model_config = ConfigDict(extra="forbid")


class OfferIn(Strict):
    lead_id: str = Field(min_length=1, max_length=500)
    card: str = Field(min_length=1, max_length=500)
    note: str = Field("", max_length=_LONGEST)


class AcceptIn(Strict):
    """Nothing needs to be said."""


class RejectIn(Strict):
    """`clause` word for word, one of the handover's `clauses`; or `is_gap`: no clause says so."""

    reason: str
    clause: str = Field("", max_length=_LONGEST)
    is_gap: bool = False
    better: str = Field("", max_length=_LONGEST)


class ReturnIn(Strict):
    reason: str
    better: str = Field(min_length=1, max_length=_LONGEST)


class RecycleIn(Strict):
    wake_on: date
    better: str = Field("", max_length=_LONGEST)


class ReplyIn(Strict):
    text: str = Field(min_length=1, max_length=_LONGEST)


class HandoverOut(Schema):
    """One handover. `left` is the time for the answer (or the reply) in words; `lead_id` is what
    the lead's address holds; people are named by their names."""

    id: UUID
    lead_id: str
    card: str
    from_team: str
    to_team: str
    status: str
    missing: list[str]
    failing: list[str]
    offered_at: datetime | None
    offered_by: str
    note: str
    assigned_to: str
    due_at: datetime | None
    left: str
    paused_at: datetime | None
    answered_at: datetime | None
    answered_by: str
    reason: str
    clause: str
    is_gap: bool
    better: str
    wake_on: date | None
    reply_due_at: datetime | None
    reply: str
    replied_at: datetime | None
    agreement_version: str
    agreement_digest: str
    previous: UUID | None


class HandoverList(Schema):
    """`count` is how many there are in all; `next` is the `start` of the next part."""

    count: int
    next: int | None
    handovers: list[HandoverOut]


class OneHandover(HandoverOut):
    """`clauses`: what a rejection of it can name."""

    clauses: list[str]


class Refusal(Schema):
    """What is wrong and what to do."""

    detail: str


class Missing(Refusal):
    """`missing` names required columns, `clauses` what the acceptance test asks in vain."""

    missing: list[str] = []
    clauses: list[str] = []


_GONE = {404: Refusal}
_ANSWERED = {200: HandoverOut, 404: Refusal, 409: Refusal, 422: Refusal}
_Lists = Literal["waiting", "given", "rejections", "all"]
Answer = tuple[int, HandoverOut | Refusal]


@router.get("", response=HandoverList, summary="Which handovers wait for whom?")
@who_may("see numbers")
def listed(
    request: HttpRequest, which: _Lists = "waiting", start: int = Query(0, ge=0, le=1_000_000)
) -> HandoverList:
    """Fifty handovers of one's own team from `start` on; an owner's are those of all teams.

    `waiting`: to answer, the most urgent first. `given`: to complete or to offer again.
    `rejections`: a reply is owed. `all`: every one, the newest first.
    """
    at = timezone.now()
    person = request.user
    found = {
        "waiting": lambda: queries.waiting_for(person),
        "given": lambda: queries.to_complete(person, at=at),
        "rejections": lambda: queries.rejections_to_answer(person),
        "all": lambda: queries.visible_to(person).order_by("-pk"),
    }[which]()
    hiding = hiding_for(person)
    page = queries.page_of(found.select_related("previous"), person, hiding, at=at, start=start)
    return HandoverList(
        count=page.count, next=page.next, handovers=[_out(line) for line in page.lines]
    )


@router.post(
    "",
    response={201: HandoverOut, 404: Refusal, 409: Refusal, 422: Missing},
    summary="Offer a lead",
)
@who_may("hand over leads")
def offer(request: HttpRequest, body: OfferIn) -> tuple[int, HandoverOut | Refusal]:
    """Offer a lead under a card of the agreement in force; a missing field is named."""
    at = timezone.now()
    try:
        made = commands.offer_lead(
            lead_id=body.lead_id, card=body.card, note=body.note, by=request.user, at=at
        )
    except commands.DataMissing as refusal:
        return 422, Missing(detail=str(refusal), missing=list(refusal.columns))
    except commands.TestNotPassed as refusal:
        return 422, Missing(detail=str(refusal), clauses=list(refusal.clauses))
    except commands.NoSuchLead:
        return 404, Refusal(detail="There is no such lead.")
    except (commands.AlreadyOffered, commands.NoAgreementInForce) as refusal:
        return 409, Refusal(detail=str(refusal))
    except (commands.NoSuchCard, commands.CardUnreadable, NeverOpenError) as refusal:
        return 422, Missing(detail=str(refusal))
    return 201, _shown(request, made, at=at)


@router.get(
    "/{handover_id}", response={200: OneHandover, **_GONE}, summary="How does a handover stand?"
)
@who_may("see numbers", others="unknown", unless="manage people")
def one(request: HttpRequest, handover_id: UUID) -> tuple[int, OneHandover | Refusal]:
    """One handover of the person's team."""
    try:
        found = handover_for(request.user, handover_id)
    except commands.NoSuchHandover as absent:
        return 404, Refusal(detail=_sentence(absent))
    shown = _shown(request, found, at=timezone.now())
    return 200, OneHandover(
        **shown.dict(), clauses=list(commands.clauses_of(found, at=timezone.now()))
    )


@router.post("/{handover_id}/accept", response=_ANSWERED, summary="Take the lead")
@who_may("answer handovers", others="unknown", unless="manage people")
def accept(request: HttpRequest, handover_id: UUID, body: AcceptIn | None = None) -> Answer:
    """The lead is yours. 409 says who was faster."""
    return _answered(
        request,
        lambda at: commands.accept_handover(handover_id=handover_id, by=request.user, at=at),
    )


@router.post("/{handover_id}/reject", response=_ANSWERED, summary="Reject the lead")
@who_may("answer handovers", others="unknown", unless="manage people")
def reject(request: HttpRequest, handover_id: UUID, body: RejectIn) -> Answer:
    """Say why, and which clause of the agreement says so. The giving team owes a reply."""
    return _answered(
        request,
        lambda at: commands.reject_handover(
            handover_id=handover_id, **body.dict(), by=request.user, at=at
        ),
    )


@router.post("/{handover_id}/return", response=_ANSWERED, summary="Send the lead back for more")
@who_may("answer handovers", others="unknown", unless="manage people")
def send_back(request: HttpRequest, handover_id: UUID, body: ReturnIn) -> Answer:
    """The giving team completes it and offers it again."""
    return _answered(
        request,
        lambda at: commands.return_handover(
            handover_id=handover_id, **body.dict(), by=request.user, at=at
        ),
    )


@router.post("/{handover_id}/recycle", response=_ANSWERED, summary="Put the lead aside")
@who_may("answer handovers", others="unknown", unless="manage people")
def recycle(request: HttpRequest, handover_id: UUID, body: RecycleIn) -> Answer:
    """The lead is looked at again on `wake_on`."""
    return _answered(
        request,
        lambda at: commands.recycle_handover(
            handover_id=handover_id, **body.dict(), by=request.user, at=at
        ),
    )


@router.post("/{handover_id}/reply", response=_ANSWERED, summary="Reply to a rejection")
@who_may("hand over leads", others="unknown", unless="manage people")
def reply(request: HttpRequest, handover_id: UUID, body: ReplyIn) -> Answer:
    """For the giving team, once."""
    return _answered(
        request,
        lambda at: commands.reply_to_rejection(
            handover_id=handover_id, text=body.text, by=request.user, at=at
        ),
    )


def _answered(request: HttpRequest, deed: Callable[[datetime], Handover]) -> Answer:
    at = timezone.now()
    try:
        return 200, _shown(request, deed(at), at=at)
    except commands.NoSuchHandover as absent:
        return 404, Refusal(detail=_sentence(absent))
    except commands.BadAnswer as refusal:
        return 422, Refusal(detail=str(refusal))
    except NeverOpenError as refusal:
        return 422, Refusal(detail=_sentence(refusal))
    except commands.HandoverRefused as refusal:
        return 409, Refusal(detail=str(refusal))


def _sentence(refusal: Exception) -> str:
    text = str(refusal)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _shown(request: HttpRequest, handover: Handover, *, at: datetime) -> HandoverOut:
    hiding = hiding_for(request.user)
    (line,) = queries.lines_of([handover], request.user, hiding, at=at)
    return _out(line)


def _out(line: queries.Line) -> HandoverOut:
    one = line.handover
    return HandoverOut(
        id=one.public_id,
        lead_id=line.key,
        offered_by=str(one.offered_by or ""),
        assigned_to=str(one.assigned_to or ""),
        answered_by=str(one.answered_by or ""),
        left=line.left if one.status in ("offered", "rejected") else "",
        previous=one.previous.public_id if one.previous else None,
        **{name: getattr(one, name) for name in _AS_KEPT},
    )


_AS_KEPT = (
    "card", "from_team", "to_team", "status", "missing", "failing", "offered_at", "note", "due_at",
    "paused_at", "answered_at", "reason", "clause", "is_gap", "better", "wake_on", "reply_due_at",
    "reply", "replied_at", "agreement_version", "agreement_digest",
)  # fmt: skip

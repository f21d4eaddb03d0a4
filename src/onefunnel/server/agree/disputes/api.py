"""Disputes for programs: list, open, say, decide, withdraw."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema
from pydantic import ConfigDict

from onefunnel.server.agree.disputes import commands, queries
from onefunnel.server.people.access import who_may
from onefunnel.server.people.models import Team

router = Router()


class Strict(Schema):
    """What a program may send: the fields named, and no other."""

    model_config = ConfigDict(extra="forbid")


class DisputeIn(Strict):
    """`about` names the stage, hand-over, promise, word or number; `evidence` is a definition over
    the data, or the address of a list of this product (a number needs one)."""

    kind: Literal["stage", "hand-over", "promise", "term", "number"]
    about: str = Field(min_length=1, max_length=commands.LONGEST_NAME)
    claim: str = Field(min_length=1, max_length=commands.LONGEST)
    evidence: str = Field("", max_length=2_000)


class CommentIn(Strict):
    text: str = Field(min_length=1, max_length=commands.LONGEST)


class DecisionIn(Strict):
    """`change`: the agreement is to change; `follow`: it stands, and what is done follows it;
    `leave`: nothing changes."""

    choice: Literal["change", "follow", "leave"]
    why: str = Field(min_length=1, max_length=commands.LONGEST)


class WithdrawIn(Strict):
    why: str = Field(min_length=1, max_length=commands.LONGEST)


class EntryOut(Schema):
    """What somebody said; with `choice`, what the head of `team` decided. By "" is the program."""

    at: datetime
    by: str
    team: str
    choice: str
    text: str


class DisputeOut(Schema):
    """One dispute. `opened_by` "" is the program, which watches the data."""

    id: UUID
    kind: str
    about: str
    claim: str
    evidence: str
    state: str
    decision: str
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str


class OneDispute(DisputeOut):
    """`waits_for`: the teams whose heads have still to decide, or to decide the same."""

    entries: list[EntryOut]
    waits_for: list[str]


class DisputeList(Schema):
    count: int
    disputes: list[DisputeOut]


class Refusal(Schema):
    """What is wrong and what to do."""

    detail: str


Answer = tuple[int, OneDispute | Refusal]
_ANSWERS = {200: OneDispute, 404: Refusal, 409: Refusal}


@router.get("", response=DisputeList, summary="What do we disagree about?")
@who_may("see numbers")
def listed(request: HttpRequest, state: Literal["open", "closed"] = "open") -> DisputeList:
    """The open disputes, the oldest first; or the last hundred that were closed."""
    found = queries.disputes(is_open=state == "open")
    return DisputeList(count=len(found), disputes=[DisputeOut(**_plain(one)) for one in found])


@router.post("", response={201: OneDispute, 422: Refusal}, summary="Open a dispute")
@who_may("open dispute")
def opened(request: HttpRequest, body: DisputeIn) -> Answer:
    """Say that something in the agreement, or in how it is kept, is wrong."""
    try:
        made = commands.open_dispute(**body.dict(), by=request.user, at=timezone.now())
    except commands.DisputeRefused as refusal:
        return 422, Refusal(detail=str(refusal))
    return 201, _one(made.public_id)


@router.get(
    "/{dispute_id}", response={200: OneDispute, 404: Refusal}, summary="How does a dispute stand?"
)
@who_may("see numbers")
def one(request: HttpRequest, dispute_id: UUID) -> Answer:
    """One dispute with all that was said."""
    if queries.told(dispute_id, at=timezone.now()) is None:
        return 404, Refusal(detail="There is no such dispute.")
    return 200, _one(dispute_id)


@router.post("/{dispute_id}/comments", response=_ANSWERS, summary="Say something")
@who_may("open dispute")
def say(request: HttpRequest, dispute_id: UUID, body: CommentIn) -> Answer:
    """It is kept as said."""
    return _answered(
        dispute_id,
        lambda at: commands.comment(dispute_id=dispute_id, **body.dict(), by=request.user, at=at),
    )


@router.post("/{dispute_id}/decide", response=_ANSWERS, summary="Decide for your team")
@who_may("decide dispute")
def decide(request: HttpRequest, dispute_id: UUID, body: DecisionIn) -> Answer:
    """It is decided once the heads of both teams say the same."""
    return _answered(
        dispute_id,
        lambda at: commands.decide(dispute_id=dispute_id, **body.dict(), by=request.user, at=at),
    )


@router.post("/{dispute_id}/withdraw", response=_ANSWERS, summary="Take your claim back")
@who_may("open dispute")
def withdraw(request: HttpRequest, dispute_id: UUID, body: WithdrawIn) -> Answer:
    """For who opened it."""
    return _answered(
        dispute_id,
        lambda at: commands.withdraw(dispute_id=dispute_id, **body.dict(), by=request.user, at=at),
    )


def _answered(dispute_id: UUID, deed: Callable[[datetime], object]) -> Answer:
    try:
        deed(timezone.now())
    except commands.NoSuchDispute:
        return 404, Refusal(detail="There is no such dispute.")
    except commands.DisputeRefused as refusal:
        return 409, Refusal(detail=str(refusal))
    return 200, _one(dispute_id)


def _one(dispute_id: UUID) -> OneDispute:
    found = queries.told(dispute_id, at=timezone.now())
    if found is None:
        raise LookupError(dispute_id)
    return OneDispute(
        **_plain(found.dispute),
        waits_for=list(found.waits_for),
        entries=[
            EntryOut(
                at=one.at, by=str(one.by or ""), choice=one.choice, text=one.text,
                team=Team(one.team).label if one.team else "",
            )
            for one in found.entries
        ],
    )  # fmt: skip


def _plain(one: queries.Dispute) -> dict[str, object]:
    names = ("kind", "about", "claim", "evidence", "state", "decision", "opened_at", "closed_at")
    return {
        "id": one.public_id,
        "opened_by": str(one.opened_by or ""),
        "closed_by": str(one.closed_by or ""),
        **{name: getattr(one, name) for name in names},
    }

"""Objectives for programs: list, write, change, sign, what they take, levers, plans."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema
from pydantic import ConfigDict

from onefunnel.server.agree.basis import current_basis
from onefunnel.server.people.access import who_may
from onefunnel.server.plan import commands, queries
from onefunnel.server.plan.queries import ObjectiveView
from onefunnel.server.plan.scenarios import moved_from
from onefunnel.server.plan.shown import outlook, sentence, would_words
from onefunnel.server.plan.taking import Answer, taken
from onefunnel.server.plan.wording import LONGEST, ObjectiveRefused

router = Router()


class Strict(Schema):
    """What a program may send: the fields named, and no other."""

    model_config = ConfigDict(extra="forbid")


class ObjectiveIn(Strict):
    """`amount`: won leads, money in `currency`, or per cent of the accounts. `segment` is one of
    the agreement, `where` a definition over lead columns; both may be empty."""

    outcome: Literal["won", "revenue", "margin", "share"]
    amount: Decimal = Field(gt=0, lt=Decimal("1e14"), decimal_places=4)
    until: date
    currency: str = Field("", max_length=3)
    segment: str = Field("", max_length=200)
    where: str = Field("", max_length=LONGEST)
    statement: str = Field("", max_length=LONGEST)


class ChangeIn(ObjectiveIn):
    """`revision`: the one that was read; refused (409) where there is a newer one."""

    revision: int


class SignIn(Strict):
    """`digest`: of the words that were read."""

    digest: str = Field(max_length=64)


class LeversIn(Strict):
    """Levers in per cent of what is usual, as the address of the page has them:
    {"inflow.Web": "150", "step.Lead": "110", "pace": "80", "people": "6"}."""

    levers: dict[str, str] = Field(default_factory=dict, max_length=200)


class SignatureOut(Schema):
    team: str
    signed_by: str
    signed_at: datetime | None


class ObjectiveOut(Schema):
    """One objective. `standing`: draft, signed by whom, or set aside."""

    id: UUID
    revision: int
    digest: str
    title: str
    statement: str
    outcome: str
    amount: Decimal
    currency: str
    segment: str
    where: str
    until: date
    standing: str
    signatures: list[SignatureOut]
    plans: int


class ObjectiveList(Schema):
    count: int
    objectives: list[ObjectiveOut]


class MonthOut(Schema):
    """`usual`: leads that come anyway; `fewest`: where the whole is to be as few as possible."""

    since: datetime
    until: datetime
    leads: float
    wins: float
    usual: float
    fewest: float | None


class TakesOut(Schema):
    """What it takes: new leads needed with a chance of 50, 80 and 90 % (null: no number is
    enough), months at 80 %, wins by P10, P20, P50 and P90 with the leads that come; `would`: what,
    alone, would bring it into reach. `refusal` says why nothing can be told."""

    sentence: str = ""
    outlook: str = ""
    leads: dict[str, int | None] = Field(default_factory=dict)
    wins: float | None = None
    in_flight: list[float] = Field(default_factory=list)
    expected: list[float] = Field(default_factory=list)
    coming: int | None = None
    chance: float | None = None
    too_late_share: float | None = None
    months: list[MonthOut] = Field(default_factory=list)
    would: list[str] = Field(default_factory=list)
    refusal: str = ""


class PlanOut(Schema):
    number: int
    leads: int
    chance: float
    levers: dict[str, str]
    months: list[dict[str, str | float]]
    saved_at: datetime
    saved_by: str


class Refusal(Schema):
    """What is wrong and what to do."""

    detail: str


Answered = tuple[int, ObjectiveOut | Refusal]
_ANSWERS = {200: ObjectiveOut, 404: Refusal, 409: Refusal}


@router.get("/objectives", response=ObjectiveList, summary="What is to come out, and by when?")
@who_may("see numbers")
def listed(request: HttpRequest) -> ObjectiveList:
    """All objectives: those followed first, the nearest day first."""
    found = [_out(one) for one in queries.objectives()]
    return ObjectiveList(count=len(found), objectives=found)


@router.post(
    "/objectives", response={201: ObjectiveOut, 422: Refusal}, summary="Write an objective"
)
@who_may("draft objective")
def drafted(request: HttpRequest, body: ObjectiveIn) -> Answered:
    """It is a draft until the heads of both sides have signed it."""
    try:
        made = commands.draft_objective(typed=_typed(body), by=request.user, at=timezone.now())
    except ObjectiveRefused as refusal:
        return 422, Refusal(detail=str(refusal))
    return 201, _out(_view(made.public_id))


@router.get("/objectives/{objective_id}", response=_ANSWERS, summary="One objective")
@who_may("see numbers")
def one(request: HttpRequest, objective_id: UUID) -> Answered:
    """Its words, and who signed them."""
    return _answered(objective_id, lambda at: None)


@router.post("/objectives/{objective_id}/change", response=_ANSWERS, summary="Change an objective")
@who_may("draft objective")
def changed(request: HttpRequest, objective_id: UUID, body: ChangeIn) -> Answered:
    """Signatures do not stand under the new words."""
    return _answered(
        objective_id,
        lambda at: commands.change_objective(
            objective_id=objective_id, typed=_typed(body), revision=body.revision,
            by=request.user, at=at,
        ),
    )  # fmt: skip


@router.post("/objectives/{objective_id}/sign", response=_ANSWERS, summary="Sign for your team")
@who_may("sign objective")
def signed(request: HttpRequest, objective_id: UUID, body: SignIn) -> Answered:
    """Refused (409) where the words were changed since."""
    return _answered(
        objective_id,
        lambda at: commands.sign_objective(
            objective_id=objective_id, digest=body.digest, by=request.user, at=at
        ),
    )


@router.post("/objectives/{objective_id}/set-aside", response=_ANSWERS, summary="Set aside")
@who_may("draft objective")
def aside(request: HttpRequest, objective_id: UUID) -> Answered:
    """It stays, and is no longer followed."""
    return _answered(
        objective_id,
        lambda at: commands.set_aside(objective_id=objective_id, by=request.user, at=at),
    )


@router.post("/objectives/{objective_id}/take-up", response=_ANSWERS, summary="Take up again")
@who_may("draft objective")
def up(request: HttpRequest, objective_id: UUID) -> Answered:
    """Its signatures stand."""
    return _answered(
        objective_id, lambda at: commands.take_up(objective_id=objective_id, by=request.user, at=at)
    )


@router.get(
    "/objectives/{objective_id}/takes",
    response={200: TakesOut, 404: Refusal, 409: Refusal},
    summary="What does it take?",
)
@who_may("see numbers")
def takes(request: HttpRequest, objective_id: UUID) -> tuple[int, TakesOut | Refusal]:
    """With levers where the address has them: ?inflow.Web=150&pace=80&until=2027-09-30."""
    found = queries.objective_view(objective_id)
    if found is None:
        return 404, Refusal(detail="There is no such objective.")
    try:
        moved = moved_from(request.GET.dict(), found.wording, found.capacity)
    except ObjectiveRefused as refusal:
        return 409, Refusal(detail=str(refusal))
    answer = taken(current_basis(), found.wording, moved, with_would=not moved.words)
    return 200, _takes(answer, found)


@router.post(
    "/objectives/{objective_id}/plans",
    response={201: PlanOut, 404: Refusal, 409: Refusal},
    summary="Save a plan",
)
@who_may("draft objective")
def saved(
    request: HttpRequest, objective_id: UUID, body: LeversIn
) -> tuple[int, PlanOut | Refusal]:
    """Kept as it comes out now; older ones stay."""
    try:
        plan = commands.save_plan(
            objective_id=objective_id, words=body.levers, by=request.user, at=timezone.now()
        )
    except commands.NoSuchObjective:
        return 404, Refusal(detail="There is no such objective.")
    except ObjectiveRefused as refusal:
        return 409, Refusal(detail=str(refusal))
    return 201, PlanOut(
        number=plan.number, leads=plan.leads, chance=plan.chance, levers=plan.levers,
        months=plan.months, saved_at=plan.saved_at, saved_by=str(plan.saved_by),
    )  # fmt: skip


def _typed(body: ObjectiveIn) -> dict[str, str]:
    return {
        "statement": body.statement, "outcome": body.outcome, "amount": f"{body.amount:f}",
        "currency": body.currency, "segment": body.segment, "where": body.where,
        "until": body.until.isoformat(),
    }  # fmt: skip


def _answered(objective_id: UUID, deed: Callable[[datetime], object]) -> Answered:
    try:
        deed(timezone.now())
    except commands.NoSuchObjective:
        return 404, Refusal(detail="There is no such objective.")
    except ObjectiveRefused as refusal:
        return 409, Refusal(detail=str(refusal))
    found = queries.objective_view(objective_id)
    if found is None:
        return 404, Refusal(detail="There is no such objective.")
    return 200, _out(found)


def _view(objective_id: object) -> ObjectiveView:
    found = queries.objective_view(objective_id)
    if found is None:
        raise LookupError(objective_id)
    return found


def _out(found: ObjectiveView) -> ObjectiveOut:
    words = found.wording
    return ObjectiveOut(
        id=found.objective.public_id, revision=words.revision, digest=words.digest,
        title=found.title, statement=words.statement, outcome=words.outcome, amount=words.amount,
        currency=words.currency, segment=words.segment, where=words.where, until=words.until,
        standing=found.standing, plans=len(found.plans),
        signatures=[
            SignatureOut(
                team=line.label, signed_by=str(line.signature.signed_by) if line.signature else "",
                signed_at=line.signature.signed_at if line.signature else None,
            )
            for line in found.lines
        ],
    )  # fmt: skip


def _takes(answer: Answer, found: ObjectiveView) -> TakesOut:
    if answer.takes is None:
        return TakesOut(refusal=answer.refusal)
    needed = answer.takes.needed
    p50, p80, p90 = needed.leads
    return TakesOut(
        sentence=sentence(answer, found.wording, f"{found.wording.until:%-d %B %Y}"),
        outlook=outlook(answer.takes), leads={"p50": p50, "p80": p80, "p90": p90},
        wins=needed.wins, in_flight=list(needed.in_flight), expected=list(needed.expected),
        coming=needed.coming, chance=needed.reached_chance, too_late_share=needed.too_late_share,
        months=[
            MonthOut(since=one.since, until=one.until, leads=one.leads, wins=one.wins,
                     usual=one.usual, fewest=one.fewest)
            for one in answer.takes.months
        ],
        would=[would_words(one, answer, found.wording) for one in answer.would],
    )  # fmt: skip

"""Duplicates by program: the pairs that wait, merging them, keeping them apart, taking it back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from onefunnel.server.people.access import who_may
from onefunnel.server.people.rules import may
from onefunnel.server.warehouse.duplicates import commands, queries
from onefunnel.server.warehouse.duplicates.rows import Merge, Suggestion
from onefunnel.server.warehouse.duplicates.tasks import look

router = Router()
ZONES = {"sure": Suggestion.Zone.AUTOMATIC, "doubtful": Suggestion.Zone.REVIEW}


class SuggestionOut(Schema):
    """Two leads that are (sure) or may be (doubtful) one person. `probability` is of doubtful
    ones; `why` needs the right to see personal data."""

    id: UUID
    kept_lead: str
    lead: str
    probability: float | None
    why: str
    found_at: datetime


class SuggestionsOut(Schema):
    """One page of the pairs that wait, and how many there are."""

    count: int
    items: list[SuggestionOut]


class MergeIn(Schema):
    """Which lead is read as part of which from now on."""

    model_config = {"extra": "forbid"}
    kept_lead: str = Field(min_length=1, max_length=400)
    merged_lead: str = Field(min_length=1, max_length=400)


class MergeOut(Schema):
    """One merge; `undone_at` is there once it was taken back."""

    id: UUID
    kept_lead: str
    merged_lead: str
    at: datetime
    undone_at: datetime | None


class Refusal(Schema):
    """What is wrong and what to do."""

    detail: str


_WRONG = {404: Refusal, 409: Refusal}


@router.get("", response=SuggestionsOut, summary="Which leads may be there twice?")
@who_may("merge duplicates")
def suggestions(
    request: HttpRequest,
    zone: Literal["sure", "doubtful"] = "doubtful",
    offset: int = Query(0, ge=0, le=10_000_000),
    limit: int = Query(100, ge=1, le=1000),
) -> SuggestionsOut:
    """The pairs that wait for a decision, most probable first."""
    rows = queries.suggestions(ZONES[zone])
    sees = may(request.user, "see personal data")
    items = [
        SuggestionOut(
            id=row.public_id,
            kept_lead=row.kept_lead,
            lead=row.lead,
            probability=row.probability,
            why=row.why if sees else "",
            found_at=row.found_at,
        )
        for row in rows[offset : offset + limit]
    ]
    return SuggestionsOut(count=rows.count(), items=items)


@router.post("/look", response={202: None}, summary="Look through all leads")
@who_may("merge duplicates")
def look_through(request: HttpRequest) -> tuple[int, None]:
    """Look for duplicates in the background; it also happens after each import."""
    look.enqueue(str(request.user.public_id))
    return 202, None


@router.post("/merges", response={201: MergeOut, **_WRONG}, summary="Merge two leads")
@who_may("merge duplicates")
def merge(request: HttpRequest, wanted: MergeIn) -> tuple[int, MergeOut]:
    """Read one lead as part of another from now on. Nothing is deleted; it can be taken back."""
    try:
        made = commands.merge_leads(
            kept_lead_id=wanted.kept_lead,
            merged_lead_id=wanted.merged_lead,
            by=request.user,
            at=timezone.now(),
        )
    except commands.LeadNotThere as refusal:
        raise HttpError(404, str(refusal)) from refusal
    except commands.AlreadyMerged as refusal:
        raise HttpError(409, str(refusal)) from refusal
    return 201, _out(made)


@router.post("/merges/{merge_id}/undo", response={200: MergeOut, **_WRONG}, summary="Take it back")
@who_may("merge duplicates")
def undo(request: HttpRequest, merge_id: UUID) -> MergeOut:
    """Both leads are as they were before the merge."""
    try:
        return _out(commands.undo_merge(merge_id=merge_id, by=request.user, at=timezone.now()))
    except Merge.DoesNotExist:
        raise HttpError(404, "There is no such merge.") from None
    except commands.NotMerged as refusal:
        raise HttpError(409, str(refusal)) from refusal


@router.post("/{suggestion_id}/apart", response={204: None, **_WRONG}, summary="Not the same")
@who_may("merge duplicates")
def apart(request: HttpRequest, suggestion_id: UUID) -> tuple[int, None]:
    """Keep the two of a pair apart; they are not suggested again."""
    try:
        commands.not_the_same(suggestion_id=suggestion_id, by=request.user, at=timezone.now())
    except Suggestion.DoesNotExist:
        raise HttpError(404, "There is no such pair.") from None
    except commands.AlreadyMerged as refusal:
        raise HttpError(409, str(refusal)) from refusal
    return 204, None


def _out(merge: Merge) -> MergeOut:
    return MergeOut(
        id=merge.public_id,
        kept_lead=merge.kept_lead,
        merged_lead=merge.merged_lead,
        at=merge.at,
        undone_at=merge.undone_at,
    )

"""Whom we may write to, for programs: the basis, and the list of those nobody may write to.

An address is asked about by POST, so that it stands in no web address and no log.
"""

from __future__ import annotations

import csv
from datetime import datetime
from typing import Any, ClassVar, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from onefunnel.server.notify.to_leads import commands, queries
from onefunnel.server.notify.to_leads.digests import NotAnAddress
from onefunnel.server.people.access import who_may

router = Router()
_PAGE = 50
_LONGEST = 5_000_000  # of characters; a request takes no more


class Strict(Schema):
    """Takes the fields it names and no other."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class AddressIn(Strict):
    address: str = Field(max_length=400)


class BasisIn(AddressIn):
    """`ground`: on what basis the address may be written to for the purpose; `source`: where that
    was said; `wording`: which text was agreed to. The last one said counts, all are kept."""

    purpose: str = Field(max_length=40)
    ground: Literal["consent", "contract", "interest-prospect", "interest-customer", "none"]
    source: str = Field(max_length=200)
    wording: str = Field("", max_length=200)


class SuppressionIn(AddressIn):
    """Why nobody may write to the address. It is never taken off the list again."""

    why: Literal["objected", "bounced"] = "objected"


class ListIn(Strict):
    """A list as text: CSV or one address a line, or a list that was given out here. Send a longer
    one in parts."""

    text: str = Field(max_length=_LONGEST)


class Recorded(Schema):
    """`is_new`: whether it was not on the list before."""

    is_new: bool


class BroughtIn(Schema):
    added: int
    known: int
    bad_lines: list[int]


class Listed(Schema):
    """One entry: no address stands in it, only why and since when."""

    why: str
    at: datetime


class SuppressionList(Schema):
    """`count` is how many there are in all; `next` is the `start` of the next part."""

    count: int
    next: int | None
    entries: list[Listed]


class BasisOut(Schema):
    purpose: str
    ground: str
    source: str
    wording: str
    at: datetime


class AboutAddress(Schema):
    """Whether nobody may write to it, why, and what was said of the basis, the newest first."""

    is_listed: bool
    why: str
    basis: list[BasisOut]


class Refusal(Schema):
    """What is wrong and what to do."""

    detail: str


_WRONG = {422: Refusal}
_Answer = tuple[int, Any]


@router.post("/basis", response={201: None, **_WRONG}, summary="Record a basis for writing")
@who_may("arrange mail to leads")
def basis(request: HttpRequest, body: BasisIn) -> _Answer:
    """Say on what basis an address may be written to for a purpose, or that there is none."""
    try:
        commands.record_basis(**body.dict(), by=request.user, at=timezone.now())
    except ValueError as wrong:
        return 422, {"detail": str(wrong)}
    return 201, None


@router.post(
    "/addresses/look", response={200: AboutAddress, **_WRONG}, summary="May we write to this one?"
)
@who_may("arrange mail to leads")
def look(request: HttpRequest, body: AddressIn) -> _Answer:
    """What is known of one address."""
    try:
        about = queries.about_address(body.address)
    except NotAnAddress as wrong:
        return 422, {"detail": str(wrong)}
    return 200, {
        "is_listed": about.listed is not None,
        "why": about.listed.why if about.listed else "",
        "basis": [
            {name: getattr(one, name) for name in BasisOut.model_fields} for one in about.said
        ],
    }


@router.get("/suppression", response=SuppressionList, summary="How many may nobody write to?")
@who_may("arrange mail to leads")
def suppression(request: HttpRequest, start: int = Query(0, ge=0, le=10_000_000)) -> dict[str, Any]:
    """Fifty entries from `start` on, the newest first, and how many there are."""
    rows = queries.listed()
    count = rows.count()
    return {
        "count": count,
        "next": start + _PAGE if start + _PAGE < count else None,
        "entries": [{"why": one.why, "at": one.at} for one in rows[start : start + _PAGE]],
    }


@router.post(
    "/suppression", response={200: Recorded, **_WRONG}, summary="Let nobody write to an address"
)
@who_may("arrange mail to leads")
def suppress(request: HttpRequest, body: SuppressionIn) -> _Answer:
    """Put one address on the list."""
    try:
        is_new = commands.suppress(
            address=body.address, why=body.why, by=request.user, at=timezone.now()
        )
    except ValueError as wrong:
        return 422, {"detail": str(wrong)}
    return 200, {"is_new": is_new}


@router.post("/suppression/list", response={200: BroughtIn, **_WRONG}, summary="Bring a list in")
@who_may("arrange mail to leads")
def bring_in(request: HttpRequest, body: ListIn) -> _Answer:
    """Put every address of a list on ours; lines without one are named."""
    try:
        done = commands.bring_in_list(text=body.text, by=request.user, at=timezone.now())
    except (commands.BadList, commands.Unreadable, csv.Error) as bad:
        return 422, {"detail": str(bad)}
    return 200, {"added": done.added, "known": done.known, "bad_lines": list(done.bad_lines)}

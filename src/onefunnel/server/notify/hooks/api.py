"""Endpoints of webhooks for programs: list, add, change, pause, remove, send again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema
from pydantic import ConfigDict

from onefunnel.server.notify.hooks import commands, queries
from onefunnel.server.notify.hooks.models import Endpoint
from onefunnel.server.notify.outbox import commands as outbox
from onefunnel.server.people.access import who_may

router = Router()


class Strict(Schema):
    """Takes the fields it names and no other."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class EndpointIn(Strict):
    """`kinds`: of events, those it is told; none: all. Docs: reference/webhooks.md."""

    label: str = Field(max_length=80)
    url: str = Field(max_length=500)
    kinds: list[str] = Field(default_factory=list, max_length=500)
    has_personal_data: bool = False


class EndpointChange(Strict):
    """What is left out stays. `is_on` false pauses it: what waits for it is given up.

    With `revision` a change that somebody else made meanwhile is not overwritten.
    """

    label: str | None = Field(None, max_length=80)
    url: str | None = Field(None, max_length=500)
    kinds: list[str] | None = Field(None, max_length=500)
    has_personal_data: bool | None = None
    is_on: bool | None = None
    revision: int | None = None


class EndpointOut(Schema):
    """One endpoint; its secret is never shown again."""

    id: UUID
    label: str
    url: str
    kinds: list[str]
    has_personal_data: bool
    is_on: bool
    why_off: str
    failing_since: datetime | None
    made_at: datetime
    revision: int


class EndpointWithSecret(EndpointOut):
    """`secret` is shown this once."""

    secret: str


class MessageOut(Schema):
    """One message to an endpoint. `state`: waiting, sent, failed or dropped."""

    id: UUID
    kind: str
    state: str
    made_at: datetime
    due_at: datetime
    ended_at: datetime | None
    attempts: int
    reason: str


class Refusal(Schema):
    """What is wrong and what to do."""

    detail: str


_GONE = {404: Refusal}
_NOT_THERE = {"detail": "There is no such endpoint."}
_Answer = tuple[int, Any]


@router.get("/webhooks", response=list[EndpointOut], summary="Who is told of what happens here?")
@who_may("manage webhooks")
def listed(request: HttpRequest) -> list[dict[str, Any]]:
    """Every endpoint, by its label."""
    return [_out(one) for one in queries.endpoints()]


@router.post(
    "/webhooks", response={201: EndpointWithSecret, 422: Refusal}, summary="Add an endpoint"
)
@who_may("manage webhooks")
def add(request: HttpRequest, body: EndpointIn) -> _Answer:
    """Messages are signed as Standard Webhooks says, with the secret that stands in the answer."""
    try:
        endpoint, secret = commands.add_endpoint(**body.dict(), by=request.user, at=timezone.now())
    except commands.EndpointRefused as refusal:
        return 422, {"detail": str(refusal)}
    return 201, _out(endpoint) | {"secret": secret}


@router.patch(
    "/webhooks/{endpoint_id}",
    response={200: EndpointOut, 409: Refusal, 422: Refusal, **_GONE},
    summary="Change or pause an endpoint",
)
@who_may("manage webhooks")
def change(request: HttpRequest, endpoint_id: UUID, body: EndpointChange) -> _Answer:
    """Change what is sent; `{"is_on": false}` pauses it, true lets it go on."""
    there = queries.endpoint_of(endpoint_id)
    if there is None:
        return 404, _NOT_THERE
    said = {name: value for name, value in body.dict().items() if value is not None}
    whole = {name: getattr(there, name) for name in (*_CHANGED, "revision")} | said
    try:
        endpoint = commands.change_endpoint(
            endpoint_id=endpoint_id, by=request.user, at=timezone.now(), **whole
        )
    except commands.ChangedMeanwhile as meanwhile:
        return 409, {"detail": str(meanwhile)}
    except commands.EndpointRefused as refusal:
        return 422, {"detail": str(refusal)}
    except Endpoint.DoesNotExist:
        return 404, _NOT_THERE
    return 200, _out(endpoint)


@router.delete(
    "/webhooks/{endpoint_id}", response={204: None, **_GONE}, summary="Remove an endpoint"
)
@who_may("manage webhooks")
def remove(request: HttpRequest, endpoint_id: UUID) -> _Answer:
    """Nothing is sent there any more, and the log of what was sent goes with it."""
    try:
        commands.remove_endpoint(endpoint_id=endpoint_id, by=request.user, at=timezone.now())
    except Endpoint.DoesNotExist:
        return 404, _NOT_THERE
    return 204, None


@router.post(
    "/webhooks/{endpoint_id}/secret",
    response={200: EndpointWithSecret, **_GONE},
    summary="Give an endpoint a new secret",
)
@who_may("manage webhooks")
def renew(request: HttpRequest, endpoint_id: UUID) -> _Answer:
    """The secret before signs beside the new one for a day."""
    try:
        endpoint, secret = commands.renew_secret(
            endpoint_id=endpoint_id, by=request.user, at=timezone.now()
        )
    except Endpoint.DoesNotExist:
        return 404, _NOT_THERE
    return 200, _out(endpoint) | {"secret": secret}


@router.post(
    "/webhooks/{endpoint_id}/test",
    response={202: None, 422: Refusal, **_GONE},
    summary="Send a test event",
)
@who_may("manage webhooks")
def try_it(request: HttpRequest, endpoint_id: UUID) -> _Answer:
    """It goes to this endpoint and to no other, within seconds."""
    try:
        commands.try_endpoint(endpoint_id=endpoint_id, by=request.user, at=timezone.now())
    except commands.EndpointRefused as refusal:
        return 422, {"detail": str(refusal)}
    except Endpoint.DoesNotExist:
        return 404, _NOT_THERE
    return 202, None


@router.get(
    "/webhooks/{endpoint_id}/messages",
    response={200: list[MessageOut], **_GONE},
    summary="Does it arrive?",
)
@who_may("manage webhooks")
def messages(request: HttpRequest, endpoint_id: UUID) -> _Answer:
    """The last fifty messages to an endpoint, the newest first."""
    endpoint = queries.endpoint_of(endpoint_id)
    if endpoint is None:
        return 404, _NOT_THERE
    return 200, [
        {"id": one.public_id, "kind": one.about} | {name: getattr(one, name) for name in _SAID}
        for one in queries.sent_to(endpoint)
    ]


@router.post(
    "/messages/{message_id}/again",
    response={202: None, 422: Refusal, **_GONE},
    summary="Send a message again",
)
@who_may("manage outgoing")
def again(request: HttpRequest, message_id: UUID) -> _Answer:
    """Under the same message id, with all its tries before it."""
    try:
        outbox.send_again(message_id=message_id, by=request.user, at=timezone.now())
    except outbox.NoSuchMessage as absent:
        return 404, {"detail": str(absent)}
    except outbox.NothingToSend as nothing:
        return 422, {"detail": str(nothing)}
    return 202, None


_CHANGED = ("label", "url", "kinds", "has_personal_data", "is_on")
_KEPT = (*_CHANGED, "why_off", "failing_since", "made_at", "revision")
_SAID = ("state", "made_at", "due_at", "ended_at", "attempts", "reason")


def _out(endpoint: Endpoint) -> dict[str, Any]:
    return {"id": endpoint.public_id} | {name: getattr(endpoint, name) for name in _KEPT}

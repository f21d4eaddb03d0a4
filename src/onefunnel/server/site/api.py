"""The API at /api: the rooms' routers under one roof, documented offline."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import resolve
from ninja import NinjaAPI, Router
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema

from onefunnel.server.people.access import SIGNED_IN, asks_first, who_may
from onefunnel.server.people.api_auth import API_AUTH
from onefunnel.server.site.rooms import part

_REFUSALS = {
    "401": "Not signed in, or the key is unknown, ended or expired.",
    "403": "The key may only read, or the person may not do this.",
    "422": "A value is missing or not understood; `detail` names each one.",
}
_UNASKED = "There is no field “{}” here: leave it out, or see /api/docs for those there are."
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_REFUSAL_BODY = {
    "type": "object",
    "title": "Refusal",
    "required": ["detail"],
    "properties": {"detail": {"title": "What is wrong and what to do"}},
}


class OnefunnelAPI(NinjaAPI):
    """NinjaAPI whose operations ask first who may, and that writes the refusals that every one of
    them can give into its schema."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.add_decorator(asks_first)

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        for operations in schema["paths"].values():
            for operation in operations.values():
                # Routers declare some by number, which JSON would write beside the text again.
                declared = operation["responses"].items()
                operation["responses"] = {str(status): answer for status, answer in declared}
                for status, why in _REFUSALS.items():
                    operation["responses"].setdefault(
                        status,
                        {
                            "description": why,
                            "content": {"application/json": {"schema": _REFUSAL_BODY}},
                        },
                    )
        return schema


def _for_who_may_ask(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The documents about the API are for who may use it: by a key as by signing in."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        any(way(request) for way in API_AUTH)  # a key says whose it is
        return login_required(view)(request, *args, **named)

    return asked


api = OnefunnelAPI(
    title="onefunnel",
    version="1",
    description=(
        "The same numbers as the pages. Send `Authorization: Bearer of_live_...` with a key from "
        "Settings, Keys; anything but GET needs a key that may write."
    ),
    auth=API_AUTH,
    docs_decorator=_for_who_may_ask,
    urls_namespace="api",
)

# One tag a room. A room joins by having api.py with `router`.
for _prefix, _room in (
    ("people", "people"),
    ("notify", "notify"),
    ("data", "warehouse"),
    ("agree", "agree"),
    ("plan", "plan"),
    ("run", "run"),
    ("measure", "measure"),
    ("forecasts", "measure.forecast"),
):
    if _module := part(_room, "api"):
        api.add_router(f"/{_prefix}", _module.router, tags=[_prefix])

_elsewhere = Router()


@_elsewhere.api_operation(_METHODS, "/{path:rest}", include_in_schema=False)
@who_may(SIGNED_IN)
def _nothing_there(request: HttpRequest, rest: str) -> HttpResponse:
    """What no room answers: said in JSON, as every refusal here. A forgotten slash is put."""
    if not rest.endswith("/") and request.method in ("GET", "HEAD"):
        found = resolve(f"{request.path_info}/")
        if "rest" not in found.kwargs:
            query = request.META.get("QUERY_STRING", "")
            return HttpResponseRedirect(f"{request.path}/{'?' if query else ''}{query}")
    return api.create_response(
        request, {"detail": f"There is nothing at {request.path}; see /api/docs."}, status=404
    )


api.add_router("", _elsewhere)  # last: it takes what is left over


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, refusal: RequestDataTooBig) -> HttpResponse:
    """More than a request takes."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2
    detail = f"A request takes at most {most} MiB: send it in parts."
    return api.create_response(request, {"detail": detail}, status=413)


@api.exception_handler(ValidationError)
def _not_taken(request: HttpRequest, refusal: ValidationError) -> HttpResponse:
    """What was sent is not as declared: each thing by its name, also one that nobody asked for."""
    detail = [
        {**one, "msg": _UNASKED.format(one["loc"][-1])} if one["type"] == "extra_forbidden" else one
        for one in refusal.errors
    ]
    return api.create_response(request, {"detail": detail}, status=422)


@api.exception_handler(PermissionDenied)
def _refused(request: HttpRequest, refusal: PermissionDenied) -> HttpResponse:
    """A deed the person may not do: the same words as on the 403 page."""
    return api.create_response(
        request, {"detail": f"Your role does not include: {refusal}."}, status=403
    )

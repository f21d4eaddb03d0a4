"""The API at /api: the rooms' routers under one roof, documented offline."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from onefunnel.server.people.api_auth import API_AUTH
from onefunnel.server.site.rooms import part

_REFUSALS = {
    "401": "Not signed in, or the key is unknown, ended or expired.",
    "403": "The key may only read, or the person may not do this.",
    "422": "A value is missing or not understood; `detail` names each one.",
}
_REFUSAL_BODY = {
    "type": "object",
    "title": "Refusal",
    "required": ["detail"],
    "properties": {"detail": {"title": "What is wrong and what to do"}},
}


class OnefunnelAPI(NinjaAPI):
    """NinjaAPI, with the refusals that every operation can give written into its schema."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, why in _REFUSALS.items():
                    operation["responses"].setdefault(
                        status,
                        {
                            "description": why,
                            "content": {"application/json": {"schema": _REFUSAL_BODY}},
                        },
                    )
        return schema


api = OnefunnelAPI(
    title="onefunnel",
    version="1",
    description=(
        "The same numbers as the pages. Send `Authorization: Bearer of_live_...` with a key from "
        "Settings, Keys; anything but GET needs a key that may write."
    ),
    auth=API_AUTH,
    docs_decorator=login_required,
    urls_namespace="api",
)

# One tag a room. A room joins by having api.py with `router`.
for _prefix, _room in (
    ("people", "people"),
    ("data", "warehouse"),
    ("agree", "agree"),
    ("run", "run"),
    ("measure", "measure"),
):
    if _module := part(_room, "api"):
        api.add_router(f"/{_prefix}", _module.router, tags=[_prefix])


@api.exception_handler(PermissionDenied)
def _refused(request: HttpRequest, refusal: PermissionDenied) -> HttpResponse:
    """A deed the person may not do: the same words as on the 403 page."""
    return api.create_response(
        request, {"detail": f"Your role does not include: {refusal}."}, status=403
    )

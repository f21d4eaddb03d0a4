"""The settings of webhooks: endpoints, their secrets, and what was sent to each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onefunnel.server.notify.hooks import commands, queries
from onefunnel.server.notify.hooks.models import Endpoint
from onefunnel.server.people.access import who_may
from onefunnel.server.people.rules import may


@require_GET
@who_may("manage webhooks")
def webhooks(request: HttpRequest) -> HttpResponse:
    """Who is told of what happens here?"""
    context = {"endpoints": queries.endpoints()}
    return render(request, "notify/hooks/endpoints.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@who_may("manage webhooks")
def new_webhook(request: HttpRequest) -> HttpResponse:
    """Add an endpoint; its secret is shown once."""
    sent = _sent(request)
    if request.method == "POST":
        try:
            endpoint, secret = commands.add_endpoint(**sent, by=request.user, at=timezone.now())
        except commands.EndpointRefused as refusal:
            return _form(request, None, sent, refused=str(refusal))
        return _form(request, endpoint, of_endpoint(endpoint), secret=secret)
    return _form(request, None, sent)


@never_cache
@require_http_methods(["GET", "POST"])
@who_may("manage webhooks")
def webhook(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is an endpoint told, and does it arrive?"""
    endpoint = _found(public_id)
    if request.method != "POST":
        return _form(request, endpoint, of_endpoint(endpoint))
    sent = _sent(request) | {"is_on": request.POST.get("is_on") == "yes"}
    revision = request.POST.get("revision", "")
    try:
        commands.change_endpoint(
            endpoint_id=public_id, revision=int(revision) if revision.isdecimal() else -1,
            by=request.user, at=timezone.now(), **sent,
        )  # fmt: skip
    except commands.EndpointRefused as refusal:
        return _form(request, endpoint, sent, refused=str(refusal))
    messages.success(request, "Kept.")
    return redirect("webhook", public_id)


@never_cache
@require_POST
@who_may("manage webhooks")
def renew_secret(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give the endpoint a new secret and show it, once."""
    _found(public_id)
    endpoint, secret = commands.renew_secret(
        endpoint_id=public_id, by=request.user, at=timezone.now()
    )
    return _form(request, endpoint, of_endpoint(endpoint), secret=secret)


@require_POST
@who_may("manage webhooks")
def try_webhook(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send a test event."""
    _found(public_id)
    try:
        commands.try_endpoint(endpoint_id=public_id, by=request.user, at=timezone.now())
    except commands.EndpointRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "A test goes out within seconds. Load the page again to see it.")
    return redirect("webhook", public_id)


@require_POST
@who_may("manage webhooks")
def remove_webhook(request: HttpRequest, public_id: str) -> HttpResponse:
    """Remove an endpoint."""
    _found(public_id)
    commands.remove_endpoint(endpoint_id=public_id, by=request.user, at=timezone.now())
    messages.success(request, "Removed. Nothing is sent there any more.")
    return redirect("webhooks")


def of_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint as its form shows it."""
    return {
        "label": endpoint.label, "url": endpoint.url, "kinds": endpoint.kinds,
        "has_personal_data": endpoint.has_personal_data, "is_on": endpoint.is_on,
    }  # fmt: skip


def _sent(request: HttpRequest) -> dict[str, Any]:
    given = request.POST
    return {
        "label": given.get("label", ""), "url": given.get("url", ""),
        "kinds": given.getlist("kinds"),
        "has_personal_data": given.get("has_personal_data") == "yes",
    }  # fmt: skip


def _found(public_id: str) -> Endpoint:
    endpoint = queries.endpoint_of(public_id)
    if endpoint is None:
        raise Http404("there is no such endpoint")
    return endpoint


def _form(
    request: HttpRequest, endpoint: Endpoint | None, shown: dict[str, Any], *,
    refused: str = "", secret: str = "",
) -> HttpResponse:  # fmt: skip
    may_send = may(request.user, commands.WITH_PERSONAL_DATA)
    context = {
        "endpoint": endpoint, "shown": shown, "refused": refused, "secret": secret,
        "rooms": queries.kinds_by_room(shown["kinds"]),
        "may_send_personal": may_send or shown["has_personal_data"],
        "messages_sent": queries.sent_to(endpoint) if endpoint else [],
        "both_sign": endpoint is not None and queries.both_sign(endpoint, at=timezone.now()),
        "hours": round(commands.BOTH_SIGN.total_seconds() / 3600),
    }  # fmt: skip
    return render(request, "notify/hooks/endpoint.html", context, status=422 if refused else 200)

"""Headers for every answer, and one log line per request that holds no personal data."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from onefunnel.server.people.ids import uuid7
from onefunnel.server.site.frames import with_room

Answer = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger("onefunnel.request")


def request_log(get_response: Answer) -> Answer:
    """Log route, status and milliseconds. The route is the pattern: no id, no query, no name.

    The outermost layer: what lies within gets room for its calls.
    """
    respond: Answer = with_room(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=str(uuid7())[-12:])
        response = respond(request)
        match = request.resolver_match
        took = round((time.perf_counter() - started) * 1000)
        write = log.warning if response.status_code >= 500 else log.debug
        write(
            "request",
            method=request.method,
            route=match.route if match else "(none)",
            status=response.status_code,
            ms=took,
        )
        return response

    return middleware


def more_headers(get_response: Answer) -> Answer:
    """Add what Django does not: no sensors, and pages of signed-in people are not stored."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path_info.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return middleware

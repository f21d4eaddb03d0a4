"""Every page asks who you are, unless it says that it is open to anybody."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve
from django.utils import timezone

from onefunnel.server.people.access import ANYBODY, access_of
from onefunnel.server.people.queries import workspace

Answer = Callable[[HttpRequest], HttpResponse]

# Libraries whose pages are for people who are not signed in yet, or that check by themselves.
OPEN_PREFIXES = ("/sign-in/", "/static/", "/api/")


def sign_in_required(get_response: Answer) -> Answer:
    """Send people who are not signed in to the sign-in page, and back afterwards.

    The default is closed: a new page that forgets to say anything is not public. An htmx request
    gets the whole browser page moved, not a sign-in form pasted into a card.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated or _is_open(request.path_info):
            return get_response(request)
        if getattr(request, "htmx", False):
            back = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
            answer = HttpResponse(status=204)
            answer["HX-Redirect"] = redirect_to_login(back).url  # type: ignore[attr-defined]
            return answer
        return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))

    return middleware


def _is_open(path: str) -> bool:
    if path.startswith(OPEN_PREFIXES):
        return True
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    access = access_of(view)
    return access is not None and access.see == ANYBODY


def rights_asked(get_response: Answer) -> Answer:
    """Ask, before a page runs, whether the person may do what the page says it is.

    A page that says nothing is refused: forgetting it must not open it.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(
        request: HttpRequest, view: Callable[..., Any], args: object, named: object
    ) -> None:
        if request.path_info.startswith(OPEN_PREFIXES):
            return
        access = access_of(view)
        if access is None:
            raise PermissionDenied("open a page that does not say who may.")
        access.ask(request.user, request.method)

    vars(middleware)["process_view"] = process_view  # Django looks for it by this name
    return middleware


def person_time_zone(get_response: Answer) -> Answer:
    """Show times in the person's zone, else in the workspace's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = getattr(request.user, "time_zone", "") or workspace().time_zone
        try:
            zone = zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            zone = zoneinfo.ZoneInfo("UTC")
        with timezone.override(zone):
            return get_response(request)

    return middleware

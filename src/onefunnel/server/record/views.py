"""Recent changes: what happened, by whom, newest first."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onefunnel.server.people.access import who_may
from onefunnel.server.record.queries import recent_changes

ROOMS = ("people", "warehouse", "agree", "run", "measure", "notify")


@who_may("see changes")
def changes(request: HttpRequest) -> HttpResponse:
    """The change feed everybody but viewers can read (H10)."""
    room = request.GET.get("room", "")
    room = room if room in ROOMS else ""
    page = Paginator(recent_changes(room=room), 50).get_page(request.GET.get("page"))
    context = {"page_of_events": page, "room": room, "rooms": ROOMS}
    return render(request, "record/changes.html", context)

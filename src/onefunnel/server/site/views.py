"""Today, the palette, health, and removing the simulated company."""

from __future__ import annotations

import os

from django.contrib import messages
from django.contrib.auth import logout
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from onefunnel.server.people.access import ANYBODY, SIGNED_IN, who_may
from onefunnel.server.people.commands import make_welcome_link
from onefunnel.server.site import demo, health, tasks
from onefunnel.server.site.palette import find
from onefunnel.server.site.today import has_data, is_simulating, today_of
from onefunnel.server.warehouse.inbox.lock import WriterBusy


@require_GET
@who_may(SIGNED_IN)
def today(request: HttpRequest) -> HttpResponse:
    """What needs me, are we on plan?"""
    return render(request, "site/today.html", {"today": today_of(request.user)})


@require_GET
@who_may(SIGNED_IN)
def search(request: HttpRequest) -> HttpResponse:
    """The same that Ctrl K finds, as a page: it needs no script."""
    words = request.GET.get("q", "").strip()[:200]
    hits = find(words, request.user) if words else []
    return render(request, "site/search.html", {"words": words, "hits": hits})


@require_GET
@who_may(SIGNED_IN)
def palette(request: HttpRequest) -> JsonResponse:
    """What Ctrl K shows for the words typed so far."""
    hits = find(request.GET.get("q", "")[:200], request.user)
    return JsonResponse({"hits": [{"title": h.title, "url": h.url, "kind": h.kind} for h in hits]})


@who_may(ANYBODY)
def alive(request: HttpRequest) -> HttpResponse:
    """For load balancers and `onefunnel serve`: the process answers and has its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


@require_GET
@who_may("see health")
def health_page(request: HttpRequest) -> HttpResponse:
    """What `onefunnel doctor` says, on a page."""
    found = health.checks(environment=dict(os.environ), now=timezone.now())
    return render(request, "site/health.html", {"checks": found})


@require_POST
@who_may("import data")
def add_demo(request: HttpRequest) -> HttpResponse:
    """Put the simulated company into an empty workspace, in the background."""
    if has_data():
        messages.error(
            request, "This workspace holds data already; the simulated company would mix in."
        )
    elif not is_simulating():
        tasks.add_demo.enqueue(request.user.pk)
    return redirect("today")


@require_POST
@who_may("erase data")
def remove_demo(request: HttpRequest) -> HttpResponse:
    """Remove the simulated company and everything it brought.

    Where nobody but its people was here, whoever removes it becomes the owner of what is left.
    """
    now = timezone.now()
    try:
        demo.remove_demo(by=request.user, at=now)
    except WriterBusy:
        messages.error(request, "An import is writing just now. Try again when it is done.")
        return redirect("today")
    if token := make_welcome_link(at=now):
        logout(request)
        return redirect("welcome", token)
    messages.success(request, "The simulated company is gone. Bring in your own data next.")
    return redirect("today")

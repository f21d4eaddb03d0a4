"""The inbox."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from onefunnel.server.notify import commands, queries


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What was sent to the person who is signed in."""
    return render(request, "notify/inbox.html", {"notices": queries.inbox(request.user)[:200]})


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one notice, or all, as read."""
    commands.mark_read(
        person=request.user, at=timezone.now(), public_id=request.POST.get("notice", "")
    )
    return redirect("inbox")

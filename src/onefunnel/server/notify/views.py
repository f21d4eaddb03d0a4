"""The inbox, and what of it is mailed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onefunnel.server.notify import commands, queries
from onefunnel.server.notify.models import Mailing
from onefunnel.server.people.access import SIGNED_IN, who_may


@require_GET
@who_may(SIGNED_IN)
def inbox(request: HttpRequest) -> HttpResponse:
    """What was sent to the person who is signed in."""
    return render(request, "notify/inbox.html", {"notices": queries.inbox(request.user)[:200]})


@require_POST
@who_may(SIGNED_IN)
def read(request: HttpRequest) -> HttpResponse:
    """Mark one notice, or all, as read."""
    commands.mark_read(
        person=request.user, at=timezone.now(), public_id=request.POST.get("notice", "")
    )
    return redirect("inbox")


@require_http_methods(["GET", "POST"])
@who_may(SIGNED_IN)
def mail_choices(request: HttpRequest) -> HttpResponse:
    """Which notices do I want mailed, and when?"""
    refused = ""
    if request.method == "POST":
        wishes = {
            name.removeprefix("about-"): str(wish)
            for name, wish in request.POST.items()
            if name.startswith("about-")
        }
        try:
            commands.choose_mail(person=request.user, wishes=wishes, at=timezone.now())
        except ValueError:
            refused = "Choose one of the ways that are offered; nothing was changed."
        else:
            messages.success(request, "Kept.")
            return redirect("mail_choices")
    context = {
        "choices": queries.mail_choices(request.user), "ways": Mailing.choices, "refused": refused,
        "mail_goes": queries.mail_goes(),
    }  # fmt: skip
    return render(request, "notify/mail_choices.html", context, status=422 if refused else 200)

"""What goes out of the workspace: what waits, what went, what did not and why."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from onefunnel.server.notify.hooks.kinds import kinds
from onefunnel.server.notify.outbox import commands, queries
from onefunnel.server.notify.outbox.models import State
from onefunnel.server.notify.queries import mail_goes
from onefunnel.server.people.access import who_may


@require_GET
@who_may("manage outgoing")
def outgoing(request: HttpRequest) -> HttpResponse:
    """Does what we send arrive?"""
    asked = request.GET.get("show", "")
    state = asked if asked in State.values else ""
    standing = queries.standing(at=timezone.now())
    page = Paginator(queries.outgoing(state=state), 50).get_page(request.GET.get("page"))
    meanings = kinds()
    for one in page.object_list:
        one.what = meanings.get(one.about, one.about)
    context = {
        "page_of_messages": page,
        "state": state,
        "states": [(one.value, one.label, standing.counts[one]) for one in State],
        "standing": standing,
        "mail_goes": mail_goes(),
    }
    return render(request, "notify/outbox/outgoing.html", context)


@require_POST
@who_may("manage outgoing")
def send_again(request: HttpRequest) -> HttpResponse:
    """Try one message again that was given up."""
    try:
        again = commands.send_again(
            message_id=request.POST.get("message", ""), by=request.user, at=timezone.now()
        )
    except commands.NothingToSend as nothing:
        messages.error(request, str(nothing))
    else:
        messages.success(request, "It goes out again within seconds.")
        if again.endpoint is not None and request.POST.get("from") == "endpoint":
            return redirect("webhook", again.endpoint.public_id)
    return redirect("outgoing")

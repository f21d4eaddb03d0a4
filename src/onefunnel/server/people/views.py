"""Coming in: the welcome link, invitations, looking around as the simulated company."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from onefunnel.server.people import commands
from onefunnel.server.people.access import ANYBODY, who_may
from onefunnel.server.people.demo import may_look_around
from onefunnel.server.people.forms import AccountForm, machine_zone
from onefunnel.server.people.queries import demo_people

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@who_may(ANYBODY)
def come_in(request: HttpRequest, token: str) -> HttpResponse:
    """Make the account that a welcome link or an invitation stands for, and sign in."""
    now = timezone.now()
    try:
        invitation = commands.usable_invitation(token=token, at=now)
    except commands.LinkNotUsable:
        return render(request, "people/link_not_usable.html", status=410)
    invited = bool(invitation.email)
    first = {"team": invitation.team, "time_zone": machine_zone()}
    form = AccountForm(request.POST or None, invited=invited, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            person = commands.accept_invitation(
                token=token,
                name=form.cleaned_data["name"],
                email=form.cleaned_data.get("email", ""),
                team=form.cleaned_data.get("team", ""),
                password=form.cleaned_data["password"],
                time_zone=form.cleaned_data.get("time_zone", ""),
                at=now,
            )
        except commands.LinkNotUsable:
            return render(request, "people/link_not_usable.html", status=410)
        except commands.AlreadyHere:
            form.add_error(None, "Somebody with this e-mail address is already here. Sign in.")
        else:
            if request.user.is_authenticated:
                logout(request)
            login(request, person, backend=BACKEND)
            return redirect("today")
    context = {"form": form, "invitation": invitation, "is_first": not invited}
    status = 422 if form.errors else 200
    return render(request, "people/come_in.html", context, status=status)


@require_POST
@who_may(ANYBODY)
def look_around(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the simulated company; refused outside a demo on this machine."""
    if not may_look_around(request):
        return render(request, "people/no_look_around.html", status=403)
    person = next(
        (p for p in demo_people() if str(p.public_id) == request.POST.get("person")), None
    )
    if person is None:
        messages.error(request, "This person is not part of the simulated company any more.")
        return redirect("account_login")
    if request.user.is_authenticated:
        logout(request)
    login(request, person, backend=BACKEND)
    return redirect("today")

"""The settings pages of this room: workspace, people, keys, one's own profile."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from onefunnel.server.people import commands, keys, queries
from onefunnel.server.people.access import SIGNED_IN, who_may
from onefunnel.server.people.forms import (
    InviteForm,
    KeyForm,
    PersonForm,
    ProfileForm,
    WorkspaceForm,
)
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import may, require


@require_http_methods(["GET", "POST"])
@who_may("manage workspace")
def workspace(request: HttpRequest) -> HttpResponse:
    """Name, time zone, currency, fiscal year."""
    form = WorkspaceForm(request.POST or None, instance=queries.workspace())
    if request.method == "POST" and form.is_valid():
        commands.save_workspace(by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("settings")
    return render(request, "people/workspace.html", {"form": form}, status=_status(form))


@require_http_methods(["GET", "POST"])
@who_may(SIGNED_IN)
def profile(request: HttpRequest) -> HttpResponse:
    """One's own name and time zone."""
    form = ProfileForm(request.POST or None, instance=Person.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        commands.save_profile(person=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("profile")
    return render(request, "people/profile.html", {"form": form}, status=_status(form))


@never_cache
@require_http_methods(["GET", "POST"])
@who_may("see changes", change="manage people")
def people(request: HttpRequest) -> HttpResponse:
    """Who is here; owners invite."""
    can_manage = may(request.user, "manage people")
    form = InviteForm(request.POST or None) if can_manage else None
    link = ""
    if request.method == "POST":
        require(request.user, "manage people")
        if form and form.is_valid():
            try:
                token = commands.invite(by=request.user, at=timezone.now(), **form.cleaned_data)
            except commands.AlreadyHere:
                form.add_error("email", "Somebody with this address is already here.")
            else:
                link = request.build_absolute_uri(reverse("invitation", args=[token]))
                form = InviteForm()
    context = {
        "form": form,
        "people": queries.people(),
        "invitations": queries.open_invitations() if can_manage else [],
        "link": link,
        "now": timezone.now(),
    }
    return render(request, "people/people.html", context, status=_status(form))


@require_http_methods(["GET", "POST"])
@who_may("manage people")
def one_person(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change somebody's team, role and access."""
    someone = Person.objects.filter(public_id=public_id).first()
    if someone is None:
        raise Http404
    first = {"team": someone.team, "role": someone.role, "is_active": someone.is_active}
    form = PersonForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            commands.change_person(
                public_id=public_id, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except commands.LastOwner:
            form.add_error(
                None,
                "This is the last owner who can sign in. Make somebody else an owner first.",
            )
        else:
            messages.success(request, f"Saved: {someone}.")
            return redirect("people")
    return render(
        request, "people/person.html", {"form": form, "someone": someone}, status=_status(form)
    )


@require_POST
@who_may("manage people")
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """End an open invitation."""
    if not commands.withdraw_invitation(public_id=public_id, by=request.user, at=timezone.now()):
        raise Http404("there is no such open invitation")
    messages.success(request, "The invitation's link no longer works.")
    return redirect("people")


@never_cache
@require_http_methods(["GET", "POST"])
@who_may("make keys")
def api_keys(request: HttpRequest) -> HttpResponse:
    """One's own keys; a new one is shown once."""
    form = KeyForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        _, secret = keys.make_key(by=request.user, at=timezone.now(), **form.cleaned_data)
        form = KeyForm()
    context = {
        "form": form,
        "keys": queries.keys_of(request.user),
        "secret": secret,
        "now": timezone.now(),
    }
    return render(request, "people/keys.html", context, status=_status(form))


@require_POST
@who_may(SIGNED_IN, others="unknown", unless="manage people")
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """End a key."""
    if not keys.revoke_key(public_id=public_id, by=request.user, at=timezone.now()):
        raise Http404
    messages.success(request, "The key no longer works.")
    return redirect("keys")


def _status(form: object) -> int:
    """422 for a form that came back with errors: htmx, tests and proxies can tell."""
    return 422 if getattr(form, "is_bound", False) and form.errors else 200  # type: ignore[attr-defined]

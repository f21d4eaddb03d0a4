"""The page of saved views, and the forms that keep, change and delete them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from onefunnel.server.people.access import who_may
from onefunnel.server.run.asking import wanted
from onefunnel.server.run.handovers.lead_data import hiding_for
from onefunnel.server.run.saved import commands
from onefunnel.server.run.saved.queries import views_for


@require_GET
@who_may("see numbers")
def saved(request: HttpRequest) -> HttpResponse:
    """Every view the person may open, with what they may do to it."""
    return _page(request)


@require_POST
@who_may("keep views")
def save(request: HttpRequest) -> HttpResponse:
    """Keep the page it was sent from, and go back there."""
    given = request.POST
    page = given.get("page", "")
    words = QueryDict(given.get("words", "")[:4000]).dict()
    try:
        view = commands.save_view(
            name=given.get("name", "")[:200], page=page, words=words,
            is_shared=given.get("shared") == "yes", by=request.user, at=timezone.now(),
        )  # fmt: skip
    except commands.ViewRefused as refusal:
        messages.error(request, str(refusal))
        place = reverse("run:board" if page == "board" else "run:leads")
        return redirect(f"{place}?{wanted(words).query()}")
    who = "everybody" if view.is_shared else "you"
    messages.success(request, f"Kept as “{view.name}” for {who}.")
    return redirect(f"{reverse(f'run:{view.page}')}?{wanted(view.words).query()}")


@require_POST
@who_may("keep views", others="unknown")
def change(request: HttpRequest, view_id: object) -> HttpResponse:
    """Rename a view, or share it."""
    given = request.POST
    try:
        commands.change_view(
            view_id=view_id, name=given.get("name", "")[:200],
            is_shared=given.get("shared") == "yes", by=request.user, at=timezone.now(),
        )  # fmt: skip
    except commands.NoSuchView as absent:
        raise Http404(str(absent)) from absent
    except commands.ViewRefused as refusal:
        return _page(request, refused=str(refusal))
    messages.success(request, "Kept.")
    return redirect("run:saved")


@require_POST
@who_may("keep views", others="unknown")
def delete(request: HttpRequest, view_id: object) -> HttpResponse:
    """Delete a view."""
    try:
        name = commands.delete_view(view_id=view_id, by=request.user, at=timezone.now())
    except commands.NoSuchView as absent:
        raise Http404(str(absent)) from absent
    messages.success(request, f"The view “{name}” is gone; the leads are all still there.")
    return redirect("run:saved")


@require_POST
@who_may("keep views")
def begin(request: HttpRequest) -> HttpResponse:
    """Choose what Run begins with."""
    try:
        said = request.POST.get("view", "")
        commands.begin_with(
            view_id=UUID(said) if said else None, by=request.user, at=timezone.now()
        )
    except (commands.NoSuchView, ValueError) as absent:
        raise Http404("there is no such view") from absent
    messages.success(request, "Run begins there from now on.")
    return redirect("run:saved")


def _page(request: HttpRequest, *, refused: str = "") -> HttpResponse:
    views = views_for(request.user, hiding_for(request.user))
    context = {
        "tab": "saved", "views": views, "refused": refused,
        "has_first": any(one.is_first for one in views),
    }  # fmt: skip
    return render(request, "run/saved/views.html", context, status=422 if refused else 200)

"""The pages on which forms of websites are arranged."""

from __future__ import annotations

from typing import get_args

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from onefunnel.server.agree.basis import current_basis
from onefunnel.server.people.access import who_may
from onefunnel.server.run.handovers.lead_data import hiding_for, label_of, titles_of
from onefunnel.server.run.tracker import commands
from onefunnel.server.run.tracker.book import WAKE_ON, current_book
from onefunnel.server.run.tracker.capture_form import (
    KINDS,
    Arranged,
    needed_by_cards,
    of_form,
    of_sent,
    snippet,
    state_of,
    with_needed,
)
from onefunnel.server.run.tracker.field_cost import What, field_cost, leads_behind
from onefunnel.server.run.tracker.fields import OURS
from onefunnel.server.run.tracker.models import CaptureForm
from onefunnel.server.run.tracker.queries import capture_form, capture_forms

_SHOWN = 200
_MEANWHILE = (
    "Somebody changed this form since you opened it, and nothing was written. What you wrote "
    "stands below; keep it to have it this way."
)
_TAKEN = "There is a form with this address already. Choose another address, or change that form."


@require_GET
@who_may("arrange forms")
def forms(request: HttpRequest) -> HttpResponse:
    """Which forms bring us leads?"""
    context = {"tab": "leads", "forms": capture_forms()}
    return render(request, "run/capture/forms.html", context)


@require_http_methods(["GET", "POST"])
@who_may("arrange forms")
def form(request: HttpRequest, slug: str = "") -> HttpResponse:
    """What does a form ask, who may send it, and what does the website need? Without a slug: new.

    Raises Http404.
    """
    found = capture_form(slug) if slug else None
    if slug and found is None:
        raise Http404("there is no such form")
    if request.method != "POST":
        return _show(request, found, of_form(found))
    sent = of_sent(request.POST, slug)
    if wanted := request.POST.getlist("wanted"):
        needed = needed_by_cards(current_book(at=timezone.now()), sent)
        sent = with_needed(sent, needed, wanted)
    if found is None and capture_form(sent.slug) is not None:
        return _show(request, None, sent, refused=_TAKEN)
    if found is not None and state_of(found) != sent.state:
        return _show(request, found, sent, refused=_MEANWHILE)
    try:
        kept = commands.save_form(
            slug=sent.slug, name=sent.name, fields=sent.fields, origins=sent.sites,
            source=sent.source, thanks_url=sent.thanks_url, is_open=sent.is_open,
            by=request.user, at=timezone.now(),
        )  # fmt: skip
    except commands.BadForm as bad:
        return _show(request, found, sent, refused=str(bad))
    messages.success(request, "Kept. Copy the HTML anew where the fields changed.")
    return redirect("run:capture_form", kept.slug)


@require_GET
@who_may("arrange forms")
def leads_of_field(request: HttpRequest, slug: str) -> HttpResponse:
    """The leads behind a number of a field: asked of, filled in, left empty, decided by it."""
    found, what = capture_form(slug), request.GET.get("what", "")
    name = request.GET.get("field", "")
    if found is None or what not in get_args(What):
        raise Http404("there is no such list")
    try:
        ids = leads_behind(found, current_basis(), name, what)
    except LookupError as absent:
        raise Http404(str(absent)) from absent
    hiding = hiding_for(request.user)
    titles = titles_of(ids[:_SHOWN], hiding)
    context = {
        "tab": "leads", "form": found, "what": what, "count": len(ids), "shown": _SHOWN,
        "label": next(one["label"] for one in found.fields if one["name"] == name),
        "leads": [(hiding.address("leads", "lead_id", one), titles[one]) for one in ids[:_SHOWN]],
    }  # fmt: skip
    return render(request, "run/capture/leads.html", context)


def _show(
    request: HttpRequest, found: CaptureForm | None, shown: Arranged, *, refused: str = ""
) -> HttpResponse:
    book = current_book(at=timezone.now())
    known = [name for name in sorted(book.fields) if name not in {*OURS, WAKE_ON}]
    context = {
        "tab": "leads", "form": found, "shown": shown, "refused": refused,
        "kinds": KINDS.items(), "known": [(name, label_of(name)) for name in known],
        "state": state_of(found) if found else "", "needed": needed_by_cards(book, shown),
    }  # fmt: skip
    if found is not None:
        address = request.build_absolute_uri(reverse("run:form", args=[found.slug]))
        script = request.build_absolute_uri(reverse("run:form_watch"))
        context |= {
            "address": address, "snippet": snippet(found, address, script),
            "cost": field_cost(found, current_basis()),
        }  # fmt: skip
    status = 422 if refused else 200
    return render(request, "run/capture/form.html", context, status=status)

"""The pages of disputes: what is open, one dispute, a new one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.agree.disputes import commands, evidence, queries
from onefunnel.server.agree.disputes.models import About, Choice
from onefunnel.server.agree.drafts.lists import list_page
from onefunnel.server.agree.pages import in_words
from onefunnel.server.people.access import who_may
from onefunnel.server.warehouse import queries as warehouse


@require_GET
@who_may("see numbers")
def home(request: HttpRequest) -> HttpResponse:
    """What do we disagree about, and how was the rest decided?"""
    context = {
        "tab": "disputes",
        "open": queries.disputes(is_open=True),
        "closed": queries.disputes(is_open=False),
    }
    return render(request, "agree/disputes/home.html", context)


@require_http_methods(["GET", "POST"])
@who_may("open dispute")
def new(request: HttpRequest) -> HttpResponse:
    """Open a dispute; the address may name what it is about."""
    given = request.POST if request.method == "POST" else request.GET
    typed = {name: given.get(name, "") for name in ("kind", "about", "claim", "evidence")}
    refusal = ""
    if request.method == "POST":
        try:
            made = commands.open_dispute(**typed, by=request.user, at=timezone.now())
        except commands.DisputeRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, "The dispute is open. The heads of both teams were told.")
            return redirect("agree:dispute", made.public_id)
    context = {"tab": "disputes", "typed": typed, "kinds": About.choices, "refusal": refusal}
    return render(request, "agree/disputes/new.html", context, status=422 if refusal else 200)


@require_GET
@who_may("see numbers")
def dispute(request: HttpRequest, dispute_id: str) -> HttpResponse:
    """What is claimed, on what evidence, what was said, how is it decided?"""
    now = timezone.now()
    found = queries.told(dispute_id, at=now)
    if found is None:
        raise Http404("there is no such dispute")
    one = found.dispute
    is_definition = bool(one.evidence) and not one.is_list
    context = {
        "tab": "disputes",
        "found": found,
        "one": one,
        "sentence": in_words(one.evidence, definition_columns(warehouse.current_facts()))[0]
        if is_definition
        else "",
        "count": evidence.count_of(one.evidence) if is_definition else None,
        "may_decide": one.is_open and queries.may_decide(request.user, at=now),
        "may_withdraw": one.is_open and one.opened_by_id == request.user.pk,
        "choices": Choice.choices,
    }
    return render(request, "agree/disputes/dispute.html", context)


@require_GET
@who_may("see numbers")
def evidence_list(request: HttpRequest, dispute_id: str) -> HttpResponse:
    """The leads that the evidence speaks of."""
    found = queries.told(dispute_id, at=timezone.now())
    if found is None or not found.dispute.evidence or found.dispute.is_list:
        raise Http404("there is no such list")
    try:
        records = evidence.records(found.dispute.evidence)
    except LookupError as absent:
        raise Http404(str(absent)) from absent
    back = reverse("agree:dispute", args=[dispute_id])
    return list_page(request, records, f"Evidence about the {found.dispute}", back, tab="disputes")


@require_POST
@who_may("open dispute")
def say(request: HttpRequest, dispute_id: str) -> HttpResponse:
    """Say something."""
    text = request.POST.get("text", "")
    return _done(
        request,
        dispute_id,
        lambda at: commands.comment(dispute_id=dispute_id, text=text, by=request.user, at=at),
        "Said.",
    )


@require_POST
@who_may("decide dispute")
def decide(request: HttpRequest, dispute_id: str) -> HttpResponse:
    """Decide for one's own team."""
    choice, why = request.POST.get("choice", ""), request.POST.get("why", "")
    return _done(
        request,
        dispute_id,
        lambda at: commands.decide(
            dispute_id=dispute_id, choice=choice, why=why, by=request.user, at=at
        ),
        "Your team's decision is kept.",
    )


@require_POST
@who_may("open dispute")
def withdraw(request: HttpRequest, dispute_id: str) -> HttpResponse:
    """Take one's own claim back."""
    why = request.POST.get("why", "")
    return _done(
        request,
        dispute_id,
        lambda at: commands.withdraw(dispute_id=dispute_id, why=why, by=request.user, at=at),
        "Taken back.",
    )


def _done(
    request: HttpRequest, dispute_id: str, deed: Callable[[datetime], object], said: str
) -> HttpResponse:
    try:
        deed(timezone.now())
    except commands.NoSuchDispute as absent:
        raise Http404(str(absent)) from absent
    except commands.DisputeRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("agree:dispute", dispute_id)

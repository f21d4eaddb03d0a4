"""The page of duplicates: pairs side by side, to merge, to keep apart, to take back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from onefunnel.server.people.access import who_may
from onefunnel.server.people.rules import may
from onefunnel.server.warehouse.duplicates import commands, queries
from onefunnel.server.warehouse.duplicates.rows import Merge, Suggestion
from onefunnel.server.warehouse.duplicates.tasks import look

PAGE = 20
LISTS = ("doubtful", "sure", "merged")
_ZONES = {"doubtful": Suggestion.Zone.REVIEW, "sure": Suggestion.Zone.AUTOMATIC}


@who_may("merge duplicates")
def duplicates(request: HttpRequest) -> HttpResponse:
    """The pairs of one list, side by side."""
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in LISTS else LISTS[0]
    rows = queries.merges() if chosen == "merged" else queries.suggestions(_ZONES[chosen])
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "chosen": chosen,
        "waiting": queries.waiting(),
        "page": page,
        "pairs": queries.side_by_side(
            page, may_see_personal=may(request.user, "see personal data")
        ),
        "tab": "duplicates",
    }
    return render(request, "warehouse/duplicates.html", context)


@require_POST
@who_may("merge duplicates")
def look_through(request: HttpRequest) -> HttpResponse:
    """Look through all leads in the background."""
    look.enqueue(str(request.user.public_id))
    messages.success(
        request, "Looking through the leads. What is found appears here; load the page again soon."
    )
    return redirect("data:duplicates")


@require_POST
@who_may("merge duplicates")
def merge(request: HttpRequest, suggestion: UUID) -> HttpResponse:
    """Merge a suggested pair; the form says which of the two is kept."""
    found = Suggestion.objects.filter(public_id=suggestion).first()
    if found is None:
        raise Http404("this pair is not on the list any more")
    kept, other = found.kept_lead, found.lead
    if request.POST.get("keep") == other:
        kept, other = other, kept
    try:
        commands.merge_leads(
            kept_lead_id=kept,
            merged_lead_id=other,
            by=request.user,
            at=timezone.now(),
            why=found.why,
            probability=found.probability,
        )
    except (commands.AlreadyMerged, commands.LeadNotThere) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, f"{other} is read as {kept} from now on. The numbers follow in a moment."
        )
    return _back(request)


@require_POST
@who_may("merge duplicates")
def keep_apart(request: HttpRequest, suggestion: UUID) -> HttpResponse:
    """The two are not the same person."""
    try:
        commands.not_the_same(suggestion_id=suggestion, by=request.user, at=timezone.now())
    except Suggestion.DoesNotExist:
        raise Http404("this pair is not on the list any more") from None
    except commands.AlreadyMerged as refusal:
        messages.error(request, str(refusal))
    return _back(request)


@require_POST
@who_may("merge duplicates")
def merge_sure(request: HttpRequest) -> HttpResponse:
    """Merge every pair that is the same by key."""
    count = commands.merge_sure_ones(by=request.user, at=timezone.now())
    merged = "1 lead is merged" if count == 1 else f"{count:,} leads are merged"
    messages.success(request, f"{merged}. Each merge can be taken back.")
    return redirect("data:duplicates")


@require_POST
@who_may("merge duplicates")
def undo(request: HttpRequest, merged: UUID) -> HttpResponse:
    """Take a merge back."""
    try:
        found = commands.undo_merge(merge_id=merged, by=request.user, at=timezone.now())
    except Merge.DoesNotExist:
        raise Http404("there is no such merge") from None
    except commands.NotMerged as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{found.merged_lead} is a lead of its own again.")
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To the list the button was on."""
    chosen = request.POST.get("show", "")
    target = redirect("data:duplicates")
    if chosen in LISTS:
        target["Location"] += f"?show={chosen}"
    return target

"""Leads chosen on the list move at once; one button moves them back."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from onefunnel.server.agree.basis import current_basis
from onefunnel.server.people.access import who_may
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.run.asking import wanted
from onefunnel.server.run.handovers.lead_data import hiding_for, titles_of
from onefunnel.server.run.lead_page import key_of
from onefunnel.server.run.lead_rows import keys_of
from onefunnel.server.run.tracker import commands
from onefunnel.server.run.tracker.moving import MOST_AT_ONCE
from onefunnel.server.run.tracker.queries import bulk_move
from onefunnel.server.run.tracker.views import asks_for_words, day_of

#: Where the session keeps why leads of the last bulk move stayed.
_STAYED = "run-stayed"


@require_POST
@who_may("work leads")
def move_many(request: HttpRequest) -> HttpResponse:
    """Move the leads that were chosen, or all of the list."""
    given, hiding = request.POST, hiding_for(request.user)
    words = QueryDict(given.get("words", "")[:4000])
    back = f"{reverse('run:leads')}?{words.urlencode()}"
    stage = given.get("stage", "")
    try:
        if not stage:
            raise ValueError("No stage was chosen. Choose where the leads are to move.")
        chosen = chosen_leads(given, words, hiding)
        done = commands.move_leads(
            lead_ids=chosen, stage=stage, reason=given.get("reason", "").strip()[:2000],
            wake_on=day_of(given.get("wake_on", "")), by=request.user, at=timezone.now(),
        )  # fmt: skip
    except ValueError as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    stayed = _stayed(done.refused, hiding)
    if not done.moved:
        context = {"tab": "leads", "stage": stage, "stayed": stayed, "back": back}
        return render(request, "run/moved.html", context, status=422)
    request.session[_STAYED] = {"of": done.bulk_id, "leads": stayed}
    return redirect("run:moved", done.bulk_id)


@require_GET
@who_may("work leads")
def moved(request: HttpRequest, bulk_id: object) -> HttpResponse:
    """Which leads were moved at once, which stayed, and the button that takes it back."""
    found = bulk_move(bulk_id, hiding_for(request.user), reader=request.user)
    if found is None:
        raise Http404("there is no such move")
    kept = request.session.get(_STAYED) or {}
    context = {
        "tab": "leads", "bulk": found, "stage": found.stage, "back": reverse("run:leads"),
        "stayed": kept.get("leads", []) if kept.get("of") == found.bulk_id else [],
    }  # fmt: skip
    return render(request, "run/moved.html", context)


@require_POST
@who_may("work leads", others="refused", unless="take back moves of others")
def undo(request: HttpRequest, bulk_id: object) -> HttpResponse:
    """Move the leads back where they were; those that moved on since stay, and are named."""
    if bulk_move(bulk_id, hiding_for(request.user), reader=request.user) is None:
        raise Http404("there is no such move")
    try:
        done = commands.undo_bulk_move(bulk_id=bulk_id, by=request.user, at=timezone.now())
    except KeyError:
        said = "This was taken back already, so nothing was moved again."
        if asks_for_words(request):
            return JsonResponse({"refused": [said]}, status=422)
        messages.error(request, said)
        return redirect("run:leads")
    if asks_for_words(request):
        kept = list(done.refused.values())
        return JsonResponse({"refused": kept} if kept else {"said": "Moved back."},
                            status=422 if kept else 200)  # fmt: skip
    request.session[_STAYED] = {
        "of": str(bulk_id), "leads": _stayed(done.refused, hiding_for(request.user)),
    }  # fmt: skip
    many = len(done.moved)
    if not many:
        messages.error(request, "No lead was moved back. The list below says why.")
        return redirect("run:moved", bulk_id)
    messages.success(request, f"{many} lead{'' if many == 1 else 's'} moved back.")
    return redirect("run:moved", bulk_id)


def chosen_leads(given: QueryDict, words: QueryDict, hiding: Hiding) -> list[str]:
    """The keys of the leads that were chosen. Raises ValueError where nobody can say which."""
    if given.get("all") != "yes":
        found = [key_of(hiding, one) for one in given.getlist("lead")]
        if not found:
            raise ValueError("No lead was chosen. Tick the leads, then press the button again.")
        return found
    asked = wanted({name: words.get(name, "") for name in words})
    found = keys_of(current_basis(), asked, hiding, most=MOST_AT_ONCE + 1)
    if str(len(found)) != given.get("count"):
        raise ValueError(
            "The list changed since you looked at it, so nothing was done. Look at it again, "
            "then choose."
        )
    return found


def _stayed(refused: Mapping[str, str], hiding: Hiding) -> list[dict[str, str]]:
    titles = titles_of(refused, hiding)
    return [
        {"key": hiding.address("leads", "lead_id", one), "title": titles[one], "why": why}
        for one, why in refused.items()
    ]

"""The page of an objective's six lists."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from onefunnel.facts.utc import in_utc
from onefunnel.measures.catalogue import MEASURES
from onefunnel.server.agree.basis import current_basis
from onefunnel.server.people.access import who_may
from onefunnel.server.people.queries import people
from onefunnel.server.plan.lists import commands
from onefunnel.server.plan.lists.models import List
from onefunnel.server.plan.lists.queries import board
from onefunnel.server.plan.queries import objective_view
from onefunnel.server.plan.wording import ObjectiveRefused, day_of


@require_http_methods(["GET", "POST"])
@who_may("see numbers", change="draft objective")
def work(request: HttpRequest, objective_id: str) -> HttpResponse:
    """Who does what by when for this objective? And a form to add to a list."""
    given = request.POST if request.method == "POST" else request.GET
    typed = {name: given.get(name, "")[:1000] for name in commands.FIELDS}
    refusal = ""
    if request.method == "POST":
        try:
            commands.add_item(
                objective_id=objective_id, typed=typed, by=request.user, at=timezone.now()
            )
        except commands.NoSuchObjective as absent:
            raise Http404(str(absent)) from absent
        except ObjectiveRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, "It is on the list.")
            return redirect("plan:work", objective_id)
    one, basis = objective_view(objective_id), current_basis()
    if one is None:
        raise Http404("there is no such objective")
    context = {
        "one": one, "board": board(one.objective, basis.agreement), "typed": typed,
        "refusal": refusal, "kinds": List.choices, "measures": list(MEASURES.values()),
        "stages": [stage.name for stage in basis.agreement.success_path],
        "people": people().filter(is_active=True),
        "today": day_of(in_utc(timezone.now()), basis.zone),
    }  # fmt: skip
    return render(request, "plan/lists/work.html", context, status=422 if refusal else 200)


@require_POST
@who_may("draft objective")
def done(request: HttpRequest, item_id: str) -> HttpResponse:
    """Mark an item done, or not done after all."""
    is_done = not request.POST.get("not_done") and not request.GET.get("not_done")
    try:
        item = commands.mark_done(
            item_id=item_id, is_done=is_done, by=request.user, at=timezone.now()
        )
    except commands.NoSuchItem as absent:
        raise Http404(str(absent)) from absent
    except ObjectiveRefused as refused:
        messages.error(request, str(refused))
        return redirect("plan:home")
    undo = f"undo:{reverse('plan:work_done', args=[item_id])}?not_done=1" if is_done else ""
    said = "Done." if is_done else "It is to be done again."
    messages.success(request, said, extra_tags=undo)
    return redirect("plan:work", item.objective.public_id)


@require_POST
@who_may("draft objective")
def remove(request: HttpRequest, item_id: str) -> HttpResponse:
    """Take an item off its list."""
    try:
        item = commands.remove_item(item_id=item_id, by=request.user, at=timezone.now())
    except commands.NoSuchItem as absent:
        raise Http404(str(absent)) from absent
    except ObjectiveRefused as refused:
        messages.error(request, str(refused))
        return redirect("plan:home")
    messages.success(request, "It is off the list.")
    return redirect("plan:work", item.objective.public_id)

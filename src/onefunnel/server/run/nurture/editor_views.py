"""A sequence is written: the form keeps what is typed while steps are added, moved, removed."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from onefunnel.server.people.access import who_may
from onefunnel.server.people.models import Team
from onefunnel.server.people.rules import require
from onefunnel.server.run.nurture import commands, queries, sequence_form
from onefunnel.server.run.nurture.editing import needed_to_change
from onefunnel.server.run.nurture.finding import sequence_for
from onefunnel.server.run.nurture.models import Sequence
from onefunnel.server.run.nurture.plan import DEEDS, Plan
from onefunnel.server.run.nurture.rules import ARRANGE
from onefunnel.server.run.nurture.wording import WORDS
from onefunnel.server.run.tracker.book import current_book


@require_http_methods(["GET", "POST"])
@who_may("arrange sequences")
def new(request: HttpRequest) -> HttpResponse:
    """Write a sequence; it is switched off."""
    require(request.user, ARRANGE)
    if request.method != "POST":
        return _page(request, None, "", sequence_form.empty_plan())
    return _answer(request, None)


@require_http_methods(["GET", "POST"])
@who_may("arrange sequences", others="refused", unless="switch sequences")
def change(request: HttpRequest, sequence_id: object) -> HttpResponse:
    """Change a sequence: leads in it stay on what they had, or go on by the new text.

    One that is on is as if it were of others to those who may not switch it.
    """
    try:
        one = sequence_for(sequence_id)
    except commands.NoSuch as absent:
        raise Http404(str(absent)) from absent
    require(request.user, needed_to_change(one))
    if request.method != "POST":
        return _page(request, one, one.name, queries.plan_of(one))
    return _answer(request, one)


def _answer(request: HttpRequest, one: Sequence | None) -> HttpResponse:
    given = request.POST
    before = queries.plan_of(one) if one else sequence_form.empty_plan()
    try:
        typed = sequence_form.typed(given)
    except commands.BadPlan as bad:
        return _page(request, one, given.get("name", ""), before, refused=str(bad))
    if typed.is_edit_of_steps:
        changed = sequence_form.edited(typed.plan, typed.deed)
        return _page(request, one, typed.name, changed, status=200)
    at = timezone.now()
    try:
        if one is None:
            made = commands.make_sequence(name=typed.name, plan=typed.plan, by=request.user, at=at)
            messages.success(request, "Kept. It is switched off until somebody switches it on.")
            return redirect("run:sequence", made.public_id)
        seen = given.get("seen", "")
        saved = commands.change_sequence(
            sequence_id=one.public_id, name=typed.name, plan=typed.plan,
            seen=int(seen) if seen.isdecimal() and len(seen) < 9 else -1,
            running="move" if given.get("running") == "move" else "stay", by=request.user, at=at,
        )  # fmt: skip
    except (commands.BadPlan, commands.NurtureRefused) as bad:
        return _page(request, one, typed.name, typed.plan, refused=str(bad))
    messages.success(request, _said(saved))
    return redirect("run:sequence", one.public_id)


def _said(saved: commands.Saved) -> str:
    if not saved.is_changed:
        return "Nothing was changed."
    if saved.moved:
        return f"Kept. Leads that go on by the new text: {saved.moved}."
    if saved.stayed:
        return f"Kept. Leads that go on by the text they began with: {saved.stayed}."
    return "Kept."


def _page(
    request: HttpRequest, one: Sequence | None, name: str, plan: Plan, *,
    refused: str = "", status: int = 422,
) -> HttpResponse:  # fmt: skip
    at = timezone.now()
    if not plan.steps:
        plan = replace(plan, steps=())
    stages = [stage.name for stage in current_book(at=at).agreement.stages]
    context = {
        "tab": "nurture", "which": "sequences", "one": one, "name": name, "plan": plan,
        "refused": refused, "stages": stages, "teams": Team.choices, "deeds": list(DEEDS),
        "words": list(WORDS), "kinds": ", ".join(plan.human.kinds),
        "inside": queries.leads_in(one, "running").count() if one else 0,
        "seen": one.current if one else 0,
    }  # fmt: skip
    is_fine = request.method != "POST" or (not refused and status == 200)
    return render(request, "run/nurture/editor.html", context, status=200 if is_fine else 422)

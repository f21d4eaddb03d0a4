"""The pages of Plan: objectives, what each takes, its levers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onefunnel.server.agree.basis import Basis, current_basis
from onefunnel.server.people.access import who_may
from onefunnel.server.plan import capacities, commands, queries, wording
from onefunnel.server.plan.levers_shown import lever_form
from onefunnel.server.plan.lists.queries import board
from onefunnel.server.plan.models import Outcome
from onefunnel.server.plan.queries import ObjectiveView
from onefunnel.server.plan.scenarios import Moved, moved_from
from onefunnel.server.plan.shown import shown
from onefunnel.server.plan.taking import taken
from onefunnel.server.plan.wording import ObjectiveRefused


@require_GET
@who_may("see numbers")
def home(request: HttpRequest) -> HttpResponse:
    """Which objectives do we have, and what does each take?"""
    basis = current_basis()
    found = queries.objectives()
    lines = []
    for one in found:
        is_followed = one.objective.set_aside_at is None
        answer = taken(basis, one.wording, Moved(capacity=one.capacity)) if is_followed else None
        said = shown(answer, one.wording, basis) if answer else None
        lines.append((one, said, answer.refusal if answer else ""))
    context = {
        "lines": lines,
        "proposed": queries.proposed(basis) if not found else {},
        "basis": basis,
    }
    return render(request, "plan/home.html", context)


@require_http_methods(["GET", "POST"])
@who_may("draft objective")
def new(request: HttpRequest) -> HttpResponse:
    """Write an objective; the first one begins as the agreement's outcome says."""
    basis = current_basis()
    typed = _typed(request, wording.FIELDS)
    if request.method == "GET" and not any(typed.values()):
        typed |= queries.proposed(basis)
    typed["currency"] = typed["currency"] or basis.agreement.currency
    refusal = ""
    if request.method == "POST":
        try:
            made = commands.draft_objective(typed=typed, by=request.user, at=timezone.now())
        except ObjectiveRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, "The objective is a draft. Both sides have to sign it.")
            return redirect("plan:objective", made.public_id)
    context = _form(basis, typed, refusal)
    return render(request, "plan/objective_form.html", context, status=422 if refusal else 200)


@require_GET
@who_may("see numbers")
def objective(request: HttpRequest, objective_id: str) -> HttpResponse:
    """What does the objective take, who signed it, and what would have to be true?"""
    return _page(request, _one(objective_id), {}, "")


@require_http_methods(["GET", "POST"])
@who_may("draft objective")
def change(request: HttpRequest, objective_id: str) -> HttpResponse:
    """Change what an objective says. Who signed it has to sign again."""
    one, basis = _one(objective_id), current_basis()
    typed = wording.words_of(one.wording)
    given = request.POST if request.method == "POST" else request.GET
    typed |= {name: given[name][:4000] for name in wording.FIELDS if name in given}
    refusal = ""
    if request.method == "POST":
        try:
            found = commands.change_objective(
                objective_id=objective_id, typed=typed, revision=_revision(request),
                by=request.user, at=timezone.now(),
            )  # fmt: skip
        except ObjectiveRefused as refused:
            refusal = str(refused)
        else:
            undo = reverse("plan:undo", args=[objective_id, found.revision])
            said = "The objective is changed; both sides have to sign it again."
            messages.success(request, said, extra_tags=f"undo:{undo}")
            return redirect("plan:objective", objective_id)
    context = _form(basis, typed, refusal) | {"one": one}
    return render(request, "plan/objective_form.html", context, status=422 if refusal else 200)


@require_POST
@who_may("draft objective")
def undo(request: HttpRequest, objective_id: str, revision: int) -> HttpResponse:
    """Take the last change back."""
    return _done(
        request, objective_id, "It says again what it said before. Both sides have to sign it.",
        lambda at: commands.undo_change(
            objective_id=objective_id, revision=revision, by=request.user, at=at
        ),
    )  # fmt: skip


@require_POST
@who_may("sign objective")
def sign(request: HttpRequest, objective_id: str) -> HttpResponse:
    """Sign the words that were read."""
    return _done(
        request, objective_id, "Signed for your team.",
        lambda at: commands.sign_objective(
            objective_id=objective_id, digest=request.POST.get("digest", ""), by=request.user, at=at
        ),
    )  # fmt: skip


@require_POST
@who_may("draft objective")
def set_aside(request: HttpRequest, objective_id: str) -> HttpResponse:
    """Set the objective aside, or take it up again."""
    if request.POST.get("take_up"):
        return _done(
            request, objective_id, "The objective is followed again.",
            lambda at: commands.take_up(objective_id=objective_id, by=request.user, at=at),
        )  # fmt: skip
    return _done(
        request, objective_id, "The objective is set aside. It can be taken up on its page.",
        lambda at: commands.set_aside(objective_id=objective_id, by=request.user, at=at),
    )  # fmt: skip


@require_POST
@who_may("draft objective")
def capacity(request: HttpRequest, objective_id: str) -> HttpResponse:
    """Say who works on the leads of this objective."""
    typed = _typed(request, capacities.FIELDS)
    try:
        commands.say_capacity(
            objective_id=objective_id, typed=typed, by=request.user, at=timezone.now()
        )
    except commands.NoSuchObjective as absent:
        raise Http404(str(absent)) from absent
    except ObjectiveRefused as refused:
        return _page(request, _one(objective_id), typed, str(refused))
    messages.success(request, "Kept. The months show what these people can work.")
    return redirect("plan:objective", objective_id)


@require_GET
@who_may("see numbers")
def scenario(request: HttpRequest, objective_id: str) -> HttpResponse:
    """What if more come, more go on, it goes faster, or there is more time? The address says."""
    one, basis = _one(objective_id), current_basis()
    refusal, moved = "", Moved(capacity=one.capacity)
    try:
        moved = moved_from(request.GET.dict(), one.wording, one.capacity)
    except ObjectiveRefused as refused:
        refusal = str(refused)
    usual = taken(basis, one.wording, Moved(capacity=one.capacity))
    answer = taken(basis, one.wording, moved)
    title = queries.title_of(
        one.wording.outcome, moved.amount or one.wording.amount, one.wording.currency,
        one.wording.segment, moved.until or one.wording.until,
    )  # fmt: skip
    context = {
        "one": one,
        "title": title,
        "form": lever_form(usual, one.wording, moved, {} if refusal else request.GET.dict()),
        "moved": moved,
        "refusal": refusal or answer.refusal,
        "shown": None if refusal else shown(answer, one.wording, basis),
        "usual": shown(usual, one.wording, basis),
        "basis": basis,
    }
    return render(request, "plan/scenario.html", context, status=422 if refusal else 200)


@require_POST
@who_may("draft objective")
def save(request: HttpRequest, objective_id: str) -> HttpResponse:
    """Keep the levers of the form as the objective's plan."""
    return _done(
        request, objective_id, "Saved as the plan. What comes in is held against it.",
        lambda at: commands.save_plan(
            objective_id=objective_id, words=request.POST.dict(), by=request.user, at=at
        ),
    )  # fmt: skip


def _page(
    request: HttpRequest, one: ObjectiveView, typed: Mapping[str, str], refusal: str
) -> HttpResponse:
    basis = current_basis()
    answer = taken(basis, one.wording, Moved(capacity=one.capacity), with_would=True)
    context = {
        "one": one,
        "board": board(one.objective, basis.agreement),
        "answer": answer,
        "shown": shown(answer, one.wording, basis),
        "basis": basis,
        "may_sign": one.may_sign(request.user),
        "capacity": typed or capacities.words_of(one.capacity),
        "capacity_refusal": refusal,
        "stages": answer.past.stages[:-1] if answer.past else (),
    }
    return render(request, "plan/objective.html", context, status=422 if refusal else 200)


def _one(objective_id: str) -> ObjectiveView:
    found = queries.objective_view(objective_id)
    if found is None:
        raise Http404("there is no such objective")
    return found


def _done(
    request: HttpRequest, objective_id: str, said: str, deed: Callable[[datetime], object]
) -> HttpResponse:
    try:
        deed(timezone.now())
    except commands.NoSuchObjective as absent:
        raise Http404(str(absent)) from absent
    except ObjectiveRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect("plan:objective", objective_id)


def _typed(request: HttpRequest, names: tuple[str, ...]) -> dict[str, str]:
    given = request.POST if request.method == "POST" else request.GET
    return {name: given.get(name, "")[:4000] for name in names}


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _form(basis: Basis, typed: Mapping[str, str], refusal: str) -> dict[str, object]:
    return {
        "typed": typed,
        "refusal": refusal,
        "outcomes": Outcome.choices,
        "segments": [one.name for one in basis.agreement.segments],
    }

"""What people have to do with leads: the list, done, called off, given; and entering by hand."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from onefunnel.server.people.access import who_may
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.people.rules import require
from onefunnel.server.run.handovers.lead_data import hiding_for, titles_of
from onefunnel.server.run.nurture import commands, queries
from onefunnel.server.run.nurture.finding import todo_for
from onefunnel.server.run.nurture.leaving import WORK
from onefunnel.server.run.tracker.bulk_views import chosen_leads
from onefunnel.server.run.tracker.contacts import KINDS

_STAYED = "run-not-entered"


@require_GET
@who_may("work leads")
def todo(request: HttpRequest) -> HttpResponse:
    """What has our team to do with leads?"""
    require(request.user, WORK)
    at, start = timezone.now(), request.GET.get("from", "0")
    begin = int(start) if start.isdecimal() and len(start) < 7 else 0
    found = queries.todos_for(request.user)
    count = found.count()
    lines = queries.todo_lines(
        found[begin : begin + queries.PAGE], request.user, hiding_for(request.user), at=at
    )
    after = begin + queries.PAGE
    context = {
        "tab": "todo", "lines": lines, "count": count, "kinds": tuple(KINDS),
        "after": after if after < count else None,
    }  # fmt: skip
    return render(request, "run/nurture/todo.html", context)


@require_POST
@who_may("work leads", others="refused", unless="manage people")
def done(request: HttpRequest, todo_id: object, deed: str) -> HttpResponse:
    """It is done, called off, or given to somebody."""
    given, at = request.POST, timezone.now()
    try:
        back = _lead(request, todo_id) if given.get("back") == "lead" else reverse("run:todo")
        if deed == "done":
            commands.do_todo(todo_id=todo_id, kind=given.get("kind", ""), by=request.user, at=at)
            said = "Done, and noted as a contact."
        elif deed == "off":
            commands.call_off(
                todo_id=todo_id, reason=given.get("reason", ""), by=request.user, at=at
            )
            said = "Called off. Both teams can read why."
        elif deed == "take":
            commands.give_todo(todo_id=todo_id, to=request.user.public_id, by=request.user, at=at)
            said = "It is yours."
        else:
            raise Http404("there is no such deed")
    except commands.NoSuch as absent:
        raise Http404(str(absent)) from absent
    except commands.NurtureRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect(back)


@require_POST
@who_may("work leads")
def enter(request: HttpRequest) -> HttpResponse:
    """Have the leads that were chosen, or one lead, enter a sequence."""
    require(request.user, WORK)
    given, hiding = request.POST, hiding_for(request.user)
    words = QueryDict(given.get("words", "")[:4000])
    back = f"{reverse('run:leads')}?{words.urlencode()}"
    try:
        wanted = chosen_leads(given, words, hiding)
        if not given.get("sequence"):
            raise ValueError("No sequence was chosen. Choose the one that the leads enter.")
        made = commands.enter_leads(
            sequence_id=given.get("sequence"), lead_ids=wanted, by=request.user,
            at=timezone.now(),
        )  # fmt: skip
    except commands.NoSuch as absent:
        raise Http404(str(absent)) from absent
    except (ValueError, commands.NurtureRefused) as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    stayed = _stayed(made.refused, hiding)
    if not made.entered:
        context = {"tab": "leads", "stayed": stayed, "back": back}
        return render(request, "run/nurture/entered.html", context, status=422)
    request.session[_STAYED] = {"of": made.batch_id, "leads": stayed}
    return redirect("run:entered", made.batch_id)


@require_GET
@who_may("work leads")
def entered(request: HttpRequest, batch_id: object) -> HttpResponse:
    """Who entered together, who did not and why, and the button that takes it back."""
    require(request.user, WORK)
    found = queries.entered_in(batch_id)
    if not found:
        raise Http404("nobody entered so")
    kept = request.session.get(_STAYED) or {}
    context = {
        "tab": "leads", "one": found[0], "back": reverse("run:leads"), "batch": batch_id,
        "lines": queries.lead_lines(found, hiding_for(request.user)),
        "is_back": all(line.status == "stopped" for line in found),
        "stayed": kept.get("leads", []) if kept.get("of") == str(batch_id) else [],
    }  # fmt: skip
    return render(request, "run/nurture/entered.html", context)


@require_POST
@who_may("work leads", others="refused", unless="take back moves of others")
def undo(request: HttpRequest, batch_id: object) -> HttpResponse:
    """Take out again who entered together."""
    if not queries.entered_in(batch_id):
        raise Http404("nobody entered so")
    try:
        back = commands.undo_entering(batch_id=batch_id, by=request.user, at=timezone.now())
    except commands.NoSuch as nothing:
        messages.error(request, str(nothing))
        return redirect("run:nurture")
    stayed = _stayed(back.refused, hiding_for(request.user))
    request.session[_STAYED] = {"of": str(batch_id), "leads": stayed}
    messages.success(request, "Taken out again." if back.entered else "Nobody was taken out.")
    return redirect("run:entered", batch_id)


def _lead(request: HttpRequest, todo_id: object) -> str:
    one = todo_for(todo_id)
    key = hiding_for(request.user).address("leads", "lead_id", one.lead_id)
    return reverse("run:lead", args=[key])


def _stayed(refused: Mapping[str, str], hiding: Hiding) -> list[dict[str, str]]:
    titles = titles_of(refused, hiding)
    return [
        {"key": hiding.address("leads", "lead_id", one), "title": titles[one], "why": why}
        for one, why in refused.items()
    ]

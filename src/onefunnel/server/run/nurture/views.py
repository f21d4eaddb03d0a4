"""The pages of nurture: the sequences, one of them, who is in it, the keep-warm lane, its rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onefunnel.server.agree.basis import current_basis
from onefunnel.server.people.access import who_may
from onefunnel.server.people.models import Team
from onefunnel.server.people.rules import may, require
from onefunnel.server.run.handovers.lead_data import hiding_for
from onefunnel.server.run.nurture import commands, lane, queries
from onefunnel.server.run.nurture.editing import needed_to_change
from onefunnel.server.run.nurture.finding import enrolment_for, sequence_for
from onefunnel.server.run.nurture.models import Sequence, Status, WakeInto
from onefunnel.server.run.nurture.rules import ARRANGE, SWITCH, BadRules, rules_now, targets

_FRAME: dict[str, Any] = {"tab": "nurture"}


@require_GET
@who_may("see numbers")
def sequences(request: HttpRequest) -> HttpResponse:
    """Who do we keep in touch with, and is anybody written to blind to sales?"""
    require(request.user, "see numbers")
    basis, rules = current_basis(), rules_now()
    context = _FRAME | {
        "which": "sequences", "lines": queries.sequence_lines(), "basis": basis, "rules": rules,
        "collisions": lane.measured(basis, "collisions"),
    }  # fmt: skip
    return render(request, "run/nurture/sequences.html", context)


@require_GET
@who_may("see numbers")
def sequence(request: HttpRequest, sequence_id: object) -> HttpResponse:
    """One sequence: its steps in both colours, and who is where."""
    require(request.user, "see numbers")
    one = _found(sequence_id)
    plan = queries.plan_of(one)
    counts = {line.sequence.pk: line.counts for line in queries.sequence_lines()}[one.pk]
    context = _FRAME | {
        "which": "sequences", "one": one, "plan": plan, "steps": queries.step_lines(one),
        "counts": counts, "older": queries.on_older_revisions(one),
        "may_change": may(request.user, needed_to_change(one)),
        "may_arrange": may(request.user, ARRANGE), "may_switch": may(request.user, SWITCH),
    }  # fmt: skip
    return render(request, "run/nurture/sequence.html", context)


@require_GET
@who_may("see numbers")
def who(request: HttpRequest, sequence_id: object) -> HttpResponse:
    """The leads that stand so in a sequence."""
    require(request.user, "see numbers")
    one, state = _found(sequence_id), request.GET.get("state", "")
    found = queries.leads_in(one, state)
    start = _start(request)
    count = found.count()
    lines = queries.lead_lines(found[start : start + queries.PAGE], hiding_for(request.user))
    after = start + queries.PAGE
    context = _FRAME | {
        "which": "sequences", "one": one, "state": dict(Status.choices).get(state, ""),
        "lines": lines, "count": count, "after": after if after < count else None,
        "asked": state if state in Status.values else "",
        "may_work": may(request.user, "work leads"),
    }  # fmt: skip
    return render(request, "run/nurture/who.html", context)


@require_POST
@who_may("switch sequences")
def switch(request: HttpRequest, sequence_id: object) -> HttpResponse:
    """Switch a sequence on or off."""
    is_on = request.POST.get("to") == "on"

    def deed(at: datetime) -> str:
        commands.switch_sequence(
            sequence_id=sequence_id, is_on=is_on, by=request.user, at=at,
            with_present=request.POST.get("with_present") == "yes",
        )  # fmt: skip
        return "It is on." if is_on else "It is off: nobody enters, and nothing goes out."

    return _done(request, deed, reverse("run:sequence", args=[sequence_id]))


@require_POST
@who_may("work leads")
def lead_deed(request: HttpRequest, enrolment_id: object, deed: str) -> HttpResponse:
    """Let a sequence stand still for a lead, go on, or take the lead out."""
    do = {
        "pause": (commands.pause_lead, "The sequence stands still for this lead."),
        "resume": (commands.resume_lead, "The sequence goes on."),
        "stop": (commands.stop_lead, "The lead is out of the sequence."),
    }.get(deed)
    if do is None:
        raise Http404("there is no such deed")
    try:
        one = enrolment_for(enrolment_id)
    except commands.NoSuch as absent:
        raise Http404(str(absent)) from absent
    back = reverse("run:lead", args=[hiding_for(request.user).address("leads", "lead_id",
                                                                      one.lead_id)])  # fmt: skip

    def done(at: datetime) -> str:
        do[0](enrolment_id=enrolment_id, by=request.user, at=at)
        return do[1]

    return _done(request, done, back)


@require_GET
@who_may("see numbers")
def asleep(request: HttpRequest) -> HttpResponse:
    """Which leads are asleep until when, and do those that woke come back?"""
    require(request.user, "see numbers")
    basis, at = current_basis(), timezone.now()
    spans = lane.spans_of(basis, at=at)
    names = [span.name for span in spans if span.count]
    asked = request.GET.get("wakes", "")
    if asked not in lane.SPANS:
        asked = names[0] if names else "due"
    start = _start(request)
    chosen = next((span for span in spans if span.name == asked), None)
    count = chosen.count if chosen else 0
    after = start + lane.PAGE
    context = _FRAME | {
        "which": "asleep", "basis": basis, "spans": spans, "chosen": chosen, "count": count,
        "lines": lane.sleepers(basis, asked, hiding_for(request.user), at=at, start=start),
        "after": after if after < count else None, "rules": rules_now(),
        "wakes_into": dict(WakeInto.choices)[rules_now().wake_into],
        "woken": lane.measured(basis, "woken"),
    }  # fmt: skip
    return render(request, "run/nurture/asleep.html", context)


@require_http_methods(["GET", "POST"])
@who_may("see numbers", change="switch sequences")
def rules(request: HttpRequest) -> HttpResponse:
    """How long is it quiet after a sales contact, and what does a lead wake into?"""
    require(request.user, "see numbers")
    at, refused, status = timezone.now(), "", 200
    if request.method == "POST":
        into, _, name = request.POST.get("wake", "todo:").partition(":")
        try:
            commands.save_rules(
                quiet_hours=_whole(request.POST.get("quiet_hours", "")), wake_into=into,
                wake_name=name, wake_team=request.POST.get("wake_team", ""),
                revision=_whole(request.POST.get("revision", "")), by=request.user, at=at,
            )  # fmt: skip
        except BadRules as bad:
            refused, status = str(bad), 422
        else:
            messages.success(request, "Kept. Both teams can see it.")
            return redirect("run:nurture_rules")
    context = _FRAME | {
        "which": "rules", "rules": rules_now(), "refused": refused, "teams": Team.choices,
        "targets": [(into, WakeInto(into).label, names) for into, names in targets(at=at).items()],
        "may_change": may(request.user, SWITCH),
    }  # fmt: skip
    return render(request, "run/nurture/rules.html", context, status=status)


def _found(sequence_id: object) -> Sequence:
    try:
        return sequence_for(sequence_id)
    except commands.NoSuch as absent:
        raise Http404(str(absent)) from absent


def _done(request: HttpRequest, deed: Callable[[datetime], str], back: str) -> HttpResponse:
    try:
        messages.success(request, deed(timezone.now()))
    except commands.NoSuch as absent:
        raise Http404(str(absent)) from absent
    except commands.NurtureRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(back)


def _start(request: HttpRequest) -> int:
    start = request.GET.get("from", "0")
    return int(start) if start.isdecimal() and len(start) < 7 else 0


def _whole(text: str) -> int:
    return int(text) if text.strip().isdecimal() and len(text.strip()) < 7 else -1

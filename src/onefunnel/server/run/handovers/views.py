"""The pages of handovers: what waits for the team, one handover, what the giver owes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from onefunnel.business_time import NeverOpenError
from onefunnel.server.people.access import who_may
from onefunnel.server.run.about_lead import about_lead
from onefunnel.server.run.handovers import commands, queries, typed
from onefunnel.server.run.handovers.finding import handover_for
from onefunnel.server.run.handovers.lead_data import hiding_for
from onefunnel.server.run.handovers.models import Handover, Status
from onefunnel.server.run.handovers.reasons import REJECTIONS, RETURNS
from onefunnel.server.run.handovers.teams import may_arrange, receivers

REFUSALS = (
    commands.HandoverRefused, commands.NoAgreementInForce, commands.NoSuchCard,
    commands.CardUnreadable, NeverOpenError,
)  # fmt: skip
_YOURS = "The lead is yours. It stays in its stage until you move it on, on its page."


@require_GET
@who_may("see numbers")
def waiting(request: HttpRequest) -> HttpResponse:
    """Which leads wait for our answer, and how long still?"""
    return _list(request, "waiting", queries.waiting_for(request.user))


@require_GET
@who_may("see numbers")
def rejections(request: HttpRequest) -> HttpResponse:
    """Which rejections does our team owe a reply?"""
    return _list(request, "rejections", queries.rejections_to_answer(request.user))


@require_GET
@who_may("see numbers")
def given(request: HttpRequest) -> HttpResponse:
    """What has our team to complete, or to offer again?"""
    return _list(request, "given", queries.to_complete(request.user, at=timezone.now()))


@require_GET
@who_may("see numbers", others="unknown", unless="manage people")
def handover(request: HttpRequest, handover_id: object) -> HttpResponse:
    """One handover: how it stands, and everything that can be done with it."""
    return _show(request, _one(request, handover_id))


@require_POST
@who_may("answer handovers", others="unknown", unless="manage people")
def accept(request: HttpRequest, handover_id: object) -> HttpResponse:
    """Take the lead."""

    def deed(at: datetime) -> None:
        commands.accept_handover(handover_id=handover_id, by=request.user, at=at)

    return _done(request, handover_id, deed, _YOURS)


@require_POST
@who_may("answer handovers", others="unknown", unless="manage people")
def reject(request: HttpRequest, handover_id: object) -> HttpResponse:
    """Say no, why, and by which clause."""
    clause = request.POST.get("clause", "")

    def deed(at: datetime) -> None:
        commands.reject_handover(
            handover_id=handover_id, reason=request.POST.get("reason", ""), clause=clause,
            is_gap=request.POST.get("is_gap") == "yes" and not clause,
            better=request.POST.get("better", ""), by=request.user, at=at,
        )  # fmt: skip

    return _done(
        request,
        handover_id,
        deed,
        "Rejected. It stays in its stage; you are owed a reply.",
    )


@require_POST
@who_may("answer handovers", others="unknown", unless="manage people")
def send_back(request: HttpRequest, handover_id: object) -> HttpResponse:
    """Send it back for more."""

    def deed(at: datetime) -> None:
        commands.return_handover(
            handover_id=handover_id, reason=request.POST.get("reason", ""),
            better=request.POST.get("better", ""), by=request.user, at=at,
        )  # fmt: skip

    return _done(request, handover_id, deed, "Sent back for more.")


@require_POST
@who_may("answer handovers", others="unknown", unless="manage people")
def recycle(request: HttpRequest, handover_id: object) -> HttpResponse:
    """Put the lead aside until a day."""

    def deed(at: datetime) -> None:
        commands.recycle_handover(
            handover_id=handover_id, better=request.POST.get("better", ""),
            wake_on=typed.day(request.POST.get("wake_on", ""), "Wake it up on"),
            by=request.user, at=at,
        )  # fmt: skip

    return _done(request, handover_id, deed, "Put aside until that day.")


@require_POST
@who_may("hand over leads", others="unknown", unless="manage people")
def reply(request: HttpRequest, handover_id: object) -> HttpResponse:
    """Reply to a rejection."""

    def deed(at: datetime) -> None:
        commands.reply_to_rejection(
            handover_id=handover_id, text=request.POST.get("text", ""), by=request.user, at=at
        )

    return _done(request, handover_id, deed, "Your reply is sent.", to="run:rejections")


@require_POST
@who_may("answer handovers", others="unknown", unless="manage people")
def give(request: HttpRequest, handover_id: object) -> HttpResponse:
    """Give it to somebody of the team."""

    def deed(at: datetime) -> None:
        commands.reassign_handover(
            handover_id=handover_id, to=request.POST.get("to", ""), by=request.user, at=at
        )

    return _done(request, handover_id, deed, "It is given to them.")


@require_POST
@who_may("answer handovers", others="unknown", unless="manage people")
def clock(request: HttpRequest, handover_id: object) -> HttpResponse:
    """Stop the clock, or let it go on."""

    def deed(at: datetime) -> None:
        if request.POST.get("deed") == "resume":
            commands.resume_clock(handover_id=handover_id, by=request.user, at=at)
        else:
            commands.pause_clock(
                handover_id=handover_id, why=request.POST.get("why", ""), by=request.user, at=at
            )

    return _done(request, handover_id, deed, "Both teams can see it.")


@require_POST
@who_may("hand over leads", others="unknown", unless="manage people")
def withdraw(request: HttpRequest, handover_id: object) -> HttpResponse:
    """Do not offer a lead that waits for data."""

    def deed(at: datetime) -> None:
        commands.withdraw(handover_id=handover_id, by=request.user, at=at)

    return _done(request, handover_id, deed, "It is not offered.", to="run:given")


@require_POST
@who_may("hand over leads")
def offer(request: HttpRequest) -> HttpResponse:
    """Offer a lead; what is missing is named where the giver can see it."""
    hiding = hiding_for(request.user)
    lead_id = hiding.key("leads", "lead_id", request.POST.get("lead", ""))
    back = _back(request)
    try:
        if lead_id is None:
            raise commands.NoSuchLead("there is no such lead")
        made = commands.offer_lead(
            lead_id=lead_id, card=request.POST.get("card", ""), note=request.POST.get("note", ""),
            by=request.user, at=timezone.now(),
        )  # fmt: skip
    except commands.NoSuchLead as absent:
        raise Http404("there is no such lead") from absent
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    else:
        who = made.assigned_to.short_name if made.assigned_to else f"{made.to_name}'s queue"
        messages.success(request, f"Offered to {made.to_name}: {who}.")
    return redirect(back)


def _list(request: HttpRequest, which: str, found: QuerySet[Handover]) -> HttpResponse:
    start = request.GET.get("from", "0")
    at = timezone.now()
    page = queries.page_of(
        found, request.user, hiding_for(request.user), at=at,
        start=int(start) if start.isdecimal() and len(start) < 7 else 0,
    )  # fmt: skip
    context = {
        "tab": "handovers", "which": which, "page": page,
        "counts": {**queries.counts_of(request.user, at=at, but=which), which: page.count},
    }  # fmt: skip
    return render(request, f"run/handovers/{which}.html", context)


def _one(request: HttpRequest, handover_id: object) -> Handover:
    try:
        return handover_for(request.user, handover_id)
    except commands.NoSuchHandover as absent:
        raise Http404(str(absent)) from absent


def _done(
    request: HttpRequest,
    handover_id: object,
    deed: Callable[[datetime], None],
    said: str,
    *,
    to: str = "run:waiting",
) -> HttpResponse:
    """Do the deed and go back to the list; who was too late sees how the handover stands."""
    try:
        deed(timezone.now())
    except commands.NoSuchHandover as absent:
        raise Http404(str(absent)) from absent
    except REFUSALS as refusal:
        status = 409 if isinstance(refusal, commands.AlreadyAnswered) else 422
        return _show(request, _one(request, handover_id), refused=str(refusal), status=status)
    messages.success(request, said)
    return redirect(to)


def _show(
    request: HttpRequest, one: Handover, *, refused: str = "", status: int = 200
) -> HttpResponse:
    at = timezone.now()
    hiding = hiding_for(request.user)
    (line,) = queries.lines_of([one], request.user, hiding, at=at)
    context: dict[str, Any] = {
        "about": about_lead(one, request.user, hiding, at=at),
        "tab": "handovers", "line": line, "one": line.handover, "refused": refused,
        "history": queries.chain_of(one), "pauses": one.pauses.select_related("by", "resumed_by"),
        "typed": request.POST,
    }  # fmt: skip
    if line.may_answer:
        context |= {
            "rejections": REJECTIONS.items(),
            "returns": RETURNS.items(),
            "clauses": queries.clauses_for(one, commands.clauses_of(one, at=at), at=at),
            "receivers": receivers(one.to_team) if may_arrange(request.user, one.to_team)
            else [one for one in receivers(one.to_team) if one.pk == request.user.pk],
        }  # fmt: skip
    context["owes_reply"] = (
        one.status == Status.REJECTED and one.replied_at is None and line.may_give
    )
    return render(request, "run/handovers/handover.html", context, status=status)


def _back(request: HttpRequest) -> str:
    back = request.POST.get("back", "")
    if back.startswith("/run/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    return "run:given"

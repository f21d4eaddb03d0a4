"""The page that asks what was won with a lead: asked right after the move, answered when known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from onefunnel.server.people.access import who_may
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.run.handovers.lead_data import hiding_for, titles_of
from onefunnel.server.run.lead_page import key_of
from onefunnel.server.run.tracker import commands
from onefunnel.server.run.tracker.deal_lines import lines_of
from onefunnel.server.run.tracker.deals import (
    FIELDS,
    WHY_NONE,
    asks_product,
    closed_on,
    is_won,
    own_deal,
)
from onefunnel.server.run.tracker.lead_form import written as as_typed
from onefunnel.server.run.tracker.reading import LeadNow, lead_now
from onefunnel.server.warehouse.queries import deals_of_leads

_NEW = "new"


@require_http_methods(["GET", "POST"])
@who_may("work leads")
def won(request: HttpRequest, lead_id: str) -> HttpResponse:
    """Ask what was won with a lead, and keep the answer as its deal."""
    at, hiding = timezone.now(), hiding_for(request.user)
    key = key_of(hiding, lead_id)
    try:
        now = lead_now(key, at=at)
    except commands.NoSuchLead as absent:
        raise Http404(str(absent)) from absent
    deals = deals_of_leads([key]).get(key, ())
    if request.method != "POST":
        chosen = _to_fill(deals)
        return _asked(request, lead_id, now, deals, _typed(now, chosen), chosen)
    sent = request.POST
    picked = _picked(sent, deals, hiding)
    said = {name: sent.get(name, "") for name in FIELDS if name in sent}
    try:
        noted = commands.note_deal(
            lead_id=key, said=said, by=request.user, at=at,
            deal_id=str(picked["deal_id"]) if picked else "",
        )  # fmt: skip
    except commands.BadField as bad:
        told = {bad.field: f"{bad.reason[:1].upper()}{bad.reason[1:]}. {bad.fix}."}
        return _asked(request, lead_id, now, deals, sent.dict(), picked, told, status=422)
    except (commands.NotWon, commands.NoSuchDeal) as refusal:
        messages.error(request, str(refusal))
        return redirect("run:lead", lead_id)
    undo = f"{reverse('run:take_back_deal', args=[lead_id])}?row={noted.revision}"
    messages.success(request, "Kept: what was won.", extra_tags=f"undo:{undo}")
    return redirect("run:lead", lead_id)


@require_POST
@who_may("work leads")
def take_back(request: HttpRequest, lead_id: str) -> HttpResponse:
    """Take back what was just said of a deal."""
    key, row = key_of(hiding_for(request.user), lead_id), request.GET.get("row", "")
    number = int(row) if row.isdecimal() and len(row) < 19 else 0
    try:
        commands.take_back_deal(lead_id=key, revision=number, by=request.user, at=timezone.now())
    except commands.NoSuchLead as absent:
        raise Http404(str(absent)) from absent
    except commands.NoSuchDeal as absent:
        messages.error(request, str(absent))
    else:
        messages.success(request, "Taken back: the deal says what it said before.")
    return redirect("run:lead", lead_id)


def _to_fill(deals: Sequence[Mapping[str, object]]) -> Mapping[str, object] | None:
    """The deal that the form begins with: the latest won one, else the latest open one."""
    by_outcome = {str(deal["outcome"] or "open"): deal for deal in deals}
    return by_outcome.get("won") or by_outcome.get("open")


def _picked(
    sent: QueryDict, deals: Sequence[Mapping[str, object]], hiding: Hiding
) -> Mapping[str, object] | None:
    """The deal that the form is about; None for one that is made of the lead."""
    chosen = sent.get("deal", _NEW)
    found = (one for one in deals
             if hiding.address("deals", "deal_id", str(one["deal_id"])) == chosen)  # fmt: skip
    return next(found, None)


def _typed(now: LeadNow, deal: Mapping[str, object] | None) -> dict[str, str]:
    """What the form says when it is opened."""
    filled = {name: as_typed((deal or {}).get(name)) for name in FIELDS}
    filled["currency"] = filled["currency"] or now.book.agreement.currency
    day = closed_on(deal) if deal else None
    filled["closed_on"] = day.isoformat() if day else ""
    codes = {words: code for code, words in commands.NO_AMOUNT.items()}
    filled["no_amount"] = codes.get(str((deal or {}).get(WHY_NONE) or ""), "")
    return filled


def _asked(
    request: HttpRequest,
    lead_id: str,
    now: LeadNow,
    deals: Sequence[Mapping[str, object]],
    typed: Mapping[str, str],
    chosen: Mapping[str, object] | None,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    if not is_won(now.book.agreement, now.stage):
        messages.error(request, "The lead is not won, so there is nothing to say yet.")
        return redirect("run:lead", lead_id)
    hiding, own = hiding_for(request.user), str(now.lead["lead_id"])
    others = [deal for deal in deals if deal["deal_id"] != own_deal(own)]
    context = {
        "tab": "leads", "key": lead_id, "title": titles_of([own], hiding)[own], "typed": typed,
        "errors": errors or {}, "reasons": commands.NO_AMOUNT.items(),
        "others": lines_of(others, hiding), "asks_product": asks_product(),
        "chosen": hiding.address("deals", "deal_id", str(chosen["deal_id"])) if chosen else "",
        "new": _NEW,
    }  # fmt: skip
    return render(request, "run/won_lead.html", context, status=status)

"""The page that asks what was won with a lead: asked right after the move, answered when known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
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
from onefunnel.server.run.tracker.history import Row
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
    if not is_won(now.book.agreement, now.stage):
        messages.error(request, "The lead is not won, so there is nothing to say yet.")
        return redirect("run:lead", lead_id)
    deals = deals_of_leads([key]).get(key, ())
    sent = request.POST if request.method == "POST" else request.GET
    about = _about(sent.get("deal", ""), deals, key, hiding)
    if about is None and request.method == "POST":
        messages.error(request, "The lead has no such deal any more: say which one it was.")
        return redirect("run:won_lead", lead_id)
    if about is None:
        return _which(request, lead_id, key, deals)
    if request.method != "POST":
        return _asked(request, lead_id, key, deals, _typed(now, about), about)
    said = {name: sent.get(name, "") for name in FIELDS if name in sent}
    try:
        noted = commands.note_deal(
            lead_id=key, said=said, by=request.user, at=at,
            deal_id=str(about.get("deal_id", "")),
        )  # fmt: skip
    except commands.BadField as bad:
        told = {bad.field: f"{bad.reason[:1].upper()}{bad.reason[1:]}. {bad.fix}."}
        return _asked(request, lead_id, key, deals, sent.dict(), about, told, status=422)
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


def _about(said: str, deals: Sequence[Row], lead_id: str, hiding: Hiding) -> Row | None:
    """The deal that the form is about; an empty one for what is not here yet, None where nobody
    can know: who has deals that came with the lead says which one it is."""
    own = [deal for deal in deals if deal["deal_id"] == own_deal(lead_id)]
    if said == _NEW or (not said and len(own) == len(deals)):
        return own[0] if own else {}
    found = (one for one in deals
             if hiding.address("deals", "deal_id", str(one["deal_id"])) == said)  # fmt: skip
    return next(found, None)


def _typed(now: LeadNow, deal: Row) -> dict[str, str]:
    """What the form says when it is opened."""
    filled = {name: as_typed(deal.get(name)) for name in FIELDS}
    filled["currency"] = filled["currency"] or now.book.agreement.currency
    day = closed_on(deal)
    filled["closed_on"] = day.isoformat() if day else ""
    codes = {words: code for code, words in commands.NO_AMOUNT.items()}
    filled["no_amount"] = codes.get(str(deal.get(WHY_NONE) or ""), "")
    return filled


def _which(request: HttpRequest, lead_id: str, key: str, deals: Sequence[Row]) -> HttpResponse:
    """Ask which deal it was first: the form then says what that one says."""
    hiding = hiding_for(request.user)
    won = [line.key for line in lines_of(deals, hiding) if line.outcome == "won"]
    context = {
        "tab": "leads", "key": lead_id, "title": titles_of([key], hiding)[key],
        "choices": lines_of(deals, hiding), "chosen": won[0] if len(won) == 1 else "",
        "new": "" if any(one["deal_id"] == own_deal(key) for one in deals) else _NEW,
    }  # fmt: skip
    return render(request, "run/won_which.html", context)


def _asked(
    request: HttpRequest,
    lead_id: str,
    key: str,
    deals: Sequence[Row],
    typed: Mapping[str, str],
    about: Row,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    hiding = hiding_for(request.user)
    lines = lines_of([about] if about else [], hiding)
    context = {
        "tab": "leads", "key": lead_id, "title": titles_of([key], hiding)[key], "typed": typed,
        "errors": errors or {}, "reasons": commands.NO_AMOUNT.items(),
        "asks_product": asks_product(), "deal": lines[0] if lines else None,
        "is_one_of_many": any(one["deal_id"] != own_deal(key) for one in deals), "new": _NEW,
    }  # fmt: skip
    return render(request, "run/won_lead.html", context, status=status)

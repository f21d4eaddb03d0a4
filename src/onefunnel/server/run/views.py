"""The pages of Run: the list of leads, a lead, an account."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from onefunnel.measures.steps.path import NoSuccessPath
from onefunnel.server.agree.basis import Basis, current_basis
from onefunnel.server.people.access import who_may
from onefunnel.server.people.hiding import Hiding, hiding_from
from onefunnel.server.people.rules import may
from onefunnel.server.people.sealed import opened
from onefunnel.server.run import accounts as account_list
from onefunnel.server.run import leads as lead_list
from onefunnel.server.run.asking import NONE, Wanted, wanted
from onefunnel.server.run.board import board_of, more_cards
from onefunnel.server.run.lead_page import lead_page
from onefunnel.server.run.nurture.queries import sequences_on
from onefunnel.server.run.records import NoSuchRecord, account_record
from onefunnel.server.run.saved.queries import first_address, views_for
from onefunnel.server.run.stale import gone
from onefunnel.server.run.tracker.moving import MOST_AT_ONCE

FILTERS = ("source", "segment", "owner")
_LONGEST_CURSOR = 2000


@who_may("see numbers")
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the room: what the person chose to begin with, else all leads."""
    begins = first_address(request.user, hiding_from(request.user, current_basis().personal))
    return HttpResponseRedirect(begins or reverse("run:leads"))


def in_words(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """An agreement without a stage to reach gives a page that says so, not a fault."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *args, **named)
        except NoSuccessPath as refusal:
            return render(request, "run/no_funnel.html", {"why": str(refusal)}, status=422)

    return asked


@in_words
@who_may("see numbers")
def leads(request: HttpRequest) -> HttpResponse:
    """The list of leads for the words of the address."""
    basis = current_basis()
    asked, hiding = wanted(request.GET), hiding_from(request.user, basis.personal)
    context = {"basis": basis, "wanted": asked, "tab": "leads"} | _narrowed(
        request, "leads", basis, asked, hiding
    )
    if not basis.is_empty:
        page = lead_list.leads_page(
            basis,
            asked,
            after=request.GET.get("after", "")[:_LONGEST_CURSOR],
            before=request.GET.get("before", "")[:_LONGEST_CURSOR],
            hiding=hiding,
        )
        is_cut = bool(page.before or page.after)
        context |= {
            "page": page,
            "may_move": may(request.user, "work leads") and bool(page.lines),
            "sequences": sequences_on(),
            "onto": basis.agreement.stages,
            "is_all_offered": is_cut and page.count <= MOST_AT_ONCE,
        }
    return render(request, "run/leads.html", context)


@in_words
@who_may("see numbers")
def board(request: HttpRequest) -> HttpResponse:
    """The board of leads for the words of the address; or further cards of one of its stages."""
    basis, at = current_basis(), timezone.now()
    asked, hiding = wanted(request.GET), hiding_from(request.user, basis.personal)
    context: dict[str, Any] = {"basis": basis, "wanted": asked, "tab": "board"}
    context["may_move"] = may(request.user, "work leads") and basis.agreement.status != "not agreed"
    after = request.GET.get("after", "")[:_LONGEST_CURSOR]
    if after and not basis.is_empty:
        cards, further = more_cards(basis, asked, hiding, after, at=at)
        context |= {"cards": cards, "after": further, "query": asked.query()}
        return render(request, "run/parts/cards.html", context)
    context |= _narrowed(request, "board", basis, asked, hiding)
    if not basis.is_empty:
        context |= {
            "board": board_of(basis, asked, hiding, at=at),
            "onto": basis.agreement.stages,
            "sequences": sequences_on() if context["may_move"] else (),
        }
    return render(request, "run/board.html", context)


def _narrowed(
    request: HttpRequest, page: str, basis: Basis, asked: Wanted, hiding: Hiding
) -> dict[str, object]:
    """What the list and the board can be narrowed by, and the views that people keep of them."""
    views = views_for(request.user, hiding)
    return {
        "views": views,
        "shown_view": next((one.view_id for one in views if one.shows(page, asked)), ""),
        "page_name": page,
        "may_keep": may(request.user, "keep views"),
        "gone": gone(basis, asked, hiding),
        "NONE": NONE,
        "stages": lead_list.stages(basis),
        "filters": [
            (name, name.capitalize(), values, asked.said(name))
            for name in FILTERS
            if (values := lead_list.choices(basis, name, hiding))
        ],
    }


@in_words
@who_may("see numbers")
def lead(request: HttpRequest, lead_id: str) -> HttpResponse:
    """One lead: where it stands and why, and everything that happened."""
    return lead_page(request, lead_id)


@who_may("see numbers")
def accounts(request: HttpRequest) -> HttpResponse:
    """The list of accounts."""
    basis = current_basis()
    text = request.GET.get("q", "").strip()[:200]
    context = {"basis": basis, "q": text, "tab": "accounts"}
    if "accounts" in basis.facts:
        context["page"] = account_list.accounts_page(
            basis,
            text,
            hiding=hiding_from(request.user, basis.personal),
            after=request.GET.get("after", "")[:_LONGEST_CURSOR],
        )
    return render(request, "run/accounts.html", context)


@in_words
@who_may("see numbers")
def account(request: HttpRequest, account_id: str) -> HttpResponse:
    """One account: the whole relationship, before and after the sale."""
    basis = current_basis()
    hiding = hiding_from(request.user, basis.personal)
    account_id = _key(hiding, ("accounts.account_id", "leads.account_id"), account_id)
    try:
        found = account_record(basis, account_id, hiding=hiding)
    except NoSuchRecord as absent:
        raise Http404("there is no such record") from absent
    return render(
        request, "run/account.html", {"basis": basis, "account": found, "tab": "accounts"}
    )


def _key(hiding: Hiding, columns: tuple[str, ...], text: str) -> str:
    """The key in an address; who may not read such keys gets the same answer for all written out.

    Raises Http404.
    """
    for column in columns:
        if hiding.key(*column.split("."), text) is None:
            raise Http404("there is no such record")
    return opened(text)

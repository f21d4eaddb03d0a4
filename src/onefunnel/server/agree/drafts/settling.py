"""The pages where two drafts become one: the cards, the list behind a number, the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from onefunnel.agreement.compare.settle import NotSettled
from onefunnel.agreement.yaml_text import AgreementTextError
from onefunnel.measures.differences import Side
from onefunnel.server.agree.drafts import commands, queries
from onefunnel.server.agree.drafts.lists import list_page
from onefunnel.server.agree.models import Decision, Round
from onefunnel.server.people.access import who_may
from onefunnel.server.people.models import Team
from onefunnel.server.people.rules import may

_SIDES = {"touched": "Concerned", "ours_only": "Only by {one}", "theirs_only": "Only by {other}"}


@dataclass(frozen=True)
class Refused:
    """A deed that was refused, and what was typed for it: of one card, or (`number` 0) of several
    that were to be settled together; `group` is the first number of the group they stand in."""

    why_not: str
    status: int
    number: int
    choice: str
    text: str
    why: str
    keys: frozenset[str] = frozenset()
    group: int = 0
    #: What was chosen in a group, by the number of the card.
    choices: Mapping[int, str] = field(default_factory=dict)


@require_GET
@who_may("see numbers")
def compare(request: HttpRequest) -> HttpResponse:
    """Where do the two drafts differ, what does each difference touch, how was it settled?"""
    return _compare_page(request, _both_in(request))


def _compare_page(
    request: HttpRequest, going_on: Round, refused: Refused | None = None
) -> HttpResponse:
    found, counted = queries.cards(going_on)
    open_cards = [card.discrepancy.number for card in found if card.decided is None]
    after = request.GET.get("after", "")
    last = int(after) if after.isdecimal() else 0
    # the next one is open: the first after the one just settled, else the first of all
    due = next((n for n in open_cards if n > last), open_cards[0] if open_cards else None)
    together = queries.one_sided(going_on, found)
    is_party = request.user.team in (going_on.one, going_on.other)
    context = {
        "tab": "drafts",
        "round": going_on,
        "cards": found,
        "groups": queries.grouped(going_on, found),
        "open": len(open_cards),
        "due": refused.number if refused and refused.number else due,
        "is_led": bool(refused.number if refused else after),
        "refused": refused,
        "together": together,
        "of_words": queries.of_words(found),
        "notes": counted.notes,
        "matches": [match for match in counted.matches if match.by != "name"],
        "one": Team(going_on.one).label,
        "other": Team(going_on.other).label,
        "may_decide": is_party and may(request.user, "propose agreement"),
    }
    status = refused.status if refused else 200
    return render(request, "agree/drafts/compare.html", context, status=status)


@require_GET
@who_may("see numbers")
def compare_list(request: HttpRequest) -> HttpResponse:
    """The leads or deals behind a card's number."""
    going_on = _both_in(request)
    key, side = request.GET.get("key", ""), request.GET.get("side", "touched")
    if side not in get_args(Side):
        raise Http404(f"there is no side {side}")
    currency = request.GET.get("currency")
    try:
        records = queries.list_of(going_on, key, side, currency)
    except LookupError as absent:
        raise Http404(str(absent)) from absent
    labels = {"one": Team(going_on.one).label, "other": Team(going_on.other).label}
    title = _SIDES[side].format(**labels) + (f", deals in {currency}" if currency else "")
    return list_page(request, records, title, reverse("agree:compare"))


@require_POST
@who_may("propose agreement")
def decide(request: HttpRequest) -> HttpResponse:
    """Settle one card; a refusal stands at the card, with what was typed."""
    going_on = _both_in(request)
    number, also = request.POST.get("number", ""), request.POST.getlist("also")
    choice = request.POST.get("choice", "")
    if also and choice != Decision.NEW:
        keys = [request.POST.get("key", ""), *also]
        return _settle(request, going_on, dict.fromkeys(keys, choice), number=number)
    try:
        commands.decide(
            round_id=going_on.pk,
            key=request.POST.get("key", ""),
            choice=choice,
            text=request.POST.get("text", ""),
            why=request.POST.get("why", ""),
            seen=int(seen) if (seen := request.POST.get("seen", "")).isdecimal() else None,
            by=request.user,
            at=timezone.now(),
        )
    except commands.RoundRefused as refusal:
        is_lost = isinstance(refusal, commands.DecidedMeanwhile)
        return _compare_page(request, going_on, Refused(
            str(refusal), 409 if is_lost else 422, int(number) if number.isdecimal() else 0,
            choice, request.POST.get("text", ""),
            request.POST.get("why", ""),
        ))  # fmt: skip
    messages.success(request, f"Card {number} is settled. It can be settled anew.")
    return HttpResponseRedirect(reverse("agree:compare") + f"?after={quote(number)}")


@require_POST
@who_may("propose agreement")
def together(request: HttpRequest) -> HttpResponse:
    """Take what one team wrote in all the chosen cards."""
    keys = request.POST.getlist("key")
    choice = request.POST.get("choice", "")
    return _settle(request, _both_in(request), dict.fromkeys(keys, choice), choice=choice)


@require_POST
@who_may("propose agreement")
def group(request: HttpRequest) -> HttpResponse:
    """Settle the cards of one thing: each as it was chosen, or all of them alike."""
    going_on = _both_in(request)
    named = request.POST.get("group", "")
    number = int(named) if named.isdecimal() else 0
    found = queries.grouped(going_on, queries.cards(going_on)[0])
    cards = next((one.cards for one in found if one.number == number), ())
    alike = request.POST.get("all", "")
    chosen = {
        card.discrepancy: alike or request.POST.get(f"choice-{card.discrepancy.number}", "")
        for card in cards
        if card.decided is None
    }
    by_key = {each.key: choice for each, choice in chosen.items() if choice}
    return _settle(request, going_on, by_key, group=number,
                   by_number={each.number: choice for each, choice in chosen.items()})  # fmt: skip


def _settle(
    request: HttpRequest,
    going_on: Round,
    choices: Mapping[str, str],
    *,
    number: str = "",
    choice: str = "",
    group: int = 0,
    by_number: Mapping[int, str] | None = None,
) -> HttpResponse:
    """Settle several cards in one act; a refusal stands where they were chosen."""
    why = request.POST.get("why", "")
    try:
        made, left = commands.take_together(
            round_id=going_on.pk, choices=choices, why=why, by=request.user, at=timezone.now()
        )
    except commands.RoundRefused as refusal:
        at_card = int(number) if number.isdecimal() else 0
        return _compare_page(request, going_on, Refused(
            str(refusal), 422, at_card, choice or next(iter(choices.values()), ""), "", why,
            frozenset(choices), group, by_number or {},
        ))  # fmt: skip
    said = f"{len(made)} card{'' if len(made) == 1 else 's'} settled. Each can be settled anew."
    if left:
        numbers = ", ".join(str(each.number) for each in left)
        said += f" Settled by others in the meantime, and left as they are: {numbers}."
    messages.success(request, said)
    return HttpResponseRedirect(reverse("agree:compare") + f"?after={group or number or 0}")


@require_POST
@who_may("propose agreement")
def conclude(request: HttpRequest) -> HttpResponse:
    """Make one version of both drafts."""
    going_on = _both_in(request)
    try:
        version = commands.conclude(round_id=going_on.pk, by=request.user, at=timezone.now())
    except NotSettled as refusal:
        said = (f"card {number}: {why}" for number, why in sorted(refusal.reasons.items()))
        messages.error(request, f"Not settled yet. {'; '.join(said)}.")
        return redirect("agree:compare")
    except (commands.RoundRefused, AgreementTextError) as refusal:
        messages.error(request, str(refusal))
        return redirect("agree:compare")
    messages.success(request, f"Version {version.number} is the one text. Now both teams sign it.")
    return redirect("agree:version", version.public_id)


def _both_in(request: HttpRequest) -> Round:
    going_on = queries.round_going_on()
    if going_on is None:
        raise Http404("no round of drafting goes on")
    if not queries.are_both_in(going_on):
        raise PermissionDenied("The drafts can be compared once both are handed in.")
    return going_on

"""The pages where two drafts become one: the cards, the list behind a number, the decision."""

from __future__ import annotations

from dataclasses import dataclass
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
from onefunnel.server.agree.models import Round
from onefunnel.server.people.access import who_may
from onefunnel.server.people.models import Team
from onefunnel.server.people.rules import may

_SIDES = {"touched": "Concerned", "ours_only": "Only by {one}", "theirs_only": "Only by {other}"}


@dataclass(frozen=True)
class Refused:
    """A deed that was refused, and what was typed for it: of one card, or (`number` 0) of several
    that were to be settled together."""

    why_not: str
    status: int
    number: int
    choice: str
    text: str
    why: str
    keys: frozenset[str] = frozenset()


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
    number = request.POST.get("number", "")
    try:
        commands.decide(
            round_id=going_on.pk,
            key=request.POST.get("key", ""),
            choice=request.POST.get("choice", ""),
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
            request.POST.get("choice", ""), request.POST.get("text", ""),
            request.POST.get("why", ""),
        ))  # fmt: skip
    messages.success(request, f"Card {number} is settled. It can be settled anew.")
    return HttpResponseRedirect(reverse("agree:compare") + f"?after={quote(number)}")


@require_POST
@who_may("propose agreement")
def together(request: HttpRequest) -> HttpResponse:
    """Take what one team wrote in all the chosen cards."""
    going_on = _both_in(request)
    keys = frozenset(request.POST.getlist("key"))
    choice, why = request.POST.get("choice", ""), request.POST.get("why", "")
    try:
        made, left = commands.take_together(
            round_id=going_on.pk, choice=choice, keys=keys, why=why, by=request.user,
            at=timezone.now(),
        )  # fmt: skip
    except commands.RoundRefused as refusal:
        refused = Refused(str(refusal), 422, 0, choice, "", why, keys)
        return _compare_page(request, going_on, refused)
    said = f"{len(made)} card{'' if len(made) == 1 else 's'} settled. Each can be settled anew."
    if left:
        numbers = ", ".join(str(each.number) for each in left)
        said += f" Settled by others in the meantime, and left as they are: {numbers}."
    messages.success(request, said)
    return HttpResponseRedirect(reverse("agree:compare") + "?after=0")


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

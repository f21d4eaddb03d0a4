"""Replay: what would a version have done to the leads, against the funnel the numbers follow?"""

from __future__ import annotations

from typing import cast, get_args

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.facts.store import MissingFacts
from onefunnel.measures.replay import Moved, Replay, StageReplay, replay, replay_records
from onefunnel.measures.replay_cards import CardReplay, Passed, replay_card_records, replay_cards
from onefunnel.measures.steps.path import NoSuccessPath
from onefunnel.server.agree import queries
from onefunnel.server.agree.drafts.lists import list_page
from onefunnel.server.agree.models import AgreementVersion
from onefunnel.server.people.access import who_may
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.kept import Kept

_WORDS = {
    "moved_in": "Let in by version {0}, not by the present funnel: {1}",
    "moved_out": "No longer let in by version {0}: {1}",
    "both": "Let in by both: {1}",
    "entered_before": "Let in by the present funnel: {1}",
    "entered_after": "Let in by version {0}: {1}",
}
_CARD_WORDS = {
    "passed_both": "Passed by both cards: {1}",
    "passed_before": "Passed by the present card, refused by that of version {0}: {1}",
    "passed_after": "Refused by the present card, passed by that of version {0}: {1}",
    "refused_both": "Refused by both cards: {1}",
}
_kept, _kept_cards = Kept(4), Kept(4)


@require_GET
@who_may("see numbers")
def replay_page(request: HttpRequest, version_id: str) -> HttpResponse:
    """What would this version have done to the leads of all history?"""
    version, before, after = _versions(version_id)
    found, problem, cards = None, "", ()
    if "moves" not in warehouse.current_facts():
        problem = "There is no data yet to replay it on."
    else:
        try:
            found, cards = _replayed(before, after), _cards(before, after)
        except (PredicateError, NoSuccessPath, MissingFacts) as refusal:
            problem = f"It cannot be replayed: {refusal}"
    context = {"tab": "versions", "version": version, "found": found, "problem": problem}
    context["cards"] = cards
    return render(request, "agree/replay.html", context)


@require_GET
@who_may("see numbers")
def replay_list(request: HttpRequest, version_id: str) -> HttpResponse:
    """The leads behind a number of the replay."""
    version, before, after = _versions(version_id)
    figure = request.GET.get("figure", "")
    if figure in _CARD_WORDS:
        return _card_list(request, version, before, after)
    if figure not in get_args(Moved) or "moves" not in warehouse.current_facts():
        raise Http404(f"the replay has no figure {figure}")
    try:
        stages = _replayed(before, after).stages
    except (PredicateError, NoSuccessPath, MissingFacts) as refusal:
        raise Http404(str(refusal)) from refusal
    at = request.GET.get("stage", "")
    stage = stages[int(at)] if at.isdecimal() and int(at) < len(stages) else None
    if stage is None:
        raise Http404("the replay has no such stage")
    records = replay_records(warehouse.current_facts(), before, after, stage, figure)  # type: ignore[arg-type]
    title = _WORDS[figure].format(version.number, _name(stage))
    return list_page(request, records, title, reverse("agree:replay", args=[version_id]))


def _card_list(
    request: HttpRequest, version: AgreementVersion, before: Agreement, after: Agreement
) -> HttpResponse:
    at, figure = request.GET.get("stage", ""), request.GET["figure"]
    place, facts = int(at) if at.isdecimal() else -1, warehouse.current_facts()
    try:
        records = replay_card_records(facts, before, after, place, cast(Passed, figure))
        card = _cards(before, after)[place]
    except (LookupError, PredicateError, MissingFacts) as refusal:
        raise Http404(str(refusal)) from refusal
    title = _CARD_WORDS[figure].format(version.number, card.after or card.before)
    return list_page(request, records, title, reverse("agree:replay", args=[version.public_id]))


def _versions(version_id: str) -> tuple[AgreementVersion, Agreement, Agreement]:
    version = get_object_or_404(AgreementVersion, public_id=version_id)
    return version, queries.current_agreement(at=timezone.now()), queries.agreement_of(version)


def _replayed(before: Agreement, after: Agreement) -> Replay:
    facts, data = warehouse.current_data()
    key = (str(settings.WORKSPACE), data, before.digest, after.digest)
    return _kept.get(key, lambda: replay(facts, before, after))


def _cards(before: Agreement, after: Agreement) -> tuple[CardReplay, ...]:
    facts, data = warehouse.current_data()
    key = (str(settings.WORKSPACE), data, before.digest, after.digest)
    return _kept_cards.get(key, lambda: replay_cards(facts, before, after))


def _name(stage: StageReplay) -> str:
    names = dict.fromkeys(name for name in (stage.before, stage.after) if name)
    return " / ".join(names)

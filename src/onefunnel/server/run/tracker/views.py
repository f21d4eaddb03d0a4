"""The pages on which people add a lead, change what is known of it, and move it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from onefunnel.agreement.qualify import Clause
from onefunnel.server.agree.basis import current_basis
from onefunnel.server.people.access import who_may
from onefunnel.server.people.ids import uuid7
from onefunnel.server.run.handovers.lead_data import hiding_for
from onefunnel.server.run.lead_page import Refused, key_of, lead_page
from onefunnel.server.run.leads import choices
from onefunnel.server.run.tracker import commands, lead_form
from onefunnel.server.run.tracker.book import current_book
from onefunnel.server.run.tracker.deals import lacks_deal
from onefunnel.server.run.tracker.lead_form import Asked
from onefunnel.server.run.tracker.reading import LeadNow, lead_now

_AGAIN = (
    "A lead was added from this form already. To add another one as it is written here, press "
    "the button again."
)


#: The revision of nothing: who does not say what they saw is shown what there is.
_UNSEEN = -1


@require_http_methods(["GET", "POST"])
@who_may("work leads")
def new(request: HttpRequest) -> HttpResponse:
    """Add a lead: what is needed first, then the rest."""
    at = timezone.now()
    asked = lead_form.asked_of_a_new_lead(current_book(at=at))
    if request.method != "POST":
        return _new(request, asked, str(uuid7()))
    key = request.POST.get("key", "")[:100]
    asked = lead_form.filled(asked, request.POST)
    if any(one.error for one in asked):
        return _new(request, asked, key, status=422)
    try:
        entered = commands.enter_lead(
            fields=lead_form.said(asked), declared={one.name: one.kind for one in asked},
            key=f"form:{key}" if key else "", by=request.user, at=at,
        )  # fmt: skip
    except commands.BadField as bad:
        marked = lead_form.with_error(asked, bad)
        loose = "" if marked != asked else f"Nothing was added: {bad.reason}. {bad.fix}."
        return _new(request, marked, key, refused=loose, status=422)
    except commands.KeyUsed:
        return _new(request, asked, str(uuid7()), refused=_AGAIN, status=409)
    messages.success(request, "Added. " + _where(lead_now(entered.lead_id, at=at)))
    return redirect("run:lead", entered.lead_id)


@require_POST
@who_may("work leads")
def move(request: HttpRequest, lead_id: str) -> HttpResponse:
    """Move a lead; what the agreement does not let happen is told on its page, or to the board."""
    at, given = timezone.now(), request.POST
    key = key_of(hiding_for(request.user), lead_id)
    stage, reason = given.get("stage", ""), given.get("reason", "").strip()[:2000]
    try:
        wake_on = day_of(given.get("wake_on", ""))
        done = commands.move_lead(
            lead_id=key, stage=stage, reason=reason, wake_on=wake_on,
            stands=given.get("stands"), seen=_number(given.get("seen", ""), 0),
            by=request.user, at=at,
        )  # fmt: skip
    except commands.NoSuchLead as absent:
        raise Http404(str(absent)) from absent
    except (commands.MoveRefused, commands.BadField) as refusal:
        failing = _failing(refusal)
        said = f"“{stage}” does not take this lead yet:" if failing else str(refusal)
        if asks_for_words(request):
            words = [said, *(one.words for one in failing)]
            stands = getattr(refusal, "stands", None)
            return JsonResponse({"refused": words, "stands": stands}, status=422)
        return lead_page(request, lead_id, refused=Refused(said, failing, given.dict()))
    undo = reverse("run:undo_move", args=[done.bulk_id])
    asks = reverse("run:won_lead", args=[lead_id]) if lacks_deal(key, stage, at=at) else ""
    if asks_for_words(request):
        return JsonResponse({"said": f"Moved to {stage}.", "undo": undo, "asks": asks})
    messages.success(request, f"Moved to {stage}.", extra_tags=f"undo:{undo}")
    return redirect(asks or reverse("run:lead", args=[lead_id]))


def asks_for_words(request: HttpRequest) -> bool:
    """Whether a script asks, which shows the answer where it is, instead of a page."""
    return request.headers.get("Accept", "") == "application/json"


@require_POST
@who_may("work leads")
def contact(request: HttpRequest, lead_id: str) -> HttpResponse:
    """Note that a lead was called, written to or met."""
    key = key_of(hiding_for(request.user), lead_id)
    kind = request.POST.get("kind", "")
    try:
        touch = commands.note_contact(lead_id=key, kind=kind, by=request.user, at=timezone.now())
    except commands.NoSuchLead as absent:
        raise Http404(str(absent)) from absent
    except commands.BadField as bad:
        return lead_page(request, lead_id, refused=Refused(str(bad)))
    undo = reverse("run:undo_contact", args=[lead_id, touch])
    messages.success(request, f"Noted: {kind}.", extra_tags=f"undo:{undo}")
    return redirect("run:lead", lead_id)


@require_POST
@who_may("work leads", others="refused", unless="take back moves of others")
def undo_contact(request: HttpRequest, lead_id: str, touch_id: object) -> HttpResponse:
    """Take back a contact that was noted by mistake."""
    key = key_of(hiding_for(request.user), lead_id)
    try:
        kind = commands.take_back_contact(
            lead_id=key, touch_id=str(touch_id), by=request.user, at=timezone.now()
        )
    except commands.NoSuchContact as absent:
        raise Http404(str(absent)) from absent
    messages.success(request, f"Taken back: {kind}.")
    return redirect("run:lead", lead_id)


@require_http_methods(["GET", "POST"])
@who_may("work leads")
def change(request: HttpRequest, lead_id: str) -> HttpResponse:
    """Change what is known of a lead, as it was when the form was opened."""
    at, key = timezone.now(), key_of(hiding_for(request.user), lead_id)
    try:
        now = lead_now(key, at=at)
    except commands.NoSuchLead as absent:
        raise Http404(str(absent)) from absent
    first, rest = lead_form.asked_of_a_lead(now.book, now.lead)
    if request.method != "POST":
        return _change(request, lead_id, now, first, rest)
    sent = request.POST
    first, rest = lead_form.filled(first, sent), lead_form.filled(rest, sent)
    fields = {one.name: one.value for one in (*first, *rest) if one.is_changed}
    if any(one.error for one in (*first, *rest)):
        return _change(request, lead_id, now, first, rest, revision=sent.get("revision", ""),
                       status=422)  # fmt: skip
    try:
        changed = commands.change_lead(
            lead_id=key, fields=fields, by=request.user, at=at,
            revision=_number(sent.get("revision", ""), _UNSEEN),
        )  # fmt: skip
    except commands.ChangedMeanwhile:
        return _conflict(request, lead_id, key, (first, rest))
    except commands.BadField as bad:
        first, rest = lead_form.with_error(first, bad), lead_form.with_error(rest, bad)
        return _change(request, lead_id, now, first, rest, refused=str(bad),
                       revision=sent.get("revision", ""), status=422)  # fmt: skip
    if not changed.is_changed:
        messages.info(request, "Nothing was changed: it says the same as before.")
    elif changed.stage != (now.stage.name if now.stage else ""):
        messages.success(request, "Kept. " + _where(lead_now(key, at=at)))
    else:
        messages.success(request, "Kept.")
    return redirect("run:lead", lead_id)


def day_of(text: str) -> date | None:
    """A day as a form sends it; None where none is given. Raises MoveRefused."""
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise commands.MoveRefused("This is no day; write it like 2027-12-31.") from None


def _failing(refusal: Exception) -> tuple[Clause, ...]:
    not_yet = getattr(refusal, "not_yet", None)
    return tuple(not_yet.clauses) if not_yet is not None else ()


def _where(now: LeadNow) -> str:
    """Where a lead stands, and because of what."""
    if now.stage is not None:
        because = " and ".join(one.words for one in now.why)
        return f"It stands in {now.stage.name}" + (f" because {because}." if because else ".")
    if now.onward is None:
        return "It stands in no stage: there is no agreement that names one yet."
    lacks = " and ".join(one.words for one in now.asks if one.holds is not True)
    return f"It stands in no stage yet: {now.onward.name} needs that {lacks}."


def _new(
    request: HttpRequest, asked: Sequence[Asked], key: str, *, refused: str = "", status: int = 200
) -> HttpResponse:
    context = {"tab": "leads", "asked": asked, "key": key, "refused": refused}
    return render(request, "run/new_lead.html", context | _offered(request), status=status)


def _change(
    request: HttpRequest,
    text: str,
    now: LeadNow,
    first: Sequence[Asked],
    rest: Sequence[Asked],
    *,
    revision: str = "",
    refused: str = "",
    differs: Sequence[Mapping[str, str]] = (),
    status: int = 200,
) -> HttpResponse:
    shown = hiding_for(request.user).row("leads", now.lead)
    context = {
        "tab": "leads", "key": text, "asked": first, "rest": rest, "refused": refused,
        "differs": differs, "revision": revision or now.revision,
        "title": shown.get("name") or shown.get("company") or f"Lead {shown['lead_id']}",
    }  # fmt: skip
    return render(request, "run/change_lead.html", context | _offered(request), status=status)


def _conflict(
    request: HttpRequest, text: str, key: str, sent: Sequence[Sequence[Asked]]
) -> HttpResponse:
    """What somebody wrote and what the lead says now, side by side; the rest is as it is now."""
    now = lead_now(key, at=timezone.now())
    groups: list[tuple[Asked, ...]] = []
    differs: list[dict[str, str]] = []
    for group in sent:
        made = []
        for one in group:
            says = lead_form.written(now.lead.get(one.name))
            value = one.value if one.is_changed else says
            if value.split() != says.split():
                differs.append({"name": one.name, "label": one.label, "yours": value, "now": says})
            made.append(replace(one, value=value, was=says))
        groups.append(tuple(made))
    refused = "Somebody changed this lead since you opened it. Nothing was written yet."
    return _change(request, text, now, *groups, refused=refused, differs=differs, status=409)


def _offered(request: HttpRequest) -> dict[str, object]:
    """The values that occur already, where a form offers them."""
    basis, hiding = current_basis(), hiding_for(request.user)
    found = {name: choices(basis, name, hiding) for name in sorted(lead_form.OFFERED)}
    return {"offered": {name: values for name, values in found.items() if values}}


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else otherwise

"""Leads by program: enter one or many, change, move, and ask where one stands and why."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Header, Router
from ninja.errors import HttpError

from onefunnel.agreement.qualify import Clause
from onefunnel.server.agree.basis import current_basis, personal_columns_now
from onefunnel.server.people.access import who_may
from onefunnel.server.people.hiding import Hiding, hiding_from
from onefunnel.server.people.sealed import opened
from onefunnel.server.run.tracker import commands
from onefunnel.server.run.tracker.arrivals import LONGEST_KEY, is_unfit
from onefunnel.server.run.tracker.deals import lacks_deal
from onefunnel.server.run.tracker.entering import MOST_AT_ONCE
from onefunnel.server.run.tracker.field_cost import field_cost
from onefunnel.server.run.tracker.gate import MaybeKept
from onefunnel.server.run.tracker.history import number_of_last
from onefunnel.server.run.tracker.queries import capture_form
from onefunnel.server.run.tracker.reading import LeadNow, lead_now, may_know, signatories
from onefunnel.server.run.tracker.schemas import (
    BatchIn,
    BatchOut,
    ChangedOut,
    Conflict,
    ContactedOut,
    ContactIn,
    DealIn,
    DealOut,
    EnteredOut,
    FieldCostOut,
    FormCostOut,
    FormIn,
    FormOut,
    LeadFields,
    LeadIn,
    LeadOut,
    MovedConflict,
    MovedOut,
    MoveIn,
    Refusal,
)
from onefunnel.server.warehouse.queries import REVISION, deals_of_leads

router = Router()

_WRONG = {422: Refusal}
_KeyHeader = Annotated[
    str, Header(alias="Idempotency-Key", max_length=LONGEST_KEY, description="Sent again, the "
                "same key with the same content gets the same answer, for 30 days; nothing is "
                "doubled.")
]  # fmt: skip
_Answer = tuple[int, Any]


@router.post(
    "/leads",
    response={201: EnteredOut, 409: Conflict, 503: Refusal, **_WRONG},
    summary="Enter a lead",
)
@who_may("work leads")
def enter(request: HttpRequest, lead: LeadIn, key: _KeyHeader = "") -> _Answer:
    """Keep one lead, qualified by the agreement; it is on the disk when this answers."""
    try:
        entered = commands.enter_lead(
            fields=lead.said(), stage=lead.stage, key=key, by=request.user, at=timezone.now()
        )
    except commands.KeyUsed as used:
        return 409, {"detail": str(used)}
    except (commands.BadField, commands.MoveRefused) as refusal:
        return 422, _refused(refusal, _hiding(request))
    except MaybeKept as unknown:
        return 503, {"detail": str(unknown)}
    return 201, asdict(entered)


@router.post(
    "/leads/batch", response={200: BatchOut, 409: Conflict, **_WRONG}, summary="Enter many leads"
)
@who_may("work leads")
def enter_many(
    request: HttpRequest, batch: BatchIn, key: _KeyHeader = ""
) -> _Answer | HttpResponse:
    """Keep up to 1,000 leads in one go; each row says what became of it, a bad one holds none up.

    Rows with a `lead_id` change that lead. All that is accepted is on the disk when this answers.
    """
    sent = [
        commands.Sent(one.said(), one.stage, opened(one.lead_id), one.key) for one in batch.leads
    ]
    if len(sent) > MOST_AT_ONCE:
        return 422, {"detail": f"Send at most {MOST_AT_ONCE:,} leads at once.", "field": "leads"}
    try:
        rows = commands.enter_leads(leads=sent, by=request.user, at=timezone.now(), key=key)
    except commands.KeyUsed as used:
        return 409, {"detail": str(used)}
    except commands.BadField as refusal:
        return 422, _refused(refusal, _hiding(request))
    counts = dict.fromkeys(("created", "updated", "skipped", "refused"), 0)
    for row in rows:
        counts[row.outcome] += 1
    answer = {"sent": len(rows), **counts, "rows": [vars(row) for row in rows]}
    # a thousand rows that we made ourselves need no second look at their types
    return HttpResponse(json.dumps(answer), content_type="application/json")


@router.post(
    "/leads/{path:lead_id}/moves",
    response={201: MovedOut, 404: Refusal, 409: MovedConflict, **_WRONG},
    summary="Move a lead",
)
@who_may("work leads")
def move(
    request: HttpRequest,
    lead_id: str,
    to: MoveIn,
    if_match: Annotated[int | None, Header(alias="If-Match")] = None,
) -> _Answer:
    """Move a lead forward, back, past a stage, out with a reason, or to a later day.

    What the agreement does not let happen is refused, with the clauses that fail. With If-Match
    (the lead's `last_move`), a lead that was moved meanwhile stays: 409, with the lead as it is
    now.
    """
    key, at = _key(request, lead_id), timezone.now()
    try:
        commands.move_lead(
            lead_id=key, stage=to.stage, reason=to.reason, wake_on=to.wake_on,
            last_move=if_match, by=request.user, at=at,
        )  # fmt: skip
    except commands.NoSuchLead:
        return 404, _NOBODY
    except commands.MovedMeanwhile as meanwhile:
        now = _out(lead_now(key, at=at), _hiding(request), lead_id, at)
        return 409, {"detail": str(meanwhile), "now": now}
    except (commands.BadField, commands.MoveRefused) as refusal:
        return 422, _refused(refusal, _hiding(request))
    asks = lacks_deal(key, to.stage, at=at)
    return 201, {"lead_id": lead_id, "stage": to.stage, "asks_for_deal": asks}


@router.post(
    "/leads/{path:lead_id}/contacts",
    response={201: ContactedOut, 404: Refusal, **_WRONG},
    summary="Note a contact with a lead",
)
@who_may("work leads")
def contact(request: HttpRequest, lead_id: str, made: ContactIn) -> _Answer:
    """Note that the caller just called, wrote to or met a lead: the attempts a team promised.

    The same contact noted again within the minute is the same one.
    """
    try:
        touch = commands.note_contact(
            lead_id=_key(request, lead_id), kind=made.kind, by=request.user, at=timezone.now()
        )
    except commands.NoSuchLead:
        return 404, _NOBODY
    except commands.BadField as refusal:
        return 422, _refused(refusal, _hiding(request))
    return 201, {"touch_id": touch, "lead_id": lead_id, "kind": made.kind}


@router.delete(
    "/leads/{path:lead_id}/contacts/{touch_id}",
    response={200: ContactedOut, 404: Refusal},
    summary="Take back a contact that was noted",
)
@who_may("work leads", others="refused", unless="take back moves of others")
def contact_taken_back(request: HttpRequest, lead_id: str, touch_id: UUID) -> _Answer:
    """It did not happen: no promise counts it. For who noted it, and for heads of teams."""
    try:
        kind = commands.take_back_contact(
            lead_id=_key(request, lead_id), touch_id=str(touch_id), by=request.user,
            at=timezone.now(),
        )  # fmt: skip
    except commands.NoSuchContact as absent:
        return 404, {"detail": str(absent)}
    return 200, {"touch_id": str(touch_id), "lead_id": lead_id, "kind": kind}


@router.post(
    "/leads/{path:lead_id}/deals",
    response={201: DealOut, 404: Refusal, **_WRONG},
    summary="Say what was won with a lead",
)
@who_may("work leads")
def deal(request: HttpRequest, lead_id: str, made: DealIn) -> _Answer:
    """Say what was won with a lead, or correct it: sent again, it is the same deal.

    The lead has to be won. Where it leaves that stage, the deal is open again, or lost with it.
    """
    said = made.model_dump(mode="json", exclude_unset=True, exclude={"deal_id"})
    try:
        noted = commands.note_deal(
            lead_id=_key(request, lead_id), deal_id=opened(made.deal_id), by=request.user,
            said=said, at=timezone.now(),
        )  # fmt: skip
    except commands.NoSuchLead:
        return 404, _NOBODY
    except commands.NoSuchDeal as absent:
        return 404, {"detail": str(absent)}
    except commands.NotWon as refusal:
        return 422, {"detail": str(refusal), "field": "stage"}
    except commands.BadField as refusal:
        return 422, _refused(refusal, _hiding(request))
    shown = _hiding(request).address("deals", "deal_id", noted.deal_id)
    return 201, {"lead_id": lead_id, "deal_id": shown, "revision": noted.revision}


@router.delete(
    "/leads/{path:lead_id}/deals",
    response={204: None, 404: Refusal, **_WRONG},
    summary="Take back what was said to be won",
)
@who_may("work leads")
def deal_taken_back(
    request: HttpRequest,
    lead_id: str,
    if_match: Annotated[int | None, Header(alias="If-Match")] = None,
) -> _Answer:
    """The deal says again what it said before, or is gone. If-Match: the `revision` of what was
    said; 404 where the deal says something else by now."""
    try:
        commands.take_back_deal(
            lead_id=_key(request, lead_id), revision=if_match or 0, by=request.user,
            at=timezone.now(),
        )  # fmt: skip
    except commands.NoSuchLead:
        return 404, _NOBODY
    except commands.NoSuchDeal as absent:
        if if_match is None:
            return 422, {"detail": "Send as If-Match the revision of what is taken back."}
        return 404, {"detail": str(absent)}
    return 204, None


@router.patch(
    "/leads/{path:lead_id}",
    response={200: ChangedOut, 404: Refusal, 409: Conflict, **_WRONG},
    summary="Change what is known of a lead",
)
@who_may("work leads")
def change(
    request: HttpRequest,
    lead_id: str,
    fields: LeadFields,
    if_match: Annotated[int | None, Header(alias="If-Match")] = None,
) -> _Answer:
    """Change the fields sent, null takes one away; the agreement is asked anew where it stands.

    With If-Match (the lead's `revision`), a change that somebody else made meanwhile is not
    overwritten: 409, with the lead as it is now.
    """
    try:
        changed = commands.change_lead(
            lead_id=_key(request, lead_id), fields=fields.said(), revision=if_match,
            by=request.user, at=timezone.now(),
        )  # fmt: skip
    except commands.NoSuchLead:
        return 404, _NOBODY
    except commands.ChangedMeanwhile as meanwhile:
        now = _plain(_hiding(request).row("leads", meanwhile.lead))
        revision = now.pop(REVISION)
        return 409, {"detail": str(meanwhile), "revision": revision, "now": now}
    except (commands.BadField, commands.MoveRefused) as refusal:
        return 422, _refused(refusal, _hiding(request))
    return 200, {
        "lead_id": lead_id, "stage": changed.stage, "revision": changed.revision,
        "changed": changed.is_changed,
    }  # fmt: skip


@router.get(
    "/leads/{path:lead_id}",
    response={200: LeadOut, 404: Refusal},
    summary="Where does a lead stand?",
)
@who_may("see numbers")
def show(request: HttpRequest, lead_id: str) -> _Answer:
    """What is known of a lead, its stage, and why: clause by clause, by which agreement."""
    at = timezone.now()
    try:
        now = lead_now(_key(request, lead_id), at=at)
    except commands.NoSuchLead:
        return 404, _NOBODY
    return 200, _out(now, _hiding(request), lead_id, at)


@router.put("/forms/{slug:slug}", response={200: FormOut, **_WRONG}, summary="Arrange a form")
@who_may("arrange forms")
def arrange(request: HttpRequest, slug: str, form: FormIn) -> _Answer:
    """Make a form of a website, or change it. Its answers go to `address`, by POST."""
    fields = [
        commands.FormField(one.name, one.label, one.kind, one.required)  # type: ignore[arg-type]
        for one in form.fields
    ]
    try:
        saved = commands.save_form(
            slug=slug, name=form.name, fields=fields, origins=form.origins, source=form.source,
            thanks_url=form.thanks_url, is_open=form.is_open, by=request.user, at=timezone.now(),
        )  # fmt: skip
    except commands.BadForm as bad:
        return 422, {"detail": str(bad)}
    return 200, {"slug": saved.slug, "address": request.build_absolute_uri(f"/run/forms/{slug}/")}


@router.get(
    "/forms/{slug:slug}/fields", response={200: FormCostOut, 404: Refusal},
    summary="What does each field of a form cost?",
)  # fmt: skip
@who_may("arrange forms")
def fields_of_form(request: HttpRequest, slug: str) -> _Answer:
    """How often each field was asked, filled in and refused, where visitors left, and about how
    many leads it ever decided by the agreement in force."""
    form = capture_form(slug)
    if form is None:
        return 404, {"detail": "There is no such form."}
    cost = field_cost(form, current_basis())
    names = FieldCostOut.model_fields
    fields = [{name: getattr(one, name) for name in names} for one in cost.fields]
    return 200, {name: getattr(cost, name) for name in FormCostOut.model_fields} | {
        "fields": fields
    }


_NOBODY = {"detail": "There is no such lead, or it was merged into another."}


def _key(request: HttpRequest, text: str) -> str:
    """The lead an address names; 404 for one the reader could only have made up."""
    key = None if is_unfit(text) else _hiding(request).key("leads", "lead_id", text)
    if key is None:
        raise HttpError(404, _NOBODY["detail"])
    return key


def _hiding(request: HttpRequest) -> Hiding:
    return hiding_from(request.user, personal_columns_now())


def _refused(
    refusal: commands.BadField | commands.MoveRefused, hiding: Hiding
) -> dict[str, object]:
    if isinstance(refusal, commands.BadField):
        return {"detail": str(refusal), "field": refusal.field, "fix": refusal.fix}
    failing = refusal.not_yet.clauses if refusal.not_yet else ()
    return {"detail": str(refusal), "field": "stage", "clauses": _clauses(failing, hiding)}


def _clauses(clauses: tuple[Clause, ...], hiding: Hiding) -> list[dict[str, object]]:
    return [asdict(one) for one in may_know(clauses, hiding)]


def _out(now: LeadNow, hiding: Hiding, lead_id: str, at: datetime) -> dict[str, object]:
    agreement, key = now.book.agreement, str(now.lead["lead_id"])
    return {
        "lead_id": lead_id,
        "revision": now.revision,
        "last_move": number_of_last(now.moves),
        "fields": _plain(hiding.row("leads", now.lead)),
        "stage": now.stage.name if now.stage else None,
        "since": now.since.replace(tzinfo=UTC) if now.since else None,
        "why": _clauses(now.why, hiding),
        "next_stage": now.onward.name if now.onward else None,
        "next_stage_asks": _clauses(now.asks, hiding),
        "agreement": {
            "title": agreement.title,
            "version": agreement.version,
            "digest": agreement.digest,
            "is_agreed": agreement.is_agreed,
            "signatories": signatories(at=at),
        },
        "moves": [
            _plain({n: v for n, v in hiding.row("moves", one).items() if n != REVISION})
            for one in now.moves
        ],
        "deals": [
            _plain({n: v for n, v in hiding.row("deals", one).items() if n != REVISION})
            for one in deals_of_leads([key]).get(key, ())
        ],
    }


def _plain(row: Any) -> dict[str, Any]:
    """The row as JSON has it: times with their zone, money as text so that it stays exact."""
    return {name: _json(value) for name, value in row.items()}


def _json(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value

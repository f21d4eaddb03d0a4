"""A human is needed: mail stops at once, and a person takes over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from onefunnel.measures.steps.contacted import WOKEN
from onefunnel.server.run.handovers.cards import CardUnreadable, holds
from onefunnel.server.run.handovers.commands import cards_due, offer_on_entry
from onefunnel.server.run.handovers.lead_data import NoSuchLead, lead_of
from onefunnel.server.run.handovers.offering import Offer
from onefunnel.server.run.handovers.standing import stage_of
from onefunnel.server.run.nurture.leaving import leave
from onefunnel.server.run.nurture.models import Enrolment, Status, Why
from onefunnel.server.run.nurture.one_person import merged_with, open_offer
from onefunnel.server.run.nurture.plan import HumanNeeded, Plan
from onefunnel.server.run.nurture.todos import make_todo
from onefunnel.server.warehouse.queries import touches_of_leads

#: The kind of touch that a sequence's own mails are.
NURTURED = "nurtured"


def why_human(enrolment: Enrolment, plan: Plan, *, at: datetime) -> str:
    """Why a human is needed for this lead; empty where none is."""
    human = plan.human
    if human.when:
        try:
            if holds(human.when, lead_of(enrolment.lead_id).as_moved, at=at):
                return "the lead meets the condition of the sequence"
        except NoSuchLead:
            return ""
    if not human.touches:
        return ""
    count = _touches(enrolment, human, at=at)
    if count < human.touches:
        return ""
    times = "" if count == 1 else f" {count} times"
    return f"it {' or '.join(human.kinds)}{times} within {human.days} days"


def need_human(enrolment: Enrolment, plan: Plan, why: str, *, at: datetime) -> bool:
    """Stop the mail and have a person take over, in the caller's transaction; whether it was done.

    Where a hand-over card fits the lead's stage it is offered under it; else somebody of the team
    that the sequence names has it to do. Never both.
    """
    if not leave(enrolment, status=Status.HUMAN, reason=why, at=at):
        return False
    lead_id = enrolment.lead_id
    ids = merged_with(lead_id)
    if not open_offer(*ids) and _fits_a_card(lead_id, at=at):
        offer_on_entry(lead_id=lead_id, stage=stage_of(lead_of(lead_id), at=at), at=at)
    if not open_offer(*ids):
        make_todo(
            lead_id=lead_id, team=plan.human.team, deed="call", words=f"A human is needed: {why}.",
            why=Why.HUMAN, at=at, enrolment=enrolment,
        )  # fmt: skip
    return True


def _touches(enrolment: Enrolment, human: HumanNeeded, *, at: datetime) -> int:
    """Touches of the kinds that count, those of the sequence itself left out."""
    own = set(enrolment.todos.exclude(touch_id="").values_list("touch_id", flat=True))
    since = max(enrolment.entered_at, at - timedelta(days=human.days))
    kinds = {kind.strip().casefold() for kind in human.kinds}
    count = 0
    for touch in touches_of_leads([enrolment.lead_id]).get(enrolment.lead_id, ()):
        when, kind = touch["at"], str(touch.get("kind") or "").strip().casefold()
        if kind not in kinds or kind in (NURTURED, WOKEN) or touch["touch_id"] in own:
            continue
        if isinstance(when, datetime) and since <= when.replace(tzinfo=UTC) <= at:
            count += 1
    return count


def _fits_a_card(lead_id: str, *, at: datetime) -> bool:
    """Whether a card of the lead's stage can be used: its data is there, its test is passed."""
    known = lead_of(lead_id)
    for terms, card in cards_due(stage_of(known, at=at), at=at):
        offer = Offer(lead_id, known, terms, card)
        try:
            if not offer.missing and not offer.failing(at=at):
                return True
        except CardUnreadable:
            continue
    return False

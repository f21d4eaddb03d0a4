"""Offering a lead: the data, the test, the turn, the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from onefunnel.agreement.duties import Handover as Card
from onefunnel.business_time import NeverOpenError
from onefunnel.server.agree.signatures import team_of
from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers import events
from onefunnel.server.run.handovers.calendars import due
from onefunnel.server.run.handovers.cards import (
    CardUnreadable,
    NoAgreementInForce,
    NoSuchCard,
    Terms,
    failing,
    missing,
    terms_in_force,
)
from onefunnel.server.run.handovers.finding import HandoverRefused
from onefunnel.server.run.handovers.lead_data import Known, NoSuchLead, label_of, lead_of
from onefunnel.server.run.handovers.models import OPEN, Handover, Status
from onefunnel.server.run.handovers.routing import give_in_turn
from onefunnel.server.run.handovers.standing import is_at, is_held, stage_of
from onefunnel.server.run.handovers.teams import require_giver
from onefunnel.server.run.handovers.telling import tell, write_fact
from onefunnel.server.warehouse.commands import hold_the_door


class DataMissing(HandoverRefused):
    """The card asks for data that the lead lacks. `columns` names it."""

    def __init__(self, card: Card, columns: tuple[str, ...]) -> None:
        self.columns = columns
        names = ", ".join(label_of(column) for column in columns)
        super().__init__(
            f"“{card.name}” asks for data that this lead lacks: {names}. Fill it in, then offer "
            "the lead again."
        )


class TestNotPassed(HandoverRefused):
    """The lead does not pass the card's acceptance test. `clauses` says where."""

    __test__ = False  # not one of pytest's

    def __init__(self, card: Card, clauses: tuple[str, ...]) -> None:
        self.clauses = clauses
        super().__init__(
            f"The acceptance test of “{card.name}” is not passed: it asks that "
            f"{'; and that '.join(clauses)}. Correct the lead, or change the card under Agree."
        )


class NotInStage(HandoverRefused):
    """The lead does not stand where the card hands leads over."""

    def __init__(self, card: Card, stage: str) -> None:
        stands = f"stands in “{stage}”" if stage else "stands in no stage"
        super().__init__(
            f"“{card.name}” hands over leads in “{card.at_stage}”, and this one {stands}. Move it "
            f"to “{card.at_stage}” first: that offers it."
        )


class AlreadyOffered(HandoverRefused):
    """The lead is offered under this card, or was taken, already."""


@dataclass(frozen=True)
class Offer:
    """What is to be offered under which terms."""

    lead_id: str
    known: Known
    terms: Terms
    card: Card

    @property
    def missing(self) -> tuple[str, ...]:
        return missing(self.card, self.known.lead)

    def failing(self, *, at: datetime) -> tuple[str, ...]:
        return failing(self.card, self.known.as_moved, at=at)


def offer_lead(*, lead_id: str, card: str, note: str = "", by: Person, at: datetime) -> Handover:
    """Offer a lead to the team that the card names, under the agreement in force.

    A lead that was sent back, rejected, recycled or not answered is offered again as a new row
    linked to the old one.

    Raises:
        NoAgreementInForce, NoSuchCard, NoSuchLead: there is nothing to go by.
        NotInStage, DataMissing, TestNotPassed, AlreadyOffered: see the classes.
        NeverOpenError: the receiving team has no working time.
    """
    terms = terms_in_force(at=at)
    found = terms.card(card)
    require_giver(by, team_of(found.from_team))
    with transaction.atomic():
        hold_the_door()
        offer = Offer(lead_id, lead_of(lead_id), terms, found)
        last = _last(offer)
        if is_held(last, offer.known, at=at):
            who = last.answered_by.short_name if last and last.answered_by else "somebody"
            raise AlreadyOffered(f"This lead was handed over under “{card}”: {who} took it.")
        if not is_at(found, offer.known, at=at):
            raise NotInStage(found, stage_of(offer.known, at=at))
        if lacking := offer.missing:
            raise DataMissing(found, lacking)
        if clauses := offer.failing(at=at):
            raise TestNotPassed(found, clauses)
        return _offered(offer, note=note, last=last, by=by, at=at)


def offer_on_entry(*, lead_id: str, stage: str, at: datetime) -> list[Handover]:
    """Offer a lead under each card that entering the stage makes due, by the program itself.

    Where required data is missing, or the acceptance test is not passed or cannot be read, the
    handover waits for the giver instead: a lead that comes in is never lost for that. A handover of
    the card that is open already is left as it is; a lead that somebody took under the card and
    works still, or that has moved on meanwhile, is not offered.
    """
    made = []
    for terms, card in cards_due(stage, at=at):
        with transaction.atomic():
            hold_the_door()
            offer = Offer(lead_id, lead_of(lead_id), terms, card)
            if Handover.objects.filter(lead_id=lead_id, card=card.name, status__in=OPEN).exists():
                continue
            if not is_at(card, offer.known, at=at) or is_held(_last(offer), offer.known, at=at):
                continue
            made.append(_made_on_entry(offer, at=at))
    return made


def cards_due(stage: str, *, at: datetime) -> list[tuple[Terms, Card]]:
    """The cards that entering a stage makes due; none before anything is agreed."""
    try:
        terms = terms_in_force(at=at)
    except NoAgreementInForce:
        return []
    return [(terms, card) for card in terms.cards_at(stage)]


def look_again(*, lead_id: str, at: datetime) -> list[Handover]:
    """Offer what waited, now that the lead was changed: each whose data is there.

    Only where the lead stands in the card's stage; what waits on says what it waits for now.
    """
    made = []
    for one in Handover.objects.filter(lead_id=lead_id, status=Status.WAITING).order_by("pk"):
        with transaction.atomic():
            hold_the_door()
            try:
                terms = terms_in_force(at=at)
                offer = Offer(lead_id, lead_of(lead_id), terms, terms.card(one.card))
                if not is_at(offer.card, offer.known, at=at):
                    continue
                lacking, failed = offer.missing, offer.failing(at=at)
                if lacking or failed:
                    _wait_for(one, lacking, failed)
                    Handover.objects.filter(pk=one.pk, status=Status.WAITING).update(
                        missing=one.missing, failing=one.failing
                    )
                else:
                    with transaction.atomic():
                        made.append(_offered(offer, note="", last=None, by=None, at=at))
            except (
                NoAgreementInForce, NoSuchCard, NoSuchLead, CardUnreadable, NeverOpenError,
            ):  # fmt: skip
                continue  # it goes on waiting
    return made


def _made_on_entry(offer: Offer, *, at: datetime) -> Handover:
    lacking, failed = offer.missing, tuple[str, ...]()
    try:
        failed = () if lacking else offer.failing(at=at)
        if not lacking and not failed:
            with transaction.atomic():
                return _offered(offer, note="", last=_last(offer), by=None, at=at)
    except (CardUnreadable, NeverOpenError):
        pass  # it waits, and offering it by hand says what is wrong
    handover = _row(offer, last=_last(offer), at=at)
    _wait_for(handover, lacking, failed)
    handover.status = Status.WAITING
    _save(handover)
    tell(events.DATA_MISSING, handover, at=at, by=None, missing=list(lacking))
    return handover


def _wait_for(handover: Handover, lacking: tuple[str, ...], failed: tuple[str, ...]) -> None:
    """Say what it waits for: data first, since a test is put to what is there."""
    handover.missing, handover.failing = list(lacking), [] if lacking else list(failed)


def _offered(
    offer: Offer, *, note: str, last: Handover | None, by: Person | None, at: datetime
) -> Handover:
    open_now = Handover.objects.select_for_update().filter(
        lead_id=offer.lead_id, card=offer.card.name, status__in=OPEN
    )
    handover = open_now.first() or _row(offer, last=last, at=at)
    if handover.status == Status.OFFERED:
        raise AlreadyOffered(
            f"This lead is offered under “{offer.card.name}” already and waits for an answer of "
            f"{handover.to_name}."
        )
    _wait_for(handover, (), ())
    handover.status = Status.OFFERED
    handover.offered_at, handover.offered_by, handover.note = at, by, note.strip()
    handover.assigned_to = give_in_turn(handover.to_team, offer.known.as_moved, at=at)
    handover.due_at = due(handover.to_team, offer.card.answer_within_hours, at=at)
    handover.agreement_version = offer.terms.version
    handover.agreement_digest = offer.terms.digest
    handover.fallback = offer.card.fallback
    _save(handover)
    write_fact(handover, at=at, by=by)
    tell(
        events.LEAD_OFFERED, handover, at=at, by=by,
        version=offer.terms.version, digest=offer.terms.digest[:12],
    )  # fmt: skip
    return handover


def _row(offer: Offer, *, last: Handover | None, at: datetime) -> Handover:
    return Handover(
        lead_id=offer.lead_id,
        card=offer.card.name,
        from_team=team_of(offer.card.from_team),
        to_team=team_of(offer.card.to_team),
        made_at=at,
        previous=last,
        fallback=offer.card.fallback,
        agreement_version=offer.terms.version,
        agreement_digest=offer.terms.digest,
    )


def _last(offer: Offer) -> Handover | None:
    """The last handover of the lead under the card, if it has ended."""
    found = Handover.objects.filter(lead_id=offer.lead_id, card=offer.card.name)
    last = found.select_related("answered_by").order_by("-pk").first()
    return None if last is None or last.status in OPEN else last


def _save(handover: Handover) -> None:
    try:
        with transaction.atomic():
            handover.save()
    except IntegrityError as taken:
        raise AlreadyOffered(
            f"This lead was offered under “{handover.card}” at the same moment."
        ) from taken

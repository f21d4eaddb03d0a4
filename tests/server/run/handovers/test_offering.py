"""Offering a lead: what the card asks, whose turn it is, by when it is answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from onefunnel.server.notify.models import Notice
from onefunnel.server.record.models import Event
from onefunnel.server.run.handovers import commands
from onefunnel.server.run.handovers.models import Handover, Status
from onefunnel.server.warehouse.models import FactHandovers
from tests.server.run.handovers.conftest import AT, CARD, bring

pytestmark = pytest.mark.django_db


def test_an_offer_says_to_whom_until_when_and_under_which_agreement(
    offered: Handover, seller: Any
) -> None:
    assert (offered.status, offered.assigned_to) == (Status.OFFERED, seller)
    assert offered.due_at == datetime(2026, 11, 19, 10, tzinfo=UTC)  # 8 hours of 9 to 17
    assert (offered.agreement_version, len(offered.agreement_digest)) == ("1", 64)
    fact = FactHandovers.objects.get(replaced_by=None)
    assert (fact.lead_id, fact.from_team, fact.to_team) == ("a", "marketing", "sales")
    assert fact.due_at == int(offered.due_at.timestamp() * 1e6)
    event = Event.objects.get(kind="run.lead-offered")
    assert event.subject == f"handover:{offered.public_id}"
    assert Notice.objects.get(person=seller).url == "/run/handovers/"


def test_a_required_field_that_is_missing_is_named(agreed: None, marketer: Any) -> None:
    bring("b", company=None, email=" ")
    with pytest.raises(commands.DataMissing, match=r"lacks: Company, E-mail\.") as refusal:
        commands.offer_lead(lead_id="b", card=CARD, by=marketer, at=AT)
    assert refusal.value.columns == ("company", "email")
    assert not Handover.objects.exists()


def test_the_clause_of_the_acceptance_test_that_fails_is_said(agreed: None, marketer: Any) -> None:
    bring("b", email="nobody")
    with pytest.raises(commands.TestNotPassed) as refusal:
        commands.offer_lead(lead_id="b", card=CARD, by=marketer, at=AT)
    assert len(refusal.value.clauses) == 1
    assert "email" in refusal.value.clauses[0]


def test_only_the_giving_team_offers(agreed: None, seller: Any, outsider: Any, owner: Any) -> None:
    bring("b")
    for stranger in (seller, outsider):
        with pytest.raises(PermissionDenied):
            commands.offer_lead(lead_id="b", card=CARD, by=stranger, at=AT)
    assert commands.offer_lead(lead_id="b", card=CARD, by=owner, at=AT).offered_by == owner


def test_what_there_is_not_is_refused_in_words(agreed: None, marketer: Any) -> None:
    with pytest.raises(commands.NoSuchLead):
        commands.offer_lead(lead_id="nobody", card=CARD, by=marketer, at=AT)
    with pytest.raises(commands.NoSuchCard, match="“MQL to sales”"):
        commands.offer_lead(lead_id="nobody", card="Another", by=marketer, at=AT)
    with pytest.raises(commands.NoAgreementInForce):
        commands.offer_lead(lead_id="a", card=CARD, by=marketer, at=AT - timedelta(days=30))


def test_a_lead_is_offered_once(offered: Handover, marketer: Any, seller: Any) -> None:
    with pytest.raises(commands.AlreadyOffered, match="waits for an answer of Sales"):
        commands.offer_lead(lead_id="a", card=CARD, by=marketer, at=AT)
    commands.accept_handover(handover_id=offered.public_id, by=seller, at=AT)
    with pytest.raises(commands.AlreadyOffered, match="Sam took it"):
        commands.offer_lead(lead_id="a", card=CARD, by=marketer, at=AT)


def test_sent_back_it_is_offered_again_as_a_new_row(
    offered: Handover, marketer: Any, seller: Any
) -> None:
    commands.return_handover(
        handover_id=offered.public_id, reason="need-unclear", better="A need", by=seller, at=AT
    )
    again = commands.offer_lead(lead_id="a", card=CARD, by=marketer, at=AT + timedelta(hours=1))
    assert (again.previous, again.status) == (offered, Status.OFFERED)
    assert sorted(Handover.objects.values_list("status", flat=True)) == ["offered", "returned"]


# --- when a lead enters the stage -------------------------------------------------------------
def test_entering_the_stage_offers_the_lead(agreed: None, seller: Any) -> None:
    bring("b")
    (made,) = commands.offer_on_entry(lead_id="b", stage="MQL", at=AT)
    assert (made.status, made.offered_by, made.assigned_to) == (Status.OFFERED, None, seller)
    assert commands.offer_on_entry(lead_id="b", stage="MQL", at=AT) == []
    assert commands.offer_on_entry(lead_id="b", stage="SAL", at=AT) == []


def test_without_the_data_it_waits_and_the_giver_is_told(
    agreed: None, seller: Any, make_person: Any
) -> None:
    head = make_person("Hal Hart", team="marketing", role="lead")
    bring("b", company=None)
    (made,) = commands.offer_on_entry(lead_id="b", stage="MQL", at=AT)
    assert (made.status, made.missing, made.offered_at) == (Status.WAITING, ["company"], None)
    assert Notice.objects.get(person=head).url == "/run/handovers/given/"
    assert not FactHandovers.objects.exists()
    assert commands.look_again(lead_id="b", at=AT) == []
    bring("b")
    (now_offered,) = commands.look_again(lead_id="b", at=AT)
    assert (now_offered.pk, now_offered.status) == (made.pk, Status.OFFERED)
    assert now_offered.missing == []


def test_what_waits_can_be_left_out_by_the_giver_only(
    agreed: None, seller: Any, marketer: Any
) -> None:
    bring("b", company=None)
    (made,) = commands.offer_on_entry(lead_id="b", stage="MQL", at=AT)
    with pytest.raises(PermissionDenied):
        commands.withdraw(handover_id=made.public_id, by=seller, at=AT)
    commands.withdraw(handover_id=made.public_id, by=marketer, at=AT)
    assert not Handover.objects.exists()
    assert Event.objects.filter(kind="run.handover-withdrawn").count() == 1

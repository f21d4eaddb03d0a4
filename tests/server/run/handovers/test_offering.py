"""Offering a lead: what the card asks, whose turn it is, by when it is answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from onefunnel.server.notify.models import Notice
from onefunnel.server.record.models import Event
from onefunnel.server.run.handovers import commands
from onefunnel.server.run.handovers.models import Handover, Status, TeamDesk
from onefunnel.server.run.tracker import commands as tracker
from onefunnel.server.warehouse.models import FactHandovers, FactLeads, Import, Source
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


# --- what people do with leads ----------------------------------------------------------------
def test_a_lead_moved_into_the_stage_is_offered_at_once(
    agreed: None, marketer: Any, seller: Any
) -> None:
    entered = tracker.enter_lead(
        fields={"company": "Firm", "email": "a@b.example", "source": "Fair"}, by=marketer, at=AT
    )
    assert not Handover.objects.exists()
    tracker.move_lead(lead_id=entered.lead_id, stage="MQL", by=marketer, at=AT)
    one = Handover.objects.get()
    assert (one.status, one.lead_id, one.assigned_to) == ("offered", entered.lead_id, seller)


def test_details_that_come_later_let_the_offer_be_made_and_only_once(
    agreed: None, marketer: Any, seller: Any
) -> None:
    entered = tracker.enter_lead(
        fields={"company": "Firm", "source": "Fair"}, stage="MQL", by=marketer, at=AT
    )
    one = Handover.objects.get()
    assert (one.status, one.missing) == ("waiting", ["email"])
    later = AT + timedelta(hours=1)
    tracker.change_lead(
        lead_id=entered.lead_id, fields={"email": "a@b.example"}, by=marketer, at=later
    )
    one.refresh_from_db()
    assert (one.status, one.offered_at) == ("offered", later)
    commands.accept_handover(handover_id=one.public_id, by=seller, at=later)
    tracker.change_lead(
        lead_id=entered.lead_id, fields={"company": "Another"}, by=marketer,
        at=later + timedelta(hours=1),
    )  # fmt: skip
    assert Handover.objects.count() == 1


def test_many_that_enter_at_once_are_offered_too(agreed: None, marketer: Any, seller: Any) -> None:
    sent = [
        tracker.Sent(
            {"company": f"Firm {n}", "email": f"{n}@b.example", "source": "Fair"}, stage="MQL"
        )
        for n in range(25)
    ]
    tracker.enter_leads(leads=sent, by=marketer, at=AT)
    assert Handover.objects.filter(status="offered", assigned_to=seller).count() == 25


def test_a_team_that_never_works_does_not_keep_a_lead_from_coming_in(
    agreed: None, marketer: Any, seller: Any, owner: Any
) -> None:
    TeamDesk.objects.create(team="sales", week=[[]] * 7)
    tracker.enter_lead(
        fields={"company": "Firm", "email": "a@b.example", "source": "Fair"}, stage="MQL",
        by=marketer, at=AT,
    )  # fmt: skip
    assert Handover.objects.get().status == "waiting"


def test_only_handovers_of_simulated_leads_go_with_the_simulated_company(
    offered: Handover, marketer: Any, seller: Any
) -> None:
    bring("own", "merged")
    kept = [
        commands.offer_lead(lead_id=key, card=CARD, by=marketer, at=AT) for key in ("own", "merged")
    ]
    Handover.objects.filter(pk=kept[1].pk).update(lead_id="gone")  # merged, or its import undone
    commands.return_handover(
        handover_id=offered.public_id, reason="need-unclear", better="A need", by=seller, at=AT
    )
    again = commands.offer_lead(lead_id="a", card=CARD, by=marketer, at=AT)
    commands.pause_clock(handover_id=again.public_id, why="x", by=seller, at=AT)
    source = Source.objects.create(name="Simulated", is_simulated=True, created_at=AT)
    simulated = Import.objects.create(source=source, created_at=AT, first_change=1)
    assert commands.forget_simulated() == 0
    FactLeads.objects.filter(key="a").update(**{"import": simulated})
    assert commands.forget_simulated() == 2
    assert set(Handover.objects.all()) == set(kept)

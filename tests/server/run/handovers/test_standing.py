"""A lead is offered where it stands, by nobody who has it already, and taken back where it left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from onefunnel.server.notify.models import Notice
from onefunnel.server.people.hiding import hiding_from
from onefunnel.server.run.handovers import commands
from onefunnel.server.run.handovers.cards import terms_in_force
from onefunnel.server.run.handovers.models import Handover, Status
from onefunnel.server.run.handovers.queries import on_the_lead_page
from onefunnel.server.run.tracker import commands as tracker
from onefunnel.server.run.tracker.events import LEAD_ENTERED, LeadEvent, happened
from onefunnel.server.warehouse.models import FactHandovers
from onefunnel.server.warehouse.queries import living_lead, moves_of
from tests.server.run.handovers.conftest import AT, CARD, bring

pytestmark = pytest.mark.django_db


def _at(hours: int) -> datetime:
    return AT + timedelta(hours=hours)


def _statuses() -> list[str]:
    return list(Handover.objects.order_by("pk").values_list("status", flat=True))


def _cards(lead_id: str, person: Any) -> tuple[str, ...]:
    hiding = hiding_from(person, frozenset())
    return on_the_lead_page(lead_id, person, hiding=hiding, at=AT).cards


def test_a_lead_in_another_stage_is_not_offered(agreed: None, marketer: Any, seller: Any) -> None:
    bring("lost", stage="Lost")
    bring("odd", stage="No such stage")
    for lead_id, stands in (("lost", "in “Lost”"), ("odd", "in no stage")):
        with pytest.raises(commands.NotInStage, match=f"in “MQL”, and this one stands {stands}"):
            commands.offer_lead(lead_id=lead_id, card=CARD, by=marketer, at=AT)
        assert commands.offer_on_entry(lead_id=lead_id, stage="MQL", at=AT) == []
        assert _cards(lead_id, marketer) == ()
    assert not Handover.objects.exists()


def test_what_waited_for_a_lead_that_is_out_is_never_offered(
    agreed: None, marketer: Any, seller: Any
) -> None:
    bring("w", company=None)
    commands.offer_on_entry(lead_id="w", stage="MQL", at=AT)
    tracker.move_lead(lead_id="w", stage="Disqualified", reason="no fit", by=marketer, at=_at(1))
    assert _statuses() == []
    # one that an older version left behind
    Handover.objects.create(
        lead_id="w", card=CARD, from_team="marketing", to_team="sales", status=Status.WAITING,
        missing=["company"], made_at=AT, agreement_version="1", agreement_digest="0" * 64,
    )  # fmt: skip
    bring("w", stage="Disqualified")
    assert commands.look_again(lead_id="w", at=_at(2)) == []
    assert _statuses() == ["waiting"]


def test_who_has_the_lead_keeps_it_when_it_moves_on_and_back(
    offered: Handover, marketer: Any, seller: Any
) -> None:
    commands.accept_handover(handover_id=offered.public_id, by=seller, at=_at(1))
    tracker.move_lead(lead_id="a", stage="SQL", by=seller, at=_at(2))
    tracker.move_lead(lead_id="a", stage="MQL", by=seller, at=_at(3))
    assert _statuses() == ["accepted"]
    assert _cards("a", marketer) == ()
    # lost and woken again, it is a new one
    tracker.move_lead(lead_id="a", stage="Lost", reason="price", by=seller, at=_at(4))
    tracker.move_lead(lead_id="a", stage="MQL", by=seller, at=_at(5))
    assert _statuses() == ["accepted", "offered"]


def test_a_lead_that_nobody_has_any_more_is_offered_again(
    offered: Handover, marketer: Any, seller: Any
) -> None:
    commands.accept_handover(handover_id=offered.public_id, by=seller, at=_at(1))
    assert _cards("a", marketer) == ()
    tracker.change_lead(lead_id="a", fields={"owner": ""}, by=seller, at=_at(2))
    assert _cards("a", marketer) == (CARD,)
    commands.offer_lead(lead_id="a", card=CARD, by=marketer, at=_at(3))
    assert _statuses() == ["accepted", "offered"]


def test_taking_back_a_bulk_move_takes_its_offers_back(
    agreed: None, marketer: Any, seller: Any
) -> None:
    bring("q", "r", stage="Inquiry")
    moved = tracker.move_leads(lead_ids=["q", "r"], stage="MQL", by=marketer, at=AT)
    assert _statuses() == ["offered", "offered"]
    taken = Handover.objects.get(lead_id="r")
    commands.accept_handover(handover_id=taken.public_id, by=seller, at=_at(1))
    first = Handover.objects.get(lead_id="q")
    commands.pause_clock(handover_id=first.public_id, why="x", by=seller, at=_at(1))
    tracker.undo_bulk_move(bulk_id=moved.bulk_id, by=marketer, at=_at(2))
    first.refresh_from_db()
    assert (first.status, first.answered_at, first.answered_by) == ("lapsed", _at(2), None)
    assert first.pauses.get().until_at == _at(2)
    assert _statuses() == ["lapsed", "accepted"]
    assert FactHandovers.objects.get(replaced_by=None, lead_id="q").outcome == "lapsed"
    assert Notice.objects.filter(person=seller, title__contains="taken back").count() == 1
    with pytest.raises(commands.AlreadyAnswered, match="taken back 1 h ago: the lead left"):
        commands.accept_handover(handover_id=first.public_id, by=seller, at=_at(3))
    tracker.move_lead(lead_id="q", stage="MQL", by=marketer, at=_at(4))
    assert Handover.objects.get(lead_id="q", status="offered").previous == first


def test_an_offer_that_a_person_made_stays_for_its_answer(
    offered: Handover, marketer: Any, seller: Any
) -> None:
    tracker.move_lead(lead_id="a", stage="SAL", by=seller, at=_at(1))
    assert _statuses() == ["offered"]


# --- what an answer does to the lead ----------------------------------------------------------
def test_who_accepts_becomes_the_owner(offered: Handover, seller: Any) -> None:
    assert (living_lead("a") or {})["owner"] is None
    commands.accept_handover(handover_id=offered.public_id, by=seller, at=_at(1))
    lead = living_lead("a") or {}
    assert (lead["owner"], lead["company"]) == (seller.name, "Firm a")
    assert [move["stage"] for move in moves_of("a")] == ["MQL"]


def test_recycling_moves_the_lead_aside_until_its_day(offered: Handover, seller: Any) -> None:
    day = date(2027, 2, 1)
    commands.recycle_handover(
        handover_id=offered.public_id, wake_on=day, by=seller, at=_at(1)
    )  # fmt: skip
    assert [move["stage"] for move in moves_of("a")] == ["MQL", "Recycled"]
    assert (living_lead("a") or {})["wake_on"] == day
    tracker.move_lead(lead_id="a", stage="MQL", by=seller, at=datetime(2027, 2, 1, 9, tzinfo=UTC))
    assert _statuses() == ["recycled", "offered"]


def test_a_rejected_lead_stays_where_it_is(offered: Handover, seller: Any) -> None:
    commands.reject_handover(
        handover_id=offered.public_id, reason="no-need", is_gap=True, by=seller, at=_at(1)
    )
    assert [move["stage"] for move in moves_of("a")] == ["MQL"]
    assert (living_lead("a") or {})["owner"] is None


def test_a_lead_that_fails_the_test_says_which_clause(
    agreed: None, seller: Any, make_person: Any
) -> None:
    head = make_person("Hal Hart", team="marketing", role="lead")
    bring("b", email="nobody")
    (made,) = commands.offer_on_entry(lead_id="b", stage="MQL", at=AT)
    assert (made.status, made.missing, made.stands) == ("waiting", [], "does not meet the test")
    assert len(made.failing) == 1
    assert "email" in made.failing[0]
    notice = Notice.objects.get(person=head)
    assert notice.title == f"A lead does not meet the test: {CARD}"
    assert made.failing[0] in notice.text
    bring("b", email=None)  # then it is data that lacks
    assert commands.look_again(lead_id="b", at=AT) == []
    made.refresh_from_db()
    assert (made.missing, made.failing, made.stands) == (["email"], [], "waiting for data")
    bring("b")
    (now,) = commands.look_again(lead_id="b", at=AT)
    assert (now.pk, now.status, now.missing, now.failing) == (made.pk, "offered", [], [])


def test_a_lead_in_no_stage_is_due_under_no_card(agreed: None, monkeypatch: Any) -> None:
    """Not even under a card that names no stage."""
    bring("b")
    found = terms_in_force(at=AT).agreement
    anywhere = replace(found, handovers=(replace(found.handovers[0], at_stage=""),))
    event = LeadEvent(LEAD_ENTERED, AT, None, {"b": ""}, agreement=anywhere)
    happened.send(sender=None, event=event)
    assert not Handover.objects.exists()

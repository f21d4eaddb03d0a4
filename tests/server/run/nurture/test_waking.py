"""Leads asleep are woken on their day, one way or somebody's to do, and never twice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from onefunnel.server.run.handovers.models import Handover
from onefunnel.server.run.nurture import commands
from onefunnel.server.run.nurture.models import Enrolment, Todo, Waking
from onefunnel.server.run.tracker import commands as tracker
from onefunnel.server.run.tracker.reading import lead_now
from onefunnel.server.warehouse.commands import refresh_copy
from onefunnel.server.warehouse.models import FactTouches
from tests.server.run.nurture.conftest import AT, DAY, HOUR, bring, go, switched_on

pytestmark = pytest.mark.django_db
DUE = AT + 3 * DAY  # 2026-11-21


@pytest.fixture
def asleep(agreed: None, seller: Any) -> None:
    """Lead `a` is put aside until the third day from now, `b` until later."""
    bring("a", "b")
    for lead, day in (("a", 21), ("b", 29)):
        tracker.move_lead(
            lead_id=lead, stage="Recycled", wake_on=date(2026, 11, day), by=seller, at=AT
        )
    refresh_copy(at=AT)


def arranged(by: Any, into: str, name: str = "") -> None:
    commands.save_rules(
        quiet_hours=16, wake_into=into, wake_name=name, wake_team="sales", revision=0, by=by, at=AT
    )


def test_on_its_day_its_owner_has_it_to_do_once(asleep: None, seller: Any) -> None:
    tracker.change_lead(lead_id="a", fields={"owner": "Sam Sole"}, by=seller, at=AT)
    go(DUE - DAY)
    assert not Waking.objects.exists()
    go(DUE)
    go(DUE + HOUR)
    todo = Todo.objects.get()
    assert (todo.lead_id, todo.why, todo.assigned_to) == ("a", "woken", seller)
    assert "2026-11-21" in todo.words
    assert Waking.objects.get().lead_id == "a"
    assert FactTouches.objects.filter(kind="woken", lead_id="a").count() == 1
    refresh_copy(at=DUE + HOUR)
    go(DUE + 2 * HOUR)
    assert Todo.objects.count() == 1


def test_into_the_stage_of_a_card_it_is_offered_and_nobody_else_has_it_to_do(
    asleep: None, head: Any, seller: Any
) -> None:
    arranged(head, "card", "MQL to sales")
    go(DUE)
    stage = lead_now("a", at=DUE).stage
    assert stage is not None
    assert stage.name == "MQL"
    assert Handover.objects.get(lead_id="a").assigned_to == seller
    assert not Todo.objects.exists()


def test_into_a_sequence_for_those_asleep(asleep: None, marketer: Any, head: Any) -> None:
    sequence = switched_on(marketer, head, is_for_asleep=True)
    arranged(head, "sequence", sequence.name)
    go(DUE)
    assert [one.lead_id for one in Enrolment.objects.all()] == ["a"]
    assert not Todo.objects.exists()


def test_what_cannot_be_done_is_somebodys_to_do_with_the_reason(
    asleep: None, marketer: Any, head: Any
) -> None:
    sequence = switched_on(marketer, head)  # not for those asleep
    arranged(head, "sequence", sequence.name)
    go(DUE)
    assert not Enrolment.objects.exists()
    assert "it is put aside until a day" in Todo.objects.get().words


def test_who_woke_earlier_is_left_alone(asleep: None, marketer: Any) -> None:
    tracker.move_lead(lead_id="a", stage="Inquiry", by=marketer, at=AT + HOUR)
    go(DUE)  # the copy still says that it is asleep
    assert not Waking.objects.exists()
    assert not Todo.objects.exists()


@pytest.mark.parametrize(("into", "name"), [("stage", "Lost"), ("card", "No"), ("away", "")])
def test_only_what_there_is_can_be_arranged(agreed: None, head: Any, into: str, name: str) -> None:
    with pytest.raises(commands.BadRules):
        arranged(head, into, name)

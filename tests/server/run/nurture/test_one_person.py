"""Leads that were merged, or have one e-mail address, are one person to mail and to-dos."""

from __future__ import annotations

from typing import Any

import pytest

from onefunnel.server.run.handovers import commands as handovers
from onefunnel.server.run.nurture import commands
from onefunnel.server.run.nurture.models import Enrolment, Status, Todo
from onefunnel.server.run.nurture.plan import HumanNeeded
from onefunnel.server.run.nurture.quiet import why_wait
from onefunnel.server.run.nurture.tasks import tick
from onefunnel.server.run.tracker import commands as tracker
from onefunnel.server.warehouse.duplicates.commands import merge_leads
from tests.server.run.handovers.conftest import CARD
from tests.server.run.nurture.conftest import (
    AT,
    DAY,
    HOUR,
    bring,
    call,
    consent,
    enter,
    go,
    letter,
    now_of,
    switched_on,
    to_leads,
)

pytestmark = pytest.mark.django_db


def test_an_offer_of_a_merged_lead_holds_the_mail(
    agreed: None, marketer: Any, head: Any, seller: Any, mailoutbox: list[Any]
) -> None:
    bring("a", "b")
    consent("a", "b")
    sequence = switched_on(marketer, head, letter("a"))
    inside = enter(sequence, ["a"], marketer)
    handovers.offer_lead(lead_id="b", card=CARD, by=marketer, at=AT)
    merge_leads(kept_lead_id="a", merged_lead_id="b", by=None, at=AT)
    wait = why_wait("a", at=AT + HOUR)
    assert wait is not None
    assert "offered" in wait.why
    go(AT + HOUR)
    assert to_leads(mailoutbox) == []
    other = switched_on(marketer, head, letter("a"), name="Other")
    refused = commands.enter_leads(
        sequence_id=other.public_id, lead_ids=["a"], by=marketer, at=AT + HOUR
    ).refused
    assert "offered" in refused["a"]
    commands.pause_lead(enrolment_id=inside[0].public_id, by=marketer, at=AT + HOUR)
    with pytest.raises(commands.NurtureRefused, match="offered"):
        commands.resume_lead(enrolment_id=inside[0].public_id, by=marketer, at=AT + HOUR)


def test_who_accepts_a_merged_lead_has_the_lead(
    agreed: None, marketer: Any, head: Any, seller: Any
) -> None:
    bring("a", "b")
    one = enter(switched_on(marketer, head, letter("a", wait=9)), ["a"], marketer)[0]
    offered = handovers.offer_lead(lead_id="b", card=CARD, by=marketer, at=AT)
    merge_leads(kept_lead_id="a", merged_lead_id="b", by=None, at=AT)
    handovers.accept_handover(handover_id=offered.public_id, by=seller, at=AT + HOUR)
    assert now_of(one).status == Status.STOPPED
    assert "handed over" in one.reason


def test_a_step_to_do_of_a_merged_lead_ends_with_its_sequence(
    agreed: None, marketer: Any, head: Any, seller: Any, mailoutbox: list[Any]
) -> None:
    bring("a", "b")
    consent("a", "b")
    one = enter(switched_on(marketer, head, call(), name="Calls"), ["b"], marketer)[0]
    mails = switched_on(marketer, head, letter("a"))
    tick(at=AT)
    merge_leads(kept_lead_id="a", merged_lead_id="b", by=None, at=AT)
    assert why_wait("a", at=AT) is not None  # the to-do is open still, under the merged lead's id
    enter(mails, ["a"], marketer)
    go(AT + HOUR)
    assert now_of(one).status == Status.STOPPED
    todo = Todo.objects.get()
    assert (todo.is_done, todo.reason) == (False, "it was merged into another lead")
    assert [mail.to for mail in to_leads(mailoutbox)] == [["a@firm.example"]]


def test_a_human_is_needed_for_who_stands_for_the_merged_lead(
    agreed: None, marketer: Any, head: Any, seller: Any
) -> None:
    bring("a", "b", stage="Inquiry")
    human = HumanNeeded(when="source = 'Fair'")
    enter(switched_on(marketer, head, letter("a"), human=human), ["b"], marketer)
    tick(at=AT)
    merge_leads(kept_lead_id="a", merged_lead_id="b", by=None, at=AT)
    tick(at=AT + HOUR)
    todo = Todo.objects.get(ended_at=None)
    assert todo.lead_id == "a"
    commands.do_todo(todo_id=todo.public_id, by=seller, at=AT + HOUR)


@pytest.mark.parametrize("stage", ["Lost", "Recycled"])
def test_what_a_sequence_asked_for_ends_when_the_lead_leaves_the_path(
    agreed: None, marketer: Any, head: Any, seller: Any, stage: str
) -> None:
    bring("a", stage="Inquiry")
    human = HumanNeeded(when="source = 'Fair'")
    enter(switched_on(marketer, head, letter("a"), human=human), ["a"], marketer)
    tick(at=AT)
    tick(at=AT + HOUR)
    assert Todo.objects.get().ended_at is None
    said = {"wake_on": (AT + 9 * DAY).date()} if stage == "Recycled" else {"reason": "no money"}
    tracker.move_lead(lead_id="a", stage=stage, by=seller, at=AT + HOUR, **said)
    tick(at=AT + 2 * HOUR)
    todo = Todo.objects.get()
    assert todo.ended_at == AT + 2 * HOUR
    assert todo.reason.startswith("it ")


def test_a_call_to_one_lead_keeps_mail_from_its_address(
    agreed: None, marketer: Any, head: Any, seller: Any, mailoutbox: list[Any]
) -> None:
    bring("a")
    bring("b", email="A@firm.example")
    consent("a")
    enter(switched_on(marketer, head, letter("a"), letter("b", wait=1)), ["a", "b"], marketer)
    tracker.note_contact(lead_id="a", kind="called", by=seller, at=AT)
    go(AT + HOUR)
    assert to_leads(mailoutbox) == []
    for day in range(5, 9):
        go(AT + day * DAY)
    assert [mail.subject for mail in to_leads(mailoutbox)] == ["News", "News"]
    assert sorted(Enrolment.objects.values_list("status", flat=True)) == ["finished", "finished"]

"""Marketing writes nothing while sales is with a lead, and hands over when a human is needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from onefunnel.facts.utc import in_utc
from onefunnel.server.record.models import Event
from onefunnel.server.run.handovers import commands as handovers
from onefunnel.server.run.handovers.models import Handover
from onefunnel.server.run.handovers.models import Status as Handed
from onefunnel.server.run.nurture import commands
from onefunnel.server.run.nurture.models import Enrolment, Sending, SequenceMail, Status, Todo
from onefunnel.server.run.nurture.plan import HumanNeeded
from onefunnel.server.run.nurture.quiet import why_wait
from onefunnel.server.run.tracker import commands as tracker
from onefunnel.server.warehouse import commands as warehouse
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


def touched(lead: str, kind: str, at: datetime, **more: str) -> None:
    """A touch that somebody else's program brought."""
    row = {"touch_id": f"{lead}{kind}{at}", "lead_id": lead, "at": in_utc(at), "kind": kind, **more}
    with transaction.atomic():
        warehouse.record_rows(rows={"touches": [row]}, by=None, at=at)


def running(marketer: Any, head: Any, *steps: Any, **said: Any) -> Enrolment:
    sequence = switched_on(marketer, head, *steps, **said)
    consent("a")
    return enter(sequence, ["a"], marketer)[0]


def test_after_a_sales_contact_mail_waits_for_two_working_days_and_says_so(
    agreed: None, marketer: Any, head: Any, seller: Any, mailoutbox: list[Any]
) -> None:
    bring("a", stage="Inquiry")
    one = running(marketer, head)
    tracker.note_contact(lead_id="a", kind="called", by=seller, at=AT)
    go(AT + HOUR)
    assert not to_leads(mailoutbox)
    # 16 working hours after Wednesday 10:00 is Friday 10:00
    assert now_of(one).due_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert one.held == "sales was in contact 16 working hours ago or less"
    go(AT + 2 * DAY)
    assert len(to_leads(mailoutbox)) == 1


def test_a_contact_between_writing_and_sending_holds_the_mail_back(
    agreed: None, marketer: Any, head: Any, seller: Any, mailoutbox: list[Any]
) -> None:
    bring("a", stage="Inquiry")
    one = running(marketer, head)
    commands.take_steps(at=AT)
    tracker.note_contact(lead_id="a", kind="met", by=seller, at=AT)
    go(AT)
    assert not to_leads(mailoutbox)
    assert SequenceMail.objects.get().state == Sending.HELD
    assert now_of(one).due_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    go(AT + 3 * DAY)
    assert len(to_leads(mailoutbox)) == 1


def test_an_offer_stops_the_sequence_and_an_answer_ends_it_or_lets_it_go_on(
    agreed: None, marketer: Any, head: Any, seller: Any, mailoutbox: list[Any]
) -> None:
    bring("a")
    one = running(marketer, head)
    offer = handovers.offer_lead(lead_id="a", card=CARD, by=marketer, at=AT)
    assert now_of(one).status == Status.PAUSED
    assert one.reason == "offered to Sales, who has not answered yet"
    with pytest.raises(commands.NurtureRefused, match="offered to another team"):
        commands.resume_lead(enrolment_id=one.public_id, by=marketer, at=AT)
    go(AT + HOUR)
    handovers.return_handover(
        handover_id=offer.public_id, reason="data-missing", better="More.", by=seller, at=AT + HOUR
    )
    assert now_of(one).status == Status.RUNNING
    go(AT + HOUR)
    assert len(to_leads(mailoutbox)) == 1
    again = handovers.offer_lead(lead_id="a", card=CARD, by=marketer, at=AT + 2 * HOUR)
    handovers.accept_handover(handover_id=again.public_id, by=seller, at=AT + 3 * HOUR)
    assert now_of(one).status == Status.STOPPED
    assert one.reason == "it was handed over: Sam of Sales has it"


def test_what_sales_has_to_do_comes_before_the_mail(
    agreed: None, marketer: Any, head: Any, seller: Any, mailoutbox: list[Any]
) -> None:
    bring("a", stage="Inquiry")
    one = running(marketer, head)
    other = switched_on(marketer, head, call(), name="Calls")
    enter(other, ["a"], marketer)
    go(AT)
    assert not to_leads(mailoutbox)
    assert now_of(one).held == "Sales has to call first"
    wait = why_wait("a", at=AT + HOUR)
    assert wait is not None
    assert wait.why == "Sales has to call first"
    commands.call_off(
        todo_id=Todo.objects.get().public_id, reason="Holiday", by=seller, at=AT + HOUR
    )
    assert why_wait("a", at=AT + HOUR) is None
    go(AT + HOUR)
    assert len(to_leads(mailoutbox)) == 1


def test_a_reply_stops_the_mail_and_offers_the_lead_under_the_card_of_its_stage(
    agreed: None, marketer: Any, head: Any, seller: Any, asking: HumanNeeded, mailoutbox: list[Any]
) -> None:
    bring("a", stage="Inquiry")
    one = running(marketer, head, human=asking)
    tracker.move_lead(lead_id="a", stage="MQL", by=marketer, at=AT - 2 * HOUR)
    Handover.objects.all().delete()  # it was not offered on its entry
    Enrolment.objects.filter(pk=one.pk).update(status=Status.RUNNING, paused_at=None)
    go(AT)
    touched("a", "replied", AT + HOUR, channel="e-mail")
    go(AT + HOUR)
    assert (now_of(one).status, one.reason) == (Status.HUMAN, "it replied within 14 days")
    offer = Handover.objects.get(status=Handed.OFFERED)
    assert (offer.to_team, offer.assigned_to) == ("sales", seller)
    assert not Todo.objects.exists()
    assert Event.objects.filter(kind="run.human-needed").count() == 1
    go(AT + 9 * DAY)
    assert len(to_leads(mailoutbox)) == 1


def test_without_a_card_that_fits_it_is_somebodys_to_do(
    agreed: None, marketer: Any, head: Any, seller: Any
) -> None:
    bring("a", stage="Inquiry", owner="Sam Sole")
    human = HumanNeeded(when="country = 'UK'")
    one = running(marketer, head, human=human)
    go(AT)
    assert now_of(one).status == Status.HUMAN
    todo = Todo.objects.get()
    assert (todo.team, todo.assigned_to, todo.why) == ("sales", seller, "human")
    commands.do_todo(todo_id=todo.public_id, kind="met", by=seller, at=AT + HOUR)
    assert now_of(one).status == Status.HUMAN


def test_so_many_touches_within_so_many_days(agreed: None, marketer: Any, head: Any) -> None:
    bring("a", stage="Inquiry")
    human = HumanNeeded(touches=2, days=3, kinds=("clicked", "Opened"))
    one = running(marketer, head, letter(), letter("z", wait=90), human=human)
    touched("a", "clicked", AT - DAY)  # before it entered
    touched("a", "clicked", AT + HOUR)
    go(AT + HOUR)
    touched("a", "opened", AT + 5 * DAY)  # too late for the first
    go(AT + 5 * DAY)
    assert now_of(one).status == Status.RUNNING
    touched("a", "clicked", AT + 6 * DAY)
    go(AT + 6 * DAY)
    assert now_of(one).reason == "it clicked or Opened 2 times within 3 days"


def test_the_quiet_time_is_the_workspaces(agreed: None, head: Any, seller: Any) -> None:
    bring("a", stage="Inquiry")
    tracker.note_contact(lead_id="a", kind="called", by=seller, at=AT)
    rules = {"wake_into": "todo", "wake_name": "", "wake_team": "sales", "by": head, "at": AT}
    commands.save_rules(quiet_hours=1, revision=0, **rules)
    assert why_wait("a", at=AT + HOUR) is None
    assert why_wait("a", at=AT + timedelta(minutes=59)) is not None
    with pytest.raises(commands.RulesChanged):
        commands.save_rules(quiet_hours=3, revision=0, **rules)

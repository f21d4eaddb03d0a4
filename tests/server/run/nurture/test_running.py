"""Leads go through a sequence: mails with consent, things to do, waits, and its ends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from onefunnel.server.notify.models import Notice
from onefunnel.server.notify.to_leads import commands as mail
from onefunnel.server.record.models import Event
from onefunnel.server.run.nurture import commands
from onefunnel.server.run.nurture.models import Sending, SequenceMail, Status, Todo
from onefunnel.server.run.tracker import commands as tracker
from onefunnel.server.warehouse.models import FactTouches
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


def test_a_lead_goes_through_from_the_first_mail_to_the_end(
    agreed: None, marketer: Any, head: Any, seller: Any, mailoutbox: list[Any]
) -> None:
    first = letter(text="Dear {first_name|friend},")
    second = letter("b", wait=3, subject="More for {company}")
    sequence = switched_on(marketer, head, first, second, call(wait=1))
    bring("a", stage="Inquiry")
    consent("a")
    (one,) = enter(sequence, ["a"], marketer)
    go(AT)
    assert [m.subject for m in to_leads(mailoutbox)] == ["News"]
    assert "Dear Pat," in to_leads(mailoutbox)[0].body
    touch = FactTouches.objects.get(kind="nurtured")
    assert (touch.lead_id, touch.channel, touch.campaign, touch.team) == (
        "a", "e-mail", "Welcome", "marketing",
    )  # fmt: skip
    # three days after a Wednesday is a Saturday: it waits for Monday morning
    assert now_of(one).due_at == datetime(2026, 11, 23, 9, tzinfo=UTC)
    go(AT + 2 * DAY)
    assert len(to_leads(mailoutbox)) == 1
    go(AT + 5 * DAY)
    assert to_leads(mailoutbox)[1].subject == "More for Firm a"
    go(AT + 6 * DAY + HOUR)
    todo = Todo.objects.get()
    assert (todo.team, todo.assigned_to, todo.deed) == ("sales", seller, "call")
    assert Notice.objects.filter(person=seller, title="You have to call a lead").exists()
    with pytest.raises(PermissionDenied):
        commands.do_todo(todo_id=todo.public_id, by=marketer, at=AT + 6 * DAY)
    commands.do_todo(todo_id=todo.public_id, by=seller, at=AT + 6 * DAY + 2 * HOUR)
    called = FactTouches.objects.get(kind="called")
    assert (called.team, called.touch_id) == ("sales", now_of_todo(todo).touch_id)
    assert now_of(one).status == Status.FINISHED
    with pytest.raises(commands.TodoEnded, match="Sam did it already"):
        commands.call_off(todo_id=todo.public_id, reason="No", by=seller, at=AT + 7 * DAY)
    assert Event.objects.filter(kind="run.nurture-mail-sent").count() == 2


def now_of_todo(todo: Todo) -> Todo:
    todo.refresh_from_db()
    return todo


def test_without_consent_or_a_word_the_step_is_skipped_and_the_lead_goes_on(
    agreed: None, marketer: Any, head: Any, mailoutbox: list[Any]
) -> None:
    sequence = switched_on(marketer, head, letter(subject="For {segment}"), call(wait=1))
    bring("a", "b", stage="Inquiry")
    consent("b")
    first, second = enter(sequence, ["a", "b"], marketer)
    go(AT)
    assert not to_leads(mailoutbox)
    reasons = {m.enrolment.lead_id: m.reason for m in SequenceMail.objects.all()}
    assert "segment" in reasons["a"]
    assert "segment" in reasons["b"]
    assert {now_of(one).position for one in (first, second)} == {1}


def test_who_unsubscribed_leaves_and_others_without_basis_are_only_skipped(
    agreed: None, marketer: Any, head: Any, owner: Any, mailoutbox: list[Any]
) -> None:
    sequence = switched_on(marketer, head, letter(), call(wait=1))
    bring("a", "b", stage="Inquiry")
    consent("a")
    mail.suppress(address="a@firm.example", why="objected", by=owner, at=AT)
    first, second = enter(sequence, ["a", "b"], marketer)
    go(AT)
    assert not to_leads(mailoutbox)
    assert (now_of(first).status, now_of(first).reason) == (
        Status.STOPPED, "nobody may write to this address",
    )  # fmt: skip
    assert (now_of(second).status, second.position) == (Status.RUNNING, 1)
    assert "No basis" in SequenceMail.objects.get(enrolment=second).reason


def test_who_unsubscribes_between_writing_and_sending_gets_nothing_and_leaves(
    agreed: None, marketer: Any, head: Any, owner: Any, mailoutbox: list[Any]
) -> None:
    sequence = switched_on(marketer, head)
    bring("a", stage="Inquiry")
    consent("a")
    (one,) = enter(sequence, ["a"], marketer)
    commands.take_steps(at=AT)
    assert SequenceMail.objects.get().state == Sending.GOING
    mail.suppress(address="a@firm.example", why="objected", by=owner, at=AT)
    go(AT)
    assert not to_leads(mailoutbox)
    assert now_of(one).status == Status.STOPPED


def test_a_won_lead_leaves_by_itself_and_what_was_to_do_is_called_off(
    agreed: None, marketer: Any, head: Any, seller: Any
) -> None:
    sequence = switched_on(marketer, head, call(), letter("b", wait=1))
    bring("a", stage="Inquiry")
    (one,) = enter(sequence, ["a"], marketer)
    go(AT)
    tracker.move_lead(lead_id="a", stage="Won", by=seller, at=AT + HOUR)
    go(AT + HOUR)
    assert (now_of(one).status, one.reason) == (Status.STOPPED, "it was won")
    assert Todo.objects.get().ended_at


def test_a_lead_is_in_a_sequence_once_and_can_be_taken_out_again(
    agreed: None, marketer: Any, head: Any, seller: Any
) -> None:
    sequence = switched_on(marketer, head)
    bring("a", "b", "w", stage="Inquiry")
    bring("w", stage="Won")
    done = commands.enter_leads(
        sequence_id=sequence.public_id, lead_ids=["a", "b", "w", "x"], by=marketer, at=AT
    )
    assert done.entered == ("a", "b")
    assert done.refused["x"] == "there is no such lead any more"
    again = commands.enter_leads(sequence_id=sequence.public_id, lead_ids=["a"], by=seller, at=AT)
    assert again.refused == {"a": "it is in this sequence already"}
    with pytest.raises(PermissionDenied):
        commands.undo_entering(batch_id=done.batch_id, by=seller, at=AT)
    back = commands.undo_entering(batch_id=done.batch_id, by=marketer, at=AT)
    assert back.entered == ("a", "b")
    with pytest.raises(commands.NoSuch):
        commands.undo_entering(batch_id=done.batch_id, by=marketer, at=AT)


def test_off_means_nothing_goes_out_and_nobody_enters(
    agreed: None, marketer: Any, head: Any, mailoutbox: list[Any]
) -> None:
    sequence = switched_on(marketer, head)
    bring("a", stage="Inquiry")
    consent("a")
    enter(sequence, ["a"], marketer)
    commands.take_steps(at=AT)  # in the outbox already
    with pytest.raises(PermissionDenied):
        commands.switch_sequence(sequence_id=sequence.public_id, is_on=False, by=marketer, at=AT)
    commands.switch_sequence(sequence_id=sequence.public_id, is_on=False, by=head, at=AT)
    go(AT)
    assert not to_leads(mailoutbox)
    with pytest.raises(commands.NurtureRefused, match="switched off"):
        commands.enter_leads(sequence_id=sequence.public_id, lead_ids=["a"], by=marketer, at=AT)
    commands.switch_sequence(sequence_id=sequence.public_id, is_on=True, by=head, at=AT + HOUR)
    go(AT + HOUR)
    assert len(to_leads(mailoutbox)) == 1


def test_a_pause_by_a_person_holds_until_a_person_ends_it(
    agreed: None, marketer: Any, head: Any, mailoutbox: list[Any]
) -> None:
    sequence = switched_on(marketer, head)
    bring("a", stage="Inquiry")
    consent("a")
    (one,) = enter(sequence, ["a"], marketer)
    commands.pause_lead(enrolment_id=one.public_id, by=marketer, at=AT)
    go(AT + DAY)
    assert not to_leads(mailoutbox)
    commands.resume_lead(enrolment_id=one.public_id, by=marketer, at=AT + DAY)
    go(AT + DAY)
    assert len(to_leads(mailoutbox)) == 1
    commands.stop_lead(enrolment_id=one.public_id, by=marketer, at=AT + DAY)
    assert now_of(one).reason == "taken out by Mia Marsh"

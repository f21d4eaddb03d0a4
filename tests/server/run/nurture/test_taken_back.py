"""What was taken back, or came to nothing, is as if it had not been: entries, contacts, offers."""

from __future__ import annotations

from typing import Any

import pytest

from onefunnel.server.run.handovers import commands as handovers
from onefunnel.server.run.nurture import commands
from onefunnel.server.run.nurture.models import Enrolment, Status, Todo
from onefunnel.server.run.nurture.tasks import tick
from onefunnel.server.run.tracker import commands as tracker
from tests.server.run.handovers.conftest import CARD
from tests.server.run.nurture.conftest import (
    AT,
    DAY,
    HOUR,
    bring,
    call,
    enter,
    letter,
    now_of,
    switched_on,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("by_hand", [True, False])
def test_only_an_entry_by_hand_that_was_taken_back_leaves_the_rule_free(
    agreed: None, marketer: Any, head: Any, by_hand: bool
) -> None:
    if by_hand:
        bring("a", stage="Inquiry")
    sequence = switched_on(marketer, head, letter("a", wait=3), stages=("Inquiry",))
    if by_hand:
        enter(sequence, ["a"], marketer)
    else:
        bring("a", stage="Inquiry")
        tick(at=AT)
    one = Enrolment.objects.get()
    commands.undo_entering(batch_id=one.batch, by=head, at=AT + HOUR)
    tracker.change_lead(lead_id="a", fields={"country": "DE"}, by=marketer, at=AT + 2 * HOUR)
    tick(at=AT + 3 * HOUR)
    inside = Enrolment.objects.filter(status=Status.RUNNING).count()
    assert inside == (1 if by_hand else 0)  # a rule's entry that a head took back stays so


def test_a_rule_is_asked_again_once_an_offer_came_to_nothing(
    agreed: None, marketer: Any, head: Any, seller: Any
) -> None:
    bring("a")
    switched_on(marketer, head, letter("a"), stages=("MQL",))
    offered = handovers.offer_lead(lead_id="a", card=CARD, by=marketer, at=AT)
    tracker.change_lead(lead_id="a", fields={"country": "DE"}, by=marketer, at=AT)
    tick(at=AT + HOUR)
    assert not Enrolment.objects.exists()
    handovers.return_handover(
        handover_id=offered.public_id, reason="data-missing", better="More.", by=seller,
        at=AT + 2 * HOUR,
    )  # fmt: skip
    tick(at=AT + 3 * HOUR)
    assert Enrolment.objects.get().lead_id == "a"


def test_what_was_done_by_a_contact_is_to_do_again_once_it_is_taken_back(
    agreed: None, marketer: Any, head: Any, seller: Any
) -> None:
    bring("a")
    steps = (call(), letter("b", wait=3))
    one = enter(switched_on(marketer, head, *steps), ["a"], marketer)[0]
    tick(at=AT)
    todo = Todo.objects.get()
    done = commands.do_todo(todo_id=todo.public_id, by=seller, at=AT + HOUR)
    assert now_of(one).position == 1
    tracker.take_back_contact(lead_id="a", touch_id=done.touch_id, by=seller, at=AT + 2 * HOUR)
    todo.refresh_from_db()
    assert (todo.is_done, todo.ended_at, todo.touch_id) == (False, None, "")
    assert (now_of(one).position, one.due_at) == (0, None)  # the mail after it waits for it again
    commands.do_todo(todo_id=todo.public_id, by=seller, at=AT + DAY)
    assert now_of(one).position == 1


def test_a_contact_taken_back_says_so_where_the_sequence_is_over(
    agreed: None, marketer: Any, head: Any, seller: Any
) -> None:
    bring("a")
    one = enter(switched_on(marketer, head, call(), letter("b", wait=3)), ["a"], marketer)[0]
    tick(at=AT)
    done = commands.do_todo(todo_id=Todo.objects.get().public_id, by=seller, at=AT + HOUR)
    commands.stop_lead(enrolment_id=one.public_id, by=marketer, at=AT + HOUR)
    tracker.take_back_contact(lead_id="a", touch_id=done.touch_id, by=seller, at=AT + 2 * HOUR)
    todo = Todo.objects.get()
    assert (todo.is_done, todo.ended_at is None) == (False, False)
    assert "did not happen" in todo.reason

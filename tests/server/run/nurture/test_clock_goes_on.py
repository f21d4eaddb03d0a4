"""What goes wrong with one lead, mail or sequence, or takes long, keeps nobody else waiting."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from onefunnel.server.notify.outbox.models import Outgoing
from onefunnel.server.notify.tasks import send_out
from onefunnel.server.run.nurture import commands, mails, scanning, tasks
from onefunnel.server.run.nurture.models import Enrolment, SequenceMail
from onefunnel.server.run.nurture.plan import Plan
from onefunnel.server.run.nurture.tasks import tick
from onefunnel.server.run.tracker import commands as tracker
from tests.server.run.nurture.conftest import AT, HOUR, bring, consent, enter, letter, switched_on

pytestmark = pytest.mark.django_db


def states() -> dict[str, str]:
    return dict(SequenceMail.objects.values_list("enrolment__lead_id", "state"))


def test_a_sequence_that_cannot_look_stops_no_other(
    agreed: None, marketer: Any, seller: Any, head: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring("a")
    when = {"bad": "source = 'Bad'", "good": "source = 'Fair'"}
    for name, rule in when.items():
        switched_on(marketer, head, letter(), name=name, when=rule)
    real = scanning.meets_rule

    def meets(plan: Plan, *rest: Any, **more: Any) -> list[str]:
        if plan.when == when["bad"]:
            raise RuntimeError
        return real(plan, *rest, **more)

    monkeypatch.setattr(scanning, "meets_rule", meets)
    tracker.change_lead(lead_id="a", fields={"country": "DE"}, by=seller, at=AT)
    tick(at=AT)
    assert [one.sequence.name for one in Enrolment.objects.all()] == ["good"]


def test_a_part_that_fails_stops_no_other(
    agreed: None, marketer: Any, head: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bad(**_: Any) -> int:
        raise RuntimeError

    bring("a")
    consent("a")
    enter(switched_on(marketer, head, letter()), ["a"], marketer)
    monkeypatch.setattr(tasks, "PARTS", (bad, commands.take_steps))
    assert tick(at=AT) == 1
    assert states() == {"a": "going"}


def test_a_mail_that_cannot_be_settled_stops_no_other(
    agreed: None, marketer: Any, head: Any, monkeypatch: pytest.MonkeyPatch, mailoutbox: Any
) -> None:
    bring("a", "b")
    consent("a", "b")
    enter(switched_on(marketer, head, letter()), ["a", "b"], marketer)
    tick(at=AT)
    send_out(at=AT)
    real = mails._went_out

    def went_out(mail: SequenceMail, *rest: Any, **more: Any) -> None:
        if mail.enrolment.lead_id == "a":
            raise RuntimeError
        real(mail, *rest, **more)

    monkeypatch.setattr(mails, "_went_out", went_out)
    tick(at=AT + HOUR)
    assert states() == {"a": "going", "b": "sent"}


def test_mails_that_wait_in_the_outbox_delay_no_other(
    agreed: None, marketer: Any, head: Any, monkeypatch: pytest.MonkeyPatch, mailoutbox: Any
) -> None:
    monkeypatch.setattr(mails, "MOST", 1)
    bring("a", "b")
    consent("a", "b")
    sequence = switched_on(marketer, head, letter())
    enter(sequence, ["a"], marketer)
    tick(at=AT)
    Outgoing.objects.update(due_at=AT + 9 * HOUR)  # it could not be sent, and is tried later
    enter(sequence, ["b"], marketer)
    tick(at=AT + HOUR)
    send_out(at=AT + HOUR)
    tick(at=AT + HOUR)
    assert states() == {"a": "going", "b": "sent"}


def test_nurture_keeps_the_clock_of_promises_for_seconds_only(
    agreed: None, marketer: Any, head: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = ["a", "b", "c", "d"]
    bring(*leads)
    consent(*leads)
    enter(switched_on(marketer, head, letter()), leads, marketer)
    slow = count(step=tasks.SECONDS / 2)  # each look at the watch comes half the time later
    tick(at=AT, now=lambda: next(slow))
    assert states() == {"a": "going", "b": "going"}
    slow = count(step=2 * tasks.SECONDS)
    tick(at=AT, now=lambda: next(slow))  # one piece of each is done, however slow
    assert list(states()) == ["a", "b", "c"]
    tick(at=AT)
    assert list(states()) == leads

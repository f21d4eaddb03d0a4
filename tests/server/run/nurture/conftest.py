"""A workspace with an agreement, leads that may be written to, and a sequence that is on."""

from __future__ import annotations

from collections.abc import Sequence as Several
from datetime import datetime, timedelta
from typing import Any

import pytest

from onefunnel.server.notify.tasks import send_out
from onefunnel.server.notify.to_leads import commands as mail
from onefunnel.server.run.nurture import commands
from onefunnel.server.run.nurture.models import Enrolment, Sequence
from onefunnel.server.run.nurture.plan import HumanNeeded, Plan, Step
from onefunnel.server.run.nurture.tasks import tick
from tests.server.run.handovers.conftest import AT, agreed, bring, workspace

__all__ = ["AT", "agreed", "bring", "workspace"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def letter(key: str = "a", *, wait: int = 0, subject: str = "News", text: str = "Hello.") -> Step:
    return Step(key, "mail", "marketing", wait, "days", subject, text)


def call(key: str = "c", *, wait: int = 0, unit: str = "days") -> Step:
    return Step(key, "todo", "sales", wait, unit, text="Ask about the line.", deed="call")


def plan(*steps: Step, **said: Any) -> Plan:
    return Plan(steps=steps or (letter("a"), letter("b", wait=3, subject="More"), call()), **said)


def switched_on(
    by: Any, head: Any, *steps: Step, name: str = "Welcome", at: datetime = AT, **said: Any
) -> Sequence:
    made = commands.make_sequence(name=name, plan=plan(*steps, **said), by=by, at=at)
    return commands.switch_sequence(sequence_id=made.public_id, is_on=True, by=head, at=at)


def consent(*leads: str, at: datetime = AT) -> None:
    for lead in leads:
        mail.record_basis(
            address=f"{lead}@firm.example", purpose="nurture", ground="consent", source="form",
            at=at - DAY,
        )  # fmt: skip


def enter(sequence: Sequence, leads: Several[str], by: Any, at: datetime = AT) -> list[Enrolment]:
    done = commands.enter_leads(sequence_id=sequence.public_id, lead_ids=leads, by=by, at=at)
    assert not done.refused, done.refused
    return list(Enrolment.objects.filter(sequence=sequence).order_by("pk"))


def go(at: datetime) -> None:
    """What the two clocks do at a moment: steps are taken, mail goes out, what became of it."""
    tick(at=at)
    send_out(at=at)
    tick(at=at)


def now_of(enrolment: Enrolment) -> Enrolment:
    enrolment.refresh_from_db()
    return enrolment


@pytest.fixture
def head(make_person: Any) -> Any:
    """Hal, head of marketing."""
    return make_person("Hal Hope", team="marketing", role="lead")


@pytest.fixture
def asking() -> HumanNeeded:
    """A human is needed once somebody replied."""
    return HumanNeeded(touches=1, days=14, kinds=("replied",))


def to_leads(mailoutbox: list[Any]) -> list[Any]:
    """The mails that went to leads; the people here are told of things by mail too."""
    return [one for one in mailoutbox if one.to[0].endswith("@firm.example")]

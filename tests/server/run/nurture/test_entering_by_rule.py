"""By the rule of a sequence leads enter by themselves, whatever brought them; changes are kept."""

from __future__ import annotations

from typing import Any

import pytest

from onefunnel.server.notify.models import Notice
from onefunnel.server.run.nurture import commands
from onefunnel.server.run.nurture.models import Enrolment, Revision
from onefunnel.server.run.nurture.plan import Plan
from onefunnel.server.run.tracker import commands as tracker
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
    plan,
    switched_on,
    to_leads,
)

pytestmark = pytest.mark.django_db


def inside() -> list[str]:
    return sorted(Enrolment.objects.values_list("lead_id", flat=True))


def test_leads_that_come_to_meet_the_rule_enter_once(
    agreed: None, marketer: Any, head: Any, seller: Any
) -> None:
    bring("old", stage="Inquiry")
    switched_on(marketer, head, stages=("Inquiry",), when="country = 'UK'")
    go(AT)
    assert inside() == []  # those who were there are not meant
    bring("a", stage="Inquiry")
    bring("b", stage="Inquiry", country="France")
    bring("c", stage="SAL")
    go(AT)
    assert inside() == ["a"]
    tracker.change_lead(lead_id="b", fields={"country": "UK"}, by=marketer, at=AT + HOUR)
    go(AT + HOUR)
    assert inside() == ["a", "b"]
    one = Enrolment.objects.get(lead_id="a")
    commands.stop_lead(enrolment_id=one.public_id, by=marketer, at=AT + HOUR)
    tracker.change_lead(lead_id="a", fields={"company": "New"}, by=marketer, at=AT + 2 * HOUR)
    go(AT + 2 * HOUR)
    assert inside() == ["a", "b"]


def test_those_who_are_there_already_enter_where_it_is_asked_for(
    agreed: None, marketer: Any, head: Any
) -> None:
    bring("a", "b", stage="Inquiry")
    made = commands.make_sequence(name="All", plan=plan(stages=("Inquiry",)), by=marketer, at=AT)
    commands.switch_sequence(
        sequence_id=made.public_id, is_on=True, with_present=True, by=head, at=AT
    )
    go(AT)
    assert inside() == ["a", "b"]


def test_a_change_is_a_new_revision_and_leads_stay_on_theirs_or_are_moved(
    agreed: None, marketer: Any, head: Any, owner: Any, mailoutbox: list[Any]
) -> None:
    sequence = switched_on(marketer, head, letter("a"), letter("b", wait=1))
    bring("x", stage="Inquiry")
    consent("x")
    (one,) = enter(sequence, ["x"], marketer)
    go(AT)
    new = plan(letter("n"), letter("a"), letter("b", wait=1, subject="Better"), call())
    with pytest.raises(commands.ChangedMeanwhile):
        commands.change_sequence(
            sequence_id=sequence.public_id, name="Welcome", plan=new, seen=7, running="move",
            by=owner, at=AT,
        )  # fmt: skip
    said = {"sequence_id": sequence.public_id, "name": "Welcome", "by": owner, "at": AT}
    stay = commands.change_sequence(plan=new, seen=1, running="stay", **said)
    assert (stay.moved, stay.stayed, now_of(one).revision.number) == (0, 1, 1)
    moved = commands.change_sequence(
        plan=plan(letter("n"), letter("b", wait=1, subject="Best")), seen=2, running="move", **said
    )
    assert (moved.moved, now_of(one).revision.number, one.position) == (1, 3, 1)
    again = commands.change_sequence(
        plan=plan(letter("n"), letter("b", wait=1, subject="Best")), seen=3, running="move", **said
    )
    assert not again.is_changed
    assert Revision.objects.count() == 3
    go(AT + DAY + HOUR)
    assert to_leads(mailoutbox)[-1].subject == "Best"
    assert Notice.objects.filter(person=head, title__contains="was changed").exists()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"purpose": "Two words"}, "one word of small letters"),
        ({"stages": ("Nowhere",)}, "no stage “Nowhere”"),
        ({"when": "nothing = 1"}, "who enters"),
        ({"steps": (letter(text="{password}"),)}, "no word that can be put in"),
        ({"steps": (letter(text="a { b"),)}, "stands alone"),
        ({"steps": (letter(subject=" "),)}, "without a subject"),
        ({"steps": (letter("a"), letter("a"))}, "same key"),
        ({"steps": ()}, "needs a step"),
    ],
)
def test_a_plan_that_cannot_run_is_refused_in_words(
    agreed: None, marketer: Any, change: dict[str, Any], why: str
) -> None:
    given = {"steps": (letter(),)} | change
    with pytest.raises(commands.BadPlan, match=why):
        commands.make_sequence(name="S", plan=Plan(**given), by=marketer, at=AT)

"""What leads get from now on is decided by who may switch sequences, and both sides are told."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from onefunnel.server.notify.models import Notice
from onefunnel.server.run.nurture import commands
from onefunnel.server.run.nurture.rules import rules_now
from tests.server.run.nurture.conftest import (
    AT,
    DAY,
    bring,
    consent,
    enter,
    go,
    letter,
    plan,
    switched_on,
    to_leads,
)

pytestmark = pytest.mark.django_db
RULES = {"wake_into": "todo", "wake_name": "", "wake_team": "sales", "at": AT}


def test_who_may_not_switch_a_sequence_changes_none_that_is_on(
    agreed: None, marketer: Any, head: Any, mailoutbox: list[Any]
) -> None:
    bring("a", stage="Inquiry")
    consent("a")
    sequence = switched_on(marketer, head, letter("a", wait=1))
    enter(sequence, ["a"], marketer)
    said = {"sequence_id": sequence.public_id, "name": "Welcome", "seen": 1, "at": AT}
    new = plan(letter("a", wait=1, text="Nobody saw this."))
    for running in ("stay", "move"):
        with pytest.raises(PermissionDenied, match="switch sequences"):
            commands.change_sequence(plan=new, running=running, by=marketer, **said)
    go(AT + 2 * DAY)
    assert [mail.body.startswith("Hello.") for mail in to_leads(mailoutbox)] == [True]
    commands.switch_sequence(sequence_id=sequence.public_id, is_on=False, by=head, at=AT)
    assert commands.change_sequence(plan=new, running="move", by=marketer, **said).is_changed


def test_the_rules_of_all_sequences_are_who_switches_and_the_heads_of_both_sides_are_told(
    agreed: None, marketer: Any, head: Any, owner: Any, make_person: Any
) -> None:
    seller_head = make_person("Sal Head", team="sales", role="lead")
    with pytest.raises(PermissionDenied, match="switch sequences"):
        commands.save_rules(quiet_hours=0, revision=0, by=marketer, **RULES)
    assert rules_now().quiet_hours == 16
    commands.save_rules(quiet_hours=1, revision=0, by=owner, **RULES)
    told = Notice.objects.filter(title__startswith="The quiet time")
    assert set(told.values_list("person", flat=True)) == {head.pk, seller_head.pk}

"""Hundreds of leads enter in parts, by few questions, and are taken out again as one."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onefunnel.server.run.nurture import commands, entering
from onefunnel.server.run.nurture.models import Enrolment
from tests.server.run.nurture.conftest import AT, HOUR, bring, letter, switched_on

pytestmark = pytest.mark.django_db


def test_many_enter_in_parts_and_are_taken_out_as_one(
    agreed: None, marketer: Any, head: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entering, "AT_ONCE", 2)
    leads = ["a", "b", "c", "d", "e"]
    bring(*leads)
    key = switched_on(marketer, head, letter(wait=3)).public_id
    doors: list[int] = []
    real = entering.hold_the_door
    monkeypatch.setattr(entering, "hold_the_door", lambda: (doors.append(1), real()))
    done = commands.enter_leads(sequence_id=key, lead_ids=[*leads, "no"], by=marketer, at=AT)
    assert len(doors) == 3
    assert done.entered == tuple(leads)
    assert done.refused == {"no": "there is no such lead any more"}
    commands.undo_entering(batch_id=done.batch_id, by=marketer, at=AT + HOUR)
    assert set(Enrolment.objects.values_list("status", flat=True)) == {"stopped"}


def test_each_lead_that_enters_costs_few_questions(agreed: None, marketer: Any, head: Any) -> None:
    leads = [f"l{number:02}" for number in range(40)]
    bring(*leads)
    key = switched_on(marketer, head, letter()).public_id
    with CaptureQueriesContext(connection) as asked:
        commands.enter_leads(sequence_id=key, lead_ids=leads, by=marketer, at=AT)
    assert len(asked) < 3 * len(leads)  # it was twelve for each

"""What is sent twice by one click is kept once, and says nothing twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from onefunnel.server.measure.asking import LONGEST
from onefunnel.server.plan import commands
from onefunnel.server.plan.lists import commands as lists
from onefunnel.server.plan.models import Objective, SalesCapacity, SavedPlan, WorkItem
from onefunnel.server.plan.wording import ObjectiveRefused
from tests.server.measure.company import Company


def test_each_deed_twice_is_one(
    demo: Company, hal: Any, typed: dict[str, str], now: datetime
) -> None:
    stage = demo.agreement.success_path[0].name
    capacity = {"stage": stage, "people": "4", "hours": "140", "selling_share": "50",
                "hours_a_lead": "2"}  # fmt: skip
    item = {"list": "leads", "what": "Fair", "strategy": "Be there", "tactic": "Booth",
            "stage": stage, "measure": "stages", "owner": str(hal.public_id),
            "due_on": "2027-03-31"}  # fmt: skip
    for _ in range(2):
        one = commands.draft_objective(typed=typed, by=hal, at=now)
        key = one.public_id
        commands.say_capacity(objective_id=key, typed=capacity, by=hal, at=now)
        commands.save_plan(objective_id=key, words={"pace": "80"}, by=hal, at=now)
        lists.add_item(objective_id=key, typed=item, by=hal, at=now)
    for kind in (Objective, SalesCapacity, SavedPlan, WorkItem):
        assert kind.objects.count() == 1, kind
    commands.save_plan(objective_id=key, words={"pace": "90"}, by=hal, at=now)
    assert SavedPlan.objects.count() == 2  # other levers are another plan


def test_lists_of_what_is_set_aside_stay_as_they_are(
    demo: Company, hal: Any, typed: dict[str, str], signed_in: Any, now: datetime
) -> None:
    one = commands.draft_objective(typed=typed, by=hal, at=now)
    item = lists.add_item(
        objective_id=one.public_id, by=hal, at=now,
        typed={"list": "leads", "what": "Fair", "strategy": "Be there", "tactic": "Booth",
               "stage": demo.agreement.success_path[0].name, "measure": "stages",
               "owner": str(hal.public_id), "due_on": "2027-03-31"},
    )  # fmt: skip
    commands.set_aside(objective_id=one.public_id, by=hal, at=now)
    for deed in (
        lambda: lists.mark_done(item_id=item.public_id, is_done=True, by=hal, at=now),
        lambda: lists.remove_item(item_id=item.public_id, by=hal, at=now),
    ):
        with pytest.raises(ObjectiveRefused, match="set aside"):
            deed()
    answer = signed_in(hal).post(f"/plan/items/{item.public_id}/done/", follow=True)
    assert "Take it up first" in answer.content.decode()
    item.refresh_from_db()
    assert item.done_at is None


@pytest.mark.parametrize("amount", ["1e999999", "NaN", "Infinity", "0", "-5", "100000000000000"])
def test_no_amount_that_is_none_gets_in(
    demo: Company, hal: Any, signed_in: Any, amount: str
) -> None:
    body = {"outcome": "won", "amount": amount, "until": "2027-05-31"}
    answer = signed_in(hal).post("/api/plan/objectives", body, content_type="application/json")
    assert answer.status_code == 422
    assert not Objective.objects.exists()


def test_a_question_that_is_too_long_is_refused_and_not_cut(
    demo: Company, hal: Any, signed_in: Any
) -> None:
    """Cut, it would count other leads without a word."""
    where = f"country <> '{'x' * 3_000}'"
    client = signed_in(hal)
    assert client.get("/api/measure/stages", {"where": where}).status_code == 200
    answer = client.get("/api/measure/stages", {"where": where + " " * LONGEST + "AND 1 = 1"})
    assert answer.status_code == 422
    assert "characters" in answer.json()["detail"]

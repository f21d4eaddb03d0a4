"""The six lists of an objective: what they lack, done and not done, overdue on Today."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from onefunnel.server.agree.basis import current_basis
from onefunnel.server.plan import commands as objectives
from onefunnel.server.plan.lists import commands
from onefunnel.server.plan.lists.models import List, WorkItem
from onefunnel.server.plan.lists.queries import board, overdue_of
from onefunnel.server.plan.models import Objective
from onefunnel.server.plan.wording import ObjectiveRefused
from tests.server.measure.company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted(demo: Company, hal: Any, typed: dict[str, str], now: datetime) -> Objective:
    return objectives.draft_objective(typed=typed, by=hal, at=now)


@pytest.fixture
def item(demo: Company, hal: Any) -> dict[str, str]:
    return {
        "list": "leads", "what": "Call the fair's visitors", "strategy": "Fairs", "tactic": "Calls",
        "stage": demo.agreement.success_path[0].name, "measure": "stages",
        "owner": str(hal.public_id), "due_on": "2026-11-01",
    }  # fmt: skip


def test_a_plan_is_complete_when_all_six_are_answered_and_every_stage_is_fed(
    drafted: Objective, demo: Company, hal: Any, item: dict[str, str], now: datetime
) -> None:
    agreement = current_basis().agreement
    empty = board(drafted, agreement)
    assert empty.missing == tuple(List.labels)
    first = demo.agreement.success_path[0].name
    assert empty.starved[0] == first
    for kind in List.values:
        commands.add_item(
            objective_id=drafted.public_id, typed=item | {"list": kind}, by=hal, at=now
        )
    assert board(drafted, agreement).missing == ()
    assert first not in board(drafted, agreement).starved
    for stage in empty.starved:
        commands.add_item(
            objective_id=drafted.public_id, typed=item | {"stage": stage}, by=hal, at=now
        )
    assert board(drafted, agreement).is_complete


def test_done_not_done_removed(
    drafted: Objective, hal: Any, outsider: Any, item: dict[str, str], now: datetime
) -> None:
    made = commands.add_item(objective_id=drafted.public_id, typed=item, by=hal, at=now)
    today = date(2026, 11, 21)
    assert overdue_of(hal, today) == 1
    for is_done, left in ((True, 0), (True, 0), (False, 1)):
        commands.mark_done(item_id=made.public_id, is_done=is_done, by=hal, at=now)
        assert overdue_of(hal, today) == left
    with pytest.raises(PermissionDenied):
        commands.mark_done(item_id=made.public_id, is_done=True, by=outsider, at=now)
    commands.remove_item(item_id=made.public_id, by=hal, at=now)
    assert overdue_of(hal, today) == 0
    with pytest.raises(commands.NoSuchItem):
        commands.remove_item(item_id=made.public_id, by=hal, at=now)


@pytest.mark.parametrize("lacks", commands.FIELDS)
def test_each_item_says_all_of_it(
    drafted: Objective, hal: Any, item: dict[str, str], now: datetime, lacks: str
) -> None:
    with pytest.raises(ObjectiveRefused):
        commands.add_item(objective_id=drafted.public_id, typed=item | {lacks: ""}, by=hal, at=now)
    assert not WorkItem.objects.exists()


def test_the_page_adds_marks_and_undoes(
    drafted: Objective, signed_in: Any, hal: Any, item: dict[str, str]
) -> None:
    client = signed_in(hal)
    page = reverse("plan:work", args=[drafted.public_id])
    assert client.post(page, item | {"what": ""}).status_code == 422
    client.post(page, item)
    body = client.get(page).content.decode()
    assert "Incomplete plan" in body
    assert "overdue" in body
    done = reverse("plan:work_done", args=[WorkItem.objects.get().public_id])
    after = client.post(done, follow=True).content.decode()
    assert f'action="{done}?not_done=1"' in after
    client.post(f"{done}?not_done=1")
    assert WorkItem.objects.get().done_at is None
    assert "Work for objectives" in client.get("/").content.decode()

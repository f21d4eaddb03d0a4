"""Plan against actual: on its page and on Today, each count with its list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from onefunnel.server.plan import commands
from onefunnel.server.plan.models import Objective, SavedPlan, Wording
from tests.server.measure.company import Company
from tests.trust.page_walk import read

#: A plan of the summer; the data end on 20 November.
MONTHS = [
    {"since": "2026-09-01", "until": "2026-10-01", "leads": 10_000.0, "wins": 1.0},
    {"since": "2026-10-01", "until": "2026-11-01", "leads": 1.0, "wins": 0.5},
    {"since": "2026-11-01", "until": "2026-12-01", "leads": 2.0, "wins": 0.5},
    {"since": "2026-12-01", "until": "2027-01-01", "leads": 5.0, "wins": 0.5},
]


@pytest.fixture
def planned(demo: Company, marketer: Any, now: datetime) -> Objective:
    """An objective with a plan whose first months are over."""
    typed = {"outcome": "won", "amount": "40", "until": "2027-05-31"}
    made = commands.draft_objective(typed=typed, by=marketer, at=now)
    SavedPlan.objects.create(
        objective=made, number=1, digest=Wording.objects.get().digest, agreement="d", data_at=now,
        leads=10_008, chance=0.8, months=MONTHS, saved_at=now, saved_by=marketer,
    )  # fmt: skip
    return made


@pytest.mark.parametrize("path", ["/measure/pacing/", "/"])
def test_what_came_opens_its_list(
    planned: Objective, signed_in: Any, marketer: Any, path: str
) -> None:
    client = signed_in(marketer)
    body = client.get(path).content.decode()
    assert "▼ behind" in body
    page = read(client, path)
    assert not page.loose
    counted = [one for one in page.figures if "since=2026-09-01" in one.href]
    assert len(counted) >= 2
    for one in counted:
        assert read(client, one.href).of_list == [one.list_total]


def test_months_add_up_and_only_those_that_have_begun_are_told(
    planned: Objective, signed_in: Any, marketer: Any
) -> None:
    page = read(signed_in(marketer), "/measure/pacing/")
    counts = [int(one.value) for one in page.figures]
    (came, won), months = counts[:2], counts[2:]
    assert len(months) == 6
    assert came == sum(months[::2]) > 0
    assert won == sum(months[1::2])


def test_without_a_plan_it_says_how_to_get_one(demo: Company, see: Any) -> None:
    assert "No plan is followed yet" in see("/measure/pacing/")


def test_a_changed_objective_says_so_and_one_set_aside_is_not_followed(
    planned: Objective, see: Any, marketer: Any, now: datetime
) -> None:
    typed = {"outcome": "won", "amount": "50", "until": "2027-05-31"}
    commands.change_objective(
        objective_id=planned.public_id, typed=typed, revision=1, by=marketer, at=now
    )
    assert "was changed after this plan" in see("/measure/pacing/")
    assert "by the present one" in see("/measure/pacing/")  # it was made under another agreement
    commands.set_aside(objective_id=planned.public_id, by=marketer, at=now)
    assert "No plan is followed yet" in see("/measure/pacing/")


def test_a_plan_is_held_against_the_leads_it_was_saved_for(
    planned: Objective, signed_in: Any, marketer: Any, now: datetime
) -> None:
    before = [one.value for one in read(signed_in(marketer), "/measure/pacing/").figures]
    typed = {"outcome": "won", "amount": "40", "until": "2027-05-31", "where": "country = 'X'"}
    commands.change_objective(
        objective_id=planned.public_id, typed=typed, revision=1, by=marketer, at=now
    )
    assert [one.value for one in read(signed_in(marketer), "/measure/pacing/").figures] == before

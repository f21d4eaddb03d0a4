"""What addresses and old days may say of a plan."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from onefunnel.server.plan.capacities import capacity_of
from onefunnel.server.plan.models import SalesCapacity, Wording
from onefunnel.server.plan.scenarios import moved_from
from onefunnel.server.plan.wording import ObjectiveRefused

WORDING = Wording(
    outcome="won", amount=Decimal(10), until=date(2027, 6, 30),
    written_at=datetime(2026, 11, 1, tzinfo=UTC),
)  # fmt: skip


@pytest.mark.parametrize("day", ["9999-12-31", "2086-01-01", "1999-12-31", "0001-01-01"])
def test_a_day_out_of_all_plans_is_refused(day: str) -> None:
    with pytest.raises(ObjectiveRefused, match="too far away"):
        moved_from({"until": day}, WORDING, None)


def test_a_day_within_ten_years_is_a_lever() -> None:
    assert moved_from({"until": "2028-01-31"}, WORDING, None).until == date(2028, 1, 31)


def test_who_joined_long_ago_has_learnt() -> None:
    """A ramp of three months is over by then; it does not begin anew every day."""
    row = SalesCapacity(
        people=Decimal(0), joining=Decimal(4), joining_on=date(2026, 1, 1), ramp_months=3,
        hours=Decimal(140), selling_share=Decimal("0.5"), hours_a_lead=Decimal(2), stage="New",
    )  # fmt: skip
    found = capacity_of(row, ("New", "Won"), datetime(2026, 11, 1))
    assert found is not None
    (people,) = found.people
    assert [people.at_work(month) for month in range(3)] == [4.0, 4.0, 4.0]

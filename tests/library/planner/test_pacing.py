"""Plan against actual: what is planned by a moment, and when a difference is told."""

from datetime import datetime, timedelta

import pytest

from onefunnel.planner.pacing import Planned, planned_by, verdict

START = datetime(2026, 1, 1)
MONTHS = [
    Planned(START, START + timedelta(days=30), 100, 4),
    Planned(START + timedelta(days=30), START + timedelta(days=60), 200, 10),
]


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-5, (0, 0)), (0, (0, 0)), (15, (50, 2)), (30, (100, 4)), (45, (200, 9)), (99, (300, 14))],
)
def test_a_running_month_counts_by_the_time_that_has_passed(
    days: int, expected: tuple[float, float]
) -> None:
    assert planned_by(MONTHS, START + timedelta(days=days)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("came", "planned", "said"),
    [(87, 100, "behind"), (88, 100, "as planned"), (112, 100, "as planned"), (113, 100, "ahead"),
     (0, 1.2, "as planned"), (0, 2, "behind"), (0, 0, "as planned"), (2, 0, "ahead")],
)  # fmt: skip
def test_chance_alone_is_no_verdict(came: int, planned: float, said: str) -> None:
    assert verdict(came, planned) == said

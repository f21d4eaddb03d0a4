"""Periods are cut where the clocks of the workspace and its fiscal year cut them."""

from datetime import datetime

import ibis
import pytest

from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.groups import group_value
from tests.library.measures.log_t import agreement_of, facts_of
from tests.library.measures.random_facts import AGREEMENT, random_facts

NEW_YORK = "America/New_York"


def group_of(at: datetime | None, by: str, zone: str = "UTC", starts: int = 1) -> object:
    table = ibis.memtable({"at": [at]}, schema={"at": "timestamp(6)"})
    group = group_value(table, by, "at", zone=zone, fiscal_year_starts=starts)
    return ibis.duckdb.connect().to_pyarrow(group).to_pylist()[0]


@pytest.mark.parametrize(
    ("at", "by", "zone", "starts", "expected"),
    [
        (datetime(2025, 3, 1, 4, 59), "month", "UTC", 1, "2025-03"),
        (datetime(2025, 3, 1, 4, 59), "month", NEW_YORK, 1, "2025-02"),  # 23:59 in winter
        (datetime(2025, 3, 1, 5, 0), "month", NEW_YORK, 1, "2025-03"),
        (datetime(2025, 7, 1, 3, 59), "quarter", NEW_YORK, 1, "2025-Q2"),  # 23:59 in summer
        (datetime(2025, 7, 1, 4, 0), "quarter", NEW_YORK, 1, "2025-Q3"),
        (datetime(2025, 1, 1, 4, 59), "year", NEW_YORK, 1, "2024"),
        (datetime(2025, 3, 3, 4, 59), "week", NEW_YORK, 1, "2025-W09"),
        (datetime(2025, 3, 31), "quarter", "UTC", 4, "2024/25-Q4"),
        (datetime(2025, 4, 1), "quarter", "UTC", 4, "2025/26-Q1"),
        (datetime(2025, 4, 1, 3), "quarter", NEW_YORK, 4, "2024/25-Q4"),
        (datetime(1999, 7, 1), "year", "UTC", 7, "1999/00"),
        (datetime(2025, 4, 30), "month", "UTC", 4, "2025-04"),
        (None, "year", NEW_YORK, 4, "(none)"),
    ],
)
def test_period(at: datetime | None, by: str, zone: str, starts: int, expected: str) -> None:
    assert group_of(at, by, zone, starts) == expected


@pytest.mark.parametrize("name", ["stages", "velocity"])
def test_measures_use_the_zone_asked_for(name: str) -> None:
    facts = facts_of("A 0:Lead 3:MQL\nB 40:Lead")  # A comes in at midnight UTC of 1 January
    rows = compute_measure(name, facts, agreement_of(), Scope(by="year", zone=NEW_YORK)).rows
    assert {row["year"] for row in rows} >= {"2024", "2025"}


@pytest.mark.parametrize("measure", ["stages", "velocity", "value", "channels"])
def test_periods_stand_in_the_order_of_time(measure: str) -> None:
    """The largest group stands first elsewhere; the earliest week here."""
    facts = random_facts(4, leads=150)
    rows = compute_measure(measure, facts, AGREEMENT, Scope(by="week")).rows
    weeks = list(dict.fromkeys(str(row["week"]) for row in rows))
    assert len(weeks) > 3
    assert weeks == sorted(weeks)
    sizes = [sum(int(str(r["n"])) for r in rows if r["week"] == week) for week in weeks]
    assert sizes != sorted(sizes, reverse=True), "the facts could not tell the two orders apart"

"""Time in stage on the event log T (methods.md 2.13), and sales velocity as published (2.8)."""

import pytest

from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.sales_velocity import velocity
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.spells import spells
from onefunnel.statistics.competing_risks import aalen_johansen, kaplan_meier
from tests.library.measures.log_t import AS_OF, agreement_of, facts_of


@pytest.fixture(scope="module")
def mql_stays() -> list[tuple[str, int, str]]:
    table = spells(facts_of(), agreement_of(), AS_OF).filter(lambda stays: stays["stage"] == 1)
    rows = table.order_by(["lead_id", "entered_at"]).to_pyarrow().to_pylist()
    return [(row["lead_id"], row["hours"] // 24, row["ended"]) for row in rows]


def test_every_stay_and_how_it_ended(mql_stays: list[tuple[str, int, str]]) -> None:
    assert mql_stays == [
        ("A", 7, "forward"), ("C", 3, "forward"), ("C", 11, "forward"), ("D", 52, "open"),
        ("E", 13, "lost"), ("F", 1, "forward"), ("H", 27, "open"),
    ]  # fmt: skip


def test_the_mean_of_closed_stays_is_too_short(mql_stays: list[tuple[str, int, str]]) -> None:
    """2.13 [C]: 7.0 days, where half of the stays last longer than 11."""
    closed = [days for _, days, ended in mql_stays if ended != "open"]
    assert sum(closed) / len(closed) == 7.0
    survival = kaplan_meier([d for _, d, _ in mql_stays], [int(e != "open") for *_, e in mql_stays])
    assert survival.quantile(0.5) == 11
    expected = {1: 0.8571, 3: 0.7143, 7: 0.5714, 11: 0.4286, 13: 0.2857}
    assert {day: round(survival.at(day), 4) for day in expected} == expected


def test_forward_share_and_rate(mql_stays: list[tuple[str, int, str]]) -> None:
    causes = [{"open": 0, "forward": 1}.get(ended, 2) for _, _, ended in mql_stays]
    days = [days for _, days, _ in mql_stays]
    assert aalen_johansen(days, causes).final == pytest.approx(0.5714, abs=5e-5)
    assert causes.count(1) / sum(days) == pytest.approx(0.035088, abs=5e-7)


def test_velocity_of_log_t() -> None:
    row = compute_measure("velocity", facts_of(), agreement_of()).rows[1]
    assert row["stage"] == "MQL"
    assert (row["stays"], row["forward"], row["lost"], row["open"]) == (7, 4, 1, 2)
    assert row["median_days"] == 11
    assert row["mean_days_closed"] == 7
    assert (row["p80_days"], row["older_than_p80"]) == (None, 0)


def test_a_listed_stay_names_its_stage() -> None:
    found = records_of("velocity", facts_of(), agreement_of(), Scope(), "stays", {"stage": "MQL"})
    assert found.table.select("stage").to_pyarrow().to_pylist() == [{"stage": "MQL"}] * 7


def test_where_leads_went_back_the_difference_to_the_funnel_is_said() -> None:
    result = compute_measure("velocity", facts_of(), agreement_of())
    assert any(row["back"] for row in result.rows)
    assert any("furthest stage" in note for note in result.notes)


def test_too_few_ended_stays_have_no_median() -> None:
    row = compute_measure("velocity", facts_of(), agreement_of()).rows[3]
    assert row["median_days"] is None
    assert row["note"] == "too few to tell (n=3)"


@pytest.mark.parametrize(
    ("deals", "average", "share", "days", "per_day"),
    [(40, 25_000, 0.25, 90, 2777.78), (18, 42_000, 0.24, 78, 2326.15)],  # 2.8 [P]
)
def test_sales_velocity(
    deals: int, average: float, share: float, days: int, per_day: float
) -> None:
    assert velocity(deals, share, average, days) == pytest.approx(per_day, abs=0.005)


def test_undated_stays_are_entries_without_days() -> None:
    facts = facts_of("A ?:Lead 3:MQL\nB 0:Lead ?:MQL 9:SQL")
    rows = compute_measure("velocity", facts, agreement_of()).rows
    assert [(row["stays"], row["n"]) for row in rows[:2]] == [(2, 0), (2, 1)]
    assert "1 without a time are not in the days" in rows[1]["note"]

"""Volume beside quality: what is weighed, by what, and when it is told that the two part."""

from datetime import datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.figures import UnknownFigure
from onefunnel.measures.scope import Scope
from tests.library.measures.test_friction import AGREEMENT

START = datetime(2024, 1, 1)
MONTHS = 20
#: Half of the leads of a fair are won, one in ten of the web's.
WON = {"Fair": 2, "Web": 10}


def company(fairs: list[int], webs: list[int]) -> Facts:
    """So many leads of both sources in each month; the first of every few is won in ten days."""
    leads, moves = [], []
    for month in range(MONTHS):
        first = datetime(2024 + month // 12, month % 12 + 1, 1)
        for source, count in (("Fair", fairs[month]), ("Web", webs[month])):
            for n in range(count):
                key, at = f"{source}{month}-{n}", first + timedelta(hours=6 * n)
                leads.append({"lead_id": key, "created_at": at, "source": source})
                end = "Won" if n % WON[source] == 0 else "Lost"
                moves.append({"lead_id": key, "at": at, "stage": "Lead"})
                moves.append({"lead_id": key, "at": at + timedelta(days=10), "stage": end})
    engine = ibis.duckdb.connect()
    tables = {"leads": leads, "moves": moves}
    made = {name: engine.create_table(name, pa.Table.from_pylist(held)) for name, held in
            tables.items()}  # fmt: skip
    return Facts(made, data_at=datetime(2025, 9, 15))


def measured(facts: Facts) -> Any:
    return compute_measure("quality_volume", facts, AGREEMENT)


def test_more_leads_of_the_worse_source_part_volume_from_quality() -> None:
    facts = company([20] * MONTHS, [20] * 10 + [20 + 8 * n for n in range(10)])
    result = measured(facts)
    assert result.rows[0]["month"] == "2024-11"
    assert len(result.rows) == 10  # as many come before, to learn from
    first, last = result.rows[0], result.rows[-1]
    assert (first["n"], last["n"]) == (40, 112)
    assert first["expected_wins"] == pytest.approx(20 / 2 + 20 / 10, rel=0.05)
    assert last["expected_wins"] == pytest.approx(20 / 2 + 92 / 10, rel=0.05)
    assert result.totals["volume_change_share"] == pytest.approx(
        sum(r["n"] for r in result.rows[-3:]) / sum(r["n"] for r in result.rows[:3]) - 1
    )
    assert result.totals["p"] < 0.001
    assert result.sentence.startswith("Volume and quality part: leads a month rose by")
    assert "less than at first" in result.sentence


def test_more_leads_of_the_same_kind_go_together() -> None:
    facts = company([20 + n for n in range(MONTHS)], [20 + n for n in range(MONTHS)])
    result = measured(facts)
    assert "go together" in result.sentence
    assert result.totals["quality_change_share"] == pytest.approx(0, abs=1e-9)


def test_chance_is_seldom_taken_for_a_trend() -> None:
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(10):
        facts = company(
            rng.integers(20, 30, MONTHS).tolist(), rng.integers(20, 30, MONTHS).tolist()
        )
        alarms += "part:" in measured(facts).sentence
    assert alarms <= 2


def test_too_little_to_learn_from_is_said() -> None:
    facts = company([0] * 10 + [20] * 10, [0] * MONTHS)
    only_new = measured(facts)
    assert all(row["n"] == 20 for row in only_new.rows)
    few = company([1] * MONTHS, [0] * MONTHS)
    result = measured(few)
    assert result.sentence.startswith("Too few leads came in")
    assert all(row["expected_wins"] is None for row in result.rows)
    assert all(row["note"].startswith("too few to tell") for row in result.rows)


def test_each_month_opens_its_leads() -> None:
    facts = company([20] * MONTHS, [30] * MONTHS)
    result = measured(facts)
    for row in result.rows[:2]:
        found = records_of("quality_volume", facts, AGREEMENT, None, "n", {"month": row["month"]})
        assert found.table.count().to_pyarrow().as_py() == row["n"]
    whole = records_of("quality_volume", facts, AGREEMENT, Scope(), "n", {})
    assert whole.table.count().to_pyarrow().as_py() == result.totals["n"]
    with pytest.raises(UnknownFigure):
        records_of("quality_volume", facts, AGREEMENT, None, "p", {})

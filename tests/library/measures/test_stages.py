"""Stages on the event log T (methods.md 2.13) and on small hand-made logs."""

import pytest

from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.scope import Scope
from tests.library.measures.log_t import agreement_of, facts_of


def column(result, name: str) -> list[object]:
    return [row[name] for row in result.rows]


def test_log_t() -> None:
    """2.13 [C]: reached at least fills the stage that B skipped; entries of its own do not."""
    result = compute_measure("stages", facts_of(), agreement_of())
    assert column(result, "stage") == ["Lead", "MQL", "SQL", "Opportunity", "Won"]
    assert column(result, "reached") == [8, 7, 4, 3, 1]
    assert column(result, "entered") == [8, 6, 4, 3, 1]
    assert column(result, "skipped") == [0, 1, 0, 0, 0]
    assert column(result, "went_back") == [0, 0, 1, 0, 0]
    assert column(result, "open") == [1, 2, 1, 1, 0]
    assert column(result, "lost") == [0, 1, 0, 1, 0]
    assert column(result, "n") == [8, 8, 7, 4, 3]
    assert {key: result.totals[key] for key in ("leads", "won", "lost", "open")} == {
        "leads": 8, "won": 1, "lost": 2, "open": 5,
    }  # fmt: skip
    assert result.totals["mean_days_to_won"] == 40
    assert result.totals["mean_days_to_lost"] == pytest.approx((30 + 15) / 2)


def test_eight_leads_are_too_few_to_tell() -> None:
    result = compute_measure("stages", facts_of(), agreement_of())
    step = result.rows[1]
    assert step["step_share"] is None
    assert "too few to tell (n=8)" in step["note"]
    assert 0 < step["low"] < step["high"] <= 1


@pytest.mark.parametrize("stage", ["Lead", "MQL", "SQL", "Opportunity", "Won"])
def test_each_count_opens_its_list(stage: str) -> None:
    facts, agreement = facts_of(), agreement_of()
    row = next(
        row for row in compute_measure("stages", facts, agreement).rows if row["stage"] == stage
    )
    for figure in ("entered", "reached", "open", "lost", "skipped", "went_back", "n"):
        found = records_of("stages", facts, agreement, Scope(), figure, {"stage": stage})
        assert found.table.count().execute() == row[figure], figure

"""The ideal lead as a measure: every number is its list, and the sentence says what is so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from onefunnel.charts.chart_for import chart_for
from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.figures import UnknownFigure
from onefunnel.measures.ideal_lead.measure import COLUMNS, OF_ALL
from onefunnel.measures.result import Result
from onefunnel.measures.scope import Scope
from tests.library.measures.ideal_lead.planted import AGREED, START, planted

FACTS = planted(4).facts
SCOPES = (
    Scope(),
    Scope(where="segment = 'S'"),
    Scope(since=START + timedelta(days=60)),
)


def many(facts: Facts, scope: Scope, figure: str, row: dict[str, str]) -> int:
    table = records_of("ideal_lead", facts, AGREED, scope, figure, row).table
    ids = table["lead_id"].to_pyarrow().to_pylist()
    assert len(ids) == len(set(ids))
    return len(ids)


def learnt(scope: Scope) -> Result:
    return compute_measure("ideal_lead", FACTS, AGREED, scope)


@pytest.mark.parametrize("scope", SCOPES)
def test_every_number_is_as_long_as_its_list(scope: Scope) -> None:
    result = learnt(scope)
    assert result.columns == COLUMNS
    assert result.rows
    for row in result.rows:
        for figure in ("n", "won", "others", "others_won"):
            assert many(FACTS, scope, figure, {"trait": str(row["trait"])}) == row[figure]
        assert int(str(row["n"])) + int(str(row["others"])) == result.totals["leads"]
    for figure in (one for name in OF_ALL for one in (name, f"{name}_won")):
        assert many(FACTS, scope, figure, {}) == result.totals[figure], figure


def test_rows_are_sentences_most_points_first() -> None:
    result = learnt(Scope())
    points = [int(str(row["points"])) for row in result.rows]
    assert points == sorted(points, reverse=True)
    assert {str(row["trait"]) for row in result.rows} >= {"the country is DE"}
    assert "later leads those with enough points of this card were won in" in result.sentence
    assert any("dates lie after" in finding.what for finding in result.findings)
    assert chart_for(result, AGREED).spec()


def test_too_few_wins_are_a_result() -> None:
    few = planted(4, leads=150).facts
    result = compute_measure("ideal_lead", few, AGREED)
    assert result.rows == ()
    assert result.sentence.startswith("Too few to tell: ")
    with pytest.raises(UnknownFigure):
        records_of("ideal_lead", few, AGREED, Scope(), "leads", {})


def test_no_trait_is_a_result() -> None:
    result = compute_measure("ideal_lead", planted(4, strength=0.0).facts, AGREED)
    assert result.rows == ()
    assert "nothing that is known of them in time tells which" in result.sentence


def test_what_has_no_list_is_said() -> None:
    with pytest.raises(UnknownFigure, match="later_ideal"):
        records_of("ideal_lead", FACTS, AGREED, Scope(), "points", {"trait": "the country is DE"})
    with pytest.raises(UnknownFigure):
        records_of("ideal_lead", FACTS, AGREED, Scope(), "n", {"trait": "the moon is full"})

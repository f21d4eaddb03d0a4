"""Journeys as of an earlier day, out of those kept ready, are those made from the moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from onefunnel.facts.store import Facts, Journeys
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.journeys import journeys, made_by
from tests.library.measures.random_facts import (
    AGREEMENT,
    AS_OF,
    START,
    random_facts,
    with_journeys,
)

MOMENTS = [START + timedelta(days=days) for days in (-1, 30, 90)]


def told(facts: Facts, as_of: datetime) -> list[tuple[str, Any]]:
    rows = journeys(facts, AGREEMENT, as_of).to_pyarrow().to_pylist()
    assert len({row["lead_id"] for row in rows}) == len(rows)
    return sorted((row["lead_id"], row) for row in rows)


@pytest.mark.parametrize(("seed", "made_at"), [(1, None), (2, AS_OF), (3, None)])
def test_they_are_those_made_from_the_moves(seed: int, made_at: datetime | None) -> None:
    facts = random_facts(seed, leads=250)
    if made_at is None:
        ready = with_journeys(facts)
    else:
        engine = facts["moves"].get_backend()
        table = engine.create_table("journeys", journeys(facts, AGREEMENT, made_at))
        ready = replace(facts, journeys=Journeys(table, made_by(AGREEMENT), made_at))
    for as_of in MOMENTS:
        assert told(ready, as_of) == told(facts, as_of)


def test_the_ready_ones_are_used() -> None:
    facts = with_journeys(random_facts(3))
    assert facts.journeys is not None
    wrong = facts.journeys.table.mutate(lead_id=facts.journeys.table["lead_id"] + "?")
    facts = replace(facts, journeys=replace(facts.journeys, table=wrong))
    assert any(lead.endswith("?") for lead, _ in told(facts, MOMENTS[1]))


def test_a_funnel_of_an_earlier_day_is_the_same() -> None:
    facts = random_facts(5)
    scope = Scope(by="source", as_of=MOMENTS[1])
    ours = compute_measure("stages", with_journeys(facts), AGREEMENT, scope)
    assert ours.rows == compute_measure("stages", facts, AGREEMENT, scope).rows

"""Leads of several deals: each deal walks for itself, the best says how the lead stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.journeys import journeys
from onefunnel.measures.steps.spells import spells
from onefunnel.measures.steps.walks import leads_of_several_deals
from tests.library.measures.random_facts import (
    AGREEMENT,
    AS_OF,
    START,
    random_facts,
    with_journeys,
)

#: (day, stage, deal or "" for the lead itself) of one lead, and where it then stands.
CASES = [
    ([(1, "Lead", "a"), (5, "Won", "a"), (6, "Lead", "b"), (9, "Lost", "b")], "Won", 0),
    ([(1, "Lead", "a"), (5, "Won", "a"), (9, "Lost", "a"), (9, "Lead", "b")], "Lead", 0),
    ([(1, "Lead", "a"), (2, "SQL", "b"), (9, "Lost", "b")], "Lead", 0),
    ([(1, "Lead", "a"), (2, "Lost", "a"), (3, "SQL", "b"), (9, "Later", "b")], "Later", 0),
    ([(1, "Won", "a"), (3, "Lead", "b"), (4, "MQL", "b")], "Won", 0),
    ([(1, "Won", "a"), (3, "Lead", "b"), (4, "Renewed", "b")], "Renewed", 0),
    ([(1, "Lead", ""), (2, "MQL", ""), (3, "SQL", "a"), (4, "Lost", "a")], "Lost", 0),
    ([(1, "Lead", ""), (3, "SQL", "a"), (4, "Lost", "a"), (5, "MQL", "b")], "MQL", 0),
    ([(1, "Lead", ""), (3, "Won", "a"), (4, "Lost", "b"), (9, "Bad fit", "")], "Bad fit", 0),
    ([(1, "SQL", "a"), (2, "MQL", "b"), (3, "Won", "a"), (4, "SQL", "b")], "Won", 0),
    ([(1, "SQL", "a"), (2, "MQL", "a"), (3, "Won", "b")], "Won", 1),
    # the only move of deal b is into the stage that the lead is in: still, that deal is open
    ([(1, "MQL", ""), (2, "MQL", "b"), (3, "SQL", "a"), (4, "Lost", "a")], "MQL", 0),
]


def facts_of(moves: list[tuple[str, datetime, str, str]]) -> Facts:
    lead, at, stage, deal = zip(*moves, strict=True)
    table = pa.table(
        {
            "lead_id": pa.array(lead),
            "at": pa.array(at, pa.timestamp("us")),
            "stage": pa.array(stage),
            "deal_id": pa.array([one or None for one in deal], pa.string()),
        }
    )
    return Facts({"moves": ibis.duckdb.connect().create_table("moves", table)}, data_at=AS_OF)


def test_where_a_lead_of_several_deals_stands() -> None:
    facts = facts_of(
        [
            (f"L{n}", START + timedelta(days=day), stage, deal and f"{n}{deal}")
            for n, (moves, _, _) in enumerate(CASES)
            for day, stage, deal in moves
        ]
    )
    rows = journeys(facts, AGREEMENT).to_pyarrow().to_pylist()
    found = {row["lead_id"]: (row["current_stage"], row["moved_back"]) for row in rows}
    assert found == {f"L{n}": (stage, back) for n, (_, stage, back) in enumerate(CASES)}


def test_before_its_second_deal_a_lead_is_as_one_of_one_deal() -> None:
    moves = [("L", START + timedelta(days=day), stage, deal) for day, stage, deal in CASES[7][0]]
    facts = facts_of(moves)
    stood = [
        journeys(facts, AGREEMENT, START + timedelta(days=day)).to_pyarrow()["current_stage"][0]
        for day in (1, 3, 4, 5)
    ]
    assert [one.as_py() for one in stood] == ["Lead", "SQL", "Lost", "MQL"]


@pytest.fixture(scope="module", params=[3, 4])
def facts(request: Any) -> Facts:
    """Random facts of which each move is one of two deals of its lead."""
    made = random_facts(request.param, 150)
    rng = np.random.default_rng(request.param)
    moves = made["moves"].to_pyarrow()
    deals = [f"{lead}-{rng.integers(0, 2)}" for lead in moves["lead_id"].to_pylist()]
    moves = moves.append_column("deal_id", pa.array(deals))
    table = made["moves"].get_backend().create_table("moves_of_deals", moves)
    return replace(made, tables={**made.tables, "moves": table})


def deal_by_deal(facts: Facts) -> Facts:
    """The same moves as if each deal were a lead of its own."""
    moves = facts["moves"]
    return Facts({"moves": moves.mutate(lead_id=moves["deal_id"])}, data_at=facts.data_at)


def test_a_lead_stands_where_its_best_deal_stands(facts: Facts) -> None:
    ranks = {"won": 2, "open": 1}
    alone = journeys(deal_by_deal(facts), AGREEMENT, AS_OF).to_pyarrow().to_pylist()
    best: dict[str, Any] = {}
    for row in alone:
        lead = row["lead_id"].split("-")[0]
        best[lead] = max(best.get(lead, 0), ranks.get(row["outcome"], 0))
    whole = journeys(facts, AGREEMENT, AS_OF).to_pyarrow().to_pylist()
    whole = [row for row in whole if row["lead_id"] in best]
    assert {row["lead_id"]: ranks.get(row["outcome"], 0) for row in whole} == best
    back = {row["lead_id"]: row["moved_back"] for row in whole}
    counted: Counter[str] = Counter()
    for row in alone:
        counted[row["lead_id"].split("-")[0]] += row["moved_back"]
    assert back == dict(counted)


def test_stays_are_those_of_each_deal(facts: Facts) -> None:
    def stays(of: Facts) -> Counter[Any]:
        rows = spells(of, AGREEMENT, AS_OF).to_pyarrow().to_pylist()
        return Counter(
            (
                row["lead_id"].split("-")[0],
                row["stage"],
                row["entered_at"],
                row["ended"],
                row["hours"],
            )
            for row in rows
        )

    # An undated move is placed by the dated moves of its lead, which are other ones here.
    moves = facts["moves"]
    dated = replace(facts, tables={**facts.tables, "moves": moves.filter(moves["at"].notnull())})
    assert stays(dated) == stays(deal_by_deal(dated))


def told(moves: list[tuple[int, str, str]]) -> tuple[Any, list[tuple[int, str]]]:
    """The journey of one lead, and its stays with how each ended."""
    facts = facts_of([("L", START + timedelta(days=day), *more) for day, *more in moves])
    (row,) = journeys(facts, AGREEMENT, AS_OF).to_pyarrow().to_pylist()
    stays = spells(facts, AGREEMENT, AS_OF).to_pyarrow().to_pylist()
    return row, sorted((one["stage"], one["ended"]) for one in stays)


def test_a_move_of_the_lead_itself_ends_the_stay_of_each_deal() -> None:
    row, stays = told([(1, "Lead", "a"), (2, "MQL", "b"), (9, "Lost", "")])
    assert (row["outcome"], row["outcome_at"], row["since"]) == (
        "lost", START + timedelta(days=9), START + timedelta(days=9),
    )  # fmt: skip
    assert stays == [(0, "lost"), (1, "lost")]
    row, stays = told([(1, "Lead", "a"), (2, "Lost", "a"), (3, "MQL", "b"), (9, "Lost", "")])
    assert row["outcome_at"] == START + timedelta(days=9)
    assert stays == [(0, "lost"), (1, "lost")]


def test_since_is_when_the_deal_that_counts_came_there() -> None:
    row, _ = told([(1, "Lead", "a"), (3, "SQL", "a"), (4, "Lead", "b"), (60, "Lost", "b")])
    assert (row["current_stage"], row["since"]) == ("SQL", START + timedelta(days=3))
    assert row["last_at"] == START + timedelta(days=60)
    row, _ = told([(1, "MQL", "a"), (2, "Lost", "b"), (5, "MQL", "")])
    assert (row["current_stage"], row["since"]) == ("MQL", START + timedelta(days=1))


def test_no_stay_is_open_of_a_lead_that_is_out() -> None:
    made = random_facts(6, 300)
    rng = np.random.default_rng(6)
    moves = made["moves"].to_pyarrow()
    deals = [
        f"{lead}-{which}" if (which := rng.integers(0, 3)) < 2 else None
        for lead in moves["lead_id"].to_pylist()
    ]
    table = (
        made["moves"]
        .get_backend()
        .create_table(
            "moves_of_some_deals", moves.append_column("deal_id", pa.array(deals, pa.string()))
        )
    )
    facts = replace(made, tables={**made.tables, "moves": table})
    rows = journeys(facts, AGREEMENT, AS_OF).to_pyarrow().to_pylist()
    out = {row["lead_id"] for row in rows if row["outcome"] not in ("won", "open")}
    stays = spells(facts, AGREEMENT, AS_OF).to_pyarrow().to_pylist()
    assert len(out) > 30
    assert [one for one in stays if one["lead_id"] in out and one["ended"] == "open"] == []
    entered = sum(row[f"n_{k}"] for row in rows for k in range(5))
    assert entered == len(stays)


def test_journeys_kept_ready_say_who_has_several(facts: Facts) -> None:
    """A deal whose only move meets no definition is none there, and makes no walk."""
    ready = with_journeys(facts)
    asked, kept = leads_of_several_deals(facts), leads_of_several_deals(ready)
    assert asked is not None
    assert kept is not None
    names = [set(one.to_pyarrow()["lead_id"].to_pylist()) for one in (asked, kept)]
    assert names[1] <= names[0]
    stays = [
        Counter(
            tuple(row.items()) for row in spells(one, AGREEMENT, AS_OF).to_pyarrow().to_pylist()
        )
        for one in (facts, ready)
    ]
    assert stays[0] == stays[1]


def test_the_sum_of_outcomes_is_all_leads(facts: Facts) -> None:
    totals = compute_measure("stages", facts, AGREEMENT, Scope(as_of=AS_OF)).totals
    ends = ("won", "lost", "open", "disqualified", "recycled")
    assert sum(int(totals.get(name) or 0) for name in ends) == totals["leads"]

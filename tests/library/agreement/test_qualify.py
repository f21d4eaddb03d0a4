"""A move made as `entering` says puts its lead where it says: the measures find it there too."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.qualify import (
    Entry,
    NotYet,
    Rulebook,
    columns_asked,
    entering,
    next_seq,
    standing,
)
from onefunnel.agreement.stage import Kind, Stage
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.facts.declaration import Type
from onefunnel.facts.store import Facts
from onefunnel.measures.steps.journeys import journeys

START = datetime(2026, 3, 1)
COLUMNS: dict[str, Type] = {**PREDICATE_COLUMNS, "score": "int", "size": "text", "ok": "flag"}
AGREED = Agreement(
    "As agreed",
    stages=(
        Stage("Inquiry", when="stage = 'New'"),
        Stage("MQL", when="score >= 50 AND country IS NOT NULL"),
        Stage("Working", when="stage IN ('Call', 'Visit') AND ok"),
        Stage("Won", kind="won", when="lower(stage) = 'won'"),
        Stage("Lost", kind="lost", when="stage = 'Lost' AND reason IS NOT NULL"),
        Stage("Out", kind="disqualified", when="size = 'none'"),
    ),
)


def test_the_furthest_stage_whose_definition_holds_and_why() -> None:
    record = {"stage": "New", "score": 60, "country": "DE"}
    found = standing(AGREED, record, COLUMNS)
    assert found.stage is not None
    assert found.stage.name == "MQL"
    assert [(one.words, one.holds, one.found) for one in found.clauses] == [
        ("the score is at least 50", True, "the score is 60"),
        ("the country is known", True, "the country is “DE”"),
    ]
    assert standing(AGREED, {"stage": "Elsewhere"}, COLUMNS).stage is None


@pytest.mark.parametrize(
    ("stage", "record", "literal"),
    [
        ("Inquiry", {}, "New"),
        ("MQL", {"score": 50, "country": "DE"}, "MQL"),
        ("Working", {"ok": True}, "Call"),
        ("Won", {}, "Won"),
        ("Lost", {"reason": "price"}, "Lost"),
        ("Inquiry", {"score": 50}, "New"),  # back
    ],
)
def test_a_move_is_found_where_there_is_one(
    stage: str, record: dict[str, Any], literal: str
) -> None:
    found = entering(AGREED, stage, record, COLUMNS)
    assert isinstance(found, Entry)
    assert found.columns == {"stage": literal}


def test_what_lacks_is_said_with_what_the_lead_has() -> None:
    found = entering(AGREED, "MQL", {"score": 20}, COLUMNS)
    assert isinstance(found, NotYet)
    assert found.sentence == (
        "“MQL” needs that the score is at least 50 (the score is 20); the country is known "
        "(the country is not known)."
    )
    lost = entering(AGREED, "Lost", {}, COLUMNS)
    assert isinstance(lost, NotYet)
    assert [one.words for one in lost.clauses] == ["the reason is known"]


def test_a_definition_that_is_met_anyway_stands_in_the_way() -> None:
    back = entering(AGREED, "Inquiry", {"score": 60, "country": "DE"}, COLUMNS)
    assert isinstance(back, NotYet)
    assert back.clauses[0].words == "it does not meet the definition of “MQL”, which is further"
    out = entering(AGREED, "Won", {"size": "none"}, COLUMNS)
    assert isinstance(out, NotYet)
    assert out.clauses[0].words == "it does not meet the definition of “Out”, which goes before"


def test_a_definition_that_cannot_be_read_is_met_by_nobody() -> None:
    book = Rulebook(AGREED, PREDICATE_COLUMNS)
    assert set(book.unreadable) == {"MQL", "Working", "Out"}
    found = book.entering(AGREED.stage("MQL"), {"score": 60, "country": "DE"})
    assert isinstance(found, NotYet)
    assert "score" in found.sentence


def test_what_an_agreement_asks_may_be_entered_before_there_is_data() -> None:
    assert columns_asked(AGREED, PREDICATE_COLUMNS) == {
        "score": "number", "ok": "flag", "size": "text"
    }  # fmt: skip
    assert columns_asked(AGREED, COLUMNS) == {}


# --- generated agreements, leads and histories ------------------------------------------------
_LITERALS = ("New", "Call", "Visit", "Won", "Lost")
_ATTRIBUTES = (
    "score >= 50", "score < 20", "size = 'big'", "size IS NULL", "ok", "NOT ok",
    "country IN ('DE', 'FR')", "coalesce(score, 0) > 10", "TRUE",
)  # fmt: skip


def a_definition(rng: random.Random) -> str:
    parts = []
    if rng.random() < 0.7:
        one = rng.choice(_LITERALS)
        other = rng.choice(_LITERALS)
        parts.append(
            rng.choice(
                [f"stage = '{one}'", f"stage IN ('{one}', '{other}')", f"lower(stage) LIKE "
                 f"'{one.lower()}%'", f"stage <> '{one}'", f"(stage = '{one}' OR score > 90)"]
            )
        )  # fmt: skip
    if not parts or rng.random() < 0.4:
        parts.append(rng.choice(_ATTRIBUTES))
    if rng.random() < 0.1:
        parts.append("reason = 'price'")
    return " AND ".join(parts)


def an_agreement(rng: random.Random) -> Agreement:
    some, recycled = rng.randint(1, 4), rng.randint(0, 1)
    detours: list[Kind] = ["won", "lost", "recycled"]
    opened: list[Kind] = ["open"]
    kinds = opened * some + detours[: 2 + recycled]
    stages = [Stage(f"S{n}", kind=kind, when=a_definition(rng)) for n, kind in enumerate(kinds)]
    return Agreement("made", stages=tuple(stages))


def a_lead(rng: random.Random, lead_id: str) -> dict[str, Any]:
    return {
        "lead_id": lead_id,
        "created_at": START,
        "score": rng.choice([None, 0, 15, 50, 95]),
        "size": rng.choice([None, "big", "small"]),
        "ok": rng.choice([None, True, False]),
        "country": rng.choice([None, "DE", "FR", "UK"]),
    }


def a_history(rng: random.Random, lead_id: str) -> list[dict[str, Any]]:
    """Moves dated and not, some of one moment: no two of one place and one `seq`."""
    found, taken = [], set()
    for n in range(rng.randint(0, 6)):
        at = rng.choice([None, START + timedelta(days=rng.randint(0, 3))])
        seq = rng.choice([None, n]) if at else n
        if (at, seq or 0) in taken:
            continue
        taken.add((at, seq or 0))
        found.append(move(lead_id, at, rng.choice(_LITERALS), seq))
        found[-1]["deal_id"] = rng.choice([None, *(f"{lead_id}-{deal}" for deal in "ab")])
    return found


def move(lead_id: str, at: datetime | None, stage: str, seq: int | None) -> dict[str, Any]:
    return {"lead_id": lead_id, "at": at, "stage": stage, "seq": seq, "reason": None}


def facts_of(leads: list[dict[str, Any]], moves: list[dict[str, Any]]) -> Facts:
    con = ibis.duckdb.connect()
    text, time = pa.string(), pa.timestamp("us")
    kinds = {
        "leads": {"lead_id": text, "created_at": time, "score": pa.int64(), "size": text,
                  "ok": pa.bool_(), "country": text},
        "moves": {"lead_id": text, "at": time, "stage": text, "seq": pa.int64(), "reason": text,
                  "deal_id": text},
    }  # fmt: skip
    made = {}
    for name, rows in (("leads", leads), ("moves", moves)):
        columns = [pa.array([r.get(c) for r in rows], kind) for c, kind in kinds[name].items()]
        made[name] = con.create_table(name, pa.table(columns, names=list(kinds[name])))
    return Facts(made)


def stands(facts: Facts, agreement: Agreement) -> dict[str, str | None]:
    rows = journeys(facts, agreement).select("lead_id", "current_stage").to_pyarrow().to_pylist()
    return {row["lead_id"]: row["current_stage"] for row in rows}


@pytest.mark.slow
def test_the_measures_find_each_lead_where_it_was_moved() -> None:
    rng = random.Random(7)
    entered = refused = 0
    for _ in range(15):
        agreement = an_agreement(rng)
        book = Rulebook(agreement, COLUMNS)
        leads = [a_lead(rng, f"L{n}") for n in range(60)]
        history = {one["lead_id"]: a_history(rng, one["lead_id"]) for one in leads}
        moves = [one for several in history.values() for one in several]
        before = stands(facts_of(leads, moves), agreement)
        expected: dict[str, str | None] = {}
        for lead in leads:
            mine = history[lead["lead_id"]]
            stage, _ = book.current(lead, mine)
            assert (stage.name if stage else None) == before.get(lead["lead_id"])
            expected[lead["lead_id"]] = before.get(lead["lead_id"])
            target = rng.choice(agreement.stages)
            at = START + timedelta(days=3)
            found = book.entering(target, {**lead, "at": at, "reason": None})
            if isinstance(found, Entry):
                entered += 1
                stage_said = str(found.columns["stage"])
                made = move(lead["lead_id"], at, stage_said, next_seq(mine, at))
                moves.append(made)
                expected[lead["lead_id"]] = target.name
            else:
                refused += 1
                assert found.clauses
                assert all(one.holds is not True for one in found.clauses)
        after = stands(facts_of(leads, moves), agreement)
        assert {lead: after.get(lead) for lead in expected} == expected
    assert entered > 200
    assert refused > 200

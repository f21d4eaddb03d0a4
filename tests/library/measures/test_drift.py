"""What the data say against the agreement: each difference planted, each counted, none invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.result import Result

AS_OF = datetime(2026, 6, 30)
AGREEMENT = Agreement(
    "Ours",
    stages=(
        Stage("New", when="stage = 'New'", leads=("marketing",)),
        Stage("Qualified", when="stage = 'Qualified' AND score >= 40", leads=("marketing",)),
        Stage("Proposal", when="stage = 'Proposal'", leads=("sales",)),
        Stage("Won", "won", when="stage = 'Won'", leads=("sales",)),
    ),
    handovers=(Handover("To sales", "marketing", "sales", "Qualified", answer_within_hours=8),),
)
Move = tuple[str, float, str, str | None]


def facts(
    moves: Sequence[Move],
    *,
    scores: dict[str, int] | None = None,
    stages: Sequence[str] = (),
    handovers: Sequence[tuple[str, float, str]] = (),
    deals: Sequence[tuple[str, str, str]] = (),
) -> Facts:
    """Moves (lead, days before the moment, stage, team); handovers (lead, days before, to)."""
    connection = ibis.duckdb.connect()
    con = connection.con
    con.execute(
        'CREATE TABLE moves (lead_id TEXT, "at" TIMESTAMP, stage TEXT, team TEXT, seq BIGINT)'
    )
    con.executemany(
        "INSERT INTO moves VALUES (?, ?, ?, ?, 0)",
        [(lead, AS_OF - timedelta(days=ago), stage, team) for lead, ago, stage, team in moves],
    )
    con.execute("CREATE TABLE leads (lead_id TEXT, created_at TIMESTAMP, score BIGINT)")
    leads = dict.fromkeys(lead for lead, *_ in moves)
    con.executemany(
        "INSERT INTO leads VALUES (?, NULL, ?)",
        [(lead, (scores or {}).get(lead, 50)) for lead in leads],
    )
    tables = {name: connection.table(name) for name in ("moves", "leads")}
    if stages:
        con.execute("CREATE TABLE stages (stage TEXT)")
        con.executemany("INSERT INTO stages VALUES (?)", [(one,) for one in stages])
        tables["stages"] = connection.table("stages")
    if handovers:
        con.execute(
            "CREATE TABLE handovers (handover_id TEXT, lead_id TEXT, to_team TEXT, "
            "offered_at TIMESTAMP)"
        )
        con.executemany(
            "INSERT INTO handovers VALUES (?, ?, ?, ?)",
            [(str(n), lead, to, AS_OF - timedelta(days=ago))
             for n, (lead, ago, to) in enumerate(handovers)],
        )  # fmt: skip
        tables["handovers"] = connection.table("handovers")
    if deals:
        con.execute(
            "CREATE TABLE deals (deal_id TEXT, lead_id TEXT, opened_at TIMESTAMP, closed_at "
            "TIMESTAMP, outcome TEXT, amount DECIMAL(18,4), currency TEXT)"
        )
        con.executemany(
            "INSERT INTO deals VALUES (?, ?, '2026-05-01', NULL, 'open', ?, ?)",
            [(str(n), *one) for n, one in enumerate(deals)],
        )
        tables["deals"] = connection.table("deals")
    return Facts(tables, data_at=AS_OF)


def good(count: int = 40, *, start: int = 0, ago: float = 20) -> list[Move]:
    """Leads that go the agreed way: each stage in turn, each under its own team."""
    return [
        (f"g{n}", ago - day, stage, team)
        for n in range(start, start + count)
        for day, (stage, team) in enumerate(
            (("New", "Marketing"), ("Qualified", "marketing"), ("Proposal", "Sales EMEA"),
             ("Won", "sales"))
        )
    ]  # fmt: skip


def handed(count: int = 40, ago: float = 18.5) -> list[tuple[str, float, str]]:
    return [(f"g{n}", ago, "sales") for n in range(count)]


def looked(given: Facts, agreement: Agreement = AGREEMENT) -> list[dict[str, Any]]:
    """Every difference, after each of its counts has been held against its list."""
    result: Result = compute_measure("drift", given, agreement)
    for row in result.rows:
        keys = {name: str(row[name]) for name in ("difference", "stage", "team")}
        for figure in ("leads", "n", "amount"):
            if row[figure] is None:
                continue
            found = records_of("drift", given, agreement, None, figure, keys)
            table = found.table
            got = table[found.sum_column].sum() if found.sum_column else table.count()
            assert (got.to_pyarrow().as_py() or 0) == row[figure], (keys, figure)
    return [{k: v for k, v in row.items() if v not in (None, "")} for row in result.rows]


def test_what_runs_as_agreed_says_nothing() -> None:
    given = facts(good(), handovers=handed(), stages=("New", "Qualified", "Proposal", "Won"))
    assert looked(given) == []
    said = compute_measure("drift", given, AGREEMENT).sentence
    assert said == "The data say nothing against the agreement."


def test_stages_that_no_definition_catches_with_their_money() -> None:
    moves = [*good(), ("x1", 5, "Parked", None), ("x2", 200, "Parked", None)]
    deals = [("x1", "100.5", "EUR"), ("x2", "20", "EUR"), ("g1", "7", "EUR")]
    found = looked(facts(moves, deals=deals, stages=("Parked", "Frozen", "Won")))
    assert found == [
        {"difference": "no definition", "stage": "Parked", "leads": 2, "n": 2,
         "amount": Decimal("120.5"), "currency": "EUR"},
        {"difference": "no definition, never entered", "stage": "Frozen", "leads": 0, "n": 0},
    ]  # fmt: skip


def test_money_in_two_currencies_is_not_added_up() -> None:
    given = facts([("x1", 5, "Parked", None)], deals=[("x1", "1", "EUR"), ("x1", "1", "USD")])
    row = compute_measure("drift", given, AGREEMENT).rows[0]
    assert row["amount"] is None
    assert "several currencies" in str(row["note"])


def test_a_name_that_the_definitions_read_otherwise() -> None:
    """Thirty are called Qualified without the score; five would be too few to speak of."""
    cold = [(f"c{n}", 10, "Qualified", "marketing") for n in range(30)]
    given = facts([*good(), *cold], scores={f"c{n}": 10 for n in range(30)}, handovers=handed())
    (row,) = looked(given)
    assert (row["difference"], row["stage"], row["team"]) == (
        "name and definition differ", "Qualified", "no stage",
    )  # fmt: skip
    assert (row["leads"], row["n"]) == (30, 70)
    few = facts([*good(4), *cold[:5]], scores={f"c{n}": 10 for n in range(5)})
    result = compute_measure("drift", few, AGREEMENT)
    assert result.rows == ()
    assert any("too few leads to tell" in note for note in result.notes)


def test_another_team_than_the_remit() -> None:
    moves = [
        (lead, ago, stage, "support" if stage == "Proposal" and int(lead[1:]) < 10 else team)
        for lead, ago, stage, team in good()
    ]
    (row,) = looked(facts(moves, handovers=handed()))
    assert (row["difference"], row["stage"], row["team"]) == ("other team", "Proposal", "support")
    assert (row["leads"], row["n"], row["share"]) == (10, 40, 0.25)


def test_handovers_that_are_not_recorded_in_time() -> None:
    """Of forty leads due ten have none, five a late one, three one to another team."""
    offers = [
        *((f"g{n}", 18.5, "Sales") for n in range(15, 37)),
        *((f"g{n}", 10.0, "sales") for n in range(10, 15)),
        *((f"g{n}", 18.5, "service") for n in range(37, 40)),
        ("g0", 100.0, "service"),
    ]
    (row,) = looked(facts(good(), handovers=offers))
    assert (row["difference"], row["stage"], row["team"]) == (
        "not handed over", "Qualified", "To sales",
    )  # fmt: skip
    assert (row["leads"], row["n"]) == (18, 40)


def test_without_any_handover_it_is_said_and_not_counted() -> None:
    result = compute_measure("drift", facts(good()), AGREEMENT)
    assert result.rows == ()
    assert any("hold no handovers" in note for note in result.notes)


def test_a_stage_that_is_skipped_more_than_before() -> None:
    def some(ago: float, start: int, skipping: int) -> list[Move]:
        return [
            move
            for move in good(60, start=start, ago=ago)
            if not (move[2] == "Qualified" and int(move[0][1:]) - start < skipping)
        ]

    (row,) = looked(facts([*some(150, 0, 3), *some(20, 60, 30)]))
    assert (row["difference"], row["stage"], row["leads"], row["n"]) == (
        "skipped", "Qualified", 30, 60,
    )  # fmt: skip
    assert (row["share"], row["before_share"]) == (0.5, 0.05)
    assert looked(facts([*some(150, 0, 30), *some(20, 60, 30)])) == []


def test_a_stage_nobody_enters_any_more() -> None:
    moves = [
        *(move for move in good(ago=20) if move[2] != "Won"),
        *good(30, start=100, ago=200),
    ]
    (row,) = looked(facts(moves))
    assert (row["difference"], row["stage"], row["leads"]) == ("nobody enters", "Won", 30)
    assert row["last_at"] == AS_OF - timedelta(days=197)


@pytest.mark.parametrize("ago", [20, 80])
def test_young_data_and_few_leads_do_not_tell_of_unused_stages(ago: float) -> None:
    assert looked(facts([move for move in good(ago=ago) if move[2] != "Won"])) == []
    old = [("o1", 300, "New", None)]
    assert looked(facts([*old, *(m for m in good(9, ago=ago) if m[2] != "Won")])) == []


def test_the_words_of_each_difference() -> None:
    moves = [*good(), ("x1", 5, "Parked", None)]
    said = compute_measure("drift", facts(moves, stages=("Frozen",)), AGREEMENT).sentence
    assert said == (
        "1 lead is in Parked, which no definition of the agreement catches. 1 more difference."
    )

"""Win-loss: competitors and reasons counted by hand, and SQL of its own over random facts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import ibis
import numpy as np
import pyarrow as pa
import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.scope import Scope
from onefunnel.measures.win_loss import BETTER, NO_DIFFERENCE, WORSE
from tests.library.measures.random_facts import AGREEMENT, AS_OF, random_facts

MONEY = pa.decimal128(18, 4)
Deal = tuple[str | None, str, str | None, str | None, str]


def deals(rows: list[Deal]) -> Facts:
    """Deals as (competitor, outcome, reason, amount, currency)."""
    amounts = [None if one[3] is None else Decimal(one[3]) for one in rows]
    table = pa.table({
        "deal_id": [f"d{place}" for place in range(len(rows))],
        "lead_id": [f"l{place}" for place in range(len(rows))],
        "competitor": pa.array([one[0] for one in rows], pa.string()),
        "outcome": [one[1] for one in rows],
        "reason": pa.array([one[2] for one in rows], pa.string()),
        "amount": pa.array(amounts, MONEY),
        "currency": [one[4] for one in rows],
    })  # fmt: skip
    moves = pa.table({"lead_id": ["l0", "l0", "l0"], "stage": ["Lost", "Lost", "New"],
                      "seq": [1, 2, 3], "reason": ["Later", "Budget", "taken back"],
                      "at": pa.array([AS_OF - timedelta(days=n) for n in (3, 2, 1)],
                                     pa.timestamp("us"))})  # fmt: skip
    engine = ibis.duckdb.connect()
    made = {"deals": engine.create_table("deals", table),
            "moves": engine.create_table("moves", moves)}  # fmt: skip
    return Facts(made, data_at=AS_OF)


def many(competitor: str | None, won: int, lost: int, still: int = 0) -> list[Deal]:
    ends = ["won"] * won + ["lost"] * lost + ["open"] * still
    return [(competitor, end, None, "10", "EUR") for end in ends]


def test_competitors_stand_out_only_where_chance_does_not_do_it() -> None:
    facts = deals([*many("Strong", 10, 90), *many("Weak", 60, 40, 500), *many("Usual", 33, 67),
                   *many("Rare", 2, 3), *many(None, 80, 1)])  # fmt: skip
    result = compute_measure("win_loss", facts, AGREEMENT)
    told = {row["competitor"]: row for row in result.rows}
    assert [told[name]["verdict"] for name in ("Strong", "Weak", "Usual")] == [
        WORSE, BETTER, NO_DIFFERENCE,
    ]  # fmt: skip
    assert (told["Weak"]["win_rate"], told["Weak"]["open"], told["Weak"]["n"]) == (0.6, 500, 100)
    # the others are those that name somebody else: 10 + 33 + 2 of 205
    assert told["Weak"]["others_win_share"] == pytest.approx(45 / 205)
    assert told["Rare"]["win_rate"] is told["Rare"]["gap_share"] is None
    assert told["Rare"]["note"] == "too few to tell (n=5)"
    assert told["(none)"]["verdict"] == ""
    assert "81 of 386 closed deals name nobody." in result.notes
    assert result.sentence.startswith("Against Strong 10.0% of 100 closed deals are won")


@pytest.mark.parametrize("seed", range(4))
def test_competitors_that_do_not_differ_are_rarely_told_apart(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows: list[Deal] = []
    for place in range(12):
        won = int(rng.binomial(60, 0.3))
        rows += many(f"C{place}", won, 60 - won)
    told = [row["verdict"] for row in compute_measure("win_loss", deals(rows), AGREEMENT).rows]
    assert set(told) == {NO_DIFFERENCE}


def test_no_column_that_names_a_competitor() -> None:
    facts = deals([(None, "won", None, None, "EUR")])
    result = compute_measure("win_loss", facts, AGREEMENT)
    assert result.sentence == "No deal says who else was in it."
    without = facts["deals"].drop("competitor")
    result = compute_measure("win_loss", Facts({**facts.tables, "deals": without}), AGREEMENT)
    assert result.rows == ()


def test_reasons_are_ranked_by_money_and_currencies_stay_apart() -> None:
    rows: list[Deal] = [
        (None, "lost", " ", "5", "EUR"), (None, "lost", "Price", "70", "EUR"),
        (None, "lost", "Price", None, "EUR"), (None, "lost", "Time", "100", "EUR"),
        (None, "lost", "Price", "900", "USD"), (None, "won", "Price", "900", "EUR"),
    ]  # fmt: skip
    result = compute_measure("lost_reasons", deals(rows), AGREEMENT)
    names = ("currency", "reason", "lost", "lost_amount", "unpriced", "n")
    assert [tuple(row[name] for name in names) for row in result.rows] == [
        ("EUR", "Time", 1, Decimal(100), 0, 4),
        ("EUR", "Price", 2, Decimal(70), 1, 4),
        ("EUR", "Budget", 1, Decimal(5), 0, 4),  # said by the last move of its lead
        ("USD", "Price", 1, Decimal(900), 0, 1),
    ]
    assert result.sentence == "Most was lost for Time: 1 deal, worth 100 EUR."
    keys = {"currency": "EUR", "reason": "Price"}
    listed = records_of("lost_reasons", deals(rows), AGREEMENT, None, "lost_amount", keys)
    assert listed.table["amount"].sum().to_pyarrow().as_py() == Decimal(70)


def test_a_second_opinion() -> None:
    facts = random_facts(5, leads=200)
    scope = Scope(as_of=AS_OF)
    con = facts["deals"].get_backend()
    now = f"TIMESTAMP '{AS_OF}'"
    seen = f"""FROM deals WHERE (opened_at IS NULL OR opened_at <= {now})
        AND outcome <> 'open' AND (closed_at IS NULL OR closed_at <= {now})"""
    result = compute_measure("win_loss", facts, AGREEMENT, scope)
    sql = f"""SELECT coalesce(competitor, '(none)'), count(*) FILTER (outcome = 'won'), count(*)
        {seen} GROUP BY 1 ORDER BY 1"""
    told = sorted((row["competitor"], row["won"], row["n"]) for row in result.rows)
    assert told == con.raw_sql(sql).fetchall()
    result = compute_measure("lost_reasons", facts, AGREEMENT, scope)
    sql = f"""SELECT coalesce(currency, ''), coalesce(nullif(trim(reason), ''), '(none)'),
        count(*), sum(amount) {seen} AND outcome = 'lost' GROUP BY 1, 2 ORDER BY 1, 2"""
    reasons = sorted(
        (row["currency"], row["reason"], row["lost"], row["lost_amount"]) for row in result.rows
    )
    assert reasons == con.raw_sql(sql).fetchall()

"""Penetration: a small market counted by hand, and SQL of its own over random facts."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts, MissingFacts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.penetration import reached_of
from onefunnel.measures.scope import Scope

AGREEMENT = Agreement(
    "Ours", stages=(Stage("New", when="stage = 'New'"), Stage("Won", "won", when="stage = 'Won'"))
)
ACCOUNTS = {
    "account_id": ["a", "b", "c", "d", "e"],
    "industry": ["Dairy", "Dairy", "Dairy", "Bakery", None],
}
#: lead, account, stages; a is won twice, d by a deal without a won lead.
LEADS = [("1", "a", "New Won"), ("2", "a", "Won"), ("3", "b", "New"), ("4", "d", "New"),
         ("5", None, "Won")]  # fmt: skip


def market() -> Facts:
    engine = ibis.duckdb.connect()
    moves = [
        (lead, stage, n) for lead, _, stages in LEADS for n, stage in enumerate(stages.split())
    ]
    tables = {
        "accounts": ACCOUNTS,
        "leads": {"lead_id": [one[0] for one in LEADS], "account_id": [one[1] for one in LEADS],
                  "source": ["Web", "Fair", "Web", "Web", "Web"]},
        "moves": {"lead_id": [one[0] for one in moves], "stage": [one[1] for one in moves],
                  "seq": [one[2] for one in moves],
                  "at": pa.array([None] * len(moves), pa.timestamp("us"))},
        "deals": {"deal_id": ["x", "y"], "account_id": ["d", "b"], "outcome": ["won", "open"]},
    }  # fmt: skip
    made = {name: engine.create_table(name, pa.table(rows)) for name, rows in tables.items()}
    return Facts(made)


def test_a_small_market_by_hand() -> None:
    result = compute_measure("penetration", market(), AGREEMENT)
    (row,) = result.rows
    assert (row["accounts"], row["with_lead"], row["won"]) == (5, 3, 2)  # a by leads, d by a deal
    assert row["penetration_share"] is None
    assert row["note"] == "too few to tell (n=5)"
    for figure in ("accounts", "with_lead", "won"):
        table = records_of("penetration", market(), AGREEMENT, None, figure, {}).table
        assert table.count().to_pyarrow().as_py() == row[figure]


def test_a_segment_of_the_list_has_accounts_nobody_spoke_to() -> None:
    scope = Scope(where="industry = 'Dairy'")
    found = reached_of(market(), AGREEMENT, scope)
    assert (found.accounts, found.won, found.wins) == (3, 1, 2)
    assert found.anew_share == 0.5  # two leads won one account


def test_what_only_leads_know_leaves_out_accounts_without_one_and_says_so() -> None:
    result = compute_measure("penetration", market(), AGREEMENT, Scope(where="source = 'Web'"))
    assert result.rows[0]["accounts"] == 3
    assert any("without a lead are left out" in note for note in result.notes)


def test_no_list_of_accounts_no_market() -> None:
    facts = market()
    without = Facts({name: table for name, table in facts.tables.items() if name != "accounts"})
    with pytest.raises(MissingFacts, match="accounts"):
        compute_measure("penetration", without, AGREEMENT)


def test_a_second_opinion() -> None:
    facts = market()
    sql = """
    SELECT count(*),
      count(*) FILTER (EXISTS (SELECT 1 FROM leads l WHERE l.account_id = a.account_id)),
      count(*) FILTER (EXISTS (SELECT 1 FROM leads l JOIN moves m USING (lead_id)
                               WHERE l.account_id = a.account_id AND m.stage = 'Won')
                       OR EXISTS (SELECT 1 FROM deals d WHERE d.account_id = a.account_id
                                  AND d.outcome = 'won'))
    FROM accounts a"""
    expected = facts["accounts"].get_backend().raw_sql(sql).fetchone()
    row = compute_measure("penetration", facts, AGREEMENT).rows[0]
    assert (row["accounts"], row["with_lead"], row["won"]) == expected

"""Retention by cohort and of revenue: small companies by hand, and SQL of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from onefunnel.facts.store import Facts, MissingFacts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.result import Result
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.purchases import purchases
from tests.library.measures.customers.bought import AGREEMENT, Order, facts_of
from tests.library.measures.random_facts import AGREEMENT as RANDOM
from tests.library.measures.random_facts import random_facts

START = datetime(2025, 1, 10)


def day(n: float) -> datetime:
    return START + timedelta(days=n)


def counted(result: Result, cohort: str = "all") -> list[tuple[object, object, object]]:
    return [(row["age"], row["bought"], row["n"]) for row in result.rows if row["cohort"] == cohort]


def test_ages_count_from_the_own_first_purchase_and_only_once_they_are_over() -> None:
    orders: list[Order] = [
        ("a", day(0), "10", None), ("a", day(30), "10", None), ("a", day(95), "10", None),
        ("b", day(5), "10", None), ("b", day(34.9), "10", None),  # not yet its second month
        ("c", day(50), "10", None), ("c", day(50), "10", None), ("c", day(111), "10", None),
        (None, day(1), "10", None),
    ]  # fmt: skip
    result = compute_measure("retention", facts_of(orders, data_at=day(125)), AGREEMENT)
    # a and b are followed for three whole months after their first, c for one
    assert counted(result) == [("1", 1, 3), ("2", 0, 2), ("3", 1, 2)]
    assert counted(result, "2025-01") == [("1", 1, 2), ("2", 0, 2), ("3", 1, 2)]
    assert counted(result, "2025-03") == [("1", 0, 1)]
    assert result.rows[0]["bought_share"] is None
    assert result.rows[0]["note"] == "too few to tell (n=3)"
    as_of_then = compute_measure(
        "retention", facts_of(orders, data_at=day(125)), AGREEMENT, Scope(as_of=day(64))
    )
    assert counted(as_of_then) == [("1", 1, 1)]  # b has only 59 days of its own


def test_a_won_deal_is_a_purchase_unless_an_order_is_its_invoice() -> None:
    orders: list[Order] = [("a", day(20), "90", None), ("b", day(200), "90", None)]
    deals: list[Order] = [("a", day(0), "100", None), ("b", day(0), "100", None),
                          ("c", day(3), "100", None)]  # fmt: skip
    facts = facts_of(orders, deals, data_at=day(300))
    found = records_of("retention", facts, AGREEMENT, Scope(by="month"), "n", {"age": "3"})
    firsts = {row["account_id"]: row["first_at"] for row in found.table.to_pyarrow().to_pylist()}
    assert firsts == {"a": day(20), "b": day(0), "c": day(3)}
    nothing = Facts({name: table for name, table in facts.tables.items() if name == "nothing"})
    with pytest.raises(MissingFacts):
        compute_measure("retention", nothing, AGREEMENT, Scope(as_of=day(300)))


def test_one_order_stands_for_one_deal_of_about_its_amount() -> None:
    """A spare part is no invoice of a machine, and one invoice not that of two machines."""
    orders: list[Order] = [("a", day(3), "50", "USD"), ("a", day(4), "95", "EUR"),
                           ("b", day(9), "70", "EUR")]  # fmt: skip
    deals: list[Order] = [("a", day(0), "100000", "EUR"), ("a", day(1), "100", "EUR"),
                          ("a", day(2), "90", "EUR"), ("b", day(1), "70", "USD")]  # fmt: skip
    bought = purchases(facts_of(orders, deals, data_at=day(300)), Scope()).to_pyarrow()
    assert sorted(bought["purchase_id"].to_pylist()) == [
        "deal_id0", "deal_id1", "deal_id3", "order_id0", "order_id1", "order_id2",
    ]  # fmt: skip


@pytest.mark.parametrize("by", ["month", "quarter", "year"])
def test_a_second_opinion_on_retention(by: str) -> None:
    facts = random_facts(11, leads=300)
    scope = Scope(by=by, as_of=datetime(2026, 6, 1))
    result = compute_measure("retention", facts, RANDOM, scope)
    days = {"month": 30, "quarter": 91, "year": 365}[by]
    sql = f"""
    WITH won AS (
        SELECT coalesce(d.account_id, l.account_id) AS who, d.closed_at AS moment, d.deal_id,
               d.amount
        FROM deals d LEFT JOIN leads l USING (lead_id) WHERE d.outcome = 'won'),
    near AS (
        SELECT deal_id, order_id, abs(epoch(o."at") - epoch(moment)) AS gap
        FROM won w JOIN orders o ON o.account_id = w.who
        WHERE gap <= 30 * 86400
        -- these orders say no currency
        AND coalesce(least(w.amount, o.amount) * 2 >= greatest(w.amount, o.amount)
                     OR w.amount IS NULL OR o.amount IS NULL, true)),
    nearest AS (SELECT deal_id, arg_min(order_id, (gap, order_id)) AS order_id, min(gap) AS gap
                FROM near GROUP BY deal_id),
    invoiced AS (SELECT arg_min(deal_id, (gap, deal_id)) AS deal_id FROM nearest GROUP BY order_id),
    every AS (
        SELECT account_id AS who, orders."at" AS moment FROM orders
        UNION ALL
        SELECT who, moment FROM won WHERE deal_id NOT IN (SELECT deal_id FROM invoiced)),
    known AS (SELECT * FROM every WHERE who IS NOT NULL AND moment <= TIMESTAMP '2026-06-01'),
    first AS (SELECT who, min(moment) AS first FROM known GROUP BY who),
    ages AS (SELECT who, first, unnest(range(1, 13)) AS age FROM first)
    SELECT age::VARCHAR, count(*) FILTER (WHERE EXISTS (
            SELECT 1 FROM known k WHERE k.who = a.who
            AND k.moment >= a.first + to_days((a.age * {days})::INT)
            AND k.moment < a.first + to_days(((a.age + 1) * {days})::INT))), count(*)
    FROM ages a WHERE a.first + to_days(((a.age + 1) * {days})::INT) <= TIMESTAMP '2026-06-01'
    GROUP BY age ORDER BY age
    """
    found = facts["orders"].get_backend().raw_sql(sql).fetchall()
    assert counted(result) == found or (by == "year" and not found and not result.rows)


def test_revenue_of_the_same_accounts_before_and_after_by_hand() -> None:
    before: list[Order] = [
        ("a", day(0), "100", "EUR"), ("b", day(1), "100", "EUR"), ("c", day(2), "100", "EUR"),
        ("d", day(3), "100", "EUR"), ("u", day(3), "500", "USD"), ("x", day(3), None, "EUR"),
    ]  # fmt: skip
    after: list[Order] = [
        ("a", day(40), "150", "EUR"), ("b", day(41), "20", "EUR"), ("b", day(42), "20", "EUR"),
        ("c", day(43), "100", "EUR"), ("new", day(44), "999", "EUR"), ("x", day(50), "5", "EUR"),
    ]  # fmt: skip
    facts = facts_of(before + after, data_at=day(90))
    scope = Scope(since=day(30), until=day(60))
    result = compute_measure("revenue_retention", facts, AGREEMENT, scope)
    row = result.rows[0]
    assert (row["worth"], row["currency"], row["n"], row["stayed"]) == ("amount", "EUR", 4, 3)
    told = [row[name] for name in ("before", "lost_amount", "less_amount", "more_amount", "after")]
    assert told == [Decimal(one) for one in ("400", "100", "60", "50", "290")]
    assert row["unpriced"] == 1
    assert row["nrr_share"] is None
    assert result.rows[1]["currency"] == "USD"  # never added to the others
    for figure in ("n", "stayed", "unpriced"):
        keys = {"worth": "amount", "currency": "EUR"}
        listed = records_of("revenue_retention", facts, AGREEMENT, scope, figure, keys).table
        assert listed.count().to_pyarrow().as_py() == row[figure]


def test_the_interval_of_revenue_retention_is_that_of_accounts_drawn_again() -> None:
    rng = np.random.default_rng(5)
    first, stays = rng.gamma(2.0, 100, 400), rng.random(400) < 0.7
    second = np.where(stays, first * rng.gamma(4.0, 0.22, 400), 0)
    orders: list[Order] = []
    for place in range(400):
        orders.append((f"a{place}", day(10), f"{first[place]:.2f}", "EUR"))
        if stays[place]:
            orders.append((f"a{place}", day(50), f"{second[place]:.2f}", "EUR"))
    facts = facts_of(orders, data_at=day(61))
    scope = Scope(since=day(31), until=day(61))
    row = compute_measure("revenue_retention", facts, AGREEMENT, scope).rows[0]
    drawn = rng.integers(0, 400, (4000, 400))
    for name, later in (("nrr", second), ("grr", np.minimum(first, second))):
        ratios = later[drawn].sum(1) / first[drawn].sum(1)
        low, high = np.quantile(ratios, (0.025, 0.975))
        assert row[f"{name}_share"] == pytest.approx(later.sum() / first.sum(), abs=1e-4)
        assert row[f"{name}_low"] == pytest.approx(low, abs=0.012)
        assert row[f"{name}_high"] == pytest.approx(high, abs=0.012)


def test_margins_that_are_often_missing_tell_no_share() -> None:
    orders: list[Order] = [(f"a{n}", day(m), None if n < 8 else "50", "EUR")
                           for n in range(60) for m in (2, 40)]  # fmt: skip
    facts = facts_of(orders, data_at=day(61))
    scope = Scope(since=day(31), until=day(61))
    amount, margin = compute_measure("revenue_retention", facts, AGREEMENT, scope).rows
    assert (amount["n"], amount["unpriced"], amount["nrr_share"]) == (52, 8, None)
    assert "too few with an amount to tell (n=52)" in str(amount["note"])
    assert "too few with a margin to tell (n=52)" in str(margin["note"])

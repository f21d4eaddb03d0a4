"""Customer value: customers drawn from the model itself, and CDNOW through the whole measure."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.result import Result
from onefunnel.measures.scope import Scope
from tests.library.measures.customers.bought import AGREEMENT, Order, facts_of

START = datetime(2024, 1, 1)
LOOKED_AT = 550
YEAR = 365
COMPANIES = int(os.environ.get("ONEFUNNEL_COMPANIES", "4"))


def drawn(seed: int, customers: int = 300, often: float = 1.0) -> list[Order]:
    """Purchases over 915 days: rates and chances to stay away differ by customer, as do amounts."""
    rng = np.random.default_rng(seed)
    orders: list[Order] = []
    for place in range(customers):
        rate, leaves = rng.gamma(0.8, often / 60), rng.beta(0.8, 2.5)
        usual = 1 / rng.gamma(4.0, 1 / 300.0)
        when, gone = float(rng.integers(0, 400)), False
        while when < LOOKED_AT + YEAR and not gone:
            amount = max(0.01, rng.gamma(6.0, usual / 6 * 1000 * 90))
            orders.append((f"c{place}", START + timedelta(days=int(when)), f"{amount:.2f}", "EUR"))
            gone = rng.random() < leaves and when > 0
            when += rng.exponential(1 / max(rate, 1e-9)) + 1
    return orders


def told(orders: list[Order], at: int = LOOKED_AT) -> Result:
    now = START + timedelta(days=at, hours=23)
    facts = facts_of(orders, data_at=START + timedelta(days=LOOKED_AT + YEAR))
    return compute_measure("customer_value", facts, AGREEMENT, Scope(as_of=now))


def came(orders: list[Order]) -> int:
    """Purchase days of the year after, of the customers who were there."""
    now = START + timedelta(days=LOOKED_AT, hours=23)
    known = {who for who, when, _, _ in orders if when <= now}
    later = {(who, when.date()) for who, when, _, _ in orders if now < when}
    return sum(who in known for who, _ in later)


@pytest.mark.slow
def test_what_is_expected_comes() -> None:
    inside = 0
    for seed in range(COMPANIES):
        orders = drawn(seed)
        row = told(orders).rows[0]
        inside += (
            float(str(row["expected_low"])) <= came(orders) <= float(str(row["expected_high"]))
        )
    assert inside >= 0.8 * COMPANIES


def test_the_tested_part_is_fitted_without_it() -> None:
    orders = drawn(1)
    row = told(orders).rows[0]
    first = min(when for _, when, _, _ in orders)
    kept = (LOOKED_AT - (first - START).days) // 3
    until = START + timedelta(days=LOOKED_AT - kept, hours=23)
    there = {who for who, when, _, _ in orders if when <= until}
    now = START + timedelta(days=LOOKED_AT, hours=23)
    later = {(who, when.date()) for who, when, _, _ in orders if until < when <= now}
    assert row["tested"] == sum(who in there for who, _ in later)
    assert float(str(row["tested_low"])) < float(str(row["tested_expected"]))
    facts = facts_of(orders, data_at=now)
    for figure in ("n", "again", "purchases", "tested"):
        listed = records_of("customer_value", facts, AGREEMENT, None, figure, {"currency": "EUR"})
        assert listed.table.count().to_pyarrow().as_py() == row[figure]


def test_few_customers_tell_nothing() -> None:
    row = told(drawn(2, customers=15)).rows[0]
    assert row["expected_purchases"] is row["new_worth"] is row["worth_each"] is None
    assert str(row["note"]).startswith("too few to tell")


def test_who_buys_more_often_and_larger_things_has_no_worth() -> None:
    rng = np.random.default_rng(3)
    orders: list[Order] = []
    for place in range(60):
        gap = int(rng.integers(10, 200))
        for when in range(int(rng.integers(0, 60)), LOOKED_AT, gap):
            day = START + timedelta(days=when)
            orders.append((f"c{place}", day, f"{20_000 / gap:.2f}", "EUR"))
    row = told(orders).rows[0]
    assert row["worth_each"] is None
    assert row["next_year"] is None
    assert "also buys larger things" in str(row["note"])


@pytest.mark.data
def test_cdnow_through_the_measure(exports: Path) -> None:
    """The sample of methods.md 7.5 and 7.9: 2,357 customers, 39 weeks, then 39 more."""
    orders: list[Order] = []
    for line in (exports / "cdnow" / "CDNOW_sample.txt").read_text().splitlines():
        if line.strip():
            _, who, when, _, amount = line.split()
            orders.append((who, datetime.strptime(when, "%Y%m%d"), amount, None))
    facts = facts_of(orders, data_at=datetime(1998, 6, 30, 23))
    scope = Scope(as_of=datetime(1997, 9, 30, 23))
    row = compute_measure("customer_value", facts, AGREEMENT, scope).rows[0]
    assert (row["n"], row["again"], row["purchases"]) == (2357, 946, 2457)
    assert float(str(row["worth_each"])) == pytest.approx(
        35.17 / 4, abs=0.01
    )  # a quarter is margin
    later = compute_measure("customer_value", facts, AGREEMENT, Scope()).rows[0]
    assert float(str(later["tested_low"])) < float(str(later["tested"]))
    assert float(str(later["tested"])) < float(str(later["tested_high"]))

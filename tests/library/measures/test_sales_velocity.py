"""Sales velocity counts the deals of one currency, and no unpriced ones of another."""

from datetime import datetime, timedelta

import ibis
import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.scope import Scope
from tests.library.measures.log_t import DAY_0, agreement_of, facts_of

NOW = DAY_0 + timedelta(days=60)
SCHEMA = {
    "deal_id": "string", "lead_id": "string", "opened_at": "timestamp", "closed_at": "timestamp",
    "outcome": "string", "amount": "decimal(18, 4)", "currency": "string",
}  # fmt: skip


def deal(number: int, amount: int | None, currency: str | None) -> dict[str, object]:
    closed: datetime = DAY_0 + timedelta(days=50)
    return {
        "deal_id": f"D{number}", "lead_id": "A", "opened_at": DAY_0, "closed_at": closed,
        "outcome": "won", "amount": amount, "currency": currency,
    }  # fmt: skip


def test_only_unpriced_deals_of_the_currency_or_of_none_are_in_it() -> None:
    facts = facts_of()
    rows = [
        deal(0, 100, "EUR"), deal(1, 200, "EUR"), deal(2, None, "EUR"), deal(3, None, None),
        deal(4, None, "USD"), deal(5, None, "USD"), deal(6, 70, None),
    ]  # fmt: skip
    made = ibis.memtable(rows, schema=ibis.schema(SCHEMA)).to_pyarrow()
    deals = facts["moves"].get_backend().create_table("deals", made)
    facts = Facts({**facts.tables, "deals": deals}, data_at=NOW)
    result = compute_measure("sales_velocity", facts, agreement_of(), Scope(as_of=NOW))
    now = result.rows[0]
    assert (now["currency"], now["deals"], now["won"], now["won_amount"]) == ("EUR", 4, 4, 300)
    assert now["average_deal"] == pytest.approx(150)
    assert "Deals in no stated currency, USD are not in it." in result.notes
    listed = records_of(
        "sales_velocity",
        facts,
        agreement_of(),
        Scope(as_of=NOW),
        "deals",
        {"period": now["period"]},
    )
    assert sorted(listed.table["deal_id"].to_pyarrow().to_pylist()) == ["D0", "D1", "D2", "D3"]

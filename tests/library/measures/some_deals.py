"""A few deals beside the log T, as a test needs them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa

from onefunnel.facts.store import Facts
from tests.library.measures.log_t import DAY_0, LOG, facts_of

NOW = DAY_0 + timedelta(days=60)
SCHEMA = {
    "deal_id": "string", "lead_id": "string", "opened_at": "timestamp", "closed_at": "timestamp",
    "outcome": "string", "amount": "decimal(18, 4)", "currency": "string",
}  # fmt: skip


def deal(
    number: int, amount: int | None, currency: str | None, outcome: str = "won", day: float = 50
) -> dict[str, Any]:
    closed: datetime = DAY_0 + timedelta(days=day)
    return {
        "deal_id": f"D{number}", "lead_id": "A", "opened_at": DAY_0, "closed_at": closed,
        "outcome": outcome, "amount": None if amount is None else Decimal(amount),
        "currency": currency,
    }  # fmt: skip


def with_deals(deals: list[dict[str, Any]], log: str = LOG, **columns: dict[str, str]) -> Facts:
    """The deals beside the leads of a log, as of day 60."""
    facts = facts_of(log, **columns)
    made = pa.Table.from_pylist(deals, schema=ibis.schema(SCHEMA).to_pyarrow())
    table = facts["moves"].get_backend().create_table("deals", made)
    return Facts({**facts.tables, "deals": table}, data_at=NOW)

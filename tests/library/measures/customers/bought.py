"""Facts made of purchases, for the tests of what customers do."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import ibis
import pyarrow as pa

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts

AGREEMENT = Agreement("Ours", stages=(Stage("Won", "won", when="stage = 'Won'"),))
MONEY = pa.decimal128(18, 4)
Order = tuple[str | None, datetime, str | None, str | None]


def facts_of(
    orders: list[Order], deals: list[Order] | None = None, *, data_at: datetime, **more: pa.Table
) -> Facts:
    """Orders and won deals as (account, time, amount, currency); margin is a quarter of it."""
    engine = ibis.duckdb.connect()
    tables = {"orders": _table(orders, "order_id", "at"), **more}
    if deals is not None:
        won = _table(deals, "deal_id", "closed_at")
        tables["deals"] = won.append_column("outcome", [["won"] * len(deals)])
    made = {name: engine.create_table(name, table) for name, table in tables.items()}
    return Facts(made, data_at=data_at)


def _table(rows: list[Order], key: str, at: str) -> pa.Table:
    amounts = [None if amount is None else Decimal(amount) for _, _, amount, _ in rows]
    return pa.table(
        {
            key: pa.array([f"{key}{place}" for place in range(len(rows))], pa.string()),
            "account_id": pa.array([account for account, _, _, _ in rows], pa.string()),
            at: pa.array([when for _, when, _, _ in rows], pa.timestamp("us")),
            "amount": pa.array(amounts, MONEY),
            "margin": pa.array([one and one / 4 for one in amounts], MONEY),
            "currency": pa.array([currency for _, _, _, currency in rows], pa.string()),
        }
    )

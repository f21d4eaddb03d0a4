"""What a customer brings in a month after it was won: the margin of its orders."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis
import numpy as np

from onefunnel.facts.store import Facts
from onefunnel.measures.steps.run import rows
from onefunnel.statistics.credit_rules import Floats

if TYPE_CHECKING:
    import ibis.expr.types as ir

DAYS_A_MONTH = 365.25 / 12


def margin_and_months(
    facts: Facts, decided: ir.Table, as_of: datetime | None, size: int
) -> tuple[Floats, Floats] | None:
    """By opportunity, the margin of its account's orders since the win and the months since then.

    Orders of another currency than the opportunity and those whose margin is not known are left
    out; a customer without an order counts with its months. None where no order has a margin.
    """
    if "orders" not in facts or as_of is None or "margin" not in facts["orders"].columns:
        return None
    orders = facts["orders"].filter(lambda t: t["margin"].notnull() & (t["at"] <= as_of))
    currency = orders["currency"].fill_null("") if "currency" in orders.columns else ""
    orders = orders.select(_of="account_id", _at="at", _currency=currency, _margin="margin")
    won = decided.filter(decided["is_won"] & decided["ended_at"].notnull())
    won = won.filter(won["account_id"].notnull())
    after = won.join(
        orders,
        [
            won["account_id"] == orders["_of"],
            won["currency"] == orders["_currency"],
            orders["_at"] > won["ended_at"],
        ],
    )
    brought = after.group_by("journey").agg(brought=after["_margin"].sum().cast("float64"))
    seconds = ibis.literal(as_of, "timestamp").delta(won["ended_at"], unit="second")
    followed = won.select("journey", seconds=seconds).left_join(brought, "journey")
    found = rows(followed.select("journey", "seconds", "brought"))
    if not any(row["brought"] for row in found):
        return None
    margin, months = np.zeros(size), np.zeros(size)
    for row in found:
        margin[row["journey"]] = row["brought"] or 0.0
        months[row["journey"]] = max(row["seconds"], 0) / 86_400 / DAYS_A_MONTH
    return margin, months

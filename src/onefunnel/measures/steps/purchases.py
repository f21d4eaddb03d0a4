"""What customers bought, and when: orders, and won deals that no order stands for."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis

from onefunnel.facts.store import Facts, MissingFacts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import matching
from onefunnel.measures.steps.deals import deals_of
from onefunnel.measures.steps.run import rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

WON_DEAL = "won deal"
#: An order of the account so near to a won deal, of about its amount, is the invoice of that deal
#: and not another purchase.
INVOICE_DAYS = 30
#: About its amount is no less than this part of the larger of the two.
_ALIKE = Decimal("0.5")

NOTE = (
    "A purchase is an order, or a won deal of the account that no order stands for: one of about "
    f"the same amount within {INVOICE_DAYS} days. Who bought before the data begin counts from the "
    "first purchase in them."
)


def purchases(facts: Facts, scope: Scope) -> ir.Table:
    """Every dated purchase of an account until the moment of looking, whatever the period.

    With `where`: of accounts that have a lead which meets it.

    Returns:
        purchase_id, account_id, at, kind (of the order, "" where not said, or "won deal"), amount,
        margin (NULL where not known), currency ("" where not said).

    Raises:
        MissingFacts: neither orders nor deals.
    """
    parts = []
    if "orders" in facts:
        parts.append(_orders(facts))
    if "deals" in facts:
        won = _won(facts)
        parts.append(_without_order(won, parts[0]) if parts else won)
    if not parts:
        raise MissingFacts("orders")
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    every = every.filter(every["account_id"].notnull() & every["at"].notnull())
    if scope.as_of is not None:
        every = every.filter(every["at"] <= scope.as_of)
    if scope.where and scope.where.strip():
        if "leads" not in facts or "account_id" not in facts["leads"].columns:
            raise MissingFacts("leads")
        every = every.semi_join(matching(facts["leads"], facts, scope.where), "account_id")
    return every


def customers(bought: ir.Table, scope: Scope) -> ir.Table:
    """One row per account that bought: account_id and first_at, which lies in the period."""
    first = bought.group_by("account_id").agg(first_at=bought["at"].min())
    if scope.since is not None:
        first = first.filter(first["first_at"] >= scope.since)
    if scope.until is not None:
        first = first.filter(first["first_at"] < scope.until)
    return first


def history_days(bought: ir.Table, as_of: datetime | None) -> float:
    """How many days lie between the first purchase of all and the moment of looking."""
    first = rows(bought.agg(first=bought["at"].min()))[0]["first"]
    return (as_of - first).total_seconds() / 86_400 if first and as_of else 0.0


def _orders(facts: Facts) -> ir.Table:
    orders = facts["orders"]
    return orders.select(
        purchase_id="order_id",
        account_id=_or_null(orders, "account_id", "string"),
        at=_or_null(orders, "at", "timestamp").cast("timestamp"),
        kind=_or_null(orders, "kind", "string").fill_null(""),
        amount=_or_null(orders, "amount", "decimal(18, 4)"),
        margin=_or_null(orders, "margin", "decimal(18, 4)"),
        currency=_or_null(orders, "currency", "string").fill_null(""),
    )


def _won(facts: Facts) -> ir.Table:
    deals = deals_of(facts, Scope())
    if "leads" in facts and "account_id" in facts["leads"].columns:
        leads = facts["leads"].select(_of="lead_id", _account="account_id")
        deals = deals.left_join(leads, deals["lead_id"] == leads["_of"])
        deals = deals.mutate(account_id=deals["account_id"].coalesce(deals["_account"]))
    won = deals.filter(deals["outcome"] == "won")
    return won.select(
        "account_id", "amount", "margin", "currency",
        purchase_id="deal_id", at=won["closed_at"].cast("timestamp"), kind=ibis.literal(WON_DEAL),
    ).select("purchase_id", "account_id", "at", "kind", "amount", "margin", "currency")  # fmt: skip


def _without_order(won: ir.Table, orders: ir.Table) -> ir.Table:
    """The won deals without those that an order stands for: the nearest one of the account in the
    same currency and of about the amount, as far as these are known; one order for one deal."""
    near = orders.select(
        _account="account_id",
        _at="at",
        _order="purchase_id",
        _amount="amount",
        _currency="currency",
    )
    span = ibis.interval(days=INVOICE_DAYS)
    pairs = won.join(
        near,
        [
            won["account_id"] == near["_account"],
            near["_at"] >= won["at"] - span,
            near["_at"] <= won["at"] + span,
        ],
    )
    both = pairs["currency"], pairs["_currency"]
    is_same = (both[0] == both[1]) | (both[0] == "") | (both[1] == "")
    small, large = (
        extreme(pairs["amount"], pairs["_amount"]) for extreme in (ibis.least, ibis.greatest)
    )
    is_priced = pairs["amount"].notnull() & pairs["_amount"].notnull()
    pairs = pairs.filter(is_same & (~is_priced | (small >= large * _ALIKE)))
    pairs = pairs.mutate(_apart=pairs["_at"].delta(pairs["at"], unit="second").abs())
    for one, other in (("purchase_id", "_order"), ("_order", "purchase_id")):
        order = [pairs["_apart"], pairs[other]]
        place = ibis.row_number().over(ibis.window(group_by=one, order_by=order))
        pairs = pairs.mutate(_place=place)
        pairs = pairs.filter(pairs["_place"] == 0).drop("_place")
    return won.anti_join(pairs, "purchase_id")


def _or_null(table: ir.Table, column: str, kind: str) -> ir.Value:
    return table[column].cast(kind) if column in table.columns else ibis.null(kind)

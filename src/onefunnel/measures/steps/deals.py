"""The deals a question is about, as of the moment asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import in_period, matching
from onefunnel.measures.steps.groups import NONE, PERIODS, attributes, group_value

if TYPE_CHECKING:
    import ibis.expr.types as ir

_TYPES = {
    "lead_id": "string", "account_id": "string", "opened_at": "timestamp", "closed_at": "timestamp",
    "outcome": "string", "amount": "decimal(18, 4)", "margin": "decimal(18, 4)",
    "currency": "string",
}  # fmt: skip


def deals_of(facts: Facts, scope: Scope) -> ir.Table:
    """The deals whose leads meet `where` and that were open or closed in the period, as of then.

    A deal closed after `as_of` was still open then, and one opened after it was not there. A period
    selects closed deals by when they closed and open ones by when they were opened; a deal without
    that date is in only where no period is asked for. A deal without a lead meets no `where`.

    Returns:
        deal_id, lead_id, account_id, opened_at, closed_at, outcome (open, won or lost), amount and
        margin (NULL where not known), currency ("" where not said), and `group` where `by` is set:
        a column of the deal itself, else of its lead or the lead's account.
    """
    table = facts["deals"]
    missing = {
        name: ibis.null(type_) for name, type_ in _TYPES.items() if name not in table.columns
    }
    deals = table.mutate(**missing)
    deals = deals.mutate(
        currency=deals["currency"].fill_null(""),
        outcome=deals["outcome"].fill_null("open"),
        amount=deals["amount"].cast("decimal(18, 4)"),
        margin=deals["margin"].cast("decimal(18, 4)"),
    )
    if scope.as_of is not None:
        deals = deals.filter(deals["opened_at"].isnull() | (deals["opened_at"] <= scope.as_of))
        is_later = (deals["closed_at"] > scope.as_of).fill_null(False)
        deals = deals.mutate(
            outcome=ibis.ifelse(is_later, "open", deals["outcome"]),
            closed_at=ibis.ifelse(is_later, None, deals["closed_at"]),
        )
    deals = deals.mutate(
        _at=ibis.ifelse(deals["outcome"] == "open", deals["opened_at"], deals["closed_at"])
    )
    deals = matching(in_period(deals, scope, "_at"), facts, scope.where)
    columns = ["deal_id", *_TYPES]
    if scope.by is None:
        return deals.select(columns)
    return _grouped(deals, facts, scope.by, scope).select(*columns, "group")


def _grouped(deals: ir.Table, facts: Facts, by: str, calendar: Scope) -> ir.Table:
    if by in deals.columns or by in PERIODS:
        zone, starts = calendar.zone, calendar.fiscal_year_starts
        group = group_value(deals, by, "_at", zone=zone, fiscal_year_starts=starts)
        return deals.mutate(group=group)
    column = by.removeprefix("accounts.")
    if "leads" in facts and by in facts["leads"].columns:
        described, key = attributes(facts, [by]), "lead_id"
    elif "accounts" in facts and column in facts["accounts"].columns:
        deals, described, key = _with_account(deals, facts), facts["accounts"], "account_id"
    else:
        described, key, column = attributes(facts, [by]), "lead_id", by
    described = described.select(_of=key, group=group_value(described, column, ""))
    joined = deals.left_join(described, deals[key] == described["_of"]).drop("_of")
    return joined.mutate(group=joined["group"].fill_null(NONE))


def _with_account(deals: ir.Table, facts: Facts) -> ir.Table:
    """The deal's account: its own, else its lead's."""
    if "leads" not in facts or "account_id" not in facts["leads"].columns:
        return deals
    leads = facts["leads"].select(_of="lead_id", _account="account_id")
    joined = deals.left_join(leads, deals["lead_id"] == leads["_of"])
    account = joined["account_id"].coalesce(joined["_account"])
    return joined.mutate(account_id=account).drop("_of", "_account")

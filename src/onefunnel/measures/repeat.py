"""Repeat: how many of the companies we reach become customers, and come back?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import matching
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import rate
from onefunnel.measures.words import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = ("step", "accounts", "with_lead", "share_of_leads", "low", "high", "n", "note")
FIGURES = ("accounts", "with_lead", "n")
STEPS = {
    "touched": "was touched by marketing or sales",
    "became a lead": "has a lead",
    "won": "has a won deal",
    "ordered": "has an order",
    "ordered again": "has ordered on two or more days",
}


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per step, from the first touch to the repeat order, counted in accounts.

    accounts: accounts that did this, whatever else they did; with_lead: those of them that have a
    lead; share_of_leads: with_lead of all accounts with a lead, with its 95 % interval. With a
    period: accounts whose first sign of life (touch, lead, deal or order) lies in it; with `where`:
    those that have a lead which meets it. Rows without an account are not counted.
    """
    accounts = _accounts(facts, scope)
    count = {f"s{i}": accounts[name] for i, name in enumerate(_columns())}
    both = {f"b{i}": accounts[name] & accounts["is_lead"] for i, name in enumerate(_columns())}
    found = rows(
        accounts.agg(
            **{name: accounts.count(where=flag) for name, flag in (count | both).items()},
        )
    )[0]
    leads = found["s1"]
    result = tuple(
        _row(step, found[f"s{i}"], found[f"b{i}"], leads) for i, step in enumerate(STEPS)
    )
    return Figures(
        columns=COLUMNS,
        rows=result,
        sentence=_sentence(result),
        notes=(
            "Counted in accounts. An account is counted at each step it took, also where an "
            "earlier one is not recorded; shares are of the accounts with a lead.",
        ),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The accounts behind one count."""
    steps = list(STEPS)
    if figure not in FIGURES or (figure != "n" and row.get("step") not in steps):
        raise UnknownFigure("repeat", figure, FIGURES)
    accounts = _accounts(facts, scope)
    if figure == "n":
        return Records(accounts.filter(accounts["is_lead"]))
    chosen = accounts[_columns()[steps.index(row["step"])]]
    return Records(
        accounts.filter(chosen & accounts["is_lead"] if figure == "with_lead" else chosen)
    )


def _columns() -> tuple[str, ...]:
    return ("is_touched", "is_lead", "is_won", "is_ordered", "is_repeat")


def _accounts(facts: Facts, scope: Scope) -> ir.Table:
    """One row per account: what it did up to the moment of looking, and its first sign of life."""
    signs = [
        _signs(facts, table, at, kind)
        for table, at, kind in (
            ("touches", "at", "touch"), ("leads", "created_at", "lead"),
            ("deals", "closed_at", "won"), ("orders", "at", "order"),
        )
        if table in facts
    ]  # fmt: skip
    every = ibis.union(*signs) if len(signs) > 1 else signs[0]
    if scope.as_of is not None:
        every = every.filter(every["at"].isnull() | (every["at"] <= scope.as_of))
    kind = every["kind"]
    per_account = every.group_by("account_id").agg(
        first_at=every["at"].min(),
        is_touched=(kind == "touch").any(),
        is_lead=(kind == "lead").any(),
        is_won=(kind == "won").any(),
        is_ordered=(kind == "order").any(),
        order_days=every["at"].date().nunique(where=kind == "order"),
    )
    per_account = per_account.mutate(is_repeat=per_account["order_days"] > 1)
    if scope.since is not None:
        per_account = per_account.filter(per_account["first_at"] >= scope.since)
    if scope.until is not None:
        per_account = per_account.filter(per_account["first_at"] < scope.until)
    if scope.where and scope.where.strip() and "account_id" in facts["leads"].columns:
        per_account = per_account.semi_join(
            matching(facts["leads"], facts, scope.where), "account_id"
        )
    return per_account


def _signs(facts: Facts, table: str, at: str, kind: str) -> ir.Table:
    rows_ = facts[table]
    if kind == "won":
        rows_ = rows_.filter(rows_["outcome"] == "won")
    own = rows_["account_id"] if "account_id" in rows_.columns else ibis.null("string")
    when = rows_[at].cast("timestamp(6)") if at in rows_.columns else ibis.null("timestamp(6)")
    signs = rows_.select(
        account_id=own,
        lead_id=rows_["lead_id"] if "lead_id" in rows_.columns else ibis.null("string"),
        at=when,
        kind=ibis.literal(kind),
    )
    if "leads" in facts and "account_id" in facts["leads"].columns and table != "leads":
        leads = facts["leads"].select(_of="lead_id", _account="account_id")
        joined = signs.left_join(leads, signs["lead_id"] == leads["_of"])
        signs = joined.mutate(account_id=joined["account_id"].coalesce(joined["_account"]))
    return signs.filter(signs["account_id"].notnull()).select("account_id", "at", "kind")


def _row(step: str, accounts: int, of_leads: int, leads: int) -> dict[str, Any]:
    found = rate(of_leads, leads)
    return {
        "step": step,
        "accounts": accounts,
        "with_lead": of_leads,
        "share_of_leads": found.share,
        "low": found.interval.low,
        "high": found.interval.high,
        "n": leads,
        "note": found.note,
    }


def _sentence(result: tuple[dict[str, Any], ...]) -> str:
    lead, won, again = result[1], result[2], result[4]
    share = again["share_of_leads"]
    tail = f" ({percent(share, 1)})" if share is not None else ""
    return (
        f"Of {lead['accounts']:,} accounts with a lead, {won['with_lead']:,} were won and "
        f"{again['with_lead']:,} have ordered more than once{tail}."
    )

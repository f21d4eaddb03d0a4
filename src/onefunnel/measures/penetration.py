"""Penetration: how many accounts of a market have we won?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.table_columns import columns_of
from onefunnel.facts.store import Facts, MissingFacts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import matching
from onefunnel.measures.steps.journeys import journeys
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import rate
from onefunnel.measures.words import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = ("accounts", "with_lead", "won", "penetration_share", "low", "high", "n", "note")
FIGURES = ("accounts", "with_lead", "won", "n")


@dataclass(frozen=True)
class Reached:
    """A market: its accounts, those of them that were won, and how many leads won them."""

    accounts: int
    won: int
    wins: int

    @property
    def anew_share(self) -> float | None:
        """Of won leads, the share that won an account that had not been won."""
        return min(1.0, self.won / self.wins) if self.wins else None


def reached_of(facts: Facts, agreement: Agreement, scope: Scope) -> Reached:
    """How far a market is reached. Raises MissingFacts where there is no list of accounts."""
    market = _market(facts, agreement, scope)
    found = rows(
        market.agg(
            accounts=market.count(),
            won=market.count(where=market["is_won"]),
            wins=market["wins"].sum().fill_null(0),
        )
    )[0]
    return Reached(int(found["accounts"]), int(found["won"]), int(found["wins"]))


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row for the whole market.

    accounts: in the list of accounts (and meeting `where`), customers or not; with_lead: those with
    a lead; won: those with a lead that was won, or with a won deal; penetration_share: won of all,
    with its 95 % interval.
    """
    market = _market(facts, agreement, scope)
    counted = rows(
        market.agg(
            accounts=market.count(),
            with_lead=market.count(where=market["has_lead"]),
            won=market.count(where=market["is_won"]),
        )
    )[0]
    share = rate(counted["won"], counted["accounts"])
    is_known = share.share is not None
    return Figures(
        columns=COLUMNS,
        rows=(
            {name: int(counted[name]) for name in ("accounts", "with_lead", "won")}
            | {"penetration_share": share.share, "low": share.interval.low if is_known else None}
            | {"high": share.interval.high if is_known else None}
            | {"n": share.n, "note": share.note},
        ),
        sentence=_sentence(counted),
        notes=(_note(facts, scope),),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The accounts behind one count."""
    market = _market(facts, agreement, scope)
    if figure not in FIGURES:
        raise UnknownFigure("penetration", figure, FIGURES)
    flag = {"with_lead": "has_lead", "won": "is_won"}.get(figure)
    return Records((market.filter(market[flag]) if flag else market).select("account_id"))


def _market(facts: Facts, agreement: Agreement, scope: Scope) -> ir.Table:
    """One row per account that is asked for: has_lead, is_won, wins (leads), and its group."""
    accounts = _listed(facts, scope)
    won = Path(agreement).won
    leads = journeys(facts, agreement, scope.as_of).select("lead_id", "furthest")
    owned = facts["leads"].select(_lead="lead_id", _account="account_id")
    leads = leads.inner_join(owned, leads["lead_id"] == owned["_lead"])
    is_won = (leads["furthest"] >= won).fill_null(False)
    per_account = leads.group_by("_account").agg(wins=leads.count(where=is_won), _n=leads.count())
    found = accounts.left_join(per_account, accounts["account_id"] == per_account["_account"])
    found = found.mutate(has_lead=found["_n"].notnull(), wins=found["wins"].fill_null(0))
    sold = _with_won_deal(facts, scope)
    if sold is not None:
        found = found.left_join(sold, found["account_id"] == sold["_buyer"])
        has_deal = found["_buyer"].notnull()
    else:
        has_deal = ibis.literal(False)
    return found.mutate(is_won=(found["wins"] > 0) | has_deal).select(
        "account_id", "has_lead", "is_won", "wins"
    )


def _listed(facts: Facts, scope: Scope) -> ir.Table:
    """The accounts that meet `where`: by their own columns, else by those of their leads."""
    if "accounts" not in facts:
        raise MissingFacts("accounts")
    if "leads" not in facts or "account_id" not in facts["leads"].columns:
        raise MissingFacts("leads")
    accounts = facts["accounts"]
    if _is_own(facts, scope):
        accounts = accounts.filter(parse(scope.where or "", columns_of(accounts)).filter(accounts))
    elif scope.where and scope.where.strip():
        accounts = accounts.semi_join(matching(facts["leads"], facts, scope.where), "account_id")
    return accounts.select("account_id").distinct()


def _is_own(facts: Facts, scope: Scope) -> bool:
    """Whether the accounts' own columns can answer `where`."""
    if not scope.where or not scope.where.strip():
        return False
    every = columns_of(*(facts[name] for name in ("leads", "accounts") if name in facts))
    return parse(scope.where, every).columns <= set(facts["accounts"].columns)


def _with_won_deal(facts: Facts, scope: Scope) -> ir.Table | None:
    if "deals" not in facts or "account_id" not in facts["deals"].columns:
        return None
    deals = facts["deals"]
    is_won = deals["outcome"] == "won"
    if scope.as_of is not None and "closed_at" in deals.columns:
        is_won = is_won & (deals["closed_at"].isnull() | (deals["closed_at"] <= scope.as_of))
    return deals.filter(is_won.fill_null(False)).select(_buyer="account_id").distinct()


def _sentence(totals: Mapping[str, int]) -> str:
    n, won = totals["accounts"], totals["won"]
    if not n:
        return "The list of accounts has none of these."
    share = rate(won, n).share
    told = f" ({percent(share, 1)})" if share is not None else ""
    return f"{won:,} of {n:,} accounts are won{told}; {totals['with_lead']:,} have a lead."


def _note(facts: Facts, scope: Scope) -> str:
    if scope.where and scope.where.strip() and not _is_own(facts, scope):
        return (
            "The accounts themselves lack what the definition asks for, so accounts without a lead "
            "are left out: the market is larger than it seems here."
        )
    return "Accounts are those of the list of accounts, whether anybody spoke to them or not."

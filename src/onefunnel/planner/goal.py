"""What does an objective ask for in wins: as such, as money, or as a share of a market?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts, MissingFacts
from onefunnel.measures.penetration import Reached, reached_of
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.deals import deals_of
from onefunnel.measures.steps.run import rows
from onefunnel.planner.objective import Objective
from onefunnel.planner.worth import NoWorth, Worth, worth_of


@dataclass(frozen=True)
class Goal:
    """The wins asked for, or the money with what a win is worth; of a share of a market also how
    far it is reached: the market and the part of past wins that won an account anew."""

    wins: float | Worth
    market: Reached | None = None


def goal_of(
    facts: Facts, agreement: Agreement, objective: Objective, *, as_of: datetime,
    since: datetime | None = None,
) -> Goal:  # fmt: skip
    """What the objective takes in wins.

    Args:
        as_of: The moment of looking.
        since: Deals won before say nothing of what a win is worth now.

    Raises:
        NoWorth: too few won deals have the figure in that currency.
        MissingFacts: there are no deals, or no list of accounts for a share of a market.
    """
    scope = Scope(where=objective.where or None, as_of=as_of)
    if objective.won is not None:
        return Goal(float(objective.won))
    if objective.share is not None:
        market = reached_of(facts, agreement, scope)
        return Goal(_wins_of(market, objective.share), market)
    target, column = (
        (objective.margin, "margin") if objective.margin is not None
        else (objective.revenue, "amount")
    )  # fmt: skip
    assert target is not None, "checked: an objective asks for one thing"
    if "deals" not in facts:
        raise MissingFacts("deals")
    won = deals_of(facts, Scope(where=scope.where, as_of=as_of, since=since))
    won = won.filter((won["outcome"] == "won") & won["lead_id"].notnull())
    fits = won[column].notnull() & (won["currency"] == objective.currency)
    counted = won.group_by("lead_id").agg(worth=won[column].sum(where=fits), is_known=fits.all())
    found = rows(counted)
    known = [Decimal(row["worth"]) for row in found if row["is_known"]]
    return Goal(worth_of(target, known, len(found)))


def _wins_of(market: Reached, share: float) -> float:
    """Wins that are lacking; some of them win an account that was won before, and do not count."""
    if not market.accounts:
        raise NoWorth("the list of accounts has none in this segment: bring in the accounts")
    lacking = max(share * market.accounts - market.won, 0.0)
    return lacking / market.anew_share if market.anew_share else lacking

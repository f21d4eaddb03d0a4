"""What does an objective ask for in wins: as such, as money, or as a share of a market?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts, MissingFacts
from onefunnel.measures.penetration import Reached, reached_of
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import matching
from onefunnel.measures.steps.deals import deals_of
from onefunnel.measures.steps.journeys import journeys
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.reached import with_reached
from onefunnel.measures.steps.run import rows
from onefunnel.planner.objective import Objective
from onefunnel.planner.worth import NoWorth, Worth, worth_of


@dataclass(frozen=True)
class Goal:
    """The wins asked for, or the money with what a win is worth; of a share of a market also how
    far it is reached: the market and the part of past wins that won an account anew.
    `done` is what was reached since the objective counts, wins or money: it is taken off already.
    """

    wins: float | Worth
    market: Reached | None = None
    done: int | Decimal = 0


def goal_of(
    facts: Facts, agreement: Agreement, objective: Objective, *, as_of: datetime,
    since: datetime | None = None, counts_from: datetime | None = None,
) -> Goal:  # fmt: skip
    """What the objective still takes in wins.

    Args:
        as_of: The moment of looking.
        since: Deals won before say nothing of what a win is worth now.
        counts_from: From when on wins count for the objective, so that those up to `as_of` are
            no longer lacking; None: from `as_of` on.

    Raises:
        NoWorth: too few won deals have the figure in that currency.
        MissingFacts: there are no deals, or no list of accounts for a share of a market.
    """
    scope = Scope(where=objective.where or None, as_of=as_of)
    if objective.won is not None:
        done = _won_since(facts, agreement, scope, counts_from)
        return Goal(float(max(objective.won - done, 0)), done=done)
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
    earned = _earned_since(facts, scope, counts_from, column, objective.currency)
    if earned >= target:
        return Goal(0.0, done=earned)
    return Goal(worth_of(target - earned, known, len(found)), done=earned)


def _won_since(
    facts: Facts, agreement: Agreement, scope: Scope, counts_from: datetime | None
) -> int:
    """Leads that were won from then on."""
    if counts_from is None:
        return 0
    path = Path(agreement)
    leads = with_reached(journeys(facts, agreement, scope.as_of), path)
    leads = matching(leads.filter(leads["furthest"] >= path.won), facts, scope.where)
    since = leads[f"reached_{path.won}"] >= counts_from
    return int(rows(leads.agg(n=leads.count(where=since)))[0]["n"])


def _earned_since(
    facts: Facts, scope: Scope, counts_from: datetime | None, column: str, currency: str
) -> Decimal:
    """The money of deals that were won from then on, where it is known."""
    if counts_from is None:
        return Decimal(0)
    deals = deals_of(facts, Scope(where=scope.where, as_of=scope.as_of, since=counts_from))
    won = deals.filter((deals["outcome"] == "won") & (deals["currency"] == currency))
    return Decimal(rows(won.agg(total=won[column].sum()))[0]["total"] or 0)


def _wins_of(market: Reached, share: float) -> float:
    """Wins that are lacking; some of them win an account that was won before, and do not count."""
    if not market.accounts:
        raise NoWorth("the list of accounts has none in this segment: bring in the accounts")
    lacking = max(share * market.accounts - market.won, 0.0)
    return lacking / market.anew_share if market.anew_share else lacking

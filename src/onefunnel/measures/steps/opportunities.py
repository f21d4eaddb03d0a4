"""What was decided for or against us, and which touches came before it: account x opportunity."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts, MissingFacts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import in_period, matching
from onefunnel.measures.steps.deals import deals_of
from onefunnel.measures.steps.groups import NONE
from onefunnel.measures.steps.journeys import journeys

if TYPE_CHECKING:
    import ibis.expr.types as ir

_COLUMNS = ("deal_id", "lead_id", "key", "account_id", "created_at", "opened_at", "ended_at",
            "is_won", "margin", "currency")  # fmt: skip


def opportunities(facts: Facts, agreement: Agreement, scope: Scope) -> ir.Table:
    """One row per opportunity that was decided: won and lost deals, and leads lost without a deal.

    Where facts have no deals, the leads that the funnel won stand for them. A period selects by
    the day of the decision. An opportunity belongs to its account; without one to its lead.

    Returns:
        deal_id, lead_id (NULL where there is none), key (of the account or lead whose touches
        count), account_id, created_at (of its lead, else the account's first), opened_at,
        ended_at, is_won, margin (NULL where not known), currency ("" where not said), and
        `journey`, its number from 0 in the order in which they ended.
    """
    has_moves = "moves" in facts or facts.journeys is not None
    if "deals" not in facts:
        return _described(ended_leads(facts, agreement, scope), facts)
    deals = _closed_deals(facts, scope)
    if not has_moves:
        return _described(deals, facts)
    with_deal = facts["deals"].filter(lambda t: t["lead_id"].notnull()).select("lead_id")
    leads = ended_leads(facts, agreement, scope).anti_join(with_deal, "lead_id")
    return _described(deals.union(leads.filter(~leads["is_won"])), facts)


def won_opportunities(facts: Facts, agreement: Agreement, scope: Scope) -> ir.Table:
    """Those of the opportunities that were won, numbered among themselves."""
    of_deals = "deals" in facts
    every = _closed_deals(facts, scope) if of_deals else ended_leads(facts, agreement, scope)
    return _described(every.filter(every["is_won"]), facts)


def _described(made: ir.Table, facts: Facts) -> ir.Table:
    """With the account whose touches count, the day its lead was created, and its number."""
    of_leads = _account_of_leads(facts)
    made = made.left_join(of_leads, made["lead_id"] == of_leads["_of"])
    made = made.mutate(account_id=made["account_id"].coalesce(made["_account"]))
    made = _created(made.mutate(key=_key(made)), facts)
    order = [made[name] for name in ("ended_at", "key", "deal_id", "lead_id")]
    return made.select(*_COLUMNS, journey=ibis.row_number().over(ibis.window(order_by=order)))


def touches_before(facts: Facts, decided: ir.Table, by: str, window_days: int) -> ir.Table:
    """The touches of each opportunity's account in the days before it was decided.

    A time without a clock (midnight) stands for its whole day. Touches of one moment stand in the
    order of their group, so that what they are called decides nothing.

    Returns the columns of `opportunities` and: touch_id, at, group (the touch's `by`), age_us
    (microseconds before the decision), is_before_created, is_before_opened; one row per opportunity
    and touch.
    """
    touches = facts["touches"]
    needed = {"lead_id": "string", "account_id": "string", "at": "timestamp"}
    missing = {n: ibis.null(t) for n, t in needed.items() if n not in touches.columns}
    of_leads = _account_of_leads(facts)
    touches = touches.mutate(**missing).filter(lambda t: t["at"].notnull())
    touches = touches.left_join(of_leads, touches["lead_id"] == of_leads["_of"])
    touches = touches.mutate(account_id=touches["account_id"].coalesce(touches["_account"]))
    text = touches[by].cast("string").strip().nullif("").fill_null(NONE)
    known = touches.select("touch_id", "at", group=text, _key=_key(touches))
    joined = decided.join(known, decided["key"] == known["_key"]).drop("_key")
    ended, at = _whole_day(joined["ended_at"]), joined["at"]
    joined = joined.filter((at <= ended) & (at >= joined["ended_at"] - _days(window_days)))
    return joined.mutate(
        age_us=_whole_day(joined["ended_at"]).delta(joined["at"], unit="microsecond"),
        is_before_created=(joined["at"] <= _whole_day(joined["created_at"])).fill_null(False),
        is_before_opened=(joined["at"] <= _whole_day(joined["opened_at"])).fill_null(False),
    )


def in_order(before: ir.Table) -> list[ir.Value]:
    """How the touches of one opportunity stand one after another."""
    return [before[name] for name in ("at", "group", "touch_id")]


def _closed_deals(facts: Facts, scope: Scope) -> ir.Table:
    deals = deals_of(facts, replace(scope, by=None))
    deals = deals.filter(deals["outcome"] != "open")
    return deals.select(
        "deal_id", "lead_id", "account_id", "opened_at", "margin", "currency",
        ended_at="closed_at", is_won=deals["outcome"] == "won",
    )  # fmt: skip


def ended_leads(facts: Facts, agreement: Agreement, scope: Scope) -> ir.Table:
    """The leads that the funnel won or lost, in the shape of deals."""
    if "moves" not in facts and facts.journeys is None:
        raise MissingFacts("deals")
    leads = journeys(facts, agreement, scope.as_of)
    leads = in_period(leads.filter(leads["outcome"] != "open"), scope, "outcome_at")
    leads = matching(leads, facts, scope.where)
    return leads.select(
        deal_id=ibis.null("string"),
        lead_id="lead_id",
        account_id=ibis.null("string"),
        opened_at=ibis.null("timestamp(6)"),
        margin=ibis.null("decimal(18, 4)"),
        currency=ibis.literal(""),
        ended_at="outcome_at",
        is_won=leads["outcome"] == "won",
    )


def _account_of_leads(facts: Facts) -> ir.Table:
    """The account of each lead that has one: its own, else the one that its deals name, else the
    one that its touches name. Where they name several, none of them is taken."""
    parts = []
    for place, table in enumerate(("leads", "deals", "touches")):
        if table in facts and {"lead_id", "account_id"} <= set(facts[table].columns):
            rows = facts[table]
            rows = rows.filter(rows["lead_id"].notnull() & rows["account_id"].notnull())
            first = ibis.literal(str(place)) + rows["account_id"]
            named = rows.group_by(_of="lead_id").agg(
                _first=first.min(), _named=rows["account_id"].nunique()
            )
            parts.append(named.filter(named["_named"] == 1).drop("_named"))
    if not parts:
        none = ibis.null("string")
        return facts["touches"].select(_of=none, _account=none).limit(0)
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    best = every.group_by("_of").agg(_first=every["_first"].min())
    return best.select("_of", _account=best["_first"].substr(1))


def _key(rows: ir.Table) -> ir.Value:
    own = ibis.literal("account ") + rows["account_id"]
    return own.coalesce(ibis.literal("lead ") + rows["lead_id"])


def _created(made: ir.Table, facts: Facts) -> ir.Table:
    """With the day its lead was created; where it names no lead, the account's first one was."""
    if "leads" not in facts or "created_at" not in facts["leads"].columns:
        return made.mutate(created_at=ibis.null("timestamp"))
    leads = facts["leads"]
    own = leads.select(_lead="lead_id", _created="created_at")
    made = made.left_join(own, made["lead_id"] == own["_lead"])
    if "account_id" not in leads.columns:
        return made.mutate(created_at=made["_created"])
    first = leads.group_by(_company="account_id").agg(_earliest=leads["created_at"].min())
    made = made.left_join(first, made["account_id"] == first["_company"])
    earliest = ibis.ifelse(made["lead_id"].isnull(), made["_earliest"], None)
    return made.mutate(created_at=made["_created"].coalesce(earliest))


def _whole_day(at: ir.Value) -> ir.Value:
    """The moment itself; its last one, where it is a day."""
    is_day = at == at.truncate("D")
    return ibis.ifelse(is_day, at + _days(1) - ibis.interval(seconds=1), at)


def _days(days: int) -> ir.Value:
    return ibis.interval(days=days)

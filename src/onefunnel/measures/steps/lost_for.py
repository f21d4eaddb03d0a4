"""What deals were lost for, as somebody wrote it down."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.deals import deals_of
from onefunnel.measures.steps.groups import NONE
from onefunnel.measures.steps.path import Path

if TYPE_CHECKING:
    import ibis.expr.types as ir


def with_reason(facts: Facts, agreement: Agreement, scope: Scope) -> ir.Table:
    """The lost deals with their `reason`: their own, else that of the last move of their lead into
    a stage of the lost (or disqualified) that gives one, until the moment of looking; "(none)"
    where neither does."""
    deals = deals_of(facts, replace(scope, by=None))
    lost = deals.filter(deals["outcome"] == "lost")
    own = facts["deals"]
    if "reason" in own.columns:
        said = own.select(_deal="deal_id", own_reason="reason")
        lost = lost.left_join(said, lost["deal_id"] == said["_deal"]).drop("_deal")
    else:
        lost = lost.mutate(own_reason=ibis.null("string"))
    reason = lost["own_reason"].strip().nullif("")
    if "moves" in facts and "reason" in facts["moves"].columns:
        moved = _of_moves(facts, agreement, scope)
        lost = lost.left_join(moved, lost["lead_id"] == moved["_of"]).drop("_of")
        reason = lost["own_reason"].strip().nullif("").coalesce(lost["_moved"])
        return lost.mutate(reason=reason.fill_null(NONE)).drop("own_reason", "_moved")
    return lost.mutate(reason=reason.fill_null(NONE)).drop("own_reason")


def _of_moves(facts: Facts, agreement: Agreement, scope: Scope) -> ir.Table:
    """The reason of the latest move of each lead out of the funnel that gives one."""
    path = Path(agreement)
    ends = [k for k, outcome in path.outcomes.items() if outcome in ("lost", "disqualified")]
    moves = path.with_state(facts["moves"], facts.tables.get("leads"))
    moves = moves.filter(moves["state"].isin(ends))
    moves = moves.filter(moves["reason"].strip().nullif("").notnull())
    if scope.as_of is not None:
        moves = moves.filter(moves["at"].isnull() | (moves["at"] <= scope.as_of))
    latest = ibis.window(
        group_by="lead_id", order_by=[moves["at"].desc(nulls_first=False), moves["reason"]]
    )
    ranked = moves.select(
        _of=moves["lead_id"], _moved=moves["reason"].strip(), _place=ibis.row_number().over(latest)
    )
    return ranked.filter(ranked["_place"] == 0).drop("_place")

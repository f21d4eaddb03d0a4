"""Leads of several deals: each deal walks the path for itself, and the lead stands where its best
deal stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.run import rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: More than any `stands` of a lead: its place among the moves times the width of the path.
_FAR = 2**40
#: Which of several deals says how their lead stands: a won one, else an open one, else the last.
_RANKS = (("won", 2), ("open", 1))


def leads_of_several_deals(moves: ir.Table) -> ir.Table | None:
    """The leads with moves of two deals or more (lead_id); None where there is no such lead."""
    if "deal_id" not in moves.columns:
        return None
    known = moves.filter(moves["deal_id"].notnull())
    deals = known.group_by("lead_id").agg(one=known["deal_id"].min(), other=known["deal_id"].max())
    several = deals.filter(deals["one"] != deals["other"]).select("lead_id")
    return several if rows(several.limit(1)) else None


def walked(ordered: ir.Table, several: ir.Table, path: Path) -> ir.Table:
    """Each move with the state before it in the walk of its own deal.

    `ordered` has lead_id, deal_id, state, ordinal. A move of the lead itself is a step in the walk
    of each of its deals, and is one row, in the walk of the deal that moved first.

    Returns the same rows with
        walk: the deal; NULL for the leads that are not among `several`
        came_from: the state before in the walk, NULL at its start
        stands: place and state (place * width of the path + state) of the last move of the deal
            that says how the lead stands.
    """
    one = ordered.anti_join(several, "lead_id")
    many = ordered.semi_join(several, "lead_id")
    own = many.filter(many["deal_id"].notnull())
    shared = many.filter(many["deal_id"].isnull())
    first = own.group_by("lead_id").agg(first=own["deal_id"].argmin(own["ordinal"]))
    deals = own.select("lead_id", "deal_id").distinct().join(first, "lead_id")
    deals = deals.select(of="lead_id", walk="deal_id", is_first=deals["deal_id"] == deals["first"])
    # a lead whose deals all come later than the moment of looking has none yet
    passed = shared.left_join(deals, shared["lead_id"] == deals["of"])
    passed = passed.mutate(is_first=passed["is_first"].fill_null(True))
    columns = [*ordered.columns, "walk", "is_first"]
    steps = ibis.union(
        one.mutate(walk=ibis.null("string"), is_first=ibis.literal(True)).select(columns),
        own.mutate(walk=own["deal_id"], is_first=ibis.literal(True)).select(columns),
        passed.select(columns),
    )
    walk = ibis.window(group_by=["lead_id", "walk"], order_by="ordinal")
    of_walk = ibis.window(group_by=["lead_id", "walk"])
    place = steps["ordinal"] * path.width + steps["state"]
    steps = steps.mutate(came_from=steps["state"].lag().over(walk), last=place.max().over(of_walk))
    state = (steps["last"] % path.width).cast("int16")
    rank = ibis.cases(
        *(
            (state.isin([k for k, how in path.outcomes.items() if how == outcome]), rank)
            for outcome, rank in _RANKS
            if outcome in path.outcomes.values()
        ),
        else_=0,
    )
    best = (rank.cast("int64") * _FAR + steps["last"]).max().over(ibis.window(group_by="lead_id"))
    steps = steps.mutate(stands=best % _FAR)
    return steps.filter(steps["is_first"]).drop("is_first", "last")

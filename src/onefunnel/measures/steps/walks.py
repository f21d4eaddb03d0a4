"""Leads of several deals: each deal walks the path for itself, and the lead stands where its best
deal stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from onefunnel.facts.store import Facts
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.run import rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: More than any `stands` of a lead: its place among the moves times the width of the path.
_FAR = 2**40
#: Which of several deals says how their lead stands: a won one, else an open one, else the last.
_RANKS = (("won", 2), ("open", 1))


def leads_of_several_deals(facts: Facts) -> ir.Table | None:
    """The leads with moves of two deals or more (lead_id); None where there is no such lead.

    Journeys that are kept ready know how many deals each lead has; else its moves are asked.
    """
    moves, ready = facts["moves"], facts.journeys
    if "deal_id" not in moves.columns:
        return None
    if ready is not None and "deals" in ready.table.columns:
        counted = ready.table
    else:
        known = moves.filter(moves["deal_id"].notnull())
        ends = known.group_by("lead_id").agg(one=known["deal_id"].min(), two=known["deal_id"].max())
        counted = ends.mutate(deals=ibis.ifelse(ends["one"] == ends["two"], 1, 2))
    several = counted.filter(counted["deals"] > 1).select("lead_id")
    return several if rows(several.limit(1)) else None


def walked(ordered: ir.Table, several: ir.Table, path: Path) -> ir.Table:
    """The entries of each walk, with the state before and after it.

    `ordered` has lead_id, deal_id, at, state, ordinal. A move of the lead itself is a step in the
    walk of each of its deals; where it is an entry in more than one of them it is one row, of the
    walk that began first.

    Returns the rows that enter another state, with
        came_from, goes_to: the state before and after in the walk, NULL at its start and end;
        left_at: when it went there
        stands: place and state (place * width of the path + state) of the last move of the deal
            that says how the lead stands; since: when that deal entered the state it is in
        deals: how many deals the lead has; NULL for those that are not among `several`
    """
    steps = _steps(ordered, several)
    walk = ibis.window(group_by=["lead_id", "walk"], order_by="ordinal")
    of_walk = ibis.window(group_by=["lead_id", "walk"])
    place = steps["ordinal"] * path.width + steps["state"]
    steps = steps.mutate(came_from=steps["state"].lag().over(walk), last=place.max().over(of_walk))
    is_new = steps["came_from"].isnull() | (steps["came_from"] != steps["state"])
    entered = steps.filter(is_new)
    entered = entered.mutate(
        goes_to=entered["state"].lead().over(walk), left_at=entered["at"].lead().over(walk)
    )
    worth = _worth(entered["last"], path)
    # of the walks that stand best, in the one that has stood there longest
    best = ibis.window(
        group_by="lead_id",
        order_by=[entered["goes_to"].notnull(), worth.desc(), entered["ordinal"]],
    )
    entered = entered.mutate(
        stands=worth.max().over(ibis.window(group_by="lead_id")) % _FAR,
        since=entered["at"].first(include_null=True).over(best),
        copy=ibis.row_number().over(
            ibis.window(group_by=["lead_id", "ordinal"], order_by=["began", "walk"])
        ),
    )
    return entered.filter(entered["copy"] == 0).drop("copy", "last", "began")


def _steps(ordered: ir.Table, several: ir.Table) -> ir.Table:
    """The moves, those of a lead itself once for each of its deals, with `walk` (the deal), when
    that `began` (the place of its first own move) and `deals`, how many the lead has."""
    one = ordered.anti_join(several, "lead_id")
    many = ordered.semi_join(several, "lead_id")
    own = many.filter(many["deal_id"].notnull())
    shared = many.filter(many["deal_id"].isnull())
    walks = own.group_by("lead_id", "deal_id").agg(began=own["ordinal"].min())
    walks = walks.mutate(deals=walks.count().over(ibis.window(group_by="lead_id")))
    walks = walks.select(of="lead_id", walk="deal_id", began="began", deals="deals")
    columns = [*ordered.columns, "walk", "began", "deals"]
    nothing = ibis.null("int64")
    alone = one.mutate(walk=ibis.null("string"), began=nothing, deals=nothing)
    its_own = own.join(walks, (own["lead_id"] == walks["of"]) & (own["deal_id"] == walks["walk"]))
    # a lead whose deals all come later than the moment of looking has none yet
    passed = shared.left_join(walks, shared["lead_id"] == walks["of"])
    return ibis.union(*(part.select(columns) for part in (alone, its_own, passed)))


def _worth(last: ir.IntegerValue, path: Path) -> ir.IntegerValue:
    """How the deal stands whose last place and state this is: the larger, the more it counts."""
    state = (last % path.width).cast("int16")
    rank = ibis.cases(
        *(
            (state.isin([k for k, how in path.outcomes.items() if how == outcome]), rank)
            for outcome, rank in _RANKS
            if outcome in path.outcomes.values()
        ),
        else_=0,
    )
    return rank.cast("int64") * _FAR + last

"""The stage log in order: every entry of a lead into a stage, and where it came from."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from onefunnel.facts.store import Facts
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.walks import leads_of_several_deals, walked

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Every time of the facts: UTC, to the microsecond.
TIME = "timestamp(6)"

#: Where an undated move stands that has no dated move of its lead before it: first.
_FIRST = datetime(1, 1, 1)  # noqa: DTZ001


def entries(facts: Facts, path: Path, as_of: datetime | None) -> ir.Table:
    """Every entry into a stage, one row each, with the state before it.

    Moves up to `as_of` in order of (time, seq, stage); undated ones count too and stand after the
    dated moves of their lead that have a smaller `seq`, or first. A move into the stage the lead
    is already in is not an entry; a move that meets no definition is not one either.

    The moves of several deals of one lead are as many walks (see `walks`).

    Returns:
        lead_id, at (NULL where undated), state, came_from (NULL on a lead's first entry), ordinal
        (rises with each entry of a lead; it may skip numbers), stands (ordinal * width of the path
        + state of the move that says how the lead stands, in the largest of its rows), since (when
        it came to stand there, in the row of that `stands`); and goes_to, left_at, deals where
        leads have several deals.
    """
    several = leads_of_several_deals(facts)
    ordered = _placed(facts, path, as_of, has_deals=several is not None)
    in_order = ibis.window(
        group_by="lead_id", order_by=[ordered["place"], ordered["seq"], ordered["state"]]
    )
    numbered = ordered.mutate(ordinal=ibis.row_number().over(in_order))
    columns = ["lead_id", "at", "state", "came_from", "ordinal", "stands", "since"]
    if several is not None:
        return walked(numbered, several, path).select(*columns, "goes_to", "left_at", "deals")
    with_before = numbered.mutate(
        came_from=numbered["state"].lag().over(in_order),
        stands=numbered["ordinal"] * path.width + numbered["state"],
        since=numbered["at"],
    )
    is_new = with_before["came_from"].isnull() | (with_before["came_from"] != with_before["state"])
    return with_before.filter(is_new).select(columns)


def _placed(facts: Facts, path: Path, as_of: datetime | None, *, has_deals: bool) -> ir.Table:
    moves = facts["moves"]
    deal = ["deal_id"] if has_deals else []
    leads = facts.tables.get("leads")

    def states(part: ir.Table) -> ir.Table:
        with_state = path.with_state(part, leads)
        chosen = with_state.select(
            "lead_id",
            "state",
            *deal,
            at=with_state["at"].cast(TIME),
            seq=_seq(with_state),
        )
        return chosen.filter(chosen["state"].notnull())

    is_seen = moves["at"].notnull() if as_of is None else moves["at"] <= as_of
    dated = states(moves.filter(is_seen))
    undated = states(moves.filter(moves["at"].isnull()))
    earlier = moves.filter(is_seen).select("lead_id", earlier_at="at", earlier_seq=_seq(moves))
    earlier = earlier.rename(earlier_lead="lead_id")
    pairs = undated.left_join(
        earlier,
        (undated["lead_id"] == earlier["earlier_lead"]) & (earlier["earlier_seq"] < undated["seq"]),
    )
    anchored = pairs.group_by("lead_id", "at", "seq", "state", *deal).agg(
        place=pairs["earlier_at"].max().fill_null(_FIRST).cast(TIME)
    )
    columns = ["lead_id", "at", "seq", "state", "place", *deal]
    return dated.mutate(place=dated["at"]).select(columns).union(anchored.select(columns))


def _seq(table: ir.Table) -> ir.IntegerValue:
    """The recorded order among moves that share a time; 0 where there is none."""
    if "seq" not in table.columns:
        return ibis.literal(0, "int64")
    return table["seq"].cast("int64").fill_null(0)

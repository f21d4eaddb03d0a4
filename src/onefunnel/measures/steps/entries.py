"""The stage log in order: every entry of a lead into a stage, and where it came from."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from onefunnel.facts.store import Facts
from onefunnel.measures.steps.path import Path

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

    Returns:
        lead_id, at (NULL where undated), state, came_from (NULL on a lead's first entry), ordinal
        (rises with each entry of a lead; it may skip numbers).
    """
    ordered = _placed(facts, path, as_of)
    in_order = ibis.window(
        group_by="lead_id", order_by=[ordered["place"], ordered["seq"], ordered["state"]]
    )
    with_before = ordered.mutate(
        came_from=ordered["state"].lag().over(in_order),
        ordinal=ibis.row_number().over(in_order),
    )
    is_new = with_before["came_from"].isnull() | (with_before["came_from"] != with_before["state"])
    return with_before.filter(is_new).select("lead_id", "at", "state", "came_from", "ordinal")


def _placed(facts: Facts, path: Path, as_of: datetime | None) -> ir.Table:
    moves = facts["moves"]
    leads = facts.tables.get("leads")

    def states(part: ir.Table) -> ir.Table:
        with_state = path.with_state(part, leads)
        chosen = with_state.select(
            "lead_id",
            "state",
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
    anchored = pairs.group_by("lead_id", "at", "seq", "state").agg(
        place=pairs["earlier_at"].max().fill_null(_FIRST).cast(TIME)
    )
    columns = ["lead_id", "at", "seq", "state", "place"]
    return dated.mutate(place=dated["at"]).select(columns).union(anchored.select(columns))


def _seq(table: ir.Table) -> ir.IntegerValue:
    """The recorded order among moves that share a time; 0 where there is none."""
    if "seq" not in table.columns:
        return ibis.literal(0, "int64")
    return table["seq"].cast("int64").fill_null(0)

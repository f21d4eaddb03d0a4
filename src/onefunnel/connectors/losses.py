"""Does the data tell from which stage leads were lost? Else every loss stands at the beginning."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import TYPE_CHECKING, Any

from onefunnel.connectors.future import place_of
from onefunnel.connectors.mapping_parts import Mapping
from onefunnel.facts.findings import Finding
from onefunnel.facts.sql_text import literal

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Fewer losses than this prove nothing, nor does a smaller share of them without a stage between.
_FEWEST, _SHARE = 20, 0.8


def losses_without_a_stage(con: Any, mapping: Mapping, tables: Map[str, ir.Table]) -> list[Finding]:
    """A finding where nearly all lost leads go from the first stage straight to their end.

    An export that says only where a lead stands now keeps nothing of the way a lost one went. Its
    later steps then look as if nobody were lost there.
    """
    opened = [stage.stage for stage in mapping.stages if stage.kind == "open"]
    ended = [stage.stage for stage in mapping.stages if stage.kind in ("lost", "disqualified")]
    if len(opened) < 3 or not ended or "moves" not in tables:
        return []
    middle = ", ".join(literal(name) for name in opened[1:])
    ends = ", ".join(literal(name) for name in ended)
    lost, without, went = con.execute(
        "SELECT count_if(is_lost), count_if(is_lost AND NOT is_between), "
        "count_if(is_between AND NOT is_lost) FROM (SELECT lead_id, "
        f"bool_or(stage IN ({ends})) AS is_lost, bool_or(stage IN ({middle})) AS is_between "
        f"FROM {place_of(tables['moves'])} GROUP BY lead_id)"
    ).fetchone()
    if lost < _FEWEST or without < _SHARE * lost or went < _FEWEST:
        return []
    return [
        Finding(
            "loss-without-stage", "moves", "stage", without,
            f"{without:,} of {lost:,} leads that were lost have no stage between {opened[0]} and "
            "their end: these files do not tell where they were lost, so the steps after the "
            "first look better than they are", "",
            "export the history of stage changes, or the stage before the loss, as well",
        )
    ]  # fmt: skip

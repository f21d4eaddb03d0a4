"""When did a lead reach each stage at least, counting stages it skipped?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from onefunnel.measures.steps.path import Path

if TYPE_CHECKING:
    import ibis.expr.types as ir


#: Each time is said in terms of the next one, so deep that so many are said in one step.
_AT_ONCE = 20


def with_reached(leads: ir.Table, path: Path) -> ir.Table:
    """Journeys with `reached_k`: first time in stage k or any later one.

    Reaching the first stage at least is entering the funnel. A stage entered without a date has no
    time, even where a later one has: `reached_k` is NULL then. A lead has reached stage k at least
    where furthest >= k, dated or not.
    """
    for first in range((path.length - 1) // _AT_ONCE * _AT_ONCE, -1, -_AT_ONCE):
        stages = range(first, min(first + _AT_ONCE, path.length))
        after = leads[f"reached_{stages.stop}"] if stages.stop < path.length else None
        leads = leads.mutate(**_reached(leads, stages, after))
    return leads.mutate(reached_0=leads["entered_at"])


def _reached(leads: ir.Table, stages: range, after: ir.Value | None) -> dict[str, ir.Value]:
    """The first times in these stages or later ones, from that of the stage after them."""
    later, times = after, {}
    for k in reversed(stages):
        own = leads[f"at_{k}"]
        first = own if later is None else ibis.least(own, later)
        is_undated = (leads[f"n_{k}"] > 0) & own.isnull()
        later = ibis.ifelse(is_undated, ibis.null(own.type()), first)
        times[f"reached_{k}"] = later
    return times

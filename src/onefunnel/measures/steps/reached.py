"""When did a lead reach each stage at least, counting stages it skipped?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from onefunnel.measures.steps.path import Path

if TYPE_CHECKING:
    import ibis.expr.types as ir


def with_reached(leads: ir.Table, path: Path) -> ir.Table:
    """Journeys with `reached_k`: first time in stage k or any later one.

    Reaching the first stage at least is entering the funnel. A stage entered without a date has no
    time, even where a later one has: `reached_k` is NULL then. A lead has reached stage k at least
    where furthest >= k, dated or not.
    """
    later: ir.Value | None = None
    times: dict[str, ir.Value] = {}
    for k in range(path.length - 1, -1, -1):
        own = leads[f"at_{k}"]
        first = own if later is None else ibis.least(own, later)
        is_undated = (leads[f"n_{k}"] > 0) & own.isnull()
        later = ibis.ifelse(is_undated, ibis.null(own.type()), first)
        times[f"reached_{k}"] = later
    times["reached_0"] = leads["entered_at"]
    return leads.mutate(**times)

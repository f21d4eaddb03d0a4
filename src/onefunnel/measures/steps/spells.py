"""Every stay of a lead in a stage: when it came, when it left, and how."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.steps.durations import hours_between
from onefunnel.measures.steps.entries import entries
from onefunnel.measures.steps.path import Path

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: How a stay ends: further on, back to an earlier stage, off the path, or not yet.
ENDS = ("forward", "back", "lost", "disqualified", "recycled", "open")


def spells(facts: Facts, agreement: Agreement, as_of: datetime | None) -> ir.Table:
    """Every stay of every lead in a success stage, in order.

    A lead that comes back to a stage has another stay in it, so that per stage
    forward + back + lost + disqualified + recycled + open = entries.

    Returns:
        lead_id, stage (its number), entered_at, left_at (NULL while open; both NULL where a date
        is missing), ended (one of ENDS), hours (whole, to `as_of` while open; NULL if unknown).
    """
    path = Path(agreement)
    log = entries(facts, path, as_of)
    stays = log
    if "goes_to" not in log.columns:
        in_order = ibis.window(group_by="lead_id", order_by=log["ordinal"])
        stays = log.mutate(
            goes_to=log["state"].lead().over(in_order), left_at=log["at"].lead().over(in_order)
        )
    stays = stays.filter(stays["state"] < path.length)
    ended = ibis.cases(
        (stays["goes_to"].isnull(), "open"),
        (stays["goes_to"] < stays["state"], "back"),
        (stays["goes_to"] < path.length, "forward"),
        *(
            (stays["goes_to"] == path.length + place, stage.kind)
            for place, stage in enumerate(path.detours)
        ),
    )
    now = ibis.literal(as_of, "timestamp") if as_of else ibis.null("timestamp")
    until = ibis.ifelse(stays["goes_to"].isnull(), now, stays["left_at"])
    return stays.select(
        "lead_id",
        stage=stays["state"],
        entered_at=stays["at"],
        left_at="left_at",
        ended=ended,
        hours=hours_between(stays["at"], until),
    )

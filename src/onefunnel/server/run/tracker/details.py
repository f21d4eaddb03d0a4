"""What was changed of a lead's details, by whom: from the log and the rows as they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onefunnel.server.people.hiding import Hiding
from onefunnel.server.record.queries import history_of
from onefunnel.server.run.handovers.lead_data import label_of
from onefunnel.server.run.timeline import MOST, Entry
from onefunnel.server.run.tracker import events
from onefunnel.server.run.tracker.lead_form import written
from onefunnel.server.warehouse.queries import leads_as_they_were

_NOTHING = "nothing"


def details_changed(lead_id: str, hiding: Hiding) -> list[Entry]:
    """One entry for each change, the latest first: each field, what it said before and since.

    The log keeps names of fields only. What they said stands in the rows that were written then;
    where those were erased, or are of before this was kept, the fields alone are named.
    """
    log = history_of(events.subject_of(lead_id)).filter(kind=events.LEAD_CHANGED)
    found = list(log.order_by("-pk")[:MOST])
    rows = leads_as_they_were(
        {number for one in found for number in one.payload.get("rows", ()) if number}
    )
    return [
        Entry(
            at=one.at, kind="Details", what=_said(one.payload, rows, hiding),
            who=(one.by.name or one.by.email) if one.by else "",
        )
        for one in found
    ]  # fmt: skip


def _said(
    payload: Mapping[str, Any], rows: Mapping[int, Mapping[str, object]], hiding: Hiding
) -> str:
    before, after = (
        hiding.row("leads", rows[number]) if number in rows else None
        for number in (*payload.get("rows", ()), 0, 0)[:2]
    )
    said = []
    for name in payload.get("fields", ()):
        told = label_of(name)
        if before is not None and after is not None and name in after:
            was, now = (written(row.get(name)) or _NOTHING for row in (before, after))
            told += f": {was} → {now}" if was != now else ""
        said.append(told)
    return "; ".join(said) or "changed"

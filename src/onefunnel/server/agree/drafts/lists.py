"""The list behind a number of drafting: leads, or the deals that add up to an amount."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onefunnel.measures.result import Records
from onefunnel.server.people.hiding import hiding_from
from onefunnel.server.warehouse import queries as warehouse

#: Rows shown of a list; the number above it is that of all.
SHOWN = 200


def list_page(
    request: HttpRequest, records: Records, title: str, back: str, *, tab: str = "drafts"
) -> HttpResponse:
    """The page of one list; `tab` is the one of the room that it was opened from."""
    table, column = records.table, records.sum_column
    names = [name for name in ("lead_id", "deal_id", column) if name and name in table.columns]
    rows = table.select(*names).order_by(names).limit(SHOWN).to_pyarrow().to_pylist()
    hiding = hiding_from(request.user, warehouse.current_facts().personal_columns)
    count = int(table.count().to_pyarrow().as_py())
    context = {
        "tab": tab,
        "title": title,
        "back": back,
        "count": count,
        "total": table[column].sum().to_pyarrow().as_py() if column else None,
        "column": column,
        "rows": [
            (
                hiding.shown("leads", "lead_id", row["lead_id"]),
                hiding.address("leads", "lead_id", row["lead_id"]),
                hiding.shown("deals", "deal_id", row.get("deal_id", "")),
                row.get(column) if column else None,
            )
            for row in rows
        ],
        "shown": SHOWN,
    }
    return render(request, "agree/drafts/list.html", context)

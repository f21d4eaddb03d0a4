"""Which of several rows is the latest: their times as text that sorts, however they are written."""

from __future__ import annotations

from typing import Any

from onefunnel.connectors.apply.counting import count_dates
from onefunnel.connectors.apply.expressions import cell_sql, text_sql, typed_cell, value_sql
from onefunnel.connectors.apply.rows import Rows
from onefunnel.connectors.mapping_parts import Source
from onefunnel.connectors.values.dates import decide_dates


def sorting_text(con: Any, rows: Rows, column: str, relation: str = "") -> str:
    """SQL of a column as text that sorts by time, or as numbers do where it holds no times.

    Whether its days stand before its months is decided from the whole column.
    """
    if column not in rows.sorting:
        source = Source(columns=(column,))
        text = text_sql(rows, source)
        counts = count_dates(con, relation or rows.relation, typed_cell(rows, source))
        style = decide_dates(counts).style
        stamp = value_sql(cell_sql(text, "time"), "time", style=style)
        rows.sorting[column] = (
            f"coalesce(strftime({stamp}, '%Y-%m-%d %H:%M:%S.%f'), lpad({text}, 40, '0'))"
        )
    return rows.sorting[column]

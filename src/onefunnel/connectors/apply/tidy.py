"""Look once at every cell, so that no later question has to trim it or take it for a blank."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.background import Tell
from onefunnel.connectors.reading.tables import Tables, TextTable
from onefunnel.connectors.values.blanks import Tidy, tidiness_sql
from onefunnel.facts.sql_text import identifier

#: Columns looked at in one query: one over hundreds of columns plans for minutes.
_AT_ONCE = 40
#: In a table of fewer rows, planning to look at hundreds of columns costs more than it saves.
_MANY = 5_000


def looked_over(con: Any, tables: Tables, tell: Tell) -> Tables:
    """The same tables with how tidy each column is; `tell` is told of each file before it."""
    seen = []
    for i, table in enumerate(tables.tables):
        tell(i, len(tables.tables), f"looking over {table.shown}")
        is_long = table.rows_read >= _MANY
        seen.append(replace(table, tidy=_tidiness(con, table)) if is_long else table)
    return replace(tables, tables=tuple(seen))


def _tidiness(con: Any, table: TextTable) -> dict[str, Tidy]:
    found: dict[str, Tidy] = {}
    for start in range(0, len(table.columns), _AT_ONCE):
        names = table.columns[start : start + _AT_ONCE]
        asked = ", ".join(
            f"{wide}, {blank}, {missing}"
            for wide, blank, missing in (tidiness_sql(identifier(name)) for name in names)
        )
        got = con.execute(f"SELECT {asked} FROM {parquet_sql(table)}").fetchone()
        for i, name in enumerate(names):
            has_edges, has_text_blanks, has_blanks = got[3 * i : 3 * i + 3]
            if has_edges:
                continue
            found[name] = "trimmed" if has_text_blanks else "plain" if has_blanks else "typed"
    return found

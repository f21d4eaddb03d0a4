"""What is recorded has happened; a time of it that lies ahead cannot be right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from onefunnel.facts.sql_text import identifier, literal

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: When things happened to leads; plans (due dates, spend) may lie ahead.
_HAPPENED = {
    "leads": ("created_at",),
    "moves": ("at",),
    "deals": ("opened_at", "closed_at"),
}


def forget_future_times(con: Any, tables: Mapping[str, ir.Table], now: datetime) -> None:
    """Take a time after `now` of something recorded as not known; the thing itself stays.

    A deal that the source calls won is won, even where a wrong clock or a planned date puts the
    win into next month: dropping it until then would count it as open. Its time is left out of
    periods and durations, and the finding "future-date" says how many there are.
    """
    moment = literal(now.isoformat(sep=" "))
    for name, columns in _HAPPENED.items():
        if name not in tables:
            continue
        for column in (column for column in columns if column in tables[name].columns):
            place = place_of(tables[name])
            con.execute(
                f"UPDATE {place} SET {identifier(column)} = NULL "
                f"WHERE {identifier(column)} > TIMESTAMP {moment}"
            )


def forget_tables(con: Any, tables: Mapping[str, ir.Table]) -> None:
    """Drop tables that were made only to see what is in the files."""
    for table in tables.values():
        con.execute(f"DROP TABLE IF EXISTS {place_of(table)}")


def place_of(table: ir.Table) -> str:
    """The table's own name, with its schema."""
    operation = table.op()
    parts = [operation.namespace.catalog, operation.namespace.database, operation.name]
    return ".".join(identifier(part) for part in parts if part)

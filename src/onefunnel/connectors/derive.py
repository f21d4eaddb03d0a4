"""Text tables with further columns: the one tool a connector's read.py needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import duckdb

from onefunnel.connectors.reading.tables import TextTable
from onefunnel.facts.sql_text import identifier, literal


def with_columns(table: TextTable, columns: Mapping[str, str]) -> TextTable:
    """The same rows with text columns added (or replaced), each by an SQL expression over the row.

    The rows stay in their order and keep `_row`; the new file stands beside the old one.
    """
    if not columns:
        return table
    target = table.parquet.with_name(f"{table.parquet.stem}-derived.parquet")
    kept = [name for name in table.columns if name not in columns]
    parts = [identifier(name) for name in kept]
    parts += [f"CAST({sql} AS VARCHAR) AS {identifier(name)}" for name, sql in columns.items()]
    rows = f"SELECT {', '.join(parts)}, _row FROM read_parquet({literal(table.parquet)})"
    with duckdb.connect() as engine:
        engine.execute(f"COPY ({rows}) TO {literal(target)} (FORMAT parquet, COMPRESSION zstd)")
    tidy = {name: level for name, level in table.tidy.items() if name in kept}
    return replace(table, parquet=target, columns=(*kept, *columns), tidy=tidy)

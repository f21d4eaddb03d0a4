"""What YAML cannot say of Salesforce's exports: whose history a history row is.

Salesforce's own OpportunityHistory has a row a change (`OpportunityId`, `CreatedDate`); pipelines
that keep versions write the whole opportunity per version (`id`, `_fivetran_start`). Both get
`history_of` and `history_at`; opportunities learn whether they have a history.
"""

from __future__ import annotations

from dataclasses import replace

import duckdb

from onefunnel.connectors.apply.names import find_column
from onefunnel.connectors.derive import with_columns
from onefunnel.connectors.reading.tables import Tables, TextTable
from onefunnel.facts.sql_text import identifier, literal

#: (whose history, when) as Salesforce's own export and as version tables name them.
_SHAPES = (("OpportunityId", "CreatedDate"), ("id", "_fivetran_start"))


def prepare(tables: Tables) -> Tables:
    """Add history_of and history_at to histories, has_history to opportunities."""
    histories = {table.name: _history(table) for table in tables.tables}
    known = [table for table in histories.values() if table is not None]
    return replace(
        tables,
        tables=tuple(
            histories[table.name] or _opportunities(table, known) for table in tables.tables
        ),
    )


def _history(table: TextTable) -> TextTable | None:
    if find_column("stage_name", table.columns) is None or "history" not in table.name.lower():
        return None
    for whose, when in _SHAPES:
        of, at = find_column(whose, table.columns), find_column(when, table.columns)
        if of is not None and at is not None:
            return with_columns(table, {"history_of": identifier(of), "history_at": identifier(at)})
    return None


def _opportunities(table: TextTable, histories: list[TextTable]) -> TextTable:
    key = find_column("id", table.columns)
    is_meant = all(find_column(name, table.columns) for name in ("stage_name", "is_won"))
    if key is None or not is_meant:
        return table
    known = " UNION ALL ".join(
        f"SELECT history_of FROM read_parquet({literal(history.parquet)})" for history in histories
    )
    if not known:
        return with_columns(table, {"has_history": "'no'"})
    with duckdb.connect() as engine:
        found = engine.execute(f"SELECT count(*) FROM ({known})").fetchone()
    if not found or not found[0]:
        return with_columns(table, {"has_history": "'no'"})
    has = f"CASE WHEN {identifier(key)} IN ({known}) THEN 'yes' ELSE 'no' END"
    return with_columns(table, {"has_history": has})

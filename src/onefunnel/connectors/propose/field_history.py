"""Histories of any field of a record: only the rows that tell of the stage are moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.propose.condition_text import among
from onefunnel.connectors.propose.naming import meaning_score, tokens
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.connectors.values.blanks import plain_text
from onefunnel.facts.sql_text import identifier, literal

#: More kinds of fields than this no record has.
_MOST_FIELDS = 300
_SAID = 0.7


@dataclass(frozen=True)
class FieldRows:
    """`where` keeps the rows of the stage; `amount` those of the amount ('' without any)."""

    where: str
    amount: str


def stage_rows(con: Any, table: TextTable) -> tuple[TextTable, FieldRows] | None:
    """The rows of a field history that tell of the stage, as a table; None where it is none.

    A field history has a column that names the changed field, whose values differ and of which
    some but not all say stage or status, and columns of the old and the new value.
    """
    column = next((name for name in table.columns if meaning_score("field", name) >= 0.9), None)
    values = {"from stage": 0.0, "to stage": 0.0}
    for name in table.columns:
        for meaning in values:
            values[meaning] = max(values[meaning], meaning_score(meaning, name))
    if column is None or values["to stage"] < _SAID:
        return None
    cell = plain_text(identifier(column), table.tidy.get(column, ""))
    fields = [
        row[0]
        for row in con.execute(
            f"SELECT DISTINCT {cell} AS f FROM {parquet_sql(table)} WHERE f IS NOT NULL "
            f"ORDER BY f LIMIT {_MOST_FIELDS + 1}"
        ).fetchall()
    ]
    stages = _stage_fields(fields)
    if not stages or len(stages) == len(fields) or len(fields) > _MOST_FIELDS:
        return None
    kept = table.parquet.with_name(f"{table.parquet.stem}-stages.parquet")
    listed = ", ".join(literal(value) for value in stages)
    con.execute(
        f"COPY (SELECT * FROM {parquet_sql(table)} WHERE {cell} IN ({listed})) "
        f"TO {literal(kept)} (FORMAT parquet)"
    )
    (rows,) = con.execute(f"SELECT count(*) FROM read_parquet({literal(kept)})").fetchone()
    amounts = [field for field in fields if meaning_score("amount", field) >= 0.9]
    only = replace(table, parquet=kept, rows_read=rows)
    return only, FieldRows(among(column, stages), among(column, amounts) if amounts else "")


def _stage_fields(fields: list[str]) -> list[str]:
    """The fields that say stage; where one does, one that says status is of something else."""
    said = [field for field in fields if meaning_score("stage", field) >= _SAID]
    stages = [field for field in said if not {"status", "state"} & set(tokens(field))]
    return stages or said

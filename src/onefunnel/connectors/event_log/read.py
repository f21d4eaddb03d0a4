"""What YAML cannot say of event logs: the order of events in a case, and who handed over to whom.

Each event log of a folder gets four columns: `log_seq` (place in the case from 0), `log_first`
(yes for the first event), `log_from_team` and `log_handover` (`case#seq`), the last two filled
where the team differs from the team of the event before.
"""

from __future__ import annotations

from dataclasses import replace

import duckdb

from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.event_log.columns import LogColumns, find_log_columns, quiet_engine
from onefunnel.connectors.reading.tables import LeftOut, Tables, TextTable
from onefunnel.connectors.values.blanks import plain_text, typed_text
from onefunnel.connectors.values.dates import date_sql
from onefunnel.facts.sql_text import identifier, literal

DERIVED = ("log_seq", "log_first", "log_from_team", "log_handover")


def prepare(tables: Tables) -> Tables:
    """Add the derived columns to every event log; leave out a log that tells another's events.

    Logs come in two writings of the same events (XES and flat CSV): where cases, activities and
    times are the same, the first is read.
    """
    made: list[TextTable] = []
    left_out = list(tables.left_out)
    seen: dict[str, str] = {}
    for table in tables.tables:
        log = None if DERIVED[0] in table.columns else find_log_columns(table)
        if log is None:
            made.append(table)
            continue
        with quiet_engine() as con:
            _open(con, table, log)
            events = str(
                con.execute("SELECT count(*), sum(hash(c, a, happened)) FROM e").fetchone()
            )
            if events in seen:
                why = f"tells of the same {table.rows_read:,} events as {seen[events]}"
                left_out.append(LeftOut(table.file, why))
                continue
            seen[events] = table.file
            made.append(_with_order(con, table))
    return replace(tables, tables=tuple(made), left_out=tuple(left_out))


def prepared(table: TextTable, log: LogColumns) -> TextTable:
    """The same events with `log_seq`, `log_first`, `log_from_team` and `log_handover`.

    Events of a case stand by time; those of one moment, and those without a time, stay in the
    order of the file (turned round where the file runs backwards). A team that is not given is
    the team before. Nothing is said of a handover's answer: a log records acts, not offers.
    """
    with quiet_engine() as con:
        _open(con, table, log)
        return _with_order(con, table)


def _open(con: duckdb.DuckDBPyConnection, table: TextTable, log: LogColumns) -> None:
    """Table `e` of the engine: case, activity, team, time and row of each event."""
    case, activity, team = (
        plain_text(identifier(column)) if column else "CAST(NULL AS VARCHAR)"
        for column in (log.case, log.activity, log.team)
    )
    at = date_sql(typed_text(identifier(log.at)), log.date_style)
    con.execute(
        f"CREATE TABLE e AS SELECT {case} AS c, {activity} AS a, {team} AS team, {at} AS happened, "
        f"_row FROM {parquet_sql(table)}"
    )


def _with_order(con: duckdb.DuckDBPyConnection, table: TextTable) -> TextTable:
    forward, backward = con.execute(
        "SELECT count_if(happened > p), count_if(happened < p) FROM "
        "(SELECT happened, lag(happened) OVER (PARTITION BY c ORDER BY _row) AS p FROM e)"
    ).fetchone() or (0, 0)
    row = "_row" if forward >= backward else "-_row"
    ordered = f"PARTITION BY c ORDER BY since NULLS FIRST, {row}"
    changed = "team IS NOT NULL AND before IS NOT NULL AND team <> before"
    target = table.parquet.with_name(f"{table.parquet.stem}-events.parquet")
    columns = ", ".join(f"t.{identifier(column)}" for column in table.columns)
    con.execute(
        "CREATE TABLE o AS SELECT _row, CAST(seq AS VARCHAR) AS log_seq, "
        "CASE WHEN seq = 0 THEN 'yes' ELSE 'no' END AS log_first, "
        f"CASE WHEN {changed} THEN before END AS log_from_team, "
        f"CASE WHEN {changed} THEN c || '#' || seq END AS log_handover FROM ("
        f"SELECT *, row_number() OVER ({ordered}) - 1 AS seq, last_value(team IGNORE NULLS) OVER "
        f"({ordered} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM ("
        "SELECT *, coalesce(happened, max(happened) OVER (PARTITION BY c "
        f"ORDER BY {row})) AS since FROM e))"
    )
    con.execute(
        f"COPY (SELECT {columns}, {', '.join(DERIVED)}, _row FROM {parquet_sql(table)} t "
        f"JOIN o USING (_row) ORDER BY _row) TO {literal(target)} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )
    return replace(table, parquet=target, columns=(*table.columns, *DERIVED))

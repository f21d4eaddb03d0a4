"""What YAML cannot say of event logs: the order of events in a case, and who handed over to whom.

Each event log of a folder gets four columns: `log_seq` (place in the case from 0), `log_first`
(yes for the first event), `log_from_team` and `log_handover` (`case#seq`), the last two filled
where the team differs from the team of the event before.
"""

from __future__ import annotations

from dataclasses import replace

import duckdb

from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.conditions import identifier
from onefunnel.connectors.event_log.columns import LogColumns, find_log_columns
from onefunnel.connectors.reading.tables import LeftOut, Tables, TextTable
from onefunnel.connectors.values.blanks import plain_text, typed_text
from onefunnel.connectors.values.dates import date_sql

DERIVED = ("log_seq", "log_first", "log_from_team", "log_handover")


def prepare(tables: Tables) -> Tables:
    """Add the derived columns to every event log; leave out a log that tells another's events.

    Logs come in two writings of the same events (XES and flat CSV): where the cases, the number
    of events in each and their times are the same, the first is read.
    """
    made: list[TextTable] = []
    left_out = list(tables.left_out)
    seen: dict[str, str] = {}
    for table in tables.tables:
        log = None if DERIVED[0] in table.columns else find_log_columns(table)
        if log is None:
            made.append(table)
            continue
        events = _fingerprint(table, log)
        if events in seen:
            left_out.append(
                LeftOut(
                    table.file, f"tells of the same {table.rows_read:,} events as {seen[events]}"
                )
            )
            continue
        seen[events] = table.file
        made.append(prepared(table, log))
    return replace(tables, tables=tuple(made), left_out=tuple(left_out))


def prepared(table: TextTable, log: LogColumns) -> TextTable:
    """The same events with `log_seq`, `log_first`, `log_from_team` and `log_handover`.

    Events of a case stand by time; those of one moment, and those without a time, stay in the
    order of the file (turned round where the file runs backwards). A team that is not given is
    the team before. Nothing is said of a handover's answer: a log records acts, not offers.
    """
    case = plain_text(identifier(log.case))
    team = plain_text(identifier(log.team)) if log.team else "CAST(NULL AS VARCHAR)"
    row = "_row" if _runs_forward(table, log) else "-_row"
    when = f"coalesce({_time(log)}, max({_time(log)}) OVER (PARTITION BY {case} ORDER BY {row}))"
    source = (
        f"SELECT *, {case} AS _case, {team} AS _team, {when} AS _when FROM {parquet_sql(table)}"
    )
    ordered = f"PARTITION BY _case ORDER BY _when NULLS FIRST, {row}"
    before = (
        f"last_value(_team IGNORE NULLS) OVER ({ordered} "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    target = table.parquet.with_name(f"{table.parquet.stem}-events.parquet")
    changed = "_team IS NOT NULL AND _before IS NOT NULL AND _team <> _before"
    columns = ", ".join(identifier(column) for column in table.columns)
    with duckdb.connect() as con:
        con.execute(
            f"COPY (SELECT {columns}, CAST(_seq AS VARCHAR) AS log_seq, "
            f"CASE WHEN _seq = 0 THEN 'yes' ELSE 'no' END AS log_first, "
            f"CASE WHEN {changed} THEN _before END AS log_from_team, "
            f"CASE WHEN {changed} THEN _case || '#' || _seq END AS log_handover, _row FROM ("
            f"SELECT *, row_number() OVER ({ordered}) - 1 AS _seq, {before} AS _before "
            f"FROM ({source})) ORDER BY _row) TO '{str(target).replace(chr(39), chr(39) * 2)}' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
    return replace(table, parquet=target, columns=(*table.columns, *DERIVED))


def _time(log: LogColumns) -> str:
    return date_sql(typed_text(identifier(log.at)), log.date_style)


def _runs_forward(table: TextTable, log: LogColumns) -> bool:
    """Whether, within cases, later rows are later events; exports by newest first are not."""
    case = plain_text(identifier(log.case))
    with duckdb.connect() as con:
        forward, backward = con.execute(
            f"SELECT count_if(t > p), count_if(t < p) FROM (SELECT {_time(log)} AS t, "
            f"lag({_time(log)}) OVER (PARTITION BY {case} ORDER BY _row) AS p "
            f"FROM {parquet_sql(table)})"
        ).fetchone() or (0, 0)
    return bool(forward >= backward)


def _fingerprint(table: TextTable, log: LogColumns) -> str:
    case = plain_text(identifier(log.case))
    activity = plain_text(identifier(log.activity))
    with duckdb.connect() as con:
        row = con.execute(
            f"SELECT count(*), sum(hash({case}, {activity}, {_time(log)})) "
            f"FROM {parquet_sql(table)}"
        ).fetchone()
    return str(row)

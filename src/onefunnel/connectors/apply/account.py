"""The account of every source row: used, skipped (and why) or refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from onefunnel.connectors.apply.making import asked_columns, used_columns
from onefunnel.connectors.apply.names import find_column, matches, reason_for
from onefunnel.connectors.apply.rows import Rows
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.connectors.report import FileReport, Refused
from onefunnel.facts.sql_text import literal
from onefunnel.facts.tables import TABLES

#: Refusals that travel with the report; the rest stay in the table.
SHOWN = 1000
_AT_ONCE = 500_000
TITLE_LINE = "a line of the title above the header"


def refusals(
    con: Any, work: str, final: str, tables: Sequence[TextTable]
) -> tuple[tuple[Refused, ...], int]:
    """Make `<final>.refused` of refused cells and unreadable rows; give the first and the count."""
    con.execute(
        f"CREATE TABLE {final}.refused (file VARCHAR, row BIGINT, \"table\" VARCHAR, "
        f"\"column\" VARCHAR, value VARCHAR, reason VARCHAR, fix VARCHAR, whole_row BOOLEAN)"
    )  # fmt: skip
    for place, table in enumerate(tables):
        con.execute(
            f"INSERT INTO {final}.refused SELECT {literal(table.file)}, row, "
            f"min_by(\"table\", rank), \"column\", value, min_by(reason, rank), "
            f"min_by(fix, rank), bool_or(whole_row) FROM (SELECT *, {_rank()} AS rank "
            f"FROM {work}.refused WHERE _file = {place}) "
            "GROUP BY row, \"column\", value ORDER BY row, \"column\", value"
        )  # fmt: skip
        if table.refused_parquet is not None:
            con.execute(
                f"INSERT INTO {final}.refused SELECT {literal(table.file)}, row, '', '', text, "
                f"reason, fix, true FROM read_parquet({literal(table.refused_parquet)})"
            )
        elif table.refused:
            values = ", ".join(
                f"({literal(table.file)}, {b.row}, '', '', {literal(b.text)}, {literal(b.reason)}, "
                f"{literal(b.fix)}, true)"
                for b in table.refused
            )
            con.execute(f"INSERT INTO {final}.refused VALUES {values}")
    (count,) = con.execute(f"SELECT count(*) FROM {final}.refused").fetchone()
    first = con.execute(f"SELECT * FROM {final}.refused LIMIT {SHOWN}").fetchall()
    return tuple(Refused(*row) for row in first), count


def _rank() -> str:
    """A cell that several tables take is refused once: under the first of them."""
    names = ", ".join(literal(name) for name in TABLES)
    return f'coalesce(list_position([{names}], "table"), 99)'


def account_files(
    con: Any,
    work: str,
    final: str,
    tables: Sequence[TextTable],
    entries: Sequence[Rows],
    kept: Sequence[str],
) -> tuple[FileReport, ...]:
    """One report per file, in the order that `_file` counts."""
    counts = _counts(con, work, final, tables, kept)
    reports = []
    looked_up = {place for rows in entries for place in rows.looked_up}
    for place, table in enumerate(tables):
        mine = [rows for rows in entries if place in rows.files]
        made, refused, repeated = counts[place]
        skipped = table.rows_read - made - refused
        used_as = tuple(dict.fromkeys(m.table for rows in mine for m in rows.entry.makes))
        if place in looked_up:
            used_as = (*used_as, "lookup")
        because = {}
        if repeated:
            because["another row tells the same"] = repeated
        if skipped - repeated:
            because[_rest(used_as, mine)] = skipped - repeated
        if table.title_lines:
            because[TITLE_LINE] = table.title_lines
        columns, left_out = _columns(table, mine, entries)
        reports.append(
            FileReport(
                name=table.file, rows_in=table.rows_in + table.title_lines, rows_used=made,
                rows_skipped=skipped + table.title_lines,
                rows_refused=refused + table.refused_rows, used_as=used_as,
                skipped_because=because, columns_used=columns, columns_left_out=left_out,
                format=table.format, encoding=table.encoding, delimiter=table.delimiter,
                sheet=table.sheet,
            )
        )  # fmt: skip
    return tuple(reports)


#: What became of a row, the better the higher.
_LOST, _BAD, _USED = 1, 2, 3


def _counts(
    con: Any, work: str, final: str, tables: Sequence[TextTable], kept: Sequence[str]
) -> list[tuple[int, ...]]:
    """For each file how many rows made a fact, were bad, or only tell what another row tells."""
    became = [np.zeros(table.rows_in + 1, np.uint8) for table in tables]
    parts = [
        (_LOST, f"SELECT _file, _row FROM {work}.losers"),
        (_BAD, f"SELECT _file, row FROM {work}.refused WHERE whole_row"),
        *((_USED, f"SELECT _file, _row FROM {final}.{name}") for name in kept),
    ]
    for fate, select in parts:
        for batch in con.execute(select).to_arrow_reader(_AT_ONCE):
            files, rows = (column.drop_null().to_numpy() for column in batch.columns)
            for place in np.unique(files):
                became[place][rows[files == place]] = fate
    return [tuple(np.bincount(rows, minlength=4)[:0:-1].tolist()) for rows in became]


def _rest(used_as: tuple[str, ...], mine: Sequence[Rows]) -> str:
    if used_as == ("lookup",):
        return "only looked up"
    if not used_as:
        return "the mapping does not use this file"
    return "left out by the mapping" if any(rows.entry.where for rows in mine) else "made no fact"


def _columns(
    table: TextTable, mine: Sequence[Rows], entries: Sequence[Rows]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Columns used by makes, conditions and lookups; reasons for the others."""
    looked_at = [
        join for rows in entries for join in rows.entry.joins if matches(table, join.files)
    ]
    names = [theirs for join in looked_at for _, theirs in (*join.on, *join.take)]
    used: set[str | None] = {find_column(name, table.columns) for name in names}
    reasons: dict[str, str] = {}
    keeps_others = False
    for rows in mine:
        for make in rows.entry.makes:
            used |= {find_column(name, table.columns) for name in used_columns(make)}
            keeps_others |= make.keep_others
        used |= {find_column(o, table.columns) for join in rows.entry.joins for o, _ in join.on}
        used |= {find_column(name, table.columns) for name in asked_columns(rows.entry)}
        for column in table.columns:
            if reason := reason_for(column, rows.entry.left_out):
                reasons.setdefault(column, reason)
            elif column in rows.empty:
                reasons.setdefault(column, "always empty")
    listed = tuple(
        name for name in table.columns if name in used or (keeps_others and name not in reasons)
    )
    rest = {n: reasons.get(n, "the mapping does not name it") for n in table.columns
            if n not in listed}  # fmt: skip
    return (listed, rest) if mine else ((), {})

"""Lookups: columns of another file joined on, and which of our keys it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onefunnel.connectors.apply.latest import sorting_text
from onefunnel.connectors.apply.names import find_column, matches
from onefunnel.connectors.apply.rows import (
    JoinCount,
    Rows,
    columns_of,
    tidiness_of,
    union_sql,
)
from onefunnel.connectors.apply.spellings import loose_key
from onefunnel.connectors.mapping_parts import FileMap, Join
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.connectors.values.blanks import plain_text
from onefunnel.facts.sql_text import identifier

#: Unknown keys that are counted value by value; more are a wrong lookup, not slips of the pen.
MAX_UNFOUND = 200


def open_rows(
    con: Any,
    schema: str,
    number: int,
    entry: FileMap,
    places: Sequence[int],
    tables: Sequence[TextTable],
) -> Rows:
    """Make the relation of one entry: its files one below the other, lookups joined on."""
    name = f"{schema}.rows_{number}"
    con.execute(f"CREATE VIEW {name} AS {union_sql(tables, places)}")
    rows = Rows(
        entry,
        name,
        columns_of(tables, places),
        tuple(places),
        tidy=tidiness_of(tables, places),
    )
    for k, join in enumerate(entry.joins):
        _look_up(con, f"{name}_{k}", rows, join, tables)
    if entry.where:
        condition = rows.where(entry.where)
        con.execute(f"CREATE VIEW {name}_kept AS SELECT * FROM {rows.relation} WHERE {condition}")
        rows.relation = f"{name}_kept"
    return rows


def _look_up(con: Any, name: str, rows: Rows, join: Join, tables: Sequence[TextTable]) -> None:
    """Join one lookup on; of several matches the first row of the other file is taken."""
    needed = [theirs for _, theirs in join.on]
    places = [
        place
        for place, table in enumerate(tables)
        if matches(table, join.files) and all(find_column(c, table.columns) for c in needed)
    ]
    if not places or any(find_column(ours, rows.columns) is None for ours, _ in join.on):
        _take_nothing(con, name, rows, join)
        return
    other = Rows(
        FileMap(join.files),
        "",
        columns_of(tables, places),
        tuple(places),
        tidy=tidiness_of(tables, places),
    )
    union = f"({union_sql(tables, places)})"
    theirs = [_key(other.plain(their), join.loose) for _, their in join.on]
    takes = [(new, other.column(their)) for new, their in join.take]
    selected = [f"{key} AS k{i}" for i, key in enumerate(theirs)]
    selected += [f"{other.plain(join.on[0][1])} AS first_key"]
    selected += [f"{their} AS {identifier('take ' + new)}" for new, their in takes]
    filled = " AND ".join(f"{key} IS NOT NULL" for key in theirs)
    con.execute(
        f"CREATE TABLE {name}_theirs AS SELECT {', '.join(selected)} "
        f"FROM {union} WHERE {other.where(join.where)} AND {filled} QUALIFY row_number() OVER "
        f"(PARTITION BY {', '.join(theirs)} ORDER BY {_order(con, other, join, union)}) = 1"
    )
    ours = [
        _key(plain_text("o." + rows.column(our), rows.tidiness(our)), join.loose)
        for our, _ in join.on
    ]
    match = " AND ".join(f"{key} = j.k{i}" for i, key in enumerate(ours))
    dropped = [new for new, _ in takes if new in rows.columns]
    exclude = f" EXCLUDE ({', '.join(map(identifier, dropped))})" if dropped else ""
    taken = "".join(f", j.{identifier('take ' + new)} AS {identifier(new)}" for new, _ in takes)
    if len(join.on) == 1 and not join.partial:
        rows.lookups += _unfound(con, rows, join, f"{name}_theirs", tables[places[0]].file)
    con.execute(
        f"CREATE TABLE {name} AS SELECT o.*{exclude}{taken} "
        f"FROM {rows.relation} o LEFT JOIN {name}_theirs j ON {match}"
    )
    kept = [column for column in rows.columns if column not in dropped]
    rows.relation, rows.columns = name, (*kept, *(new for new, _ in takes))
    rows.tidy |= {new: other.tidiness(their) for new, their in join.take}
    rows.looked_up |= set(places)


def _order(con: Any, other: Rows, join: Join, union: str) -> str:
    """In which order matches of one key stand; the first is taken."""
    if join.latest_by:
        at = sorting_text(con, other, join.latest_by, union)
        return f"{at} DESC NULLS LAST, _file DESC, _row DESC"
    if join.earliest_by:
        return f"{sorting_text(con, other, join.earliest_by, union)} NULLS LAST, _file, _row"
    return "_file, _row"


def _take_nothing(con: Any, name: str, rows: Rows, join: Join) -> None:
    """The other file is not there: the columns it would give are empty."""
    new = [new for new, _ in join.take if new not in rows.columns]
    empty = "".join(f", CAST(NULL AS VARCHAR) AS {identifier(column)}" for column in new)
    con.execute(f"CREATE VIEW {name} AS SELECT *{empty} FROM {rows.relation}")
    rows.relation, rows.columns = name, (*rows.columns, *new)
    rows.tidy |= dict.fromkeys(new, "typed")
    rows.missing_files.append(", ".join(join.files))


def _key(text: str, loose: bool) -> str:
    return loose_key(text) if loose else text


def _unfound(con: Any, rows: Rows, join: Join, theirs: str, other_file: str) -> list[JoinCount]:
    """Our key values that the other file does not have as they stand, most rows first."""
    our, their = join.on[0]
    value = rows.plain(our)
    loose = _key(value, loose=True)
    found = con.execute(
        f"WITH ours AS (SELECT {value} AS v, any_value({loose}) AS l, count(*) AS n "
        f"FROM {rows.relation} WHERE {value} IS NOT NULL GROUP BY 1), "
        f"theirs AS (SELECT first_key AS v, "
        f"{loose_key('first_key')} AS l FROM {theirs}) "
        f"SELECT ours.v, ours.n, min(near.v) FROM ours "
        f"ANTI JOIN theirs exact ON exact.v = ours.v "
        f"LEFT JOIN theirs near ON near.l = ours.l GROUP BY 1, 2 ORDER BY 2 DESC, 1 "
        f"LIMIT {MAX_UNFOUND}"
    ).fetchall()
    return [JoinCount(our, other_file, their, v, n, near or "") for v, n, near in found]

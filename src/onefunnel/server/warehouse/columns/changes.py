"""Read out of the database what the columnar copy needs: new rows, gone rows, whole histories.

Everything is read inside one `snapshot()`, so that it is one moment of the database. SQLite hands
each column of a window over as one JSON array, made in C: twice as fast as rows of Python tuples.
PostgreSQL streams CSV by COPY.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from typing import Any

import pyarrow as pa
from django.db import connection
from pyarrow import csv

from onefunnel.facts.declaration import SQL_TYPES
from onefunnel.facts.sql_text import identifier, literal
from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.fact_rows import decoded, sql_table, stored_columns
from onefunnel.server.warehouse.inbox.ahead import made_ahead
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.read_once import once

WINDOW = 20_000
_ARROW = {"text": pa.string(), "number": pa.float64()}
_WIDER = {
    frozenset({"BIGINT", "DOUBLE"}): "DOUBLE",
    frozenset({"BIGINT", "DECIMAL(18,4)"}): "DECIMAL(18,4)",
    frozenset({"DATE", "TIMESTAMP"}): "TIMESTAMP",
}


@contextmanager
def snapshot() -> Iterator[None]:
    """One moment of the database, without holding writers back."""
    if connection.in_atomic_block:  # a test, or a caller that has its own moment
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "BEGIN DEFERRED"
            if connection.vendor == "sqlite"
            else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        )
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def shapes(only: str = "") -> dict[str, tuple[tuple[str, str], ...]]:
    """The columns of every standard table as they are now, free attributes included, with types.

    The type of an attribute is decided over all imports that brought it: two number types give
    the wider one, anything else that differs gives text. `only` names the one table asked for.
    """
    return once(("shapes", only), lambda: _shapes(only))


def _shapes(only: str) -> dict[str, tuple[tuple[str, str], ...]]:
    brought: dict[str, list[tuple[str, str]]] = {name: [] for name in TABLES}
    with connection.cursor() as cursor:  # every lead that comes in asks
        cursor.execute(
            'SELECT DISTINCT a."table", a.name, a.type FROM warehouse_attribute a '
            "JOIN warehouse_import i ON i.id = a.imported_id WHERE i.status <> %s "
            'AND (a."table" = %s OR %s = %s)',
            [Import.Status.UNDONE.value, only, only, ""],
        )
        for table, name, kind in cursor.fetchall():
            brought[table].append((name, kind))
    return {name: shape(name, brought[name]) for name in TABLES if only in ("", name)}


def shape(table: str, brought: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The columns of a standard table with these free attributes (name, type), as `shapes`."""
    kinds: dict[str, str] = {}
    for name, kind in sorted(set(brought)):
        kinds[name] = wider(kinds.get(name, kind), kind)
    return (*((c.name, SQL_TYPES[c.type]) for c in TABLES[table].columns), *kinds.items())


def wider(one: str, other: str) -> str:
    """The type that takes the values of both: the wider of two number types, else text."""
    both = frozenset({one, other})
    return one if len(both) == 1 else _WIDER.get(both, "VARCHAR")


def count_of_one_import(table: str, first: int, last: int) -> int | None:
    """How many living rows have change numbers from `first` to `last`; None: of several imports."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), min(import_id), max(import_id) FROM {sql_table(table)} "
            "WHERE id BETWEEN %s AND %s AND replaced_by_id IS NULL",
            [first, last],
        )
        count, one, other = cursor.fetchone()
        return int(count) if one == other else None


def new_rows(table: str, since: int, until: int) -> Iterator[pa.Table]:
    """The living rows with change numbers after `since` up to `until`, as the database has them."""
    columns = ("id", *stored_columns(table))
    if connection.vendor == "sqlite":
        yield from _sqlite_windows(table, columns, since, until)
        return
    listed = ", ".join(map(identifier, columns))
    yield from _copied_out(
        f"SELECT {listed} FROM {sql_table(table)} WHERE id > {int(since)} AND id <= {int(until)} "
        "AND replaced_by_id IS NULL ORDER BY id",
        _schema(table, columns),
    )


def rows_of_leads(table: str, lead_ids: Sequence[str]) -> Iterator[pa.Table]:
    """Every living row of these leads, fetched by index. For the tables `leads` and `moves`."""
    columns = ("id", *stored_columns(table))
    listed = ", ".join(f"t.{identifier(c)}" for c in columns)
    column = "key" if table == "leads" else "lead_id"
    schema = _schema(table, columns)
    name = sql_table(table)
    for start in range(0, len(lead_ids), WINDOW):
        some = list(lead_ids[start : start + WINDOW])
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(
                    f"SELECT {listed} FROM json_each(%s) j CROSS JOIN {name} t "
                    f"ON t.{column} = j.value AND t.replaced_by_id IS NULL",
                    [json.dumps(some, ensure_ascii=False)],
                )
            else:
                cursor.execute(
                    f"SELECT {listed} FROM {name} t "
                    f"WHERE t.{column} = ANY(%s) AND t.replaced_by_id IS NULL",
                    [some],
                )
            rows = cursor.fetchall()
        if rows:
            values = zip(*rows, strict=True)
            yield pa.table(
                [pa.array(v, f.type) for v, f in zip(values, schema, strict=True)], schema=schema
            )


def gone_rows(since: int, until: int) -> pa.Table:
    """What is no longer there: (table, row, to, lead_id), by the order it went."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT "table", "row", "to", lead_id FROM warehouse_gone '
            "WHERE id > %s AND id <= %s ORDER BY id",
            [since, until],
        )
        rows = cursor.fetchall()
    kinds = (pa.string(), pa.int64(), pa.int64(), pa.string())
    columns = list(zip(*rows, strict=True)) or [()] * 4
    return pa.table(
        [pa.array(v, t) for v, t in zip(columns, kinds, strict=True)],
        names=["table", "row", "to", "lead_id"],
    )


def typed(table: str, shape: Sequence[tuple[str, str]], source: str) -> str:
    """The SELECT that turns rows as the database has them (`source`) into `_id` and `shape`."""
    declared = {column.name: column for column in TABLES[table].columns}
    shown = []
    for name, kind in shape:
        if name in declared:
            shown.append(f"{decoded(declared[name])} AS {identifier(name)}")
        else:
            path = '$."' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
            text = f"json_extract_string(more, {literal(path)})"
            shown.append(f"TRY_CAST({text} AS {kind}) AS {identifier(name)}")
    return f"SELECT id AS _id, {', '.join(shown)} FROM {source}"


def _schema(table: str, columns: Sequence[str]) -> pa.Schema:
    kinds = {c.name: _ARROW.get(c.type, pa.int64()) for c in TABLES[table].columns}
    kinds["more"] = pa.string()
    return pa.schema([(name, kinds.get(name, pa.int64())) for name in columns])


def _sqlite_windows(
    table: str, columns: Sequence[str], since: int, until: int
) -> Iterator[pa.Table]:
    schema = _schema(table, columns)
    arrays = ", ".join(
        # 17 digits: SQLite's own JSON would round a double
        f"json_group_array(CASE WHEN {identifier(f.name)} IS NOT NULL "
        f"THEN printf('%!.17g', {identifier(f.name)}) END)"
        if f.type == pa.float64()
        else f"json_group_array({identifier(f.name)})"
        for f in schema
    )
    statement = (
        f"SELECT max(id), {arrays} FROM (SELECT * FROM {sql_table(table)} WHERE id > ? AND id <= ? "
        f"AND replaced_by_id IS NULL ORDER BY id LIMIT {WINDOW})"
    )
    # the next window is read while the last one's texts become columns
    with closing(made_ahead(_windows(connection.connection, statement, since, until))) as windows:
        for texts in windows:
            found = []
            for text, field in zip(texts, schema, strict=True):
                values = json.loads(text)
                if field.type == pa.float64():
                    values = [None if value is None else float(value) for value in values]
                found.append(pa.array(values, field.type))
            yield pa.table(found, schema=schema)


def _windows(raw: Any, statement: str, since: int, until: int) -> Iterator[list[str]]:
    """Each window's columns as JSON; `raw` is SQLite's own connection, used by nobody else."""
    while True:
        last, *texts = raw.execute(statement, [since, until]).fetchone()
        if last is None:
            return
        yield texts
        since = last


def _copied_out(select: str, schema: pa.Schema) -> Iterator[pa.Table]:
    options = {
        "read_options": csv.ReadOptions(column_names=schema.names),
        "parse_options": csv.ParseOptions(newlines_in_values=True),
        "convert_options": csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    }
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT csv)") as copy,
    ):
        held: list[bytes] = []
        size = 0
        for line in chain(map(bytes, copy), [b""]):
            # one piece of COPY is one row: never cut inside a value
            held.append(line)
            size += len(line)
            if size > 16 << 20 or (not line and size):
                yield csv.read_csv(io.BytesIO(b"".join(held)), **options)
                held, size = [], 0

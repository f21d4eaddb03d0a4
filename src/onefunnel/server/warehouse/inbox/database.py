"""The few statements by which rows go in and out in bulk, on SQLite and on PostgreSQL.

All of them run in the caller's transaction, on Django's own connection. Table and column names
come from the declaration, never from data.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain, islice, repeat
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import connection

from onefunnel.facts.sql_text import identifier
from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.fact_rows import sql_table, stored_columns
from onefunnel.server.warehouse.models import Counter
from onefunnel.server.warehouse.read_once import once, read_anew

#: Rows of one INSERT: SQLite takes no more parameters than this in any version.
_ROWS_AT_ONCE, _PARAMETERS = 40, 999
_IN_TEXT = {"text": "text", "number": "double precision"}


def take_numbers(count: int) -> int:
    """Take the next `count` change numbers and return the first; holds all other writers back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE warehouse_counter SET last = last + %s WHERE id = 1 RETURNING last", [count]
        )
        row = cursor.fetchone()
    if row is None:
        Counter.objects.get_or_create(pk=1)
        return take_numbers(count)
    return int(row[0]) - count + 1


def last_number() -> int:
    """The last change number given out; 0 before anything was written."""
    return Counter.objects.filter(pk=1).values_list("last", flat=True).first() or 0


def is_empty(table: str) -> bool:
    """Whether the table has no row at all, replaced ones included."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {sql_table(table)} LIMIT 1")
        return cursor.fetchone() is None


def living(table: str, keys: Sequence[str]) -> tuple[np.ndarray, ...]:
    """The living rows with these keys: arrays of (position in `keys`, id, digest, import)."""
    wanted = "t.id, t.digest, t.import_id"
    name = sql_table(table)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"SELECT j.key, {wanted} FROM json_each(%s) j CROSS JOIN {name} t "
                "ON t.key = j.value AND t.replaced_by_id IS NULL",
                [json.dumps(list(keys), ensure_ascii=False)],
            )
        else:
            cursor.execute(
                f"SELECT u.n - 1, {wanted} FROM unnest(%s::text[]) WITH ORDINALITY u(key, n) "
                f"JOIN {name} t ON t.key = u.key AND t.replaced_by_id IS NULL",
                [list(keys)],
            )
        found = cursor.fetchall()
    if not found:
        return tuple(np.empty(0, dtype=np.int64) for _ in range(4))
    return tuple(np.array(found, dtype=np.int64).T)


def living_rows(
    table: str, keys: Sequence[str], columns: Sequence[str]
) -> list[tuple[object, ...]]:
    """The living rows with these keys: (key, digest, import, then the columns asked for)."""
    listed = ", ".join(
        f"t.{name}" for name in ("key", "digest", "import_id", *map(identifier, columns))
    )
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"SELECT {listed} FROM json_each(%s) j CROSS JOIN {sql_table(table)} t "
                "ON t.key = j.value AND t.replaced_by_id IS NULL",
                [json.dumps(list(keys), ensure_ascii=False)],
            )
        else:
            cursor.execute(
                f"SELECT {listed} FROM {sql_table(table)} t "
                "WHERE t.key = ANY(%s) AND t.replaced_by_id IS NULL",
                [list(keys)],
            )
        return cursor.fetchall()


def rows_by(
    table: str, column: str, values: Sequence[str], columns: Sequence[str]
) -> list[tuple[object, ...]]:
    """These columns of the living rows whose `column` (that has an index) is one of the values."""
    key = ("rows", table, column, tuple(values), tuple(columns))
    return once(key, lambda: _rows_by(table, column, values, columns))


def _rows_by(
    table: str, column: str, values: Sequence[str], columns: Sequence[str]
) -> list[tuple[object, ...]]:
    listed = ", ".join(f"t.{identifier(name)}" for name in columns)
    by = f"t.{identifier(column)}"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"SELECT {listed} FROM json_each(%s) j CROSS JOIN {sql_table(table)} t "
                f"ON {by} = j.value AND t.replaced_by_id IS NULL",
                [json.dumps(list(values), ensure_ascii=False)],
            )
        else:
            cursor.execute(
                f"SELECT {listed} FROM {sql_table(table)} t "
                f"WHERE {by} = ANY(%s) AND t.replaced_by_id IS NULL",
                [list(values)],
            )
        return cursor.fetchall()


def replaced_by(table: str, keys: Sequence[str], import_id: int) -> np.ndarray:
    """Positions in `keys` of which this import replaced an earlier row."""
    name = sql_table(table)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT j.key FROM json_each(%s) j WHERE EXISTS (SELECT 1 FROM "
                f"{name} t WHERE t.replaced_by_id = %s AND t.key = j.value)",
                [json.dumps(list(keys), ensure_ascii=False), import_id],
            )
        else:
            cursor.execute(
                "SELECT u.n - 1 FROM unnest(%s::text[]) WITH ORDINALITY u(key, n) WHERE EXISTS "
                f"(SELECT 1 FROM {name} t WHERE t.replaced_by_id = %s AND t.key = u.key)",
                [list(keys), import_id],
            )
        return np.array([row[0] for row in cursor.fetchall()], dtype=np.int64)


def kept_import() -> int | None:
    """The import of all that people enter here; None before the first such row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM warehouse_import WHERE status = 'kept'")
        row = cursor.fetchone()
    return row and int(row[0])


def said_before(table: str, keys: Sequence[str], import_id: int) -> dict[str, int]:
    """For each key the digest of the last row of others that this import replaced."""
    name, by_others = sql_table(table), "t.replaced_by_id = %s AND t.import_id <> %s"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"SELECT t.key, t.digest FROM json_each(%s) j CROSS JOIN {name} t "
                f"ON t.key = j.value AND {by_others} ORDER BY t.id",
                [json.dumps(list(keys), ensure_ascii=False), import_id, import_id],
            )
        else:
            cursor.execute(
                f"SELECT t.key, t.digest FROM {name} t WHERE t.key = ANY(%s) AND {by_others} "
                "ORDER BY t.id",
                [list(keys), import_id, import_id],
            )
        return {str(key): int(digest) for key, digest in cursor.fetchall()}


def ids_of_import(table: str, import_id: int) -> list[int]:
    """Every row that an import wrote and that is there, replaced ones included."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {sql_table(table)} WHERE import_id = %s", [import_id])
        return [int(row) for (row,) in cursor.fetchall()]


def replace(table: str, ids: np.ndarray, import_id: int, first: int) -> None:
    """Mark rows as replaced by this import, and tell readers, under numbers from `first` on."""
    read_anew()
    _tell_gone(table, ids, first)
    listed = _id_list(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {sql_table(table)} SET replaced_by_id = %s WHERE id IN ({listed.text})",
            [import_id, listed.value],
        )


def remove(table: str, ids: np.ndarray, first: int) -> None:
    """Delete rows without a trace in the history, and tell readers, under numbers from `first`."""
    read_anew()
    _tell_gone(table, ids, first)
    listed = _id_list(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {sql_table(table)} WHERE id IN ({listed.text})", [listed.value]
        )


def _tell_gone(table: str, ids: np.ndarray, first: int) -> None:
    listed = _id_list(ids)
    lead = "t.lead_id" if table in {"moves", "leads"} else "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO warehouse_gone (id, "table", "row", "to", lead_id) '
            f"SELECT %s + row_number() OVER (ORDER BY t.id) - 1, %s, t.id, t.id, {lead} "
            f"FROM {sql_table(table)} t WHERE t.id IN ({listed.text})",
            [first, table, listed.value],
        )


class _id_list:  # noqa: N801 (a value with two names, not a type anybody uses)
    """Ids as one parameter: a JSON array on SQLite, an array on PostgreSQL."""

    def __init__(self, ids: np.ndarray) -> None:
        if connection.vendor == "sqlite":
            self.text = "SELECT value FROM json_each(%s)"
            self.value: object = "[" + ",".join(map(str, ids.tolist())) + "]"
        else:
            self.text = "SELECT unnest(%s::bigint[])"
            self.value = ids.tolist()


def insert(table: str, import_id: int, first: int, rows: pa.RecordBatch | pa.Table) -> None:
    """Insert rows (`key`, `digest`, then the stored columns) under numbers from `first` on."""
    columns = ("id", "import_id", *rows.schema.names)
    assert rows.schema.names == ["key", "digest", *stored_columns(table)]
    names = ", ".join(map(identifier, columns))
    count = rows.num_rows
    if connection.vendor == "sqlite":
        values = zip(
            range(first, first + count),
            repeat(import_id),
            *(column.to_pylist() for column in rows.columns),
            strict=False,
        )
        insert_cells(table, chain.from_iterable(values), count)
        return
    from pyarrow import csv

    framed = pa.table(
        [
            pa.array(np.arange(first, first + count)),
            pa.array(np.full(count, import_id, dtype=np.int64)),
            *rows.columns,
        ],
        names=list(columns),
    )
    text = io.BytesIO()
    csv.write_csv(framed, text, csv.WriteOptions(include_header=False))
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {sql_table(table)} ({names}) FROM STDIN (FORMAT csv)") as copy,
    ):
        copy.write(text.getvalue())


def insert_cells(table: str, cells: Iterable[object], count: int) -> None:
    """Insert `count` rows, given cell by cell: id, import, key, digest, the stored columns.

    Any number of rows: many go by COPY on PostgreSQL, a few as one text.
    """
    read_anew()
    columns = ("id", "import_id", "key", "digest", *stored_columns(table))
    flow = iter(cells)
    if connection.vendor == "sqlite":
        names = ", ".join(map(identifier, columns))
        into = f"INSERT INTO {sql_table(table)} ({names}) VALUES "
        # The raw connection: Django's cursor would look at every parameter list. Many rows in one
        # statement save a fifth of the time.
        marks = f"({', '.join('?' * len(columns))})"
        at_once = max(1, min(_ROWS_AT_ONCE, _PARAMETERS // len(columns)))
        whole = (list(islice(flow, at_once * len(columns))) for _ in range(count // at_once))
        connection.ensure_connection()
        raw: Any = connection.connection
        raw.executemany(into + ", ".join([marks] * at_once), whole)
        if rest := list(flow):
            raw.execute(into + ", ".join([marks] * (count % at_once)), rest)
        return
    if count > _ROWS_AT_ONCE:
        names = ", ".join(map(identifier, columns))
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {sql_table(table)} ({names}) FROM STDIN") as copy,
        ):
            while row := tuple(islice(flow, len(columns))):
                copy.write_row(row)
        return
    places = [f"c{place}" for place in range(len(columns))]
    rows = [
        {place: cell for place, cell in zip(places, row, strict=True) if cell is not None}
        for row in iter(lambda: tuple(islice(flow, len(columns))), ())
    ]
    with connection.cursor() as cursor:
        cursor.execute(_from_text(table), [json.dumps(rows, ensure_ascii=False)])


@cache
def _from_text(table: str) -> str:
    """The INSERT of rows that come as one JSON text: a statement that is the same for any number
    of them, of which PostgreSQL's client reads no thousands of marks and parameters."""
    frame = {"id": "bigint", "import_id": "bigint", "key": "text", "digest": "bigint"}
    kinds = frame | {c.name: _IN_TEXT.get(c.type, "bigint") for c in TABLES[table].columns}
    columns = (*frame, *stored_columns(table))
    shape = ", ".join(f"c{n} {kinds.get(name, 'text')}" for n, name in enumerate(columns))
    names = ", ".join(map(identifier, columns))
    return (
        f"INSERT INTO {sql_table(table)} ({names}) "
        f"SELECT * FROM json_to_recordset(%s::json) AS r({shape})"
    )


@contextmanager
def wide_open() -> Iterator[None]:
    """Give SQLite more room while a bulk load runs: a larger cache and fewer checkpoints.

    `synchronous` stays FULL: a committed chunk is on the disk.
    """
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    raw: Any = connection.connection
    before = raw.execute("PRAGMA cache_size").fetchone()[0]
    raw.execute("PRAGMA cache_size = -200000")
    raw.execute("PRAGMA wal_autocheckpoint = 20000")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA cache_size = {int(before)}")
        raw.execute("PRAGMA wal_autocheckpoint = 1000")

"""Take back one import: what it created goes, what it changed returns to what it was.

Rows that a later import changed or confirmed stay, and are counted and named: the later delivery
said so too. Versions form a chain per key (`replaced_by`), and taking an import out of the middle
links its neighbours, so undoing several imports ends the same in any order.

The work goes window by window, each one transaction; what a window has dealt with no longer
belongs to the import, so a killed undo is simply run again. Readers see nothing of it before the
columnar copy is refreshed, after the last window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from django.db import connection, transaction

from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.fact_rows import sql_table
from onefunnel.server.warehouse.inbox import database
from onefunnel.server.warehouse.models import Gone

WINDOW = 50_000
_NAMED = 20


@dataclass
class Undone:
    """How many facts were removed, restored and kept, and the first few of those kept."""

    removed: int = 0
    restored: int = 0
    kept: int = 0
    kept_examples: list[str] = field(default_factory=list)

    def keep(self, table: str, keys: list[str]) -> None:
        """Count rows that stay, and name the first few."""
        self.kept += len(keys)
        room = _NAMED - len(self.kept_examples)
        for key in keys[: max(room, 0)]:
            shown = key.replace(chr(31), " · ").replace(chr(30), "–")
            self.kept_examples.append(f"{table}: {shown}")


def take_back(
    *,
    import_id: int,
    later: list[tuple[int, Path]],
    beat: Callable[[int], None] = lambda done: None,
) -> Undone:
    """Undo every row that the import wrote and still owns.

    Args:
        later: Imports after this one and the folders they were staged in: what they found
            unchanged is theirs now.
        beat: Told in each window's transaction how many rows it dealt with.
    """
    undone = Undone()
    for table in TABLES:
        confirmed = _confirmed(table, later)
        while True:
            with transaction.atomic():
                dealt = _undo_window(table, import_id, confirmed, undone)
                beat(dealt)
            if dealt < WINDOW:
                break
        if confirmed is not None:
            confirmed.close()
    return undone


def _undo_window(
    table: str, import_id: int, confirmed: duckdb.DuckDBPyConnection | None, undone: Undone
) -> int:
    """Deal with the first WINDOW rows of the import; how many there were."""
    name = sql_table(table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, key, replaced_by_id FROM {name} "
            f"WHERE import_id = %s ORDER BY id LIMIT {WINDOW}",
            [import_id],
        )
        rows = cursor.fetchall()
        if not rows:
            return 0
        owners = _owners([key for _, key, by in rows if by is None], confirmed)
        before = _before(table, [key for _, key, _ in rows], import_id)
        kept = [(row, key, owners[key]) for row, key, by in rows if by is None and key in owners]
        overtaken = [(key, by) for _, key, by in rows if by is not None]
        gone = [(row, key) for row, key, by in rows if by is None and key not in owners]
        restored = [before[key] for _, key in gone if key in before]
        runs = _runs([row for row, _, by in rows if by is None])
        number = database.take_numbers(len(kept) + len(restored) + len(runs))
        linked = [(key, owner) for _, key, owner in kept] + overtaken
        cursor.executemany(
            f"UPDATE {name} SET replaced_by_id = %s WHERE id = %s",
            [(owner, before[key]) for key, owner in linked if key in before],
        )
        cursor.executemany(
            f"UPDATE {name} SET id = %s, import_id = %s WHERE id = %s",
            [(number + i, owner, row) for i, (row, _, owner) in enumerate(kept)],
        )
        cursor.execute(
            f"DELETE FROM {name} WHERE import_id = %s AND id <= %s", [import_id, rows[-1][0]]
        )
        number += len(kept)
        cursor.executemany(
            f"UPDATE {name} SET id = %s, replaced_by_id = NULL WHERE id = %s",
            [(number + i, row) for i, row in enumerate(restored)],
        )
    number += len(restored)
    Gone.objects.bulk_create(
        Gone(id=number + i, table=table, row=start, to=end) for i, (start, end) in enumerate(runs)
    )
    undone.removed += len(gone) - len(restored)
    undone.restored += len(restored)
    undone.keep(table, [key for key, _ in linked])
    return len(rows)


def _runs(ids: list[int]) -> list[tuple[int, int]]:
    """Ascending ids as ranges without gaps."""
    if not ids:
        return []
    found = np.array(ids)
    breaks = np.flatnonzero(np.diff(found) > 1)
    starts = found[np.concatenate(([0], breaks + 1))]
    ends = found[np.concatenate((breaks, [len(found) - 1]))]
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _before(table: str, keys: list[str], import_id: int) -> dict[str, int]:
    """The rows that this import replaced, by key: their ids."""
    at = database.replaced_by(table, keys, import_id)
    wanted = [keys[place] for place in np.unique(at)]
    if not wanted:
        return {}
    name = sql_table(table)
    with connection.cursor() as cursor:
        found: dict[str, int] = {}
        step = 900
        for start in range(0, len(wanted), step):
            some = wanted[start : start + step]
            marks = ",".join(["%s"] * len(some))
            cursor.execute(
                f"SELECT key, id FROM {name} WHERE replaced_by_id = %s AND key IN ({marks})",
                [import_id, *some],
            )
            found |= dict(cursor.fetchall())
    return found


def _confirmed(table: str, later: list[tuple[int, Path]]) -> duckdb.DuckDBPyConnection | None:
    """The keys that later imports found unchanged, each with the first such import."""
    parts = []
    for import_id, folder in later:
        staged, written = folder / f"{table}.parquet", folder / f"{table}.written.parquet"
        if staged.exists() and written.exists():
            parts.append(
                f"SELECT _key AS key, {int(import_id)} AS owner "
                f"FROM read_parquet('{_literal(staged)}') "
                f"POSITIONAL JOIN read_parquet('{_literal(written)}') WHERE _outcome = 3"
            )
    if not parts:
        return None
    con = duckdb.connect()
    con.execute("SET threads = 1")
    con.execute(
        f"CREATE TABLE confirmed AS SELECT key, min(owner) AS owner "
        f"FROM ({' UNION ALL '.join(parts)}) GROUP BY key"
    )
    return con


def _owners(keys: list[str], confirmed: duckdb.DuckDBPyConnection | None) -> dict[str, int]:
    if confirmed is None or not keys:
        return {}
    confirmed.register("asked", pa.table({"key": keys}))
    found = confirmed.execute("SELECT key, owner FROM asked JOIN confirmed USING (key)").fetchall()
    confirmed.unregister("asked")
    return dict(found)


def _literal(path: Path) -> str:
    return str(path).replace("'", "''")
